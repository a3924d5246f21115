import { expect, test } from 'vitest'
import { changedRecords, chipOf } from '../../../emulator/page/worker/chip.ts'

test('chip 闪存: what was programmed and how often it was erased come back from the records', () => {
  const kept = new Map<string, Uint8Array>()
  const keep = (records: ReadonlyMap<string, Uint8Array>): void => {
    for (const [key, bytes] of records) kept.set(key, bytes)
  }
  const first = chipOf(kept, () => undefined)
  first.erase(3)
  first.program(3 * 4096, Uint8Array.of(1, 2, 3, 4))
  first.program(63 * 4096 + 4092, Uint8Array.of(9, 8, 7, 6))
  keep(changedRecords(first))
  first.erase(5)
  first.erase(5)
  keep(changedRecords(first))
  expect(changedRecords(first).size).toBe(0)

  const second = chipOf(kept, () => undefined)
  expect(second.image()).toEqual(first.image())
  expect(second.erases()).toEqual(first.erases())
  expect([second.erases()[3], second.erases()[5]]).toEqual([1, 2])
})

test('chip 闪存: only the sectors that changed are written, and each change is announced', () => {
  let written = 0
  const chip = chipOf(new Map(), () => written++)
  chip.program(4096, Uint8Array.of(1, 2, 3, 4))
  expect([...changedRecords(chip).keys()]).toEqual(['flash/1', 'wear'])
  expect(written).toBe(1)
})

test('program chip 程序槽: records of its own beside those of the journal, and none before it is used', () => {
  const kept = new Map<string, Uint8Array>([['flash/2', new Uint8Array(4096)]])
  const chip = chipOf(kept, () => undefined, 'program')
  expect(changedRecords(chip, 'program').size).toBe(0)
  chip.erase(2)
  chip.program(2 * 4096, Uint8Array.of(1, 2, 3, 4))
  chip.program(255 * 4096, Uint8Array.of(5, 6, 7, 8))
  const records = changedRecords(chip, 'program')
  expect([...records.keys()]).toEqual(['program/2', 'program/255', 'program/wear'])
  const again = chipOf(new Map([...kept, ...records]), () => undefined, 'program')
  expect(again.image()).toEqual(chip.image())
  expect(again.erases()[2]).toBe(1)
  expect(chipOf(new Map([...kept, ...records]), () => undefined).read(2 * 4096, 1)[0]).toBe(0)
})
