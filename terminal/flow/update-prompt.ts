import type { Stripe } from '../device/reader.ts'
import type { Pos } from '../pos.ts'
import { type Entry, entryOf, menuLines, row } from '../screen/menu.ts'
import { showPage, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { cellWidth } from '../screen/width.ts'
import { momentOf } from '../update/facts.ts'
import type { Step } from '../update/safe-point.ts'
import { timeNow } from '../update/time.ts'
import type { Updater } from '../update/updater.ts'
import { keyOrCard } from './step/key-or-card.ts'

/** How long a prompt stands: then nobody is here. */
const PROMPT_MS = 60_000
/** 预计分钟: restart, self-test and echo. */
const MINUTES = 2

export type Answer =
  | { readonly kind: 'now' | 'settled' | 'later' | 'nobody' | 'left' }
  /** A customer's card: a sale comes before any update. */
  | ({ readonly kind: 'stripe' } & Stripe)

/** 有新版本: now, after settlement, or later while that is left. A card ends it and is sold with. */
export async function askUpdate(pos: Pos, update: Updater, step: Step): Promise<Answer> {
  const moment = momentOf(pos, false)
  const { deferralsLeft } = update.state()
  const answers: ('now' | 'settled' | 'later')[] = ['now', 'settled', 'later']
  const nothing = async () => undefined
  const entries: readonly Entry[] = [
    row(moment.entries > 0 && !moment.mayStayOpen ? 'updateSettleNow' : 'updateNow', nothing),
    row('updateSettled', nothing, () => moment.entries > 0 && !moment.overdue),
    row('updateLater', nothing, () => deferralsLeft > 0 && !moment.overdue),
  ]
  const lines = [...menuLines(pos, entries), ...detailLines(pos, update, step)]
  if (!moment.overdue) lines.push(...limitLines(pos, update))
  let from = 0
  const { columns, rows } = pos.device.display.size()
  // On a compact screen what matters most stands where nobody has to turn the page.
  const starts = rows <= 6 && step !== 'offer'
  const hints = { hint: t(pos, 'hintChoose'), hintIfMore: t(pos, starts ? 'updateStarts' : 'hintMore') }
  const version = update.state().version ?? ''
  const full = `${t(pos, 'updateNew')} ${version}`.trim()
  const title = cellWidth(full) <= columns ? full : `${t(pos, 'updateMark')} ${version}`
  for (;;) {
    const { count, fit } = showPage(pos, { title, lines, ...hints }, from)
    const event = await keyOrCard(pos, PROMPT_MS)
    if (event.kind === 'nothing') return { kind: 'nobody' }
    if (event.kind === 'stripe') return event
    if (event.kind !== 'key') continue
    if (event.key === 'cancel' || event.key === 'clear') return { kind: 'left' }
    if (event.key === 'down' && from + fit < count) from += fit
    if (event.key === 'up') from = Math.max(0, from - fit)
    const chosen = entryOf(pos, entries, event.key)
    const answer = chosen && answers[entries.indexOf(chosen)]
    if (answer !== undefined) return { kind: answer }
  }
}

function detailLines(pos: Pos, update: Updater, step: Step): string[] {
  const { version, notice } = update.state()
  const lines = [`${version ?? ''} ${notice?.[pos.session.locale] ?? ''}`.trim()]
  if (step !== 'offer') lines.push(t(pos, 'updateStarts'))
  if (step === 'settle') lines.push(t(pos, 'updateSettles'))
  lines.push(counted(pos, 'updateMinutes', MINUTES))
  return lines
}

/** How often and how long it may still be put off. */
function limitLines(pos: Pos, update: Updater): string[] {
  const { deferralsLeft, deadline } = update.state()
  const lines: string[] = []
  if (deferralsLeft > 0) lines.push(counted(pos, 'updateDefer', deferralsLeft))
  if (deadline > 0) lines.push(counted(pos, 'updateDeadline', Math.ceil((deadline - timeNow(pos)) / 3600)))
  return lines
}

function counted(pos: Pos, key: TextKey, number: number): string {
  return t(pos, key).replace('#', String(number))
}
