import type { FlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import type { Entry, Journal, OpenedJournal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { entriesOf, readJournal } from '../journal-reader.ts'

/** Invariants of a start: what recovery must make of any chip. Each gets copies of the chip as it is before the start. */

/** What somebody saw of the journal while the power was on: `batch/trace` → state. */
export type Seen = ReadonlyMap<string, string>

export function seenIn(journal: Journal): Map<string, string> {
  const seen = new Map<string, string>()
  journal.each(({ batch, trace, state }) => {
    seen.set(`${batch}/${trace}`, state)
    return true
  })
  return seen
}

export interface Start {
  /** The chip as it is before the start. */
  copy(): FlashChip
  readonly image: Uint8Array
  /** Some bits read by chance: two readers may see two journals. */
  readonly weak: boolean
  /** A copy on which recovery has run, and what it made of it. */
  readonly chip: FlashChip
  readonly result: OpenedJournal
  readonly seen: Seen
  /** The batch in which `seen` was. */
  readonly batch: number
}

export function startOf(copy: () => FlashChip, seen: Seen, batch: number): Start {
  const chip = copy()
  const { bytes: image, weak } = chip.snapshot()
  return { copy, image, weak: weak.size > 0, chip, result: opened(chip), seen, batch }
}

const opened = (chip: FlashChip) => openJournal(chip, asBatchNumber(1))

/** 7: what is owed after a start is what has an INTENT and no OUTCOME, as a reader finds it who shares no code. */
export function owedIsWhatIsOpen({ weak, image: bytes, chip, result }: Start): string[] {
  if (weak || result.kind === 'halt') return []
  const image = readJournal(bytes, chip.geometry())
  if (image.missing > 0) return []
  const open = [...entriesOf(image)].filter(([, { state }]) => state === 'owed').map(([trace]) => trace)
  const owed = result.journal.owed().map(({ trace }) => trace)
  return String(owed) === String(open) ? [] : [`7: owed after the start ${owed}, open on the chip ${open}`]
}

/** A start writes at most so many programs (docs/journal.md). */
const PROGRAMS_MAX = 5

/** 20: recovery ends without an exception and in a few writes, and a second one finds the same. */
export function recoveryIsRepeatable({ weak, chip, result: first }: Start): string[] {
  if (first.kind === 'halt') return [`20: recovery halts: ${first.label}, ${first.why}`]
  const found = listOf(first.journal)
  if (first.journal.report().programs > PROGRAMS_MAX)
    return [`20: recovery wrote ${first.journal.report().programs} times`]
  if (weak) return []
  const before = chip.operations()
  const second = opened(chip)
  if (second.kind === 'halt') return [`20: the second recovery halts: ${second.why}`]
  const again = listOf(second.journal)
  if (found !== again) return [`20: recovered ${found}, then ${again}`]
  const writes = chip.operations() - before
  return writes <= PROGRAMS_MAX ? [] : [`20: the second recovery wrote ${writes} times`]
}

function listOf(journal: Journal): string {
  const entries: string[] = [`batch ${journal.batch()} frozen ${journal.frozen()}`]
  journal.each(({ trace, state, outcome, printedCopies }) => {
    entries.push(`${trace} ${state} ${outcome?.length ?? 0} ${printedCopies}`)
    return true
  })
  return entries.join('; ')
}

/** 21: whatever was durable when it was seen is there after the start, and settled ones are settled the same way. */
export function durableIsKept({ result, seen, batch }: Start): string[] {
  if (result.kind === 'halt' || result.journal.batch() !== batch) return []
  const now = seenIn(result.journal)
  return [...seen].flatMap(([key, state]) => {
    const after = now.get(key)
    const rotten = after === 'doubtful' && result.journal.report().lost > 0
    const moved = state === 'owed' || state === 'doubtful' ? after !== undefined : after === state || rotten
    return moved ? [] : [`21: ${key} was ${state} and is ${after ?? 'missing'} after the start`]
  })
}

/** 24: one record of an entry rots: it is reported, or the entry still stands as it was; never is it just not there. */
export function rotIsReported({ copy, image: bytes, result: before }: Start): string[] {
  if (before.kind === 'halt') return []
  const chip = copy()
  const image = readJournal(bytes, chip.geometry())
  const own = image.records.filter(({ kind, sequence }) => kind >= 7 && kind <= 10 && sequence > image.since)
  const record = own[own.length >> 1]
  if (record === undefined || own.indexOf(record) === own.length - 1) return [] // the last may be a torn one
  chip.flip(record.address + 9, 0x10)
  const after = opened(chip)
  if (after.kind === 'halt' || after.journal.report().lost > before.journal.report().lost) return []
  const is = seenIn(after.journal)
  return [...seenIn(before.journal)].flatMap(([key, state]) =>
    is.get(key) === state
      ? []
      : [`24: ${key} was ${state} and is ${is.get(key) ?? 'gone'}, and no rot is reported`],
  )
}

/** Entries of a journal, oldest first. */
export function entriesIn(journal: Journal): Entry[] {
  const entries: Entry[] = []
  journal.each((entry) => {
    entries.push(entry)
    return true
  })
  return entries
}
