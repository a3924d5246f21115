import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { readJournal } from '../../rig/journal-reader.ts'

const geometry = { sectorBytes: 1024, sectorCount: 6, unitBytes: 4 }

describe('a loss that is seen only when its sector is reclaimed', () => {
  it('S31: an INTENT rots while the journal runs on → at a power cut after any later write its approval still stands', () => {
    const chip = makeFlashChip({ geometry })
    const opened = openJournal(chip, asBatchNumber(1))
    if (opened.kind !== 'ready') throw new Error(opened.label)
    const { journal } = opened
    expect(journal.open(7, new Uint8Array(50).fill(1))).toBe('written')
    expect(journal.close(asTrace(1), 'approved', new Uint8Array(60).fill(2))).toBe('written')
    const intent = readJournal(chip.image(), geometry).records.find((record) => record.kind === 7)
    chip.flip((intent?.address ?? 0) + 20, 1)
    for (let write = 0; write < 500; write++) {
      expect(journal.burnTrace()).toBe('written')
      const start = openJournal(makeFlashChip({ geometry, image: chip.image() }), asBatchNumber(1))
      if (start.kind !== 'ready') throw new Error(`halt after write ${write}: ${start.label}`)
      expect(start.journal.find(asTrace(1))?.state, `write ${write}`).toBe('approved')
    }
    expect(readJournal(chip.image(), geometry).missing).toBe(0) // the gap itself is long reclaimed
  })
})
