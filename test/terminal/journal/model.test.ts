import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { applies, EMPTY, modelAfter, perform, type Step, viewOf, viewOfModel } from '../../rig/flash-model.ts'
import { BUDGET, cutsAt, openReady, play, type Run, restart } from '../../rig/flash-run.ts'
import { EVENING, MORNING, SMALL } from '../../rig/flash-script.ts'
import { entriesOf, readJournal } from '../../rig/journal-reader.ts'

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      kind: fc.nat(255),
      bytes: fc.nat(150),
      card: fc.constant(true as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('approve' as const, 'decline', 'undo'), bytes: fc.nat(150) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('print' as const),
      back: fc.nat(5),
      copies: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'burn' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      key: fc.nat(3),
      bytes: fc.nat(60),
      fill: fc.nat(99),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      ...([{ do: 'closeBatch' }, { do: 'adoptBatch' }, { do: 'freeze' }, { do: 'scrub' }] as const),
    ),
  },
)
const cut = fc.record({ operation: fc.nat(60), variant: fc.nat(cutsAt(0).length - 1) })
const geometry = fc.record({
  sectorBytes: fc.constantFrom(1024, 2048, 4096),
  sectorCount: fc.integer({ min: 5, max: 9 }),
  unitBytes: fc.constantFrom(1, 2, 4, 8, 16, 32),
})

describe('the journal against a plain model', () => {
  it('any steps, any cuts, also within recovery, any geometry → the acknowledged prefix, the last step done or not', () => {
    fc.assert(
      fc.property(
        geometry,
        fc.array(step, { maxLength: 120 }),
        fc.array(cut, { maxLength: 8 }),
        fc.nat(),
        (g, steps, cuts, seed) => {
          const chip = makeFlashChip({ geometry: g, seed })
          const run: Run = { chip, model: EMPTY, at: 0 }
          const plans = cuts.slice()
          for (;;) {
            const plan = plans.shift()
            const next = plan && cutsAt(chip.operations() + plan.operation)[plan.variant]
            try {
              const journal = restartWith(run, next)
              if (playUntilFull(run, journal, steps)) break
            } catch (error) {
              if (!(error instanceof PowerCut)) throw error
            }
          }
          chip.cut(undefined)
          expect(viewOf(restart(run, 'at the end'))).toBe(viewOfModel(run.model))
        },
      ),
      { numRuns: 250 * BUDGET, seed: 20240608 },
    )
  })

  it.each([
    ['morning', MORNING],
    ['evening', EVENING],
  ])('read by the document alone, the image holds the same books after every step of the %s', (_, steps) => {
    const chip = makeFlashChip({ geometry: SMALL })
    const journal = openReady(chip)
    let model = EMPTY
    for (const s of steps) {
      expect(applies(model, s), s.do).toBe(true)
      expect(perform(journal, model, s)).toBe('written')
      model = modelAfter(model, s)
      const image = readJournal(chip.image(), SMALL)
      expect([image.batch, image.trace, image.missing]).toEqual([model.batch, model.trace, 0])
      expect([image.frozen, image.scrubPending]).toEqual([model.frozen, model.scrubPending])
      expect(image.records.every((r) => r.marked)).toBe(true)
      const entries = [...entriesOf(image)].map(
        ([trace, e]) => `${trace} ${e.state} ${e.intent} ${e.outcome} ${e.copies}`,
      )
      expect(entries.sort()).toEqual(
        model.entries.map((e) => `${e.trace} ${e.state} ${e.intent} ${e.outcome} ${e.copies}`).sort(),
      )
    }
  })

  function restartWith(run: Run, plan: ReturnType<typeof cutsAt>[number] | undefined) {
    run.chip.repower()
    run.chip.cut(plan)
    return restart(run, 'after a cut', false)
  }
  /** As `play`, but what no longer fits is left out: nothing may be written then. */
  function playUntilFull(run: Run, journal: ReturnType<typeof openReady>, steps: readonly Step[]): boolean {
    for (; run.at < steps.length; ) {
      try {
        return play(run, journal, steps)
      } catch (error) {
        if (!(error instanceof Error) || !/: full$/.test(error.message)) throw error
        delete run.doubt
        run.at++
      }
    }
    return true
  }
})
