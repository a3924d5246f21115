import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import {
  applies,
  bytesOf,
  EMPTY,
  hexOf,
  type Model,
  modelAfter,
  perform,
  viewOf,
  viewOfModel,
} from '../../rig/flash-model.ts'
import { openReady, play, type Run } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'
import { type ReadRecord, readJournal } from '../../rig/journal-reader.ts'

/** The chip after `steps` steps of the morning. */
function morning(steps: number): { image: Uint8Array; model: Model } {
  const run: Run = { chip: makeFlashChip({ geometry: SMALL }), model: EMPTY, at: 0 }
  play(run, openReady(run.chip), MORNING.slice(0, steps))
  return { image: run.chip.image(), model: run.model }
}
function traceOf(record: ReadRecord): number {
  const [a = 0, b = 0, c = 0] = record.payload
  return a + b * 256 + c * 65536
}

describe('bit rot in the journal', () => {
  it('one bit of any record → what was approved is never owed and never gone, and the loss is reported', () => {
    let flips = 0
    for (const steps of [20, 45, 62, MORNING.length]) {
      const { image, model } = morning(steps)
      const settled = model.entries.filter((e) => e.state !== 'owed')
      const { records } = readJournal(image, SMALL)
      for (const record of records) {
        for (let i = 0; i < record.size - 4; i += i < 8 ? 1 : 7) {
          const chip = makeFlashChip({ geometry: SMALL, image })
          chip.flip(record.address + i, 1 << (i & 7))
          const opened = openJournal(chip, asBatchNumber(1))
          const what = `record ${record.sequence} kind ${record.kind}, byte ${i}, after ${steps} steps`
          if (opened.kind !== 'ready') throw new Error(`${what}: ${opened.label}`)
          flips++
          const { journal } = opened
          const stillGood = readJournal(chip.image(), SMALL).records.some((r) => r.address === record.address)
          if (!stillGood && record.kind !== 1) expect(journal.report().lost, what).toBeGreaterThan(0)
          for (const entry of settled) {
            const seen = journal.find(asTrace(entry.trace))
            expect(seen, `${what}: entry ${entry.trace}`).toBeDefined()
            expect(seen?.state, `${what}: entry ${entry.trace}`).not.toBe('owed')
            const isOutcome = record.kind >= 8 && record.kind <= 10 && traceOf(record) === entry.trace
            expect(seen?.state).toBe(isOutcome && !stillGood ? 'doubtful' : entry.state)
          }
          const again = openJournal(chip, asBatchNumber(1))
          expect(again.kind === 'ready' && viewOf(again.journal), what).toBe(viewOf(journal))
        }
      }
    }
    expect(flips).toBeGreaterThan(1000)
  })

  it('S31 rot in a durable OUTCOME, also as the last record → doubtful, at every later start too, until the host has said', () => {
    for (const later of [0, 1, 5]) {
      const chip = makeFlashChip({ geometry: SMALL })
      let journal = openReady(chip)
      journal.open(1, bytesOf(50, 1))
      journal.close(asTrace(1), 'approved', bytesOf(60, 1))
      const outcome = readJournal(chip.image(), SMALL).records.find((r) => r.kind === 8)
      for (let i = 0; i < later; i++) journal.burnTrace()
      chip.flip((outcome?.address ?? 0) + 20, 0x10)
      for (let start = 0; start < 3; start++) {
        journal = openReady(chip)
        expect(journal.owed()).toEqual([])
        expect(journal.doubtful().map((e) => [e.trace, hexOf(e.intent)])).toEqual([
          [1, hexOf(bytesOf(50, 1))],
        ])
        expect(journal.closeBatch(asBatchNumber(2))).toBe('fault')
        expect(journal.report().rows).toContainEqual({ label: 'doubtful', count: 1 })
        expect(journal.nextTrace()).toBeGreaterThan(1 + later)
      }
      expect(journal.close(asTrace(1), 'approved', bytesOf(60, 2))).toBe('written')
      expect(openReady(chip).find(asTrace(1))?.state).toBe('approved')
      expect(openReady(chip).doubtful()).toEqual([])
    }
  })

  it('rot in the last record of the log, wherever a sector ends → no settled entry is owed, and the second start agrees', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    const journal = openReady(chip)
    let model = EMPTY
    for (const step of MORNING) {
      expect(perform(journal, model, step)).toBe('written')
      model = modelAfter(model, step)
      const image = chip.image()
      const { records } = readJournal(image, SMALL)
      const last = records[records.length - 1] as ReadRecord
      for (const at of [0, 2, 5, 8, last.size - 8]) {
        const rotten = makeFlashChip({ geometry: SMALL, image })
        rotten.flip(last.address + at, 0x11)
        const owed = openReady(rotten).owed()
        const again = openReady(rotten).owed()
        expect(again.map((e) => e.trace)).toEqual(owed.map((e) => e.trace))
        for (const e of owed) expect(model.entries.find((m) => m.trace === e.trace)?.state).toBe('owed')
      }
    }
  })

  it('a doubtful entry stays doubtful when its sector is reclaimed', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    let journal = openReady(chip)
    journal.open(1, bytesOf(50, 1))
    journal.close(asTrace(1), 'approved', bytesOf(60, 1))
    journal.burnTrace()
    const outcome = readJournal(chip.image(), SMALL).records.find((r) => r.kind === 8)
    chip.flip((outcome?.address ?? 0) + 20, 0x10)
    journal = openReady(chip)
    for (let i = 0; i < 900; i++) expect(journal.burnTrace()).toBe('written')
    expect(readJournal(chip.image(), SMALL).missing).toBe(0) // the gap itself is long reclaimed
    journal = openReady(chip)
    expect(journal.owed()).toEqual([])
    expect(journal.doubtful().map((e) => e.trace)).toEqual([1])
  })

  it('an INTENT lost while its outcome stands → the entry is there with an empty intent, as the host answered it', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    const journal = openReady(chip)
    journal.open(7, bytesOf(50, 1))
    journal.close(asTrace(1), 'approved', bytesOf(60, 1))
    const intent = readJournal(chip.image(), SMALL).records.find((r) => r.kind === 7)
    chip.flip((intent?.address ?? 0) + 2, 1)
    const found = openReady(chip).find(asTrace(1))
    expect(found).toMatchObject({
      state: 'approved',
      kind: 7,
      intent: new Uint8Array(0),
      outcome: bytesOf(60, 1),
    })
  })

  it('the gap itself is reclaimed → what has no INTENT any more still stands, and no start halts', () => {
    for (const closed of [false, true]) {
      const chip = makeFlashChip({ geometry: SMALL })
      let journal = openReady(chip)
      journal.open(7, bytesOf(50, 1))
      journal.close(asTrace(1), 'approved', bytesOf(60, 1))
      const intent = readJournal(chip.image(), SMALL).records.find((r) => r.kind === 7)
      if (closed) journal.burnTrace()
      chip.flip((intent?.address ?? 0) + 20, 1)
      // once with the loss seen by a start, once with the journal running on
      if (closed) journal = openReady(chip)
      for (let i = 0; i < 900; i++) expect(journal.burnTrace()).toBe('written')
      expect(readJournal(chip.image(), SMALL).missing).toBe(0)
      expect(openReady(chip).find(asTrace(1))).toMatchObject({
        state: 'approved',
        kind: 7,
        outcome: bytesOf(60, 1),
      })
      expect(journal.closeBatch(asBatchNumber(2))).toBe('written')
      expect(openReady(chip).find(asTrace(1))).toBeUndefined()
    }
  })

  it('one of the two BATCH records rotten → the old batch stays closed', () => {
    for (const copy of [0, 1]) {
      const chip = makeFlashChip({ geometry: SMALL })
      const journal = openReady(chip)
      journal.open(7, bytesOf(50, 1))
      journal.close(asTrace(1), 'approved', bytesOf(60, 1))
      journal.closeBatch(asBatchNumber(2))
      journal.open(7, bytesOf(50, 2))
      const batches = readJournal(chip.image(), SMALL).records.filter((r) => r.kind === 4)
      expect(batches).toHaveLength(2)
      chip.flip((batches[copy]?.address ?? 0) + 9, 1)
      const seen = openReady(chip)
      expect([seen.batch(), seen.find(asTrace(1)), seen.find(asTrace(2))?.state]).toEqual([
        2,
        undefined,
        'owed',
      ])
    }
  })

  it('both headers of a sector rotten → its records are reported lost, the rest stands', () => {
    const { image, model } = morning(MORNING.length)
    const headers = readJournal(image, SMALL).records.filter((r) => r.kind === 1)
    const chip = makeFlashChip({ geometry: SMALL, image })
    const sector = Math.floor((headers[2]?.address ?? 0) / SMALL.sectorBytes)
    chip.flip(sector * SMALL.sectorBytes + 12, 1)
    chip.flip(sector * SMALL.sectorBytes + 48, 1)
    const opened = openJournal(chip, asBatchNumber(1))
    expect(opened.kind).toBe('ready')
    if (opened.kind === 'ready') {
      expect(opened.journal.report().lost).toBeGreaterThan(5)
      expect(opened.journal.batch()).toBe(model.batch)
      expect(opened.journal.owed()).toEqual([])
    }
  })

  it('recovery writes nothing after a clean stop with nothing owed', () => {
    const { image, model } = morning(MORNING.length)
    const chip = makeFlashChip({ geometry: SMALL, image })
    const journal = openReady(chip)
    expect(viewOf(journal)).toBe(viewOfModel(model))
    expect([chip.operations(), journal.report().programs]).toEqual([0, 0])
  })

  it('the steps of the run are all taken', () => {
    let model = EMPTY
    const journal = openReady(makeFlashChip({ geometry: SMALL }))
    for (const step of MORNING) {
      expect(applies(model, step), step.do).toBe(true)
      expect(perform(journal, model, step)).toBe('written')
      model = modelAfter(model, step)
    }
  })
})
