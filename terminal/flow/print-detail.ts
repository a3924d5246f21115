import { sixDigits } from '../../host-link/wire/values.ts'
import type { PrintLine } from '../device/printer.ts'
import { type EntryName, entryNameOf, transactionOf } from '../host/entry-kind.ts'
import { paidOf, readEntry } from '../host/settle-totals.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { mayPrint } from './step/print.ts'
import { printReport } from './step/print-report.ts'
import { pair, plain, rule } from './step/slip-line.ts'
import { between, kindName } from './step/totals-slip.ts'

/** What a line of the detail says of the kind; on paper with its meaning at the end. */
// biome-ignore format: one row a kind
const letters: { readonly [Name in EntryName]: string } = {
  sale:       'S', voidSale:       'V', refund:     'R',
  preauth:    'A', preauthVoid:    'X', completion: 'P', completionVoid: 'Q', completionAdvice: 'C',
  instalment: 'I', instalmentVoid: 'J', pointsSale: 'B', pointsVoid:     'D',
  topUp:      'L', accountTopUp:   'M', topUpVoid:  'N', activation:     'K', pinChange:        'W',
  cashSale:   'E', cashVoid:       'F', billPayment: 'G', billCash:      'H', transfer:         'T',
}
export function letterOf(kind: number): string {
  return letters[entryNameOf(kind)]
}

/** Lines that are made and printed at a time: memory does not grow with the batch. */
const LINES_A_SLICE = 150

/** 交易明细: one line for each entry that counts in the settlement, `*` for an advice that still waits to be sent. */
export async function printDetail(pos: Pos): Promise<void> {
  const title = t(pos, 'detail')
  const columns = pos.device.printer.columns()
  const kinds = new Set<number>()
  let printed = 0
  for (;;) {
    const lines = detailLines(pos, columns, printed, kinds)
    if (lines.length === 0) break
    const slice = printed === 0 ? [...headLines(pos, columns), ...lines] : lines
    if (!(await printReport(pos, title, slice))) return
    printed += lines.length
  }
  if (printed === 0) return notice(pos, title, [t(pos, 'nothingApproved')])
  const legend = [...kinds].map((kind) => plain(`${letterOf(kind)} ${kindName(pos, kind)}`))
  const total = between(columns, t(pos, 'listEnd'), String(printed))
  await printReport(pos, title, [rule(columns), ...total, ...legend, { feed: 4 }])
}

function headLines(pos: Pos, columns: number): PrintLine[] {
  return [
    { text: t(pos, 'detail').toUpperCase(), align: 'centre', size: 'large' },
    rule(columns),
    ...pair(pos, columns, 'merchantName', pos.setup.merchantName),
    ...pair(pos, columns, 'terminalId', pos.setup.terminalId),
    ...pair(pos, columns, 'batchNumber', sixDigits(pos.journal.batch())),
    rule(columns),
  ]
}

/** The lines after the first `from` of them; one line an entry, so that they can be counted. */
function detailLines(pos: Pos, columns: number, from: number, kinds: Set<number>): PrintLine[] {
  const entries: Entry[] = []
  let passed = 0
  pos.journal.each((entry) => {
    if (transactionOf(pos, entry.kind).settles === 'not' || !mayPrint(pos, entry)) return true
    if (passed++ >= from) entries.push(entry)
    return entries.length < LINES_A_SLICE
  })
  return entries.map((entry) => {
    kinds.add(entry.kind)
    return plain(detailLine(pos, columns, entry))
  })
}

/** `000002 S 7890    88.80`: voucher, kind, card, amount; what was given back has a minus. */
function detailLine(pos: Pos, columns: number, entry: Entry): string {
  const card = readEntry(entry)?.intent.pan?.slice(-4) ?? '----'
  const mark = entry.state === 'owed' ? '*' : ' '
  const paid = paidOf(pos, entry)
  const sign = transactionOf(pos, entry.kind).settles === 'credit' ? '-' : ''
  const left = `${sixDigits(entry.trace)} ${letterOf(entry.kind)}${mark}${card}`
  const whole = paid === undefined ? '?' : sign + yuan(paid)
  // The longest amount has 18 characters with its grouping, 14 without: both paper widths hold that beside the rest.
  const amount = left.length + whole.length < columns ? whole : whole.replace(/,/g, '')
  return left + amount.padStart(columns - left.length)
}
