import { expect, test } from 'vitest'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import { SMALL } from './boot-rig.ts'

test('1 MiB of 4 KiB sectors → two slots of 372 KiB, 228 KiB of staging', () => {
  const areas = areasOf(PROGRAM_CHIP)
  expect(areas).toEqual({
    boot: { address: 0, bytes: 3 * 4096 },
    record: { address: 3 * 4096, bytes: 2 * 4096 },
    documents: { address: 5 * 4096, bytes: 8 * 4096 },
    staging: { address: 13 * 4096, bytes: 228 * 1024 },
    a: { address: 70 * 4096, bytes: 372 * 1024 },
    b: { address: 163 * 4096, bytes: 372 * 1024 },
  })
})

test('any chip that is large enough → areas of whole sectors, one after the other, inside it, slots of one size', () => {
  for (const sectorBytes of [2048, 4096, 65_536])
    for (let sectorCount = 32; sectorCount < 600; sectorCount += 7) {
      const areas = areasOf({ sectorBytes, sectorCount, unitBytes: 32 })
      if (areas === undefined) throw new Error('no areas')
      let at = 0
      for (const area of [areas.boot, areas.record, areas.documents, areas.staging, areas.a, areas.b]) {
        expect(area.address).toBe(at)
        expect(area.bytes).toBeGreaterThan(0)
        expect(area.bytes % sectorBytes).toBe(0)
        at += area.bytes
      }
      expect(at).toBe(sectorBytes * sectorCount)
      expect(areas.a.bytes).toBe(areas.b.bytes)
      expect(areas.staging.bytes).toBeLessThan(areas.a.bytes)
    }
})

test('no chip, or one too small → no areas', () => {
  expect(areasOf({ sectorBytes: 4096, sectorCount: 0, unitBytes: 4 })).toBeUndefined()
  expect(areasOf({ ...SMALL, sectorCount: 31 })).toBeUndefined()
  expect(areasOf({ ...SMALL, sectorBytes: 1024, sectorCount: 1024 })).toBeUndefined()
})
