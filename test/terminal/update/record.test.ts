import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cut, type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { builtInProgram, makeSlots } from '../../../emulator/device/slots.ts'
import type { FlashGeometry } from '../../../terminal/device/flash.ts'
import type { Slots } from '../../../terminal/device/slots.ts'
import { type Download, NO_DOWNLOAD, openRecord, type RecordStore } from '../../../terminal/update/record.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'

const LEAVES = 40
/** Of the operations of the start after a cut every so manieth is cut too. */
const SECONDS_APART = Math.max(1, Math.floor(6 / BUDGET))
const AREA = { address: 2_048, bytes: 4_096 }
const geometryOf = (unitBytes: number): FlashGeometry => ({ sectorBytes: 2_048, sectorCount: 4, unitBytes })
const slotsOf = (chip: FlashChip): Slots =>
  makeSlots({ chip, builtIn: () => builtInProgram(new Uint8Array(1), 1, '') })
const open = (chip: FlashChip): RecordStore => openRecord(slotsOf(chip), AREA, LEAVES)

const downloadOf = (order: number): Download => ({
  ...NO_DOWNLOAD,
  state: 'receiving',
  order,
  release: new Uint8Array(32).fill(order),
  size: 700 + order,
  payload: order % 3,
  prepared: order % 2 === 0,
  deferrals: order % 4,
  policy: {
    ...{
      earliest: 1_795_305_600 + order,
      windowFrom: 60,
      windowTo: 90,
      deadline: 1_795_999_999,
      deferrals: 3,
    },
    ...{ allowOpenBatch: order % 2 === 1, automatic: order % 3 === 1 },
  },
  failed: [[new Uint8Array(8).fill(order), order]],
  refused: [new Uint8Array(8).fill(order + 1)],
})

type Step = { readonly write: number; readonly keep: boolean } | { readonly mark: readonly number[] }
interface Model {
  readonly order: number
  readonly leaves: readonly number[]
}
const EMPTY: Model = { order: 0, leaves: [] }
const followed = (model: Model, step: Step): Model =>
  'write' in step
    ? { order: step.write, leaves: step.keep ? model.leaves : [] }
    : { ...model, leaves: [...new Set([...model.leaves, ...step.mark])].sort((a, b) => a - b) }
const perform = (store: RecordStore, step: Step): boolean =>
  'write' in step ? store.write(downloadOf(step.write), step.keep) : store.mark(step.mark)

function seen(store: RecordStore): Model {
  const download = store.download()
  expect(download).toEqual(download.order === 0 ? NO_DOWNLOAD : downloadOf(download.order))
  return {
    order: download.order,
    leaves: Array.from({ length: LEAVES }, (_, i) => i).filter((i) => store.has(i)),
  }
}

/** Fills a sector and goes over to the other, with leaves in between. */
const STEPS: readonly Step[] = [
  { write: 1, keep: false },
  { mark: [0, 1, 2] },
  { mark: [9] },
  { write: 2, keep: true },
  { mark: [33, 39] },
  { write: 3, keep: false },
  { mark: [5] },
  ...[4, 5, 6, 7, 8, 9, 10].map((write) => ({ write, keep: true })),
  { mark: [4, 6] },
]

describe('download record 下载记录', () => {
  for (const unitBytes of [1, 4, 32])
    it(`program unit ${unitBytes}: what was written is read back after a start, at every step`, () => {
      const chip = makeFlashChip({ geometry: geometryOf(unitBytes) })
      let model = EMPTY
      let store = open(chip)
      for (const step of STEPS) {
        expect(perform(store, step)).toBe(true)
        model = followed(model, step)
        expect(seen(store)).toEqual(model)
        expect(seen(open(chip))).toEqual(model)
        store = open(chip)
      }
    })

  it('random steps and starts agree with a model', () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 60 }), keep: fc.boolean() }),
      fc.record({ mark: fc.array(fc.integer({ min: 0, max: LEAVES - 1 }), { maxLength: 5 }) }),
      fc.constant('start' as const),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(1, 4, 16, 32), (steps, unitBytes) => {
        const chip = makeFlashChip({ geometry: geometryOf(unitBytes) })
        let store = open(chip)
        store.write(downloadOf(1), false)
        let model: Model = { order: 1, leaves: [] }
        for (const each of steps) {
          if (each === 'start') store = open(chip)
          else {
            expect(perform(store, each)).toBe(true)
            model = followed(model, each)
          }
          expect(seen(store)).toEqual(model)
        }
      }),
      { numRuns: 60 },
    )
  })

  /** The steps from `at` on; where it was cut: undefined once all are done. */
  function go(chip: FlashChip, run: { at: number; model: Model; doubt: Model | undefined }): boolean {
    try {
      const store = open(chip)
      const found = seen(store)
      const known = [run.model, run.doubt].find((each) => each !== undefined && alike(found, each))
      // Of leaves that were being marked any may have come; they stand in staging.
      const between =
        run.doubt !== undefined && found.order === run.doubt.order && found.order === run.model.order
      expect(known !== undefined || between, JSON.stringify([found, run])).toBe(true)
      if (run.doubt !== undefined && alike(found, run.doubt)) run.at++
      run.model = found
      run.doubt = undefined
      for (; run.at < STEPS.length; run.at++) {
        const step = STEPS[run.at] as Step
        run.doubt = followed(run.model, step)
        expect(perform(store, step)).toBe(true)
        run.model = run.doubt
        run.doubt = undefined
      }
      return true
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      chip.repower()
      return false
    }
  }
  const alike = (a: Model, b: Model): boolean => JSON.stringify(a) === JSON.stringify(b)

  it('cut before, inside and after every operation, and again at every operation of the start after it → old or new, firm', () => {
    const whole = makeFlashChip({ geometry: geometryOf(4) })
    go(whole, { at: 0, model: EMPTY, doubt: undefined })
    for (let operation = 0; operation < whole.operations(); operation++)
      for (const cut of cutsAt(operation))
        for (let second = operation % SECONDS_APART; second < 8; second += SECONDS_APART) {
          const chip = makeFlashChip({ geometry: geometryOf(4), seed: operation })
          const run = { at: 0, model: EMPTY, doubt: undefined as Model | undefined }
          chip.cut(cut)
          go(chip, run)
          const plan = cutsAt(chip.operations() + second)[(operation * 3 + second * 5) % 12] as Cut
          chip.cut(plan)
          const done = go(chip, run)
          chip.cut(undefined)
          if (!done) go(chip, run)
          // And what is found stays: nothing of what was cut appears later.
          const found = seen(open(chip))
          for (let start = 0; start < 3; start++) {
            chip.repower()
            expect(seen(open(chip)), JSON.stringify({ cut, plan })).toEqual(found)
          }
        }
  })

  it('what a start found stays found, though nothing is written after it', () => {
    const whole = makeFlashChip({ geometry: geometryOf(4) })
    go(whole, { at: 0, model: EMPTY, doubt: undefined })
    for (let operation = 2; operation < whole.operations(); operation++)
      for (const cut of cutsAt(operation)) {
        const chip = makeFlashChip({ geometry: geometryOf(4), seed: operation })
        chip.cut(cut)
        if (go(chip, { at: 0, model: EMPTY, doubt: undefined })) continue
        const found = seen(open(chip))
        for (let start = 0; start < 4; start++) {
          chip.repower()
          const now = seen(open(chip))
          expect(now.order, JSON.stringify(cut)).toBe(found.order)
          for (const leaf of found.leaves) expect(now.leaves, JSON.stringify(cut)).toContain(leaf)
        }
      }
  })

  it('a chip that takes nothing → false, and what counts is what was there', () => {
    const chip = makeFlashChip({ geometry: geometryOf(4) })
    const store = open(chip)
    store.write(downloadOf(1), false)
    chip.failures([{ of: 'program', from: 0, count: Infinity, effect: 'none' }])
    expect(store.mark([1])).toBe(false)
    expect(store.has(1)).toBe(false)
    expect(store.write(downloadOf(2), true)).toBe(false)
    expect(store.download().order).toBe(1)
    chip.failures([])
    expect(seen(open(chip))).toEqual({ order: 1, leaves: [] })
  })
})
