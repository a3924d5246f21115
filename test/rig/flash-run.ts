import {
  type Cut,
  type FlashChip,
  type FlashSnapshot,
  PowerCut,
  type Tear,
} from '../../emulator/device/flash.ts'
import { asBatchNumber } from '../../host-link/wire/values.ts'
import type { Journal } from '../../terminal/journal/journal.ts'
import { openJournal } from '../../terminal/journal/log.ts'
import {
  applies,
  type Model,
  modelAfter,
  pansIn,
  perform,
  type Step,
  viewOf,
  viewOfModel,
} from './flash-model.ts'
import { readJournal } from './journal-reader.ts'

/** Multiplies the size of every search over cuts and images; 1 in a normal test run. */
export const BUDGET = Number(process.env.SHUAKA_BUDGET ?? 1)

export const TEARS: readonly Tear[] = [
  { kind: 'prefix', bytes: 1 },
  { kind: 'prefix', bytes: 9 },
  { kind: 'prefix', bytes: 40 },
  { kind: 'allButLast' },
  { kind: 'someBits' },
  { kind: 'flicker' },
  { kind: 'looksUndone' },
  { kind: 'looksDone' },
  { kind: 'appearsLater' },
  { kind: 'restAppearsLater' },
]

/** Every way to lose the power at one operation. */
export function cutsAt(operation: number): readonly Cut[] {
  return [
    { operation, when: 'before' },
    ...TEARS.map((tear): Cut => ({ operation, when: 'inside', tear })),
    { operation, when: 'after' },
  ]
}

/** A terminal whose journal is compared with a model: before and after the step in which the power went away. */
export interface Run {
  readonly chip: FlashChip
  model: Model
  /** The step that comes next. */
  at: number
  /** The step under way when the power went: either state is right until the journal has said which. */
  doubt?: Model
  /** The same, after a start that found nothing of it and wrote nothing since. */
  late?: Model
}

export function openReady(chip: FlashChip): Journal {
  const opened = openJournal(chip, asBatchNumber(1))
  if (opened.kind !== 'ready') throw new Error(`halt: ${opened.label}`)
  return opened.journal
}

/** Plays `steps` from where the run stands. False when the power went. */
export function play(run: Run, journal: Journal, steps: readonly Step[]): boolean {
  for (; run.at < steps.length; run.at++) {
    const step = steps[run.at] as Step
    if (!applies(run.model, step)) continue
    const next = modelAfter(run.model, step)
    run.doubt = next
    delete run.late
    try {
      const written = perform(journal, run.model, step)
      if (written !== 'written') throw new Error(`step ${run.at} ${step.do}: ${written}`)
    } catch (error) {
      if (error instanceof PowerCut) return false
      throw error
    }
    run.model = next
    delete run.doubt
    if (step.do === 'scrub') requireScrubbed(run)
  }
  return true
}

/**
 * Invariant 27: no card number of a closed batch is on the chip. Sectors that the log does not use are blank, and no
 * cell of them can turn back.
 */
export function requireScrubbed({ chip, model, at }: Run): void {
  const image = chip.image()
  const alive = new Set(model.entries.map((entry) => entry.trace))
  const left = pansIn(image, model.trace).filter((trace) => !alive.has(trace))
  if (left.length > 0) throw new Error(`step ${at}: cards of ${left} are still on the chip`)
  const { sectorBytes } = chip.geometry()
  const sectorOf = (address: number) => Math.floor(address / sectorBytes)
  const used = new Set(readJournal(image, chip.geometry()).records.map(({ address }) => sectorOf(address)))
  const loose = [...chip.snapshot().weak.keys()].find((address) => !used.has(sectorOf(address)))
  const full = image.findIndex((byte, address) => byte !== 0xff && !used.has(sectorOf(address)))
  if (loose !== undefined || full >= 0) throw new Error(`step ${at}: not erased at ${loose ?? full}`)
}

/** Starts again after a cut and holds the journal against the model. Throws what does not agree. PowerCut passes. */
export function restart(run: Run, what: string, repower = true): Journal {
  if (repower) run.chip.repower()
  const journal = openReady(run.chip)
  const seen = viewOf(journal)
  // What left no trace at the end of the log may show at a later start, unless it settles something: nobody acted on it.
  const late = run.doubt === undefined && run.late !== undefined && seen === viewOfModel(run.late)
  if (late && run.late !== undefined) {
    run.model = run.late
    run.at++
    delete run.late
  } else if (seen === viewOfModel(run.model)) {
    if (run.doubt !== undefined && !settles(run.model) && !journal.report().torn) run.late = run.doubt
    delete run.doubt
  } else if (run.doubt !== undefined && seen === viewOfModel(run.doubt)) {
    run.model = run.doubt
    run.at++
    delete run.doubt
  } else
    throw new Error(
      `${what}: the journal says\n${seen}\nand not\n${viewOfModel(run.model)}\n${JSON.stringify(journal.report())}`,
    )
  const count = (...states: string[]) => run.model.entries.filter((e) => states.includes(e.state)).length
  const rows = new Map(journal.report().rows.map((row) => [row.label, row.count]))
  for (const [label, entries] of [
    ['owed', count('owed')],
    ['answered', count('approved', 'declined')],
    ['undone', count('undone')],
  ] as const)
    if ((rows.get(label) ?? 0) !== entries)
      throw new Error(`${what}: ${entries} ${label}, reported ${rows.get(label)}`)
  return journal
}

/** Something is owed: what may have been its outcome must be gone for good before a reversal is sent. */
function settles(model: Model): boolean {
  return model.entries.some((e) => e.state === 'owed')
}

/** A state to start from again: chip and model together. */
export interface Fork {
  readonly snapshot: FlashSnapshot
  readonly model: Model
  readonly doubt: Model | undefined
  readonly at: number
}
export function fork(run: Run): Fork {
  return { snapshot: run.chip.snapshot(), model: run.model, doubt: run.doubt, at: run.at }
}
export function resume(chip: FlashChip, from: Fork): Run {
  chip.restore(from.snapshot)
  const run: Run = { chip, model: from.model, at: from.at }
  if (from.doubt !== undefined) run.doubt = from.doubt
  return run
}

/** Same cells, same decaying bits, same step: the same future. */
export function fingerprint(f: Fork): string {
  let hash = 0x811c9dc5
  const mix = (n: number) => {
    hash = Math.imul(hash ^ n, 0x01000193) >>> 0
  }
  for (const byte of f.snapshot.bytes) mix(byte)
  let second = hash
  for (const [address, w] of f.snapshot.weak)
    second =
      Math.imul(second ^ (address * 256 + w.mask + w.wakes * 7 + (w.becomes ?? 300) * 31), 0x85ebca6b) >>> 0
  return `${hash} ${second} ${f.snapshot.weak.size} ${f.at}`
}
