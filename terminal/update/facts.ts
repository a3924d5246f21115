import { WAITING } from '../../host-link/wire/tms/codes.ts'
import { FLOOR, NO_SCOPE } from '../boot/floor.ts'
import { slipMissing } from '../flow/step/print.ts'
import { owing } from '../host/ready.ts'
import { slipPending } from '../host/settle-progress.ts'
import { standingSet } from '../parameter/store.ts'
import type { Pos } from '../pos.ts'
import { PROGRAM } from '../version.ts'
import { checkValuesOf } from './check-values.ts'
import { commandResults } from './commands.ts'
import { QUIET_MS } from './memory.ts'
import { inWindow, type Moment, waitingFor } from './safe-point.ts'
import { minuteOfDay, timeNow } from './time.ts'
import type { ReportFacts } from './updater.ts'

/** The moment as the safe point sees it. `busy`: whether somebody is at the terminal. */
export function momentOf(pos: Pos, busy: boolean): Moment {
  const { journal, session, device, update } = pos
  const { choice, choiceUntilMs, opportune } = session.download
  const policy = update?.policy()
  const nowMs = device.clock.monotonicMs()
  const now = timeNow(pos)
  return {
    busy,
    owed: owing(pos) > 0 || journal.frozen() || session.storageFault,
    slipDue: slipPending(pos) !== 'no' || session.waitsForPaper || slipOpen(pos),
    entries: journal.count(),
    mayStayOpen: policy?.allowOpenBatch === true && journalStays(pos),
    early: policy !== undefined && now < policy.earliest,
    inWindow:
      policy !== undefined && inWindow(minuteOfDay(device.clock.now()), policy.windowFrom, policy.windowTo),
    opportune,
    automatic: policy?.automatic === true,
    choice: nowMs < choiceUntilMs ? choice : undefined,
    overdue: policy !== undefined && policy.deadline > 0 && now >= policy.deadline,
  }
}

/** The last slip did not come out, and nobody has said that it may stay so. */
function slipOpen({ journal, session }: Pos): boolean {
  const last = journal.last()
  return last !== undefined && slipMissing(last) && session.slipDeclined !== last.trace
}

/** The new program takes the open batch over as it stands, and writes the same layout. */
function journalStays({ update, journal }: Pos): boolean {
  const manifest = update?.manifest()
  if (manifest === undefined || manifest.policy.needsSettlement) return false
  const { readsMin, readsMax, writes } = manifest.journal
  const format = journal.format()
  return (
    manifest.policy.allowOpenBatch &&
    readsMin <= format &&
    format <= readsMax &&
    writes === PROGRAM.journalWrites
  )
}

/** Nobody is at the terminal, nor was just now. */
export function isQuiet({ session, device }: Pos): boolean {
  const { opportune, touchedMs } = session.download
  return opportune || device.clock.monotonicMs() - touchedMs >= QUIET_MS
}

/** What a program that is ready waits for; the merchant's word, where it is nothing else. */
function waitsNow(pos: Pos): number {
  const moment = momentOf(pos, pos.session.busy || !isQuiet(pos))
  const asked = pos.session.download.asking || moment.choice === 'asked' ? WAITING.deferred : 0
  return waitingFor(moment) || asked
}

/** Names of parameters that one report has room for. */
const DRIFT_MAX = 16

/** What a 状态报告 says of the application. */
export function reportFacts(pos: Pos): ReportFacts {
  const { journal, device, session, update } = pos
  const { pseq, hash, local } = standingSet(journal)
  const { all, unknown, ofCard } = session.exchanges
  return {
    waiting: update?.programReady() === undefined ? 0 : waitsNow(pos),
    parameters: {
      pseq,
      hash: pseq === 0 ? null : hash,
      drift: local.slice(0, DRIFT_MAX),
      code: session.download.parameterCode,
      refused: session.download.parameterRefused,
    },
    batch: {
      number: journal.batch(),
      count: journal.count(),
      frozen: journal.frozen(),
      owed: owing(pos),
    },
    checkValues: checkValuesOf(device.secure),
    comms: {
      quality: Math.round(device.link.quality()),
      security: device.link.security(),
      counters: [all, unknown],
    },
    health: {
      paper: device.printer.paper() === 'ok' ? 0 : 2,
      flashRetired: journal.report().retired,
      starts: device.secure.floor(FLOOR.epoch, NO_SCOPE),
      salesFailed: ofCard,
    },
    commandResults: commandResults(pos),
  }
}
