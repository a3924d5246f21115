import { WireError } from './message.ts'
import { asFen, asPan, asTrace, type Fen, type Pan, sixDigits, type Trace, twelveDigits } from './values.ts'

/** Totals of one group of cards in a settlement: 借记 debit, 贷记 credit, 对账应答 answer. */
export interface Totals {
  readonly debit: Fen
  readonly debitCount: number
  readonly credit: Fen
  readonly creditCount: number
  /** 0 in requests; 1 平 equal, 2 不平 not equal, 3 出错 error. */
  readonly answer: number
}

/** Digits of a count: 3 is UnionPay's, 6 is ours (`AcquirerProfile.settlementCountDigits`). */
export type CountDigits = 3 | 6

/**
 * Field 48 of a settlement: 内卡 domestic cards, then 外卡 foreign cards; 62 digits, or 74 with counts of 6. Throws a
 * WireError for a count that does not fit.
 */
export function settlement48(domestic: Totals, foreign: Totals, countDigits: CountDigits = 3): string {
  return [domestic, foreign].map((totals) => totalsDigits(totals, countDigits)).join('')
}

function totalsDigits({ debit, debitCount, credit, creditCount, answer }: Totals, digits: number): string {
  const countMax = 10 ** digits - 1
  for (const [count, max] of [
    [debitCount, countMax],
    [creditCount, countMax],
    [answer, 3],
  ] as const)
    if (!Number.isInteger(count) || count < 0 || count > max)
      throw new WireError('field.48', 0, `wants 0 to ${max}, got ${count}`)
  const counted = (amount: Fen, count: number) => twelveDigits(amount) + String(count).padStart(digits, '0')
  return counted(debit, debitCount) + counted(credit, creditCount) + answer
}

/** Both groups' totals; the length tells the width of the counts. Throws a WireError where field 48 is no settlement. */
export function parseSettlement48(text: string): { domestic: Totals; foreign: Totals } {
  const digits = text.length === 74 ? 6 : 3
  const group = 25 + 2 * digits
  if (!/^\d*$/.test(text) || text.length !== 2 * group)
    throw new WireError('field.48', 0, 'wants two groups of 31 or 37 digits')
  const domestic = totalsOf(text.slice(0, group), digits)
  const foreign = totalsOf(text.slice(group), digits)
  if (domestic.answer > 3 || foreign.answer > 3)
    throw new WireError('field.48', 0, 'wants an answer of 0 to 3')
  return { domestic, foreign }
}

function totalsOf(text: string, digits: number): Totals {
  const value = (from: number, width: number) => Number(text.slice(from, from + width))
  return {
    debit: asFen(value(0, 12)),
    debitCount: value(12, digits),
    credit: asFen(value(12 + digits, 12)),
    creditCount: value(24 + digits, digits),
    answer: value(24 + 2 * digits, 1),
  }
}

/** 批上送: records of one upload message. */
export const UPLOAD_RECORDS_MAX = 8

/** One uploaded transaction: 40 digits of field 48. */
export interface UploadRecord {
  /** 00 内卡 domestic, 01 外卡 foreign. */
  readonly cardClass: '00' | '01'
  readonly trace: Trace
  /** Absent for what has no card: 20 zeros. */
  readonly pan: Pan | undefined
  readonly amount: Fen
}

/** Field 48 of an upload 0320/201: count, then the records (1 to 8). Throws a WireError. */
export function upload48(records: readonly UploadRecord[]): string {
  if (records.length < 1 || records.length > UPLOAD_RECORDS_MAX)
    throw new WireError('field.48', 0, `wants 1 to ${UPLOAD_RECORDS_MAX} records, got ${records.length}`)
  const digits = ({ cardClass, trace, pan, amount }: UploadRecord) =>
    cardClass + sixDigits(trace) + (pan ?? '').padStart(20, '0') + twelveDigits(amount)
  return String(records.length).padStart(2, '0') + records.map(digits).join('')
}

/** The records of an upload. Throws a WireError for another layout. */
export function parseUpload48(text: string): UploadRecord[] {
  const count = Number(text.slice(0, 2))
  if (!/^\d+$/.test(text) || count < 1 || count > UPLOAD_RECORDS_MAX || text.length !== 2 + 40 * count)
    throw new WireError('field.48', 0, 'wants a count of 1 to 8 and 40 digits a record')
  const records: UploadRecord[] = []
  for (let at = 2; at < text.length; at += 40) {
    const cardClass = text.slice(at, at + 2)
    const pan = text.slice(at + 8, at + 28).replace(/^0+/, '')
    if (cardClass !== '00' && cardClass !== '01') throw new WireError('field.48', at, 'wants class 00 or 01')
    if (pan !== '' && pan.length < 12) throw new WireError('field.48', at, 'wants a card number or zeros')
    const trace = Number(text.slice(at + 2, at + 8))
    if (trace === 0) throw new WireError('field.48', at, 'wants a trace number')
    records.push({
      cardClass,
      trace: asTrace(trace),
      pan: pan === '' ? undefined : asPan(pan),
      amount: asFen(Number(text.slice(at + 28, at + 40))),
    })
  }
  return records
}

/** Field 48 of the end of an upload: how many records were sent in all. Throws a WireError above 9999. */
export function uploadEnd48(count: number): string {
  if (!Number.isInteger(count) || count < 0 || count > 9999)
    throw new WireError('field.48', 0, `wants 0 to 9999, got ${count}`)
  return String(count).padStart(4, '0')
}

/** The count of an upload's end. Throws a WireError. */
export function parseUploadEnd48(text: string): number {
  if (!/^\d{4}$/.test(text)) throw new WireError('field.48', 0, 'wants 4 digits')
  return Number(text)
}
