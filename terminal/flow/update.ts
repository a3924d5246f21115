import { same } from '../../host-link/wire/bytes.ts'
import type { PrintLine } from '../device/printer.ts'
import { standingSet } from '../parameter/store.ts'
import { type Pos, unreachable } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import { codeWord } from '../screen/text/update.ts'
import { activate, told, untold } from '../update/activate.ts'
import { isQuiet, momentOf } from '../update/facts.ts'
import { applyDue } from '../update/parameters.ts'
import { type Step, stepAt } from '../update/safe-point.ts'
import { timeNow } from '../update/time.ts'
import type { Updater } from '../update/updater.ts'
import { settleByItself, settlement } from './settlement.ts'
import { bigLine, plain, wrapped } from './step/slip-line.ts'
import { swiped } from './step/swiped.ts'
import { askUpdate } from './update-prompt.ts'

/** How long an answer counts: 稍后, and a prompt that was left without one. */
const LATER_MS = 4 * 3_600_000
const ASKED_MS = 600_000
/** Between two attempts at what failed: a settlement without a line, a chip that does not take the record. */
const RETRY_MS = 300_000

/**
 * What was downloaded, between two customers: tells how the last update ended, puts parameters in force, and replaces the
 * program when its moment has come. `asks`: somebody is logged on, who is asked first; else it waits for nobody.
 */
export async function workOnUpdate(pos: Pos, asks: boolean): Promise<void> {
  const { update } = pos
  const { download } = pos.session
  if (update === undefined) return
  if (asks) await tellEnd(pos, update)
  await putParametersInForce(pos, update)
  if (update.programReady() === undefined || pos.device.clock.monotonicMs() < download.nextTryMs) return
  const step = stepAt(momentOf(pos, !isQuiet(pos)))
  if (step === 'wait' || (step === 'offer' && !asks)) return
  if (asks && step !== 'go') return prompt(pos, update, step)
  await take(pos, step)
}

async function prompt(pos: Pos, update: Updater, step: Step): Promise<void> {
  const { download } = pos.session
  download.asking = true
  update.wake() // the service hears for whom it waits
  const answer = await askUpdate(pos, update, step)
  download.asking = false
  switch (answer.kind) {
    case 'now':
      return updateNow(pos)
    case 'settled':
      return choose(pos, 'settled', Number.MAX_SAFE_INTEGER)
    case 'later':
      update.defer()
      return choose(pos, 'later', LATER_MS)
    case 'nobody':
      return step === 'offer' ? choose(pos, 'asked', ASKED_MS) : take(pos, stepAt(momentOf(pos, false)))
    case 'left':
      return choose(pos, 'asked', ASKED_MS)
    case 'stripe':
      choose(pos, 'asked', ASKED_MS)
      return swiped(pos, answer)
    default:
      return unreachable(answer)
  }
}

/** 现在升级: the merchant has said so; a batch that is in the way is settled as ever, with its totals confirmed. */
export async function updateNow(pos: Pos): Promise<void> {
  choose(pos, 'now', ASKED_MS)
  const step = stepAt(momentOf(pos, false))
  if (step === 'settle') {
    await settlement(pos)
    if (pos.journal.count() > 0) return choose(pos, 'asked', ASKED_MS)
  }
  await take(pos, stepAt(momentOf(pos, false)))
}

/** Does what the moment says; comes back where it does not restart. */
async function take(pos: Pos, step: Step): Promise<void> {
  const { download } = pos.session
  const nowMs = pos.device.clock.monotonicMs()
  if (step === 'wait' || step === 'offer') return
  if (step === 'settle' && !(await settleByItself(pos))) {
    download.nextTryMs = nowMs + RETRY_MS
    return
  }
  const after = stepAt(momentOf(pos, false))
  if (after !== 'install' && after !== 'go') return
  showPage(pos, {
    title: t(pos, 'softwareUpdate'),
    lines: [{ text: t(pos, 'updateArmed'), align: 'centre' }],
  })
  await activate(pos)
  download.nextTryMs = nowMs + RETRY_MS
}

function choose(
  { session, device }: Pos,
  choice: 'now' | 'settled' | 'later' | 'asked',
  forMs: number,
): void {
  session.download.choice = choice
  session.download.choiceUntilMs = device.clock.monotonicMs() + forMs
}

/** Sets that stand already, after a cut, go; of the others the one that is due is put in force, and the terminal restarts. */
async function putParametersInForce(pos: Pos, update: Updater): Promise<void> {
  const { journal, device, session } = pos
  const staged = update.stagedParameters()
  const { pseq } = standingSet(journal)
  for (const { set } of staged) if (set.seq <= pseq) update.parametersApplied(set.seq)
  if (staged.length === 0) return
  const moment = momentOf(pos, !isQuiet(pos))
  const applied = applyDue(journal, staged, {
    now: timeNow(pos),
    program: update.boot().active.hash,
    programComes: programComes(update),
    safe: !moment.busy && !moment.owed && !moment.slipDue,
    given: { ...pos.setup.parameters, merchantName: pos.setup.merchantName },
  })
  const title = t(pos, 'softwareUpdate')
  if (applied.kind === 'failed') {
    session.download.parameterCode = applied.code
    session.download.parameterRefused = applied.hash
    update.parametersFailed(applied.pseq, applied.code)
    update.report()
    await notice(pos, title, [t(pos, 'updateRefused'), applied.name, codeOf(pos, applied.code)])
  } else if (applied.kind === 'storageFault') session.storageFault = true
  else if (applied.kind === 'applied') {
    update.parametersApplied(applied.pseq)
    await notice(pos, title, [t(pos, 'downloaded'), t(pos, 'restarting')], 2)
    device.info.restart()
  }
}

/** 已升级到 X, or 升级未成功, 继续使用 Y: once, on screen and paper. */
async function tellEnd(pos: Pos, update: Updater): Promise<void> {
  const boot = update.boot()
  const last = untold(pos, boot)
  if (last === undefined) return
  const title = t(pos, 'softwareUpdate')
  const { version } = boot.active
  const good = last.end === 'confirmed'
  const lines = good
    ? [`${t(pos, 'updateDone')} ${version}`]
    : [`${t(pos, 'updateStays')} ${version}`, codeOf(pos, last.code)]
  const heading = good ? title : t(pos, 'updateBack') // a compact screen has two rows below it
  const { columns, paper, print } = pos.device.printer
  const slip: PrintLine[] = [
    bigLine(columns(), title),
    plain(`${t(pos, 'terminalId')}: ${pos.setup.terminalId}`),
    ...(good ? lines : [heading, ...lines]).flatMap((line) => wrapped(columns(), line)),
    { feed: 4 },
  ]
  if (paper() === 'ok' && (await print(slip)).kind === 'printed') told(pos) // the slip tells who comes later
  await notice(pos, heading, lines, 60)
  told(pos)
}

/** `代码 9 流水格式不符`. */
export function codeOf(pos: Pos, code: number): string {
  return `${t(pos, 'updateCode')} ${code} ${codeWord(pos.session.locale, code)}`
}

/** The order wants another program than the one that runs, and it did not fail; also before any order was heard. */
function programComes(update: Updater): boolean {
  const order = update.order()
  if (['failed', 'reverted', 'expired'].includes(update.state().state)) return false
  if (order === undefined) return true
  return order.program !== null && !same(order.program.hash, update.boot().active.release)
}
