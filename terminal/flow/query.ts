import { asTrace, sixDigits, type Trace } from '../../host-link/wire/values.ts'
import { paidOf, readEntry } from '../host/settle-totals.ts'
import { decodeOutcome, type Intent } from '../journal/body.ts'
import type { Entry, EntryState } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { askAmount, askDigits, askKey, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, showPage, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { codeLine } from './step/online.ts'
import { whenOf } from './step/slip.ts'
import { kindName } from './step/totals-slip.ts'

/** Entries that a query shows: the latest so many of those that fit. */
const RESULTS_MAX = 200

/** 查询 by voucher number. */
export async function queryVoucher(pos: Pos): Promise<void> {
  const title = t(pos, 'queryVoucher')
  const asked = await askDigits(pos, { title, label: t(pos, 'askVoucher'), min: 1, max: 6 })
  if (asked.kind !== 'digits') return
  const trace = Number(asked.digits)
  const entry = trace === 0 ? undefined : pos.journal.find(asTrace(trace))
  await showResults(pos, title, entry === undefined ? [] : [entry.trace])
}

/** 查询 by the last four digits of the card. */
export async function queryCard(pos: Pos): Promise<void> {
  const title = t(pos, 'queryCard')
  const asked = await askDigits(pos, { title, label: t(pos, 'askLastFour'), min: 4, max: 4 })
  if (asked.kind !== 'digits') return
  await showResults(
    pos,
    title,
    found(pos, ({ pan }) => pan?.endsWith(asked.digits) ?? false),
  )
}

/** 查询 by amount: what was asked for, or what was paid after a discount. */
export async function queryAmount(pos: Pos): Promise<void> {
  const title = t(pos, 'queryAmount')
  const asked = await askAmount(pos, title, [])
  if (asked.kind !== 'amount') return
  const { amount } = asked
  await showResults(
    pos,
    title,
    found(pos, (intent, discount) => [intent.amount, intent.amount - discount].includes(amount)),
  )
}

/** Traces of the entries that fit, latest first. */
function found(pos: Pos, fits: (intent: Intent, discount: number) => boolean): Trace[] {
  const traces: Trace[] = []
  pos.journal.each((entry) => {
    const read = readEntry(entry)
    if (read === undefined || !fits(read.intent, read.discount)) return true
    traces.push(entry.trace)
    if (traces.length > RESULTS_MAX) traces.shift()
    return true
  })
  return traces.reverse()
}

/** One result at a time: up and down go through them, enter shows all of one. */
async function showResults(pos: Pos, title: string, traces: readonly Trace[]): Promise<void> {
  if (traces.length === 0) return notice(pos, title, [t(pos, 'nothingFound')])
  for (let at = 0; ; ) {
    const trace = traces[at]
    const entry = trace === undefined ? undefined : pos.journal.find(trace)
    if (entry === undefined) return
    const place = `${title} ${at + 1}/${traces.length}`
    showPage(pos, { title: place, lines: summary(pos, entry), hint: t(pos, 'hintDetail') })
    const pressed = await askKey(pos, pos.parameters.inputTimeoutSeconds * 1000)
    if (pressed.kind !== 'key' || pressed.key === 'clear') return
    if (pressed.key === 'down') at = Math.min(at + 1, traces.length - 1)
    if (pressed.key === 'up') at = Math.max(at - 1, 0)
    if (pressed.key === 'enter')
      await notice(pos, place, details(pos, entry), pos.parameters.inputTimeoutSeconds)
  }
}

function summary(pos: Pos, entry: Entry): Line[] {
  const read = readEntry(entry)
  const paid = paidOf(pos, entry)
  const amount = paid === undefined ? '?' : yuan(paid)
  const card = read?.intent.pan === undefined ? '' : ` ${read.intent.pan.slice(-4)}`
  return [
    { text: `${sixDigits(entry.trace)} ${kindName(pos, entry.kind)}`, oneRow: true },
    `${amount}${card} ${t(pos, stateTexts[entry.state])}`,
  ]
}

/** 6+4 on one line of a compact screen. */
function shortened(pan: string): string {
  return `${pan.slice(0, 6)}***${pan.slice(-4)}`
}

// biome-ignore format: one row a state
const stateTexts: { readonly [S in EntryState]: TextKey } = {
  owed:     'stateOwed',
  doubtful: 'stateDoubtful',
  approved: 'stateApproved',
  declined: 'stateDeclined',
  undone:   'stateUndone',
}

/** Everything that a person may know of an entry; of the card 6+4. */
function details(pos: Pos, entry: Entry): Line[] {
  const read = readEntry(entry)
  const answered = entry.state === 'approved' || entry.state === 'declined'
  const outcome = answered && entry.outcome !== undefined ? decodeOutcome(entry.outcome) : undefined
  const paid = paidOf(pos, entry)
  const intent = read?.intent
  // biome-ignore format: one row a line
  const rows: readonly (readonly [TextKey, string | undefined])[] = [
    ['voucher',         sixDigits(entry.trace)],
    ['type',            kindName(pos, entry.kind)],
    ['state',           t(pos, stateTexts[entry.state])],
    ['amount',          paid === undefined ? undefined : yuan(paid)],
    ['card',            intent?.pan === undefined ? undefined : shortened(intent.pan)],
    ['storeNumber',     intent?.storeNumber],
    ['cashier',         intent === undefined ? undefined : String(intent.operator).padStart(2, '0')],
    ['dateTime',        outcome === undefined || outcome.date === '' ? undefined : whenOf(outcome)],
    ['reference',       outcome?.reference || undefined],
    ['authCode',        outcome?.authCode || undefined],
    ['originalVoucher', intent?.original?.trace === undefined ? undefined : String(intent.original.trace).padStart(6, '0')],
  ]
  const lines = rows.flatMap(([key, value]) => (value === undefined ? [] : [`${t(pos, key)} ${value}`]))
  return entry.state === 'declined' && outcome !== undefined ? [...lines, codeLine(pos, outcome.code)] : lines
}
