import type { Transaction } from '../../../host-link/wire/transaction.ts'
import { sixDigits } from '../../../host-link/wire/values.ts'
import type { WallTime } from '../../device/clock.ts'
import type { PrintLine } from '../../device/printer.ts'
import { transactionOf } from '../../host/entry-kind.ts'
import { decodeIntent, decodeOutcome, type Intent, type Outcome, paidAmount } from '../../journal/body.ts'
import type { Entry } from '../../journal/journal.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import { maskedPan } from './card.ts'
import { amountLine, bigLine, label, pair, plain, rule, wrapped } from './slip-line.ts'
import { nameOf, remarkLines } from './slip-remark.ts'
import { storeName } from './store-number.ts'

/** 签购单: which copy, and whether one like it has come out of the printer before. */
export interface Copy {
  readonly for: 'merchant' | 'cardholder'
  readonly duplicate: boolean
  /** When it was begun: both copies of what the host has not answered say the same. */
  readonly now: WallTime
}

/** The slip of an approved entry, for 32 or 24 columns (order: UnionPay POS sales slip, docs/wire.md). */
export function slipOf(pos: Pos, entry: Entry, copy: Copy): PrintLine[] {
  const columns = pos.device.printer.columns()
  const intent = decodeIntent(entry.intent)
  const outcome = decodeOutcome(entry.outcome ?? new Uint8Array([0xa0]))
  const merchant = copy.for === 'merchant'
  const note = pos.device.charset.decodeGbk(Uint8Array.from(outcome.note, (char) => char.charCodeAt(0) & 255))
  const row = transactionOf(pos, entry.kind)

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
    ...cardLines(pos, columns, intent),
    plain(`${t(pos, 'type')}:`),
    bigLine(columns, pos.session.locale === 'zh' ? row.zh : row.en.toUpperCase()),
    ...pair(pos, columns, 'batchNumber', sixDigits(entry.batch)),
    ...pair(pos, columns, 'voucher', sixDigits(entry.trace)),
  )
  if (outcome.authCode !== '') lines.push(...pair(pos, columns, 'authCode', outcome.authCode))
  const when = entry.state === 'owed' ? timeHere(copy.now) : outcome // the host's is not there yet
  if (when.date !== '') lines.push(...pair(pos, columns, 'dateTime', whenOf(when)))
  if (outcome.reference !== '') lines.push(...pair(pos, columns, 'reference', outcome.reference))
  lines.push(
    ...amountLines(pos, columns, intent, outcome),
    ...remarkLines(pos, columns, row, said(row, intent), outcome),
  )
  lines.push(rule(columns))
  const remark = note.slice(3).trim()
  if (remark !== '') lines.push(...wrapped(columns, `${t(pos, 'remark')}: ${remark}`))
  if (entry.state === 'owed') lines.push(plain(t(pos, 'notSentYet'), 'centre'))
  if (copy.duplicate) lines.push(plain(t(pos, 'duplicate'), 'centre'))
  if (merchant && intent.pan !== undefined && isSigned(row)) {
    lines.push(plain(`${t(pos, 'signature')}:`), plain(''), plain(''), rule(columns))
    if (isCharge(row)) lines.push(...wrapped(columns, t(pos, 'agreement')))
  }
  lines.push({ feed: 4 })
  return lines
}

/** Not signed: what gives the cardholder something, and takes nothing from a card. */
function isSigned({ name }: Transaction): boolean {
  return !['topUp', 'activation', 'pinChange'].includes(name)
}

/** What the cardholder agrees to pay. The void of a top-up is a debit too, and pays back what they paid in. */
function isCharge({ name, settles }: Transaction): boolean {
  return name === 'preauth' || (settles === 'debit' && name !== 'topUpVoid')
}

/** The terminal's own date and time, as an outcome has the host's. */
function timeHere(now: WallTime): { readonly year: number; readonly date: string; readonly time: string } {
  const digits = (...parts: number[]) => parts.map((part) => String(part).padStart(2, '0')).join('')
  return {
    year: now.year,
    date: digits(now.month, now.day),
    time: digits(now.hour, now.minute, now.second),
  }
}

/** A cash top-up names the verification before it, which has no slip: nobody can look for that voucher. */
function said({ name }: Transaction, intent: Intent): Intent {
  return name === 'topUp' ? { ...intent, original: undefined } : intent
}

/** Card number and expiry date; nothing for cash. Never more of the number than 6+4, also for a pre-authorisation. */
function cardLines(pos: Pos, columns: number, { pan, expiry, entryMode }: Intent): PrintLine[] {
  if (pan === undefined) return []
  const lines = [plain(`${t(pos, 'cardNumber')}:`), plain(cardLine(maskedPan(pan), columns, entryMode))]
  if (expiry === '') return lines
  return [...lines, ...pair(pos, columns, 'expiryDate', `20${expiry.slice(0, 2)}/${expiry.slice(2)}`)]
}

/** One amount; with a 优惠 discount the original, what is taken off, and what was paid. */
function amountLines(pos: Pos, columns: number, intent: Intent, outcome: Outcome): PrintLine[] {
  if (intent.amount === 0) return []
  const { discount } = outcome
  const head = plain(`${label(pos, 'amount')}:`)
  if (discount === undefined) return [head, amountLine(columns, yuan(paidAmount(intent, outcome)))]
  return [
    ...pair(pos, columns, 'originalAmount', yuan(intent.amount)),
    ...pair(pos, columns, 'discount', `${nameOf(pos, discount)} -${yuan(discount.amount)}`.trim()),
    plain(`${label(pos, 'paid')}:`),
    amountLine(columns, yuan(paidAmount(intent, outcome))),
  ]
}

/** In groups of four where the paper is wide enough, with the entry mark: S read from the stripe, M typed or kept. */
function cardLine(pan: string, columns: number, entryMode: string): string {
  const mark = entryMode.startsWith('02') ? 'S' : 'M'
  const grouped = `${pan.replace(/(.{4})(?=.)/g, '$1 ')} ${mark}`
  return grouped.length <= columns ? grouped : `${pan} ${mark}`
}

/** `2026/11/21 09:05:00`: the host's date and time with the year of the terminal's clock; without year where that is not set. */
export function whenOf({ year, date, time }: { year: number; date: string; time: string }): string {
  const two = (digits: string, at: number) => digits.slice(at, at + 2)
  return `${year === 0 ? '' : `${year}/`}${two(date, 0)}/${two(date, 2)} ${two(time, 0)}:${two(time, 2)}:${two(time, 4)}`
}
