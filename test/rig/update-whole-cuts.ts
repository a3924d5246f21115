import { expect } from 'vitest'
import { type Cut, PowerCut } from '../../emulator/device/flash.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import { readBoot } from '../../terminal/boot/record.ts'
import type { Device } from '../../terminal/device/device.ts'
import { fates, lose } from './failure.ts'
import { BUDGET, cutsAt, openReady } from './flash-run.ts'
import type { Place } from './update-cuts.ts'
import { makeRelease } from './update-documents.ts'
import { makeWhole, type Whole } from './update-whole.ts'

const DONE_MS = 900_000
const COUNTER = 3

/** An update that was verified, over a batch with a sale and one that was reversed, up to where the service knows its end. */
export interface WholeStory {
  readonly name: string
  readonly end: 'confirmed' | 'reverted'
  /** Layouts of the journal that the new program says it reads. */
  readonly journal: {
    readonly readsMin: number
    readonly readsMax: number
    readonly writes: number
    readonly reversible: boolean
  }
}
const OURS = { readsMin: 1, readsMax: 2, writes: 2 }
const OLDER = { readsMin: 1, readsMax: 1, writes: 1, reversible: true }
export const wholeStories = {
  confirmed: {
    name: 'over the open batch, arm → trial → confirm, never to be undone',
    ...{ end: 'confirmed', journal: { ...OURS, reversible: false } },
  },
  reverted: {
    name: 'over the open batch, arm → three crashes → back',
    ...{ end: 'reverted', journal: { ...OURS, reversible: true } },
  },
  olderConfirmed: {
    name: 'settle → the older layout of the journal → arm → trial → confirm',
    ...{ end: 'confirmed', journal: OLDER },
  },
  olderReverted: {
    name: 'settle → the older layout of the journal → arm → three crashes → back',
    ...{ end: 'reverted', journal: OLDER },
  },
} as const satisfies { readonly [name: string]: WholeStory }

interface Bench {
  readonly till: Whole
  readonly story: WholeStory
  device(): Device
  operations(place: Place): number
  /** From now on; undefined: none. */
  cut(place: Place, cut: Cut | undefined): void
}

const older = makeRelease({
  mark: 'older',
  bytes: 3_000,
  over: { seq: 6, version: '0.1.5', counter: COUNTER },
})

async function prepared(story: WholeStory): Promise<Bench> {
  let saved: Uint8Array | undefined
  let saves = 0
  let cutAt = -1
  let device: Device | undefined
  const till = makeWhole(() => (story.end === 'confirmed' ? 'well' : 'crashes'), {
    seenBy(_, own) {
      device = own
      return own
    },
    device: {
      secureStorage: {
        load: () => saved,
        save(bytes) {
          if (saves++ === cutAt) throw new PowerCut()
          saved = bytes.slice()
          return true
        },
      },
    },
  })
  const chipOf = (place: Place) => (place === 'program chip' ? till.programChip : till.chip)
  const bench: Bench = {
    ...{ till, story },
    device() {
      if (device === undefined) throw new Error('never started')
      return device
    },
    operations: (place) => (place === 'secure element' ? saves : chipOf(place).operations()),
    cut(place, cut) {
      if (place === 'secure element') cutAt = cut === undefined ? -1 : saves + cut.operation
      else chipOf(place).cut(cut && { ...cut, operation: chipOf(place).operations() + cut.operation })
    },
  }
  till.machine.powerOn()
  await till.order()
  await till.see(/交易成功/)
  await till.toIdle()
  fates(till, ['0210', lose])
  await till.order()
  await till.time.advance(70_000)
  await till.toIdle()
  const over = { counter: COUNTER, journal: story.journal }
  const policy = { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true }
  const release = makeRelease({ bytes: 3_000, over: { ...over, policy } })
  // Overdue, so that the batch, where it is in the way, is settled by itself.
  till.service.desire.policy = { allowOpenBatch: true, automatic: true, deadline: 1 }
  till.service.want(release)
  till.service.tell()
  const verified = () => till.service.reports.at(-1)?.download.state === 'verified'
  await till.time.runUntil(verified, 120_000)
  expect(verified()).toBe(true)
  return bench
}

async function play({ till, story }: Bench): Promise<'done' | 'dark'> {
  const off = () => till.machine.state === 'off'
  const told = () => /确认键继续/.test(till.screen())
  const line = story.end === 'confirmed' ? /已升级到/ : /升级未成功/
  const done = () =>
    /1 消费/.test(till.screen()) &&
    till.paper.some(({ text }) => line.test(text)) &&
    till.service.reports.at(-1)?.download.state === story.end
  for (let look = 0; look < 8 && !off() && !done(); look++) {
    await till.time.runUntil(() => off() || told() || done(), DONE_MS)
    if (told() && !off()) await till.press('enter')
  }
  if (off()) return 'dark'
  if (!done()) expect.fail(`${story.name} came to no end:\n${till.screen()}\n${till.stops.join('\n')}`)
  return 'done'
}

/** Books, keys, floors and programs at the end; the same whatever was cut. */
async function left({ till, device, story }: Bench): Promise<unknown> {
  const journal = openReady(till.copyOfChip())
  const entries: string[] = []
  journal.each(({ trace, state, printedCopies }) => entries.push(`${trace} ${state} ${printedCopies}`) > 0)
  const { secure } = device()
  const { masterKey, pinKey, macKey } = secure.slot(1)
  // A settlement that is done again may take another number; over an open batch none is taken.
  const trace = entries.length > 0 ? journal.nextTrace() : Math.min(journal.nextTrace(), 6)
  const books = [journal.batch(), trace, journal.format(), journal.formatPending()]
  const open = [journal.owed().length, journal.doubtful().length, journal.frozen(), journal.scrubPending()]
  const boot = readBoot(device())
  const programs = [till.starts.at(-1), boot.active.place, boot.pending, boot.previous?.place, boot.last?.end]
  const floor = secure.floor(0, new Uint8Array(4))
  const host = [await till.net(2, 1), await till.net(3, 1)]
  const refused = story.end === 'confirmed' ? await codeOfOlder(till) : CODE.ok
  return [entries, books, open, programs, [masterKey, pinKey, macKey], floor, host, refused]
}

/** Why a release with a lower number is not taken afterwards: the floor of numbers has risen. */
async function codeOfOlder({ service, time }: Whole): Promise<number | undefined> {
  service.want(older, 9)
  service.tell()
  const last = () => service.reports.at(-1)?.last
  await time.runUntil(() => last()?.order === 9, 60_000)
  return last()?.code
}

/** Which ways of one operation are tried: one in turn, three, or all twelve. */
function waysAt(operation: number): readonly Cut[] {
  const all = cutsAt(operation)
  if (BUDGET >= 100) return all
  const inside = all[1 + (operation % (all.length - 2))] as Cut
  const three = [all[0] as Cut, inside, all.at(-1) as Cut]
  return BUDGET >= 10 ? three : [three[operation % 3] as Cut]
}

/** Operations of one place that are cut in a normal test run, at most. */
const CUTS_MAX = BUDGET >= 10 ? Number.POSITIVE_INFINITY : 6

/**
 * Plays `story` with the power cut at operations of `place`, backwards from the last one, in the ways of the budget, and
 * after one first cut in three (each, with a budget) once more at an operation of the recovery. How many runs that were.
 */
export async function cutWhole(story: WholeStory, place: Place): Promise<number> {
  const whole = await prepared(story)
  const before = whole.operations(place)
  expect(await play(whole)).toBe('done')
  const operations = whole.operations(place) - before
  const wanted = await left(whole)
  const step = Math.max(1, Math.ceil(operations / CUTS_MAX))
  let runs = 0
  for (let operation = operations - 1; operation >= 0; operation -= step)
    for (const cut of place === 'secure element' ? cutsAt(operation).slice(0, 1) : waysAt(operation)) {
      const again = BUDGET >= 10 || runs % 3 === 0
      const bench = await prepared(story)
      bench.cut(place, cut)
      const label = `${story.name}, ${place}: ${JSON.stringify(cut)} ${again}`
      for (let cuts = 0; (await play(bench)) === 'dark'; cuts++) {
        expect(cuts, label).toBeLessThan(3)
        bench.cut(place, again && cuts === 0 ? secondCut(operation, operations) : undefined)
        bench.till.machine.powerOn()
      }
      bench.cut(place, undefined)
      expect(await left(bench), label).toEqual(wanted)
      runs++
    }
  return runs
}

/** At one of the operations that are left after the first cut, inside it, in one of the ten ways. */
function secondCut(first: number, operations: number): Cut {
  const inside = cutsAt((first * 5) % Math.max(1, operations - first)).slice(1, -1)
  return inside[(first * 7) % inside.length] as Cut
}
