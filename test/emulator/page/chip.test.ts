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
