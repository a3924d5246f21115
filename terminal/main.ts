import { type AcquirerProfile, profiles } from '../host-link/wire/profile.ts'
import { CODE } from '../host-link/wire/tms/codes.ts'
import { asBatchNumber } from '../host-link/wire/values.ts'
import type { Device } from './device/device.ts'
import type { Setup } from './device/info.ts'
import { cashierLogOn, FIRST_CASHIER } from './flow/cashier.ts'
import { idle } from './flow/idle.ts'
import { languageAtStart, SETTING_LOCALE } from './flow/language.ts'
import { afterStart } from './flow/settlement.ts'
import { progressOn, readinessLines } from './flow/step/online.ts'
import { workUnattended } from './flow/unattended.ts'
import { ready } from './host/ready.ts'
import { rejectedAtStart } from './host/rejected.ts'
import { signedOnToday } from './host/sign-on.ts'
import type { Journal } from './journal/journal.ts'
import { openJournal } from './journal/log.ts'
import { functionsOf } from './parameter/functions.ts'
import { makeOperators } from './parameter/operators.ts'
import { type StandingSet, standingSet, storedParameters } from './parameter/store.ts'
import { type Parameters, readParameters } from './parameter/table.ts'
import type { Pos } from './pos.ts'
import { notice } from './screen/input.ts'
import { t } from './screen/page.ts'
import { type Locale, type TextKey, textOf } from './screen/text.ts'
import { doCommands } from './update/commands.ts'
import { reportFacts } from './update/facts.ts'
import { giveUpTrial, judgeTrial } from './update/health.ts'
import { updateMemory } from './update/memory.ts'
import { confirmParameters, parametersAtStart } from './update/parameters.ts'
import type { UpdateProgram } from './update/program.ts'
import { PROGRAM } from './version.ts'

/** The batch of a terminal that has never signed on; the host's sign-on answer replaces it while it is empty. */
const FIRST_BATCH = asBatchNumber(1)

/**
 * The application: set-up → journal and its recovery → cashier → sign-on → idle. Runs until the power is cut or the
 * machine restarts it, and starts the same way after both. `table`: the acquirers that a set-up may name. `updates`: what
 * downloads, and knows of programs on trial; without it nothing is downloaded, and no trial is ever confirmed: enough for the
 * program built in where the set-up names no service.
 */
export async function start(
  device: Device,
  table = profiles,
  updates: UpdateProgram | undefined = undefined,
): Promise<never> {
  const setup = device.info.setup()
  const read = readParameters(setup.parameters)
  if (read.kind === 'wrong') {
    giveUpTrial(device, updates, CODE.healthParameters)
    return outOfService(device, 'zh', 'setupWrong', read.why)
  }
  const profile = Object.keys(table).includes(setup.profile) ? table[setup.profile] : undefined
  if (profile === undefined) {
    giveUpTrial(device, updates, CODE.healthParameters)
    return outOfService(device, read.parameters.locale, 'setupWrong', `profile ${setup.profile}`)
  }
  const opened = openJournal(device.flash, FIRST_BATCH)
  if (opened.kind === 'halt') {
    giveUpTrial(device, updates, CODE.healthJournal)
    if (opened.label === 'format') updates?.rescue(device, setup).catch(() => undefined)
    return outOfService(device, read.parameters.locale, 'journalHalt', `${opened.label} ${opened.why}`)
  }
  const takenBack = parametersAtStart(opened.journal)
  const pos = posOf(device, setup, profile, opened.journal)
  makeOperators(pos)
  await judgeTrial(pos, updates)
  afterStart(pos)
  startUpdater(pos, updates, takenBack)
  while (pos.session.operator === undefined) {
    await cashierLogOn(pos)
    if (pos.session.operator === undefined) await workUnattended(pos)
    confirmParameters(pos.journal)
  }
  await signOnAtStart(pos)
  return idle(pos)
}

function posOf(device: Device, given: Setup, profile: AcquirerProfile, journal: Journal): Pos {
  // Set-up and stored values were checked one by one: together they are good too.
  const values = { ...given.parameters, ...storedParameters(journal) }
  const parameters = (readParameters(values) as { readonly parameters: Parameters }).parameters
  const setup = { ...given, merchantName: parameters.merchantName || given.merchantName }
  const pos: Pos = {
    device,
    journal,
    setup,
    profile,
    parameters,
    functions: functionsOf(values),
    session: {
      locale: languageAtStart(journal.setting(SETTING_LOCALE), parameters.locale),
      operator: parameters.cashierLogOn === 'automatic' ? FIRST_CASHIER : undefined,
      signedOn: false,
      signOnDue: false,
      signOnFailures: 0,
      nextSignOnMs: 0,
      storageFault: false,
      reversalFailures: 0,
      inDoubt: false,
      nextReversalMs: 0,
      settlementFailures: 0,
      nextSettlementMs: 0,
      batchRefused: undefined,
      lineWasDown: false,
      doubts: new Map(),
      rejected: rejectedAtStart(journal),
      messageWaiting: 0,
      strangeFrames: 0,
      lastUnknown: undefined,
      slipDeclined: undefined,
      waitsForPaper: false,
      busy: false,
      exchanges: { all: 0, unknown: 0, ofCard: 0 },
      download: updateMemory(),
    },
    update: undefined,
  }
  pos.session.signedOn = signedOnToday(pos)
  return pos
}

/** 远程下载 in the background, from here until the power is gone. */
function startUpdater(
  pos: Pos,
  updates: UpdateProgram | undefined,
  takenBack: StandingSet | undefined,
): void {
  const { device, journal, setup, session } = pos
  // What traded before in another layout of the journal is brought to ours, once this program is the one that stays.
  if (journal.format() !== PROGRAM.journalWrites || journal.formatPending())
    if (journal.bringTo(PROGRAM.journalWrites) !== 'written') session.storageFault = true // so that it is said why nothing sells
  if (setup.update === undefined || updates === undefined) return
  pos.update = updates.makeUpdater({
    device,
    update: setup.update,
    busy: () => session.busy,
    facts: () => reportFacts(pos),
    parameterSet: () => standingSet(journal).hash,
    commands: (list) => doCommands(pos, list, updates),
  })
  if (takenBack !== undefined) {
    session.download.parameterCode = CODE.healthParameters
    session.download.parameterRefused = takenBack.hash
    pos.update?.parametersFailed(takenBack.pseq, CODE.healthParameters)
  }
  pos.update?.run().catch(() => undefined) // it ends with the power alone
}

/** 自动签到. Without a line the terminal stands ready all the same; the first transaction tries again. */
async function signOnAtStart(pos: Pos): Promise<void> {
  if (pos.session.signedOn || !pos.parameters.autoSignOn) return
  const title = t(pos, 'signOn')
  const readiness = await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  if (readiness.kind === 'notSignedOn' || readiness.kind === 'noKeys')
    await notice(pos, title, readinessLines(pos, readiness))
}

/** What is wrong stays on the screen; nothing else can be done here. */
async function outOfService(device: Device, locale: Locale, what: TextKey, why: string): Promise<never> {
  device.display.clear()
  device.display.draw(0, 0, textOf(locale, what), 'inverse')
  const { columns, rows } = device.display.size()
  for (let row = 1; row < rows; row++)
    device.display.draw(row, 0, why.slice((row - 1) * columns, row * columns), 'normal')
  for (;;) await device.clock.sleep(600_000)
}
