import fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { hexOf } from '../../host-link/wire/tms/samples.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import { FACTORY_PROGRAM, makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { makeRelease, makeSet } from '../../rig/update-documents.ts'

const releases = [
  makeRelease({ bytes: 5_000, mark: 'x', over: { seq: 7, version: '0.2.0' } }),
  makeRelease({ bytes: 6_000, mark: 'y', bases: [FACTORY_PROGRAM], over: { seq: 8, version: '0.3.0' } }),
  makeRelease({ bytes: 4_000, mark: 'z', over: { seq: 9, version: '0.4.0', models: ['another'] } }),
]
const sets = [12, 13, 14].map((seq) => makeSet({ seq }))

type Act =
  | { readonly do: 'order'; readonly release: number; readonly sets: number; readonly tell: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'line'; readonly up: boolean }
  | { readonly do: 'busy'; readonly is: boolean }
  | { readonly do: 'fates'; readonly lost: number; readonly twice: number; readonly late: number }
  | { readonly do: 'start' }
  | { readonly do: 'cut'; readonly after: number; readonly when: 'before' | 'after' }

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      release: fc.integer({ min: -1, max: 2 }),
      sets: fc.integer({ min: 0, max: 3 }),
      tell: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(15, 50, 120, 900, 20_000, 400_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('line' as const), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('busy' as const), is: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fates' as const),
      lost: fc.integer({ min: 0, max: 50 }),
      twice: fc.integer({ min: 0, max: 50 }),
      late: fc.integer({ min: 0, max: 9_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      after: fc.integer({ min: 0, max: 60 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
)

/** Whatever is ready is whole, and is what the newest order that was heard asks for. */
function check(terminal: UpdateTerminal): void {
  if (!terminal.chip.powered()) return
  expect(terminal.faults).toEqual([])
  const ready = terminal.updater().programReady()
  if (ready === undefined) return
  const order = terminal.updater().order()
  if (order !== undefined) expect(hexOf(ready.release)).toBe(order.program && hexOf(order.program.hash))
  const release = releases.find(({ hash }) => hexOf(hash) === hexOf(ready.release))
  const { address } = terminal.areas[ready.place === 'b' ? 'b' : 'a']
  expect(hexOf(terminal.chip.read(address, ready.length))).toBe(hexOf(release?.program ?? new Uint8Array(0)))
}

it('terminal × service × a line that loses, doubles and mixes up, with cuts of power: converges to the newest order, repeats change nothing, what was superseded is never ready', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 1e6 }),
      async (acts, seed) => {
        const random = makeRandom(seed)
        const percent = (): number => random() % 100
        const terminal = makeUpdateTerminal({ seed })
        const { service, time, chip } = terminal
        service.desire.transfer = { blockMax: 1_024, windowMax: 4_096, source: 2 }
        let order = 0
        terminal.start()
        for (const each of acts) {
          if (!chip.powered()) terminal.start()
          if (each.do === 'order') {
            const release = releases[each.release]
            if (release === undefined) service.desire.program = null
            else service.want(release, ++order)
            service.wantSets(...sets.slice(0, each.sets).map(({ envelope }) => envelope))
            if (each.tell) service.tell()
          } else if (each.do === 'pass') await time.advance(each.ms)
          else if (each.do === 'line') service.online(each.up)
          else if (each.do === 'busy') terminal.busy = each.is
          else if (each.do === 'start') terminal.start()
          else if (each.do === 'cut') chip.cut({ operation: chip.operations() + each.after, when: each.when })
          else
            service.fates.down = (_, bytes) =>
              percent() < each.lost
                ? []
                : Array.from({ length: percent() < each.twice ? 2 : 1 }, () => ({
                    bytes,
                    afterMs: random() % (each.late + 1),
                  }))
          check(terminal)
        }
        chip.cut(undefined)
        service.fates.down = (_, bytes) => [{ bytes, afterMs: 0 }]
        service.online(true)
        terminal.busy = false
        if (!chip.powered()) terminal.start()
        service.tell()
        const wanted = service.desire.program
        const settled = (): boolean => {
          const { state } = terminal.updater().state()
          const ready = terminal.updater().programReady()
          const refusedOne = wanted !== null && hexOf(wanted.hash) === hexOf(releases[2]?.hash ?? wanted.hash)
          if (terminal.updater().stagedParameters().length !== service.desire.parameterSets.length)
            return false
          if (wanted === null) return ready === undefined && state !== 'receiving'
          return refusedOne
            ? state === 'failed'
            : ready !== undefined && hexOf(ready.release) === hexOf(wanted.hash)
        }
        expect(
          await terminal.until(settled, 5 * 3_600_000),
          JSON.stringify([terminal.updater().state(), wanted]),
        ).toBe(true)
        check(terminal)
        await time.advance(10_000)
        const operations = chip.operations()
        for (let i = 0; i < 2; i++) {
          service.tell()
          await time.advance(100_000)
        }
        expect(settled()).toBe(true)
        expect(chip.operations()).toBe(operations)
      },
    ),
    { numRuns: 40 * BUDGET },
  )
})
