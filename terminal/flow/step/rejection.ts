import { sixDigits } from '../../../host-link/wire/values.ts'
import type { PrintLine } from '../../device/printer.ts'
import { transactionOf } from '../../host/entry-kind.ts'
import { decodeIntent, decodeOutcome } from '../../journal/body.ts'
import type { Entry } from '../../journal/journal.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import { cellWidth } from '../../screen/width.ts'
import { maskedPan } from './card.ts'
import { codeLine } from './online.ts'
import { amountLine, pair, plain, rule, wrapped } from './slip-line.ts'
import { originalAuthKey } from './slip-remark.ts'

/**
 * 上送拒绝通知单, row F04: an advice whose slip the customer may already have, and that the host declined. Says whose it was, so
 * that somebody can be called. False: it did not come out as a whole.
 */
export async function printRejection(pos: Pos, entry: Entry): Promise<boolean> {
  const columns = pos.device.printer.columns()
  const intent = decodeIntent(entry.intent)
  const outcome = decodeOutcome(entry.outcome ?? new Uint8Array([0xa0]))
  const row = transactionOf(pos, entry.kind)
  const { reference, authCode } = intent.original ?? {}
  const title = t(pos, 'rejectedSlip')
  const lines: PrintLine[] = [
    { text: title, align: 'centre', size: cellWidth(title) * 2 <= columns ? 'large' : 'normal' },
    rule(columns),
    ...pair(pos, columns, 'merchantName', pos.setup.merchantName),
    ...pair(pos, columns, 'terminalId', pos.setup.terminalId),
    ...pair(pos, columns, 'operator', String(intent.operator).padStart(2, '0')),
    ...pair(pos, columns, 'type', pos.session.locale === 'zh' ? row.zh : row.en.toUpperCase()),
    ...pair(pos, columns, 'batchNumber', sixDigits(entry.batch)),
    ...pair(pos, columns, 'voucher', sixDigits(entry.trace)),
    ...(intent.pan === undefined ? [] : pair(pos, columns, 'cardNumber', maskedPan(intent.pan))),
    ...(reference === undefined ? [] : pair(pos, columns, 'originalRef', reference)),
    ...(authCode === undefined ? [] : pair(pos, columns, originalAuthKey(row), authCode)),
    amountLine(columns, yuan(intent.amount)),
    rule(columns),
    ...wrapped(columns, codeLine(pos, outcome.code)),
    plain(t(pos, 'notBooked'), 'centre'),
    { feed: 4 },
  ]
  return (await pos.device.printer.print(lines)).kind === 'printed'
}
