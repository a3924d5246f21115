import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import {
  asFen,
  asPan,
  asStoreNumber,
  type Fen,
  type Pan,
  type StoreNumber,
} from '../../host-link/wire/values.ts'

/**
 * What an entry of the journal holds, so that its reversal can be sent and its slip printed after any power cut:
 * CBOR maps keyed by the ISO 8583 number where there is one (docs/journal.md). No track, no PIN block.
 */
export interface Intent {
  readonly pan: Pan
  readonly amount: Fen
  /** 有效期 YYMM. */
  readonly expiry: string
  /** Field 22 服务点输入方式: `021` stripe with PIN, `022` without. */
  readonly entryMode: string
  readonly storeNumber: StoreNumber | undefined
  /** 柜员 0–99. */
  readonly operator: number
}

/** The host's authenticated answer, as far as slip, reprint and settlement need it. Field numbers beside. */
export interface Outcome {
  /** 39 应答码. */
  readonly code: string
  /** 12 hhmmss and 13 MMDD of the host, with the year of the terminal's clock. */
  readonly time: string
  readonly date: string
  readonly year: number
  /** 37 检索参考号, 38 授权码. */
  readonly reference: string
  readonly authCode: string
  /** 44.1 发卡机构 and 44.2 收单机构. */
  readonly issuer: string
  readonly acquirer: string
  /** 63 card scheme and the texts of issuer, UnionPay and acquirer, GBK bytes as characters. */
  readonly note: string
}

/** Keys that are no element number: over 64. */
const KEY_YEAR = 65
const KEY_OPERATOR = 66

export function encodeIntent(intent: Intent): Uint8Array {
  const map = new Map<number | string, CborValue>([
    [2, intent.pan],
    [4, intent.amount],
    [14, intent.expiry],
    [22, intent.entryMode],
    [KEY_OPERATOR, intent.operator],
  ])
  if (intent.storeNumber !== undefined) map.set(57, intent.storeNumber)
  return encodeCbor(map)
}

/** Throws a WireError or RangeError for bytes that `encodeIntent` never wrote. */
export function decodeIntent(bytes: Uint8Array): Intent {
  const map = mapOf(bytes)
  const store = textAt(map, 57)
  return {
    pan: asPan(textAt(map, 2)),
    amount: asFen(numberAt(map, 4)),
    expiry: textAt(map, 14),
    entryMode: textAt(map, 22),
    storeNumber: store === '' ? undefined : asStoreNumber(store),
    operator: numberAt(map, KEY_OPERATOR),
  }
}

export function encodeOutcome(outcome: Outcome): Uint8Array {
  const map = new Map<number | string, CborValue>()
  const texts: readonly (readonly [number, string])[] = [
    [12, outcome.time],
    [13, outcome.date],
    [37, outcome.reference],
    [38, outcome.authCode],
    [39, outcome.code],
    [
      44,
      outcome.issuer === '' && outcome.acquirer === '' ? '' : outcome.issuer.padEnd(11) + outcome.acquirer,
    ],
    [63, outcome.note],
  ]
  for (const [key, value] of texts) if (value !== '') map.set(key, value)
  map.set(KEY_YEAR, outcome.year)
  return encodeCbor(map)
}

/** Throws a WireError for bytes that `encodeOutcome` never wrote. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const map = mapOf(bytes)
  const parties = textAt(map, 44)
  return {
    code: textAt(map, 39),
    time: textAt(map, 12),
    date: textAt(map, 13),
    year: numberAt(map, KEY_YEAR),
    reference: textAt(map, 37),
    authCode: textAt(map, 38),
    issuer: parties.slice(0, 11).trim(),
    acquirer: parties.slice(11).trim(),
    note: textAt(map, 63),
  }
}

type Body = ReadonlyMap<number | string, CborValue>
function mapOf(bytes: Uint8Array): Body {
  const value = decodeCbor(bytes, { bytes: 400, depth: 2 })
  if (!(value instanceof Map)) throw new RangeError('entry: wants a map')
  return value
}
function textAt(map: Body, key: number): string {
  const value = map.get(key)
  return typeof value === 'string' ? value : ''
}
function numberAt(map: Body, key: number): number {
  const value = map.get(key)
  return typeof value === 'number' ? value : 0
}
