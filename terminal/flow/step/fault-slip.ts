import { sixDigits } from '../../../host-link/wire/values.ts'
import type { PrintLine } from '../../device/printer.ts'
import { decodeIntent } from '../../journal/body.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import { maskedPan } from './card.ts'

/**
 * 故障报告单: printed once when the attempts at a reversal are used up. From then the terminal does not sell, and goes
 * on owing: the next attempt comes from idle or from whoever tries to sell.
 */
export async function reportBlocked(pos: Pos): Promise<void> {
  const owed = [...pos.journal.owed(), ...pos.journal.doubtful()]
  if (owed.length === 0 || pos.session.reversalFailures !== pos.parameters.reversalAttempts) return
  const line = (text: string): PrintLine => ({ text, align: 'left', size: 'normal' })
  const lines: PrintLine[] = [
    { text: t(pos, 'faultSlip'), align: 'centre', size: 'large' },
    line(`${t(pos, 'terminalId')}: ${pos.setup.terminalId}`),
    line(t(pos, 'reversalFirst')),
  ]
  for (const entry of owed) {
    const intent = decodeIntent(entry.intent)
    lines.push(
      line(`${t(pos, 'batchNumber')}: ${sixDigits(entry.batch)}`),
      line(`${t(pos, 'voucher')}: ${sixDigits(entry.trace)}`),
      line(maskedPan(intent.pan)),
      line(`RMB ${yuan(intent.amount)}`),
    )
  }
  lines.push(line(t(pos, 'callService')), { feed: 4 })
  await pos.device.printer.print(lines)
}
