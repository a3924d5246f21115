import { encodeCbor } from '../../../host-link/wire/cbor.ts'
import { sixDigits } from '../../../host-link/wire/values.ts'
import type { PrintLine } from '../../device/printer.ts'
import { CLOCK_YEAR_MIN } from '../../host/outcome.ts'
import { decodeIntent } from '../../journal/body.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import { maskedPan } from './card.ts'

/** Setting: batch and trace of the entry that the last report was about. */
const SETTING_REPORTED = 4

/**
 * 故障报告单: printed once, also over restarts, when the attempts at a reversal are used up. From then the terminal does not sell, and goes
 * on owing: the next attempt comes from idle or from whoever tries to sell.
 */
export async function reportBlocked(pos: Pos): Promise<void> {
  const owed = [...pos.journal.owed(), ...pos.journal.doubtful()]
  const oldest = owed[0]
  if (oldest === undefined || pos.session.reversalFailures < pos.parameters.reversalAttempts) return
  const key = encodeCbor([oldest.batch, oldest.trace])
  if (String(pos.journal.setting(SETTING_REPORTED)) === String(key)) return
  const line = (text: string): PrintLine => ({ text, align: 'left', size: 'normal' })
  const lines: PrintLine[] = [
    { text: t(pos, 'faultSlip'), align: 'centre', size: 'large' },
    line(`${t(pos, 'merchantName')}: ${pos.setup.merchantName}`),
    line(`${t(pos, 'terminalId')}: ${pos.setup.terminalId}`),
    line(`${t(pos, 'dateTime')}: ${stamp(pos)}`),
    line(t(pos, 'reversalFirst')),
    line(t(pos, 'doNotRepeat')),
  ]
  for (const entry of owed) {
    const intent = decodeIntent(entry.intent)
    lines.push(
      line(`${t(pos, 'batchNumber')}: ${sixDigits(entry.batch)}`),
      line(`${t(pos, 'voucher')}: ${sixDigits(entry.trace)}`),
      ...(intent.pan === undefined ? [] : [line(maskedPan(intent.pan))]),
      ...(intent.amount > 0 ? [line(`RMB ${yuan(intent.amount)}`)] : []),
    )
  }
  lines.push(line(t(pos, 'callService')), { feed: 4 })
  // Without paper it is tried again with the next attempt.
  const printed = await pos.device.printer.print(lines)
  if (printed.kind === 'printed') pos.journal.set(SETTING_REPORTED, key)
}

function stamp(pos: Pos): string {
  const { year, month, day, hour, minute } = pos.device.clock.now()
  const two = (value: number) => String(value).padStart(2, '0')
  return `${year < CLOCK_YEAR_MIN ? '' : `${year}/`}${two(month)}/${two(day)} ${two(hour)}:${two(minute)}`
}
