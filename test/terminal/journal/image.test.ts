import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { bytesOf, EMPTY, viewOf } from '../../rig/flash-model.ts'
import { BUDGET, openReady, play } from '../../rig/flash-run.ts'
import { MORNING, SMALL } from '../../rig/flash-script.ts'
import { placeRecord } from '../../rig/journal-reader.ts'

const PROGRAMS_PER_START_MAX = 5
const LAST = SMALL.sectorBytes * SMALL.sectorCount - 1

/** Opens twice: never throws, few writes, and the second start finds what the first decided. */
function openTwice(image: Uint8Array, geometry = SMALL): string {
  const chip = makeFlashChip({ geometry, image })
  const first = openJournal(chip, asBatchNumber(1))
  expect(chip.operations()).toBeLessThanOrEqual(PROGRAMS_PER_START_MAX)
  const second = openJournal(chip, asBatchNumber(1))
  expect(second.kind).toBe(first.kind)
  if (first.kind !== 'ready' || second.kind !== 'ready') return first.kind
  expect(viewOf(second.journal)).toBe(viewOf(first.journal))
  const { journal } = second
  expect(['written', 'full', 'fault']).toContain(journal.open(1, bytesOf(60, 1)))
  expect(['written', 'full', 'fault']).toContain(journal.set(1, bytesOf(20, 1)))
  expect(viewOf(openReady(chip))).toBe(viewOf(journal))
  return first.kind
}

function imageOfMorning(steps: number): Uint8Array {
  const chip = makeFlashChip({ geometry: SMALL })
  play({ chip, model: EMPTY, at: 0 }, openReady(chip), MORNING.slice(0, steps))
  return chip.image()
}

describe('a start on any image', () => {
  it('random bytes, all zeros, all ones → an empty journal that works', () => {
    const geometries = [
      SMALL,
      { sectorBytes: 2048, sectorCount: 4, unitBytes: 1 },
      { sectorBytes: 1024, sectorCount: 9, unitBytes: 32 },
    ]
    for (const geometry of geometries) {
      const length = geometry.sectorBytes * geometry.sectorCount
      expect(openTwice(new Uint8Array(length), geometry)).toBe('ready')
      expect(openTwice(new Uint8Array(length).fill(0xff), geometry)).toBe('ready')
      for (let seed = 0; seed < 20 * BUDGET; seed++) {
        const random = makeRandom(seed)
        expect(
          openTwice(
            new Uint8Array(length).map(() => random()),
            geometry,
          ),
        ).toBe('ready')
      }
    }
  })

  it('a real image with bytes changed, sectors swapped, copied, blanked or taken from an older image → no throw, and the second start agrees', () => {
    const images = [0, 12, 25, 38, 51, 64, 77, MORNING.length].map(imageOfMorning)
    const sector = fc.nat(SMALL.sectorCount - 1)
    const mutation = fc.oneof(
      fc.record({
        do: fc.constant('flip' as const),
        at: fc.nat(LAST),
        mask: fc.integer({ min: 1, max: 255 }),
      }),
      fc.record({ do: fc.constant('zero' as const), at: fc.nat(LAST), length: fc.nat(300) }),
      fc.record({ do: fc.constant('blank' as const), at: fc.nat(LAST), length: fc.nat(1200) }),
      fc.record({ do: fc.constant('copy' as const), from: sector, to: sector, image: fc.nat(7) }),
    )
    fc.assert(
      fc.property(fc.nat(7), fc.array(mutation, { minLength: 1, maxLength: 5 }), (which, mutations) => {
        const image = images[which]?.slice() ?? new Uint8Array(0)
        for (const m of mutations)
          if (m.do === 'flip') image[m.at] = (image[m.at] ?? 0) ^ m.mask
          else if (m.do === 'copy')
            image.set((images[m.image] ?? image).slice(m.from * 1024, m.from * 1024 + 1024), m.to * 1024)
          else image.fill(m.do === 'zero' ? 0 : 0xff, m.at, m.at + m.length)
        openTwice(image)
      }),
      { numRuns: 600 * BUDGET, seed: 20240607 },
    )
  })

  it('cut off anywhere: every prefix of an image, the rest blank or zero → no throw, and the second start agrees', () => {
    const image = imageOfMorning(60)
    for (let at = 0; at < image.length; at += 13) {
      openTwice(image.slice().fill(0xff, at))
      openTwice(image.slice().fill(0, at))
    }
  })

  it.each([
    ['orphan', [8]],
    ['orphan', [9]],
    ['stray', [10]],
    ['both', [7, 8, 10]],
    ['both', [8, 10]],
  ])('what no writes and cuts can leave: %s %j → halt, nothing is written', (label, kinds) => {
    const image = new Uint8Array(SMALL.sectorBytes * SMALL.sectorCount).fill(0xff)
    const header = [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x3f, 0x42, 0x0f, 1, 0, 0]
    let address = placeRecord(image, SMALL, { address: 0, sequence: 1, kind: 1 }, header)
    address = placeRecord(image, SMALL, { address, sequence: 2, kind: 1 }, header)
    kinds.forEach((kind, i) => {
      address = placeRecord(image, SMALL, { address, sequence: 3 + i, kind }, [1, 0, 0, 1, 9])
    })
    const chip = makeFlashChip({ geometry: SMALL, image })
    const opened = openJournal(chip, asBatchNumber(1))
    expect(opened.kind === 'halt' && opened.label).toBe(label)
    expect(chip.operations()).toBe(0)
  })

  it('another format version → halt, nothing is written', () => {
    const image = imageOfMorning(5)
    const chip = makeFlashChip({ geometry: SMALL, image: rewriteVersion(image) })
    const opened = openJournal(chip, asBatchNumber(1))
    expect(opened.kind === 'halt' && opened.label).toBe('format')
    expect(chip.operations()).toBe(0)
  })
})

/** The first header of the image with format version 3 and the CRC that goes with it: CRC-32 is linear, so the change is too. */
function rewriteVersion(image: Uint8Array): Uint8Array {
  const changed = image.slice()
  const payload = Array.from(image.slice(8, 32))
  const crcOf = (bytes: readonly number[]) => {
    let value = 0xffffffff
    for (const byte of bytes) {
      value ^= byte
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    }
    return ~value >>> 0
  }
  const seeded = (p: readonly number[]) => crcOf([0, 0, 0, 0, 1, 0, 0, 0, image[0] ?? 0, image[1] ?? 0, ...p])
  const view = new DataView(changed.buffer)
  expect(view.getUint32(4, true)).toBe(seeded(payload))
  payload[0] = 3
  changed[8] = 3
  view.setUint32(4, seeded(payload), true)
  return changed
}
