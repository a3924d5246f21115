import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'

const geometries = [
  { sectorBytes: 1024, sectorCount: 14, unitBytes: 4 },
  { sectorBytes: 4096, sectorCount: 4, unitBytes: 16 },
]
const INTENT = new Uint8Array(120).fill(1)
const OUTCOME = new Uint8Array(300).fill(2)

function ready(chip: Parameters<typeof openJournal>[0]): Journal {
  const opened = openJournal(chip, asBatchNumber(1))
  if (opened.kind !== 'ready') throw new Error(opened.label)
  return opened.journal
}

describe('space that is reserved for an OUTCOME', () => {
  it.each(geometries)(
    'S28 %o: settings take all that is left while a sale is open → its longest OUTCOME still fits',
    (geometry) => {
      const chip = makeFlashChip({ geometry })
      const journal = ready(chip)
      for (let sold = 0; sold < 3; sold++) {
        const trace = journal.nextTrace()
        expect(journal.open(1, INTENT)).toBe('written')
        expect(journal.close(trace, 'approved', OUTCOME)).toBe('written')
      }
      const trace = journal.nextTrace()
      expect(journal.open(1, INTENT)).toBe('written')
      let refused = 0
      for (let key = 0; key < 256; key++)
        if (journal.set(key, new Uint8Array(200).fill(key)) === 'full') refused++
      expect(refused).toBeGreaterThan(0)
      expect(journal.close(trace, 'approved', OUTCOME)).toBe('written')
      expect(journal.markPrinted(trace, 7)).toBe('written')

      const again = ready(makeFlashChip({ geometry, image: chip.image() }))
      expect(again.find(trace)?.state).toBe('approved')
      expect(again.setting(0)).toEqual(new Uint8Array(200).fill(0))
    },
  )
})

describe('a chip that says it failed and did it all the same', () => {
  it('S30 OUTCOME refused for ever → owed at the next start: nothing of it turns up', () => {
    const geometry = { sectorBytes: 1024, sectorCount: 8, unitBytes: 4 }
    for (const skipped of [0, 1]) {
      const chip = makeFlashChip({ geometry })
      const journal = ready(chip)
      const trace = journal.nextTrace()
      expect(journal.open(1, INTENT)).toBe('written')
      // from the record, or from its commit mark on
      const from = chip.operations() + skipped
      chip.failures([{ of: 'program', from, count: Infinity, effect: 'all' }])
      expect(journal.close(trace, 'approved', OUTCOME)).toBe('fault')
      const states = ready(makeFlashChip({ geometry, image: chip.image() }))
        .owed()
        .map((entry) => [entry.trace, entry.state])
      expect(states, `from program ${skipped}`).toEqual([[trace, 'owed']])
    }
  })
})
