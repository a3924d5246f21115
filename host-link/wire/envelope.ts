import { bytesOfHex, hexOf } from './bytes.ts'
import { type Envelope, WireError } from './message.ts'

/** TPDU (5 bytes) and application header (6 bytes) stand before the message in the `cup` encoding. */
export const ENVELOPE_BYTES = 11

/** 处理要求 processing requirement, header nibble 6: what the host asks the terminal to do after this exchange. */
export const REQUIREMENTS = [
  'none',
  'downloadParameters',
  'uploadStatus',
  'signOn',
  'updateCaKeys',
  'updateIcParameters',
  'tmsDownload',
  'downloadBlacklist',
] as const
export type Requirement = (typeof REQUIREMENTS)[number]

/** The header's parts, digits as they stand: `603100311108` = 60, 31, 0, 0, 311108. */
export interface Header {
  /** 应用类别: 60 magnetic stripe, 61 chip. */
  readonly applicationClass: string
  readonly version: string
  /** 终端状态: 0 normal, 1 test. */
  readonly state: string
  /** 处理要求: 0–7 as `REQUIREMENTS`; the terminal sends 0. */
  readonly requirement: string
  readonly subVersion: string
}

/** Parts of a header of twelve digits. Throws a WireError for anything else. */
export function parseHeader(header: string): Header {
  checkDigits('header', header, 12)
  return {
    applicationClass: header.slice(0, 2),
    version: header.slice(2, 4),
    state: header.slice(4, 5),
    requirement: header.slice(5, 6),
    subVersion: header.slice(6),
  }
}

/** Twelve digits of a header. Throws a WireError when a part has the wrong length. */
export function buildHeader(parts: Header): string {
  const header = parts.applicationClass + parts.version + parts.state + parts.requirement + parts.subVersion
  checkDigits('header', header, 12)
  return header
}

/** What the host asks for in this header; `undefined` for the codes 8 and 9, which nobody defined. */
export function requirementOf(header: string): Requirement | undefined {
  return REQUIREMENTS[Number(parseHeader(header).requirement)]
}

/** The reply's TPDU: destination and source changed over. `6000030000` ↔ `6000000003`. */
export function swapTpdu(tpdu: string): string {
  checkTpdu(tpdu)
  return tpdu.slice(0, 2) + tpdu.slice(6) + tpdu.slice(2, 6)
}

/** TPDU, header and message as one frame body. Throws a WireError for a TPDU or header that is not in digits. */
export function encodeCupFrameBody(envelope: Envelope, message: Uint8Array): Uint8Array {
  checkTpdu(envelope.tpdu)
  checkDigits('header', envelope.header, 12)
  const body = new Uint8Array(ENVELOPE_BYTES + message.length)
  body.set(bytesOfHex(envelope.tpdu + envelope.header))
  body.set(message, ENVELOPE_BYTES)
  return body
}

/** Takes a frame body apart; the message is a copy. Throws a WireError where TPDU or header is short or not BCD. */
export function decodeCupFrameBody(body: Uint8Array): { envelope: Envelope; message: Uint8Array } {
  if (body.length < ENVELOPE_BYTES)
    throw new WireError(body.length < 5 ? 'tpdu' : 'header', body.length, 'truncated')
  const hex = hexOf(body.subarray(0, ENVELOPE_BYTES))
  const envelope = { tpdu: hex.slice(0, 10), header: hex.slice(10) }
  checkTpdu(envelope.tpdu)
  checkDigits('header', envelope.header, 12, 5)
  return { envelope, message: new Uint8Array(body.subarray(ENVELOPE_BYTES)) }
}

function checkTpdu(tpdu: string): void {
  checkDigits('tpdu', tpdu, 10)
  if (!tpdu.startsWith('60')) throw new WireError('tpdu', 0, 'wants the identifier 60')
}

function checkDigits(path: string, digits: string, count: number, offset = 0): void {
  if (digits.length !== count || !/^\d*$/.test(digits))
    throw new WireError(path, offset, `wants ${count} digits`)
}
