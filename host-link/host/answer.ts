import type { Fields, Message } from '../wire/message.ts'
import { answerMti } from '../wire/transaction.ts'
import type { HostTime } from './ledger.ts'
import { bytes, type Request, text } from './request.ts'

/** 检索参考号 and 授权码 count through so many sequences before they come again. */
export const REFERENCES = 100_000_000
export const AUTHORISATIONS = 1_000_000

/** Elements that an answer has from its request, unchanged. */
const ECHOED = [3, 4, 11, 25, 41, 42, 49, 57, 60]

/** 机构号: who the host says it is, fields 32 and 44. Eight digits each. */
export interface Institutions {
  readonly acquirer: string
  readonly issuer: string
}

/** What a decision makes of a request: the answer, and under which keys it is signed (`undefined`: it cannot be). */
export interface Reply {
  readonly answer: Message
  readonly keyVersion: number | undefined
  /** 处理要求, header nibble 6: 3 asks the terminal to sign on again, 1 and 6 to download parameters, by 360 or by 364. */
  readonly requirement: '0' | '1' | '3' | '6'
  /** It is the stored answer of a request that came before (rule P6). */
  readonly repeated?: true
  /** The request had no right MAC where it needs one: its connection may not try for long. */
  readonly wrongMac?: true
}

/** What every answer has: 3, 4, 11, 25, 41, 42, 49, 57, 60 of the request, date and time, acquirer, code. */
export function answerTo(
  { message }: Request,
  code: string,
  at: HostTime,
  institutions: Institutions,
  more: Fields = {},
): Message {
  const fields: { [element: number]: string | Uint8Array } = {}
  for (const element of ECHOED) {
    const value = message.fields[element]
    if (value !== undefined) fields[element] = value
  }
  fields[12] = at.time
  fields[13] = at.date.slice(4)
  fields[32] = institutions.acquirer
  fields[39] = code
  return { mti: answerMti(message.mti), fields: { ...fields, ...more } }
}

/**
 * What an answer of a transaction or a reversal has besides: 15 (the business date 清算日期), 37, 44, 63, and 38 when
 * approved. 37 has the host's own date: with it and the sequence in it an original is found again (`originals.ts`).
 */
export function bookedFields(
  code: string,
  at: HostTime,
  businessDate: string,
  { issuer, acquirer }: Institutions,
  sequence: number,
): Fields {
  const fields: Fields = {
    15: businessDate.slice(4),
    37: at.date.slice(4) + String(sequence % REFERENCES).padStart(8, '0'),
    44: `${issuer}   ${acquirer}   `,
    63: 'CUP',
  }
  return code === '00' ? { ...fields, 38: String(sequence % AUTHORISATIONS).padStart(6, '0') } : fields
}

/** The PAN that a request names, for field 2 of its answer: nobody stores it. */
export function panOf(fields: Fields, track2: string | undefined): string | undefined {
  const pan = text(fields, 2) ?? track2?.split('D')[0]
  return pan !== undefined && /^\d{12,19}$/.test(pan) ? pan : undefined
}

/** The request without its MAC: what makes it the same request as another (rule P6). */
export function withoutMac({ mti, fields }: Message): Message {
  if (!bytes(fields, 64)) return { mti, fields }
  const { 64: _mac, ...rest } = fields
  return { mti, fields: rest }
}
