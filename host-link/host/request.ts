import { type Dialect, type Fields, type Message, WireError } from '../wire/message.ts'
import { type AcquirerProfile, transactionIn } from '../wire/profile.ts'
import { parseField60 } from '../wire/subfields.ts'
import { type Transaction, type TransactionName, transactions } from '../wire/transaction.ts'

/** What a request asks for: a row of `transactions`. `other`: a message type of ours with codes that are not. */
export type RequestKind = TransactionName | 'other'

/** A decoded request: its bytes were a message, nothing more is known of it. */
export interface Request {
  readonly dialect: Dialect
  readonly message: Message
  /** The bytes that the MAC covers together with field 64: the message without TPDU and header. */
  readonly bytes: Uint8Array
}

/** Message types that get an answer; any other is no request. */
const MTI = /^(0[1-9])[02468]0$/

/** Field 60.3 of the rows that have more than one. */
const NETWORKS: { readonly [Name in TransactionName]?: readonly string[] } = {
  signOn: ['001', '003', '004', '006'],
  batchEnd: ['202', '207'],
}

/** Which kind a request is, by 0, 3, 25, 60.1 and 60.3; `undefined` where the message type is no request at all. */
export function kindOf(message: Message, profile: AcquirerProfile): RequestKind | undefined {
  const { mti, fields } = message
  if (!MTI.test(mti)) return undefined
  const { inquiry } = profile
  const { type, network } = parts60(fields)
  if (mti === inquiry.mti && type === inquiry.type && network === inquiry.network) return 'statusInquiry'
  if (mti === transactions.reversal.mti) return reversedKind(message, profile) ? 'reversal' : 'other'
  const row = rowsOf(profile).find(
    (candidate) =>
      candidate.mti === mti &&
      hasCodes(fields, type, candidate) &&
      (candidate.processingCode !== undefined || networksOf(candidate).includes(network ?? '')),
  )
  return row?.name ?? 'other'
}

/** The row that a reversal 冲正 undoes, by its original's 3, 25 and 60.1. */
export function reversedKind({ fields }: Message, profile: AcquirerProfile): TransactionName | undefined {
  const { type } = parts60(fields)
  return rowsOf(profile).find((row) => row.whenLost === 'reverse' && hasCodes(fields, type, row))?.name
}

/** The row that has these codes and settles something: what an uploaded record is. */
export function settledKind(
  profile: AcquirerProfile,
  type: string,
  processingCode: string,
  condition: string,
): TransactionName | undefined {
  return rowsOf(profile).find(
    (row) =>
      row.mti !== transactions.refundUpload.mti &&
      hasCodes({ 3: processingCode, 25: condition }, type, row) &&
      row.name !== 'topUpConfirm', // has its top-up's codes
  )?.name
}

function rowsOf(profile: AcquirerProfile): Transaction[] {
  const rows: Transaction[] = []
  for (const name of Object.keys(transactions) as TransactionName[]) {
    const row = name === 'reversal' || name === 'statusInquiry' ? undefined : transactionIn(profile, name)
    if (row) rows.push(row)
  }
  return rows
}

function networksOf({ name, network }: Transaction): readonly string[] {
  return NETWORKS[name] ?? (network === undefined ? [] : [network])
}

function hasCodes(fields: Fields, type: string | undefined, row: Transaction): boolean {
  return row.processingCode === fields[3] && row.condition === fields[25] && row.type === type
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
