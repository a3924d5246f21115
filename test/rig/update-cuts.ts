import { expect } from 'vitest'
import { type FlashChip, PowerCut } from '../../emulator/device/flash.ts'
import { parameterRow } from '../../terminal/parameter/table.ts'
import { BUDGET, cutsAt, openReady } from './flash-run.ts'
import { makeUpdateTill, manifestOf, POLICY, stagedSet, type UpdateTill } from './update-faces.ts'

/** What can lose its power inside a write. */
export type Place = 'program chip' | 'journal' | 'secure element'
export const places: readonly Place[] = ['program chip', 'journal', 'secure element']
/** Second cuts that one first cut gets, spread over all there are. */
const SECOND_MAX = BUDGET
const LIMIT = parameterRow('amountMaxFen')?.number ?? 0
const DONE_MS = 400_000

interface Bench {
  readonly till: UpdateTill
  /** Operations of a place so far. */
  operations(place: Place): number
  /** Cuts the power at an operation from now on; undefined: at none. */
  cut(place: Place, operation: number | undefined, inside: boolean): void
}

function makeBench(): Bench {
  let saved: Uint8Array | undefined
  let saves = 0
  let cutAt = -1
  const till = makeUpdateTill({
    setup: { parameters: {} },
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
  const chipOf = (place: Place): FlashChip | undefined =>
    place === 'program chip' ? till.programChip : place === 'journal' ? till.chip : undefined
  return {
    till,
    operations: (place) => chipOf(place)?.operations() ?? saves,
    cut(place, operation, inside) {
      const chip = chipOf(place)
      if (chip === undefined) cutAt = operation === undefined ? -1 : saves + operation
      else if (operation === undefined) chip.cut(undefined)
      else {
        // The ways of losing it inside an operation, in turn.
        const ways = cutsAt(chip.operations() + operation)
        chip.cut(inside ? ways[1 + (operation % (ways.length - 2))] : ways[0])
      }
    },
  }
}

const isIdle = (till: UpdateTill) => /1 消费/.test(till.screen())
const printed = (till: UpdateTill, line: RegExp) => till.paper.some(({ text }) => line.test(text))
const counterFloor = (till: UpdateTill) => till.script.parts?.device.secure.floor(0, new Uint8Array(4)) ?? -1

interface Story {
  readonly name: string
  begin(bench: Bench): void
  done(bench: Bench): boolean
  end(bench: Bench): void
}
const open = () => ({
  policy: { ...POLICY, allowOpenBatch: true },
  manifest: manifestOf({}),
  counter: 3,
})

export const stories: readonly Story[] = [
  {
    name: 'arm → trial → confirm',
    begin: ({ till }) => till.ready('0.2.0', open()),
    done: ({ till }) => isIdle(till) && printed(till, /已升级到/),
    end({ till }) {
      expect(till.starts.at(-1)).toBe('0.2.0')
      expect(counterFloor(till)).toBe(3)
    },
  },
  {
    name: 'arm → trial → revert',
    begin: ({ till }) => till.ready('crash 2', open()),
    done: ({ till }) => isIdle(till) && printed(till, /升级未成功/),
    end({ till }) {
      expect(till.starts.at(-1)).toBe('factory')
      expect(counterFloor(till)).toBeLessThan(3)
    },
  },
  {
    name: 'parameters applied and confirmed',
    begin: ({ till }) => void till.script.staged.push(stagedSet(9, [[LIMIT, 50_000]])),
    done: ({ till }) => till.script.calls.includes('applied 9') && isIdle(till) && till.starts.length > 1,
    end: ({ till }) => expect(till.script.parts?.facts().parameters.pseq).toBe(9),
  },
]

/** Plays `story` with the power cut as told: before every write of `place`, and inside it with a second cut behind. */
export async function cutEverywhere(story: Story, place: Place): Promise<'whole'> {
  const whole = await prepared()
  story.begin(whole)
  const before = whole.operations(place)
  await play(whole, story)
  const operations = whole.operations(place) - before
  for (let operation = 0; operation < operations; operation++)
    for (const inside of place === 'secure element' ? [false] : [false, true])
      for (let second = inside ? 0 : -1; second < (inside ? SECOND_MAX : 0); second++) {
        const bench = await prepared()
        const { till } = bench
        const keys = keysOf(till)
        story.begin(bench)
        bench.cut(place, operation, inside)
        const label = `${operation} ${inside} ${second}`
        if ((await play(bench, story)) === 'dark') {
          bench.cut(place, second < 0 ? undefined : (operation * 5 + second * 3) % operations, true)
          till.machine.powerOn()
          if ((await play(bench, story)) === 'dark') {
            bench.cut(place, undefined, false)
            till.machine.powerOn()
            expect(await play(bench, story), label).toBe('done')
          }
        }
        bench.cut(place, undefined, false)
        story.end(bench)
        expectKept(till, keys, label)
      }
  return 'whole'
}

/** A terminal at idle with one sale in its batch. */
async function prepared(): Promise<Bench> {
  const bench = makeBench()
  bench.till.machine.powerOn()
  await bench.till.order()
  await bench.till.see(/交易成功/)
  await bench.till.toIdle()
  return bench
}

async function play(bench: Bench, story: Story): Promise<'done' | 'dark'> {
  const { till } = bench
  const off = () => till.machine.state === 'off'
  const told = () => /确认键继续/.test(till.screen())
  for (let look = 0; look < 4 && !off() && !story.done(bench); look++) {
    await till.time.runUntil(() => off() || told() || story.done(bench), DONE_MS)
    if (told() && !off()) await till.press('enter')
  }
  if (off()) return 'dark'
  if (!story.done(bench))
    expect.fail(`${story.name} came to no end:\n${till.screen()}\n${till.stops.join('\n')}`)
  return 'done'
}

function expectKept(till: UpdateTill, keys: string, label: string): void {
  const journal = openReady(till.copyOfChip())
  const entries: string[] = []
  journal.each(({ trace, state }) => entries.push(`${trace} ${state}`) > 0)
  expect(entries, label).toEqual(['2 approved'])
  const { length: owed } = [...journal.owed(), ...journal.doubtful()]
  expect([journal.batch(), journal.nextTrace(), owed, journal.format()], label).toEqual([1, 3, 0, 2])
  expect(keysOf(till), label).toBe(keys)
}

function keysOf(till: UpdateTill): string {
  const { masterKey, pinKey, macKey } = till.script.parts?.device.secure.slot(1) ?? {}
  return [masterKey, pinKey, macKey].join()
}
