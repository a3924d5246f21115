import { transactionOf } from '../host/entry-kind.ts'
import { keyFault } from '../host/master-key.ts'
import { isInDoubt } from '../host/ready.ts'
import { forgetRejected } from '../host/rejected.ts'
import { batchIsRefused } from '../host/sign-on.ts'
import { decodeIntent, decodeOutcome } from '../journal/body.ts'
import { keptMessages, newestMessage } from '../parameter/service-messages.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { entryOf, menuLines, openEntry } from '../screen/menu.ts'
import { yuan } from '../screen/money.ts'
import { showPage, t } from '../screen/page.ts'
import { cellWidth } from '../screen/width.ts'
import { confirmParameters } from '../update/parameters.ts'
import { remoteLock } from '../update/remote-lock.ts'
import { cashierLogOn } from './cashier.ts'
import { whileLocked } from './lock.ts'
import { mainMenu } from './menu.ts'
import { available } from './step/begin.ts'
import { atRest, keyOrCard } from './step/key-or-card.ts'
import { codeLine, owingText } from './step/online.ts'
import { offerMissingSlip } from './step/print.ts'
import { printRejection } from './step/rejection.ts'
import { swiped } from './step/swiped.ts'
import { refreshMs, workUnattended } from './unattended.ts'
import { progressMark } from './update-page.ts'

/** 待机: the main menu with the merchant's name over it. A digit chooses, a card starts a sale. Comes back never. */
export async function idle(pos: Pos): Promise<never> {
  let from = 0
  for (;;) {
    pos.session.inDoubt = isInDoubt(pos)
    await whileLocked(pos)
    if (pos.session.operator === undefined) await cashierLogOn(pos)
    atRest(pos)
    await workUnattended(pos, pos.session.operator !== undefined)
    if (pos.session.operator === undefined) continue
    await tellRejected(pos)
    await offerMissingSlip(pos)
    const shown = showIdle(pos, from)
    pos.session.download.idles = true
    const event = await keyOrCard(pos, refreshMs(pos))
    pos.session.download.idles = false
    confirmParameters(pos.journal) // it stands ready with them
    if (event.kind === 'key') {
      if (event.key === 'down' && from + shown.fit < shown.count) from += shown.fit
      else if (event.key === 'up') from = Math.max(0, from - shown.fit)
      else {
        const entry = entryOf(pos, mainMenu, event.key)
        if (entry !== undefined) await openEntry(pos, entry)
        from = 0
      }
    } else if (event.kind === 'stripe') await swiped(pos, event)
    else if (event.kind === 'unreadable') await notice(pos, t(pos, 'sale'), [t(pos, 'swipeAgain')])
  }
}

function showIdle(pos: Pos, from: number): { readonly count: number; readonly fit: number } {
  const { columns, rows } = pos.device.display.size()
  const lines = menuLines(pos, mainMenu)
  if (rows > 6) lines.unshift(statusLine(pos, columns), remoteLock(pos) ?? '')
  const hint = hintOf(pos)
  const more = hint === t(pos, 'hintIdle') ? t(pos, 'hintIdleMore') : hint
  return showPage(pos, { title: pos.setup.merchantName, lines, hint, hintIfMore: more }, from)
}

/** What is wrong comes before what can be done. */
function hintOf(pos: Pos): string {
  const { session, journal } = pos
  const keys = keyFault(pos)
  if (keys !== undefined) return t(pos, keys)
  if (session.storageFault) return t(pos, 'storageFault')
  if (remoteLock(pos) !== undefined) return t(pos, 'remoteLocked')
  const owed = owingText(pos, 'owedStill')
  if (owed !== undefined) return t(pos, owed)
  if (journal.frozen()) return t(pos, 'settlementOpen')
  if (batchIsRefused(pos)) return t(pos, 'batchRefused')
  const { batchTransactionsMax, settleWarningPercent } = pos.parameters
  if (journal.room() < 1 || journal.count() >= batchTransactionsMax) return t(pos, 'batchFull')
  if (journal.count() * 100 >= batchTransactionsMax * settleWarningPercent) return t(pos, 'settleSoon')
  if (hasNews(pos)) return t(pos, 'serviceNew')
  if (session.download.inspection !== undefined) return t(pos, 'inspectionDue')
  const mark = progressMark(pos)
  // Where there is no status line, the mark stands beside the hint.
  return pos.device.display.size().rows > 6 || mark === ''
    ? t(pos, 'hintIdle')
    : `${mark} ${t(pos, 'askCard')}`
}

/** 服务信息: something that the host has and we have not, or that nobody has read. */
function hasNews(pos: Pos): boolean {
  const waiting = available(pos, 'serviceInfo') && pos.session.messageWaiting > newestMessage(pos)
  return waiting || keptMessages(pos).some(({ read }) => !read)
}

/** `11-21 09:05 ↓ 37% 柜员 01`: how far a download is, in the middle. */
function statusLine(pos: Pos, columns: number): string {
  const now = pos.device.clock.now()
  const two = (value: number) => String(value).padStart(2, '0')
  const left = `${two(now.month)}-${two(now.day)} ${two(now.hour)}:${two(now.minute)}`
  const operator = two(pos.session.operator ?? 0)
  const mark = progressMark(pos)
  const full = `${t(pos, 'cashier')} ${operator}`
  const right = cellWidth(left + mark + full) + 2 <= columns ? full : operator
  const free = columns - cellWidth(left + mark + right)
  const gap = Math.max(1, free >> 1)
  return left + ' '.repeat(gap) + mark + ' '.repeat(Math.max(1, free - gap)) + right
}

/** An advice that the host declined later: nobody stood at the till when its answer came. */
async function tellRejected(pos: Pos): Promise<void> {
  for (let trace = pos.session.rejected.shift(); trace !== undefined; trace = pos.session.rejected.shift()) {
    const entry = pos.journal.find(trace)
    if (entry === undefined || entry.intent.length === 0) continue
    const { code } = decodeOutcome(entry.outcome ?? new Uint8Array([0xa0]))
    const row = transactionOf(pos, entry.kind)
    const amount = `RMB ${yuan(decodeIntent(entry.intent).amount)}`
    const what = `${pos.session.locale === 'zh' ? row.zh : row.en} ${String(trace).padStart(6, '0')}`
    // Of what is approved it was the confirmation that the host did not take.
    const why = entry.state === 'approved' ? t(pos, 'confirmRefused') : codeLine(pos, code)
    const told = entry.state !== 'declined' || (await printRejection(pos, entry))
    await notice(pos, t(pos, 'adviceRejected'), [what, amount, why], 60)
    if (told) forgetRejected(pos.journal, trace) // without paper it is told again after the next start
  }
}
