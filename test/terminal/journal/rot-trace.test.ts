import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'

const geometry = { sectorBytes: 4096, sectorCount: 8, unitBytes: 4 }

function ready(chip: Parameters<typeof openJournal>[0]): Journal {
  const opened = openJournal(chip, asBatchNumber(1))
  if (opened.kind !== 'ready') throw new Error(opened.label)
  return opened.journal
}

describe('trace numbers and rot', () => {
  it('P1: the records of one to three used numbers rotten → none of them is given out again', () => {
    for (const lost of [1, 2, 3]) {
      const chip = makeFlashChip({ geometry })
      const journal = ready(chip)
      for (let count = 0; count < 4; count++) journal.burnTrace()
      for (let count = 0; count < lost; count++) {
        const before = chip.image()
        expect(journal.burnTrace()).toBe('written')
        const after = chip.image()
        const changed = [...after.keys()].filter((at) => before[at] !== after[at])
        chip.flip(changed[Math.floor(changed.length / 2)] ?? 0, 0x20)
      }
      expect(journal.set(7, Uint8Array.of(1))).toBe('written') // so that the end of the log is whole
      const again = ready(makeFlashChip({ geometry, image: chip.image() }))
      expect(again.report().lost, `${lost} lost`).toBe(lost)
      expect(again.nextTrace(), `${lost} lost`).toBeGreaterThanOrEqual(5 + lost)
    }
  })
})
