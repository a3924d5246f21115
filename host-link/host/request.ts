import { type Dialect, type Fields, type Message, WireError } from '../wire/message.ts'
import type { AcquirerProfile } from '../wire/profile.ts'
import { parseField60 } from '../wire/subfields.ts'
import { transactions } from '../wire/transaction.ts'

/** What a request asks for. `other`: a message type of ours with codes that are not, to be refused in words. */
export type RequestKind =
  | 'sale'
  | 'balanceEnquiry'
  | 'reversal'
  | 'statusInquiry'
  | 'settlement'
  | 'signOn'
  | 'signOff'
  | 'echo'
  | 'other'

/** A decoded request: its bytes were a message, nothing more is known of it. */
export interface Request {
  readonly dialect: Dialect
  readonly message: Message
  /** The bytes that the MAC covers together with field 64: the message without TPDU and header. */
  readonly bytes: Uint8Array
}

interface Shape {
  readonly kind: RequestKind
  readonly mti: string
  readonly processingCode: string | undefined
  readonly condition: string | undefined
  readonly type: string | undefined
  readonly network: readonly (string | undefined)[]
}

const { sale, balanceEnquiry, signOff, echo } = transactions
const shape = (
  kind: RequestKind,
  mti: string,
  processingCode: string | undefined,
  condition: string | undefined,
  type: string | undefined,
  ...network: readonly (string | undefined)[]
): Shape => ({ kind, mti, processingCode, condition, type, network })

// biome-ignore format: one row a kind
const shapes: readonly Shape[] = [
  //    kind              mti     3                              25                        60.1                 60.3
  shape('sale',           '0200', sale.processingCode,           sale.condition,           sale.type                          ),
  shape('balanceEnquiry', '0200', balanceEnquiry.processingCode, balanceEnquiry.condition, balanceEnquiry.type                ),
  shape('reversal',       '0400', sale.processingCode,           sale.condition,           sale.type                          ),
  shape('signOn',         '0800', undefined,                     undefined,                '00', '001', '003', '004'          ),
  shape('signOff',        '0820', undefined,                     undefined,                '00', signOff.network              ),
  shape('echo',           '0820', undefined,                     undefined,                '00', echo.network                 ),
  shape('settlement',     '0500', undefined,                     undefined,                '00', '201'                        ),
]

/** Message types that get an answer; any other is no request. */
const MTI = /^(0[1-9])[02468]0$/

/** Which kind a request is, by 0, 3, 25, 60.1 and 60.3; `undefined` where the message type is no request at all. */
export function kindOf({ mti, fields }: Message, { inquiry }: AcquirerProfile): RequestKind | undefined {
  if (!MTI.test(mti)) return undefined
  const { type, network } = parts60(fields)
  const inquires = mti === inquiry.mti && type === inquiry.type && network === inquiry.network
  if (inquires) return 'statusInquiry'
  const row = shapes.find(
    (candidate) =>
      candidate.mti === mti &&
      candidate.type === type &&
      candidate.processingCode === fields[3] &&
      candidate.condition === fields[25] &&
      (candidate.network.length === 0 || candidate.network.includes(network)),
  )
  return row?.kind ?? 'other'
}

/** Field 60 taken apart; no parts where it is missing or no layout of ours. */
export function parts60(fields: Fields): {
  readonly type?: string
  readonly batch?: string
  readonly network?: string
} {
  try {
    return parseField60(text(fields, 60) ?? '')
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}

/** An element that is text, or `undefined`. */
export function text(fields: Fields, element: number): string | undefined {
  const value = fields[element]
  return typeof value === 'string' ? value : undefined
}

/** An element that is bytes, or `undefined`. */
export function bytes(fields: Fields, element: number): Uint8Array | undefined {
  const value = fields[element]
  return value instanceof Uint8Array ? value : undefined
}

/** Six digits that are 1 to 999999, as a trace or a batch number is; 0 where they are not. */
export function sixDigitNumber(digits: string | undefined): number {
  return digits !== undefined && /^\d{6}$/.test(digits) ? Number(digits) : 0
}
