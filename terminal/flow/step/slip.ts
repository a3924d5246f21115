import { sixDigits } from '../../../host-link/wire/values.ts'
import type { PrintLine } from '../../device/printer.ts'
import { transactionOf } from '../../host/entry-kind.ts'
import { decodeIntent, decodeOutcome } from '../../journal/body.ts'
import type { Entry } from '../../journal/journal.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t, wrap } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { cellWidth } from '../../screen/width.ts'
import { maskedPan } from './card.ts'
import { storeName } from './store-number.ts'

/** 签购单: which copy, and whether one like it has come out of the printer before. */
export interface Copy {
  readonly for: 'merchant' | 'cardholder'
  readonly duplicate: boolean
}

/** The slip of an approved entry, for 32 or 24 columns (order: UnionPay POS sales slip, docs/wire.md). */
export function slipOf(pos: Pos, entry: Entry, copy: Copy): PrintLine[] {
  const columns = pos.device.printer.columns()
  const intent = decodeIntent(entry.intent)
  const outcome = decodeOutcome(entry.outcome ?? new Uint8Array([0xa0]))
  const merchant = copy.for === 'merchant'
  const note = pos.device.charset.decodeGbk(Uint8Array.from(outcome.note, (char) => char.charCodeAt(0) & 255))
  const row = transactionOf(entry.kind)

  const lines: PrintLine[] = [
    { text: t(pos, 'slipTitle'), align: 'centre', size: 'large' },
    plain(t(pos, merchant ? 'merchantCopy' : 'cardholderCopy'), 'right'),
    rule(columns),
    ...pair(pos, columns, 'merchantName', pos.setup.merchantName),
    ...pair(pos, columns, 'merchantId', pos.setup.merchantId),
    ...pair(pos, columns, 'terminalId', pos.setup.terminalId),
    ...pair(pos, columns, 'operator', String(intent.operator).padStart(2, '0')),
  ]
  if (intent.storeNumber !== undefined) {
    const name = storeName(pos, intent.storeNumber)
    lines.push(...pair(pos, columns, 'storeNumber', `${intent.storeNumber} ${name}`.trim()))
  }
  if (outcome.issuer !== '') lines.push(...pair(pos, columns, 'issuer', outcome.issuer))
  if (outcome.acquirer !== '') lines.push(...pair(pos, columns, 'acquirer', outcome.acquirer))
  lines.push(
    plain(`${t(pos, 'cardNumber')}:`),
    plain(cardLine(maskedPan(intent.pan), columns)),
    ...pair(pos, columns, 'expiryDate', `20${intent.expiry.slice(0, 2)}/${intent.expiry.slice(2)}`),
    plain(`${t(pos, 'type')}:`),
    { text: pos.session.locale === 'zh' ? row.zh : row.en.toUpperCase(), align: 'centre', size: 'large' },
    ...pair(pos, columns, 'batchNumber', sixDigits(entry.batch)),
    ...pair(pos, columns, 'voucher', sixDigits(entry.trace)),
  )
  if (outcome.authCode !== '') lines.push(...pair(pos, columns, 'authCode', outcome.authCode))
  lines.push(...pair(pos, columns, 'dateTime', whenOf(outcome)))
  if (outcome.reference !== '') lines.push(...pair(pos, columns, 'reference', outcome.reference))
  lines.push(plain(`${label(pos, 'amount')}:`), amountLine(columns, yuan(intent.amount)), rule(columns))
  const remark = note.slice(3).trim()
  if (remark !== '') lines.push(...wrapped(columns, `${t(pos, 'remark')}: ${remark}`))
  if (copy.duplicate) lines.push(plain(t(pos, 'duplicate'), 'centre'))
  if (merchant) {
    lines.push(
      plain(`${t(pos, 'signature')}:`),
      plain(''),
      plain(''),
      rule(columns),
      ...wrapped(columns, t(pos, 'agreement')),
    )
  }
  lines.push({ feed: 4 })
  return lines
}

function plain(text: string, align: 'left' | 'centre' | 'right' = 'left'): PrintLine {
  return { text, align, size: 'normal' }
}
function rule(columns: number): PrintLine {
  return plain('-'.repeat(columns))
}
function wrapped(columns: number, text: string): PrintLine[] {
  return wrap(text, columns).map((piece) => plain(piece))
}
/** `label: value` on one line where it fits, else the value below, wrapped. */
function pair(pos: Pos, columns: number, key: TextKey, value: string): PrintLine[] {
  const head = `${label(pos, key)}: `
  if (cellWidth(head + value) <= columns) return [plain(head + value)]
  return [plain(head.trimEnd()), ...wrap(value, columns).map((piece) => plain(piece, 'right'))]
}
/** Twice as wide where the amount fits so. */
function amountLine(columns: number, amount: string): PrintLine {
  const text = `RMB ${amount}`
  return { text, align: 'centre', size: cellWidth(text) * 2 <= columns ? 'large' : 'normal' }
}
/** Slips are printed in capitals. */
function label(pos: Pos, key: TextKey): string {
  return t(pos, key).toUpperCase()
}
/** In groups of four where the paper is wide enough, with the entry mark: S, read from the stripe. */
function cardLine(pan: string, columns: number): string {
  const grouped = `${pan.replace(/(.{4})(?=.)/g, '$1 ')} S`
  return grouped.length <= columns ? grouped : `${pan} S`
}
function whenOf({ year, date, time }: { year: number; date: string; time: string }): string {
  const two = (digits: string, at: number) => digits.slice(at, at + 2)
  return `${year}/${two(date, 0)}/${two(date, 2)} ${two(time, 0)}:${two(time, 2)}:${two(time, 4)}`
}
