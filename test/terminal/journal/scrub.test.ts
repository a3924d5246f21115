import { describe, expect, it } from 'vitest'
import { type Failure, type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import {
  bytesOf,
  EMPTY,
  modelAfter,
  panOf,
  pansIn,
  perform,
  type Step,
  viewOf,
} from '../../rig/flash-model.ts'
import { openReady } from '../../rig/flash-run.ts'
import { readJournal } from '../../rig/journal-reader.ts'

const geometry = { sectorBytes: 1024, sectorCount: 16, unitBytes: 4 }
const SALES = 20

/** A day with card numbers in the INTENTs, its batch closed. */
function dayClosed(chip: FlashChip): Journal {
  const journal = openReady(chip)
  let model = EMPTY
  const steps: Step[] = [{ do: 'set', key: 1, bytes: 40, fill: 1 }]
  for (let sale = 0; sale < SALES; sale++)
    steps.push({ do: 'open', kind: 1, bytes: 60, card: true }, { do: 'approve', bytes: 30 })
  steps.push({ do: 'freeze' }, { do: 'closeBatch' })
  for (const step of steps) {
    expect(perform(journal, model, step)).toBe('written')
    model = modelAfter(model, step)
  }
  return journal
}
const cards = (chip: FlashChip) => pansIn(chip.image(), SALES).length

describe('card numbers 主账号 after the batch is closed', () => {
  it('before scrub all are on the chip, after it none, in whatever form; settings and batch stay', () => {
    const chip = makeFlashChip({ geometry })
    const journal = dayClosed(chip)
    expect([cards(chip), journal.scrubPending()]).toEqual([SALES, true])
    expect(journal.scrub()).toBe('written')
    expect([cards(chip), journal.scrubPending()]).toEqual([0, false])
    const image = Buffer.from(chip.image()).toString('hex')
    expect(image).not.toContain(Buffer.from('6222600').toString('hex'))
    expect(image).not.toContain('62226000')
    expect([journal.setting(1), journal.batch(), journal.nextTrace()]).toEqual([bytesOf(40, 1), 2, SALES + 1])
    expect(viewOf(openReady(chip))).toBe(viewOf(journal))
  })

  it('nothing to do → nothing is written and nothing read; a second time, before any batch, after an adopted one', () => {
    const chip = makeFlashChip({ geometry })
    const fresh = openReady(chip)
    expect([fresh.scrubPending(), fresh.scrub(), fresh.adoptBatch(asBatchNumber(9))]).toEqual([
      false,
      'written',
      'written',
    ])
    expect(fresh.scrubPending()).toBe(false)
    const journal = dayClosed(makeFlashChip({ geometry }))
    journal.scrub()
    const other = makeFlashChip({ geometry })
    dayClosed(other).scrub()
    const before = other.operations()
    expect(openReady(other).scrub()).toBe('written')
    expect(other.operations()).toBe(before)
  })

  it('erases what holds something and leaves blank sectors alone; cut short, it erases them all: a cell may only look blank', () => {
    const erased = (chip: FlashChip) => chip.erases().reduce((sum, n) => sum + n, 0)
    const chip = makeFlashChip({ geometry })
    const journal = dayClosed(chip)
    const before = erased(chip)
    journal.scrub()
    expect(erased(chip) - before).toBeLessThan(6)

    const cut = makeFlashChip({ geometry })
    const interrupted = dayClosed(cut)
    cut.cut({ operation: cut.operations() + 14, when: 'inside', tear: { kind: 'looksDone' } })
    expect(() => interrupted.scrub()).toThrow(PowerCut)
    cut.repower()
    const again = openReady(cut)
    expect(cut.snapshot().weak.size).toBeGreaterThan(500) // it was an erase
    const then = erased(cut)
    expect(again.scrub()).toBe('written')
    expect(erased(cut) - then).toBe(geometry.sectorCount - 1)
    expect(cut.snapshot().weak.size).toBe(0)
  })

  it('a cut at any operation, erases that took only the headers among them → the start says so, and scrub takes the rest', () => {
    let cuts = 0
    for (let operation = 0, cut = true; cut; operation++, cuts++) {
      const chip = makeFlashChip({ geometry })
      const journal = dayClosed(chip)
      const tear = { kind: 'prefix', bytes: 100 } as const
      chip.cut({ operation: chip.operations() + operation, when: 'inside', tear })
      cut = false
      try {
        journal.scrub()
      } catch {
        cut = true
      }
      chip.repower()
      const again = openReady(chip)
      expect(again.scrubPending() || cards(chip) === 0, `cut ${operation}`).toBe(true)
      expect(again.scrub()).toBe('written')
      expect(cards(chip), `cut ${operation}`).toBe(0)
      expect(again.setting(1)).toEqual(bytesOf(40, 1))
    }
    expect(cuts).toBeGreaterThan(14)
  })

  it('called late, with a new batch under way → its entries stay, the old ones go', () => {
    const chip = makeFlashChip({ geometry })
    const journal = dayClosed(chip)
    const trace = journal.nextTrace()
    journal.open(1, Buffer.from(`${panOf(trace)} ${'x'.repeat(20)}`))
    const seen = viewOf(journal).split('\n').slice(0, -1)
    expect(journal.scrub()).toBe('written')
    for (const one of [journal, openReady(chip)]) expect(viewOf(one).split('\n').slice(0, -1)).toEqual(seen)
    expect(cards(chip)).toBe(0)
    expect(pansIn(chip.image(), trace)).toEqual([trace])
  })

  it('sectors that were retired → erased too, or overwritten with zeros where erase fails', () => {
    const chip = makeFlashChip({ geometry })
    const journal = dayClosed(chip)
    chip.failures([{ of: 'erase', from: 0, count: Infinity, sector: 1, effect: 'none' }])
    expect(journal.scrub()).toBe('written')
    expect([cards(chip), journal.scrubPending()]).toEqual([0, false])
    expect(chip.image().slice(1024, 2048)).toEqual(new Uint8Array(1024))
    journal.burnTrace()
    const sector = Math.max(...chip.erases())
    expect(sector).toBeGreaterThan(0)
    for (let i = 0; i < 400; i++) journal.burnTrace() // goes around, and leaves the worn one out
    expect(openReady(chip).report().retired).toBe(1)
  })

  it('a sector that was retired in the course of the day, with card numbers in it → erased with the others', () => {
    for (const operation of [40, 60, 80]) {
      const chip = makeFlashChip({ geometry })
      chip.failures([{ of: 'program', from: operation, count: 1 }])
      const journal = dayClosed(chip)
      expect(cards(chip)).toBe(SALES)
      expect([journal.scrub(), cards(chip)]).toEqual(['written', 0])
      expect(openReady(chip).report().retired).toBe(1)
    }
  })

  it.each(['none', 'someBits'] as const)(
    'a dead sector keeps what it holds (%s) → fault, and it stays to be done at every start; selling goes on',
    (effect) => {
      const chip = makeFlashChip({ geometry })
      const journal = dayClosed(chip)
      const dead: readonly Failure[] = (['erase', 'program'] as const).map((of) => ({
        ...{ of, from: 0, count: Infinity, sector: 1, effect },
      }))
      chip.failures(dead)
      expect([journal.scrub(), journal.scrubPending()]).toEqual(['fault', true])
      const again = openReady(chip)
      expect([again.scrubPending(), again.scrub(), again.open(1, bytesOf(40, 1))]).toEqual([
        ...[true, 'fault', 'written'],
      ])
    },
  )

  it('both BATCH records rotten once a sector header has said it again → the closed batch stays closed, nothing is frozen', () => {
    const chip = makeFlashChip({ geometry })
    const journal = dayClosed(chip)
    for (let i = 0; i < 60; i++) journal.burnTrace()
    for (const { kind, address } of readJournal(chip.image(), geometry).records)
      if (kind === 4) chip.flip(address + 9, 1)
    const again = openReady(chip)
    expect([again.batch(), again.count(), again.frozen(), again.scrubPending()]).toEqual([2, 0, false, true])
  })

  it('one of the two FREEZE records rotten → frozen all the same', () => {
    for (const copy of [0, 1]) {
      const chip = makeFlashChip({ geometry })
      const journal = openReady(chip)
      journal.open(1, bytesOf(20, 1))
      journal.undo(journal.owed()[0]?.trace ?? journal.nextTrace(), bytesOf(3, 1))
      journal.freeze()
      journal.burnTrace()
      const records = readJournal(chip.image(), geometry).records.filter((r) => r.kind === 12)
      expect(records).toHaveLength(2)
      chip.flip((records[copy]?.address ?? 0) + 9, 1)
      expect(openReady(chip).frozen()).toBe(true)
    }
  })
})
