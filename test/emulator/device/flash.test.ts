import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DirtySector, makeFlashChip, PowerCut, type Tear } from '../../../emulator/device/flash.ts'

const geometry = { sectorBytes: 1024, sectorCount: 4, unitBytes: 4 }
const zeros = (length: number) => new Uint8Array(length)

/** A chip whose first 64 bytes are 0F, cut inside a program of them to 00 or an erase. */
function torn(of: 'program' | 'erase', tear: Tear, seed = 1) {
  const chip = makeFlashChip({ geometry, seed })
  chip.program(0, new Uint8Array(64).fill(0x0f))
  chip.cut({ operation: 1, when: 'inside', tear })
  expect(() => (of === 'program' ? chip.program(0, zeros(64)) : chip.erase(0))).toThrow(PowerCut)
  return chip
}

describe('emulated flash 闪存', () => {
  it('program only clears bits, erase sets a whole sector → old & new, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 1 }), (writes) => {
        const chip = makeFlashChip({ geometry })
        let model = 0xffffffff
        for (const bytes of writes) {
          expect(chip.program(1020, bytes)).toBe('done')
          model &= new DataView(bytes.buffer).getUint32(0, true)
        }
        expect(new DataView(chip.read(1020, 4).buffer).getUint32(0, true)).toBe(model >>> 0)
        expect(chip.read(1016, 4)).toEqual(zeros(4).fill(0xff))
        chip.program(1024, zeros(4))
        expect(chip.erase(0)).toBe('done')
        expect(chip.read(0, 1024)).toEqual(zeros(1024).fill(0xff))
        expect(chip.read(1024, 4)).toEqual(zeros(4))
      }),
    )
  })

  it.each([
    ['not aligned', 2, 4],
    ['not whole units', 0, 3],
    ['nothing', 0, 0],
    ['over a sector', 1020, 8],
    ['over the chip', 4096, 4],
    ['before the chip', -4, 4],
  ])('a program %s → a RangeError, and nothing happened', (_, address, length) => {
    const chip = makeFlashChip({ geometry })
    expect(() => chip.program(address, zeros(length))).toThrow(RangeError)
    expect(chip.operations()).toBe(0)
    expect(() => chip.read(address < 0 ? -1 : 4095, 2)).toThrow(RangeError)
    expect(() => chip.erase(4)).toThrow(RangeError)
  })

  it.each([
    { sectorBytes: 1000, sectorCount: 4, unitBytes: 4 },
    { sectorBytes: 1024, sectorCount: 4, unitBytes: 3 },
    { sectorBytes: 1024, sectorCount: 0, unitBytes: 4 },
    { sectorBytes: 131072, sectorCount: 4, unitBytes: 4 },
  ])('geometry %o → refused', (wrong) => {
    expect(() => makeFlashChip({ geometry: wrong })).toThrow(RangeError)
  })

  it('power cut before, after → untouched, done; every call throws until the power is back', () => {
    for (const when of ['before', 'after'] as const) {
      const chip = makeFlashChip({ geometry })
      chip.cut({ operation: 0, when })
      expect(() => chip.program(0, zeros(4))).toThrow(PowerCut)
      expect(() => chip.read(0, 4)).toThrow(PowerCut)
      expect(() => chip.erase(0)).toThrow(PowerCut)
      expect(chip.powered()).toBe(false)
      chip.repower()
      expect(chip.read(0, 4)).toEqual(zeros(4).fill(when === 'before' ? 0xff : 0))
      expect(chip.program(4, zeros(4))).toBe('done')
    }
  })

  it('a cut inside program → the part that its class says', () => {
    const prefix = torn('program', { kind: 'prefix', bytes: 9 })
    expect([...prefix.image().slice(0, 64)]).toEqual([...Array(9).fill(0), ...Array(55).fill(0x0f)])
    const last = torn('program', { kind: 'allButLast' })
    expect([...last.image().slice(0, 64)]).toEqual([...Array(63).fill(0), 0x0f])
    const some = torn('program', { kind: 'someBits' }).image()
    expect(some.slice(0, 64).every((byte) => (byte & 0xf0) === 0)).toBe(true)
    expect(new Set(some.slice(0, 64)).size).toBeGreaterThan(4)
  })

  it('a cut inside erase → the part that its class says', () => {
    const prefix = torn('erase', { kind: 'prefix', bytes: 9 }).image()
    expect([...prefix.slice(0, 12)]).toEqual([...Array(9).fill(0xff), 0x0f, 0x0f, 0x0f])
    const some = torn('erase', { kind: 'someBits' }).image()
    expect(some.slice(0, 64).every((byte) => (byte & 0x0f) === 0x0f)).toBe(true)
    expect(new Set(some.slice(0, 64)).size).toBeGreaterThan(4)
  })

  it.each([
    ['program', 'looksUndone', 0x0f],
    ['program', 'looksDone', 0x00],
    ['erase', 'looksUndone', 0x0f],
    ['erase', 'looksDone', 0xff],
  ] as const)(
    'a cut %s that %s → quiet at the next start, flickers from the one after on, firm once written again',
    (of, kind, looks) => {
      const chip = torn(of, { kind })
      const read = () => chip.read(0, 64)
      chip.repower()
      for (let i = 0; i < 5; i++) expect([...read()]).toEqual(Array(64).fill(looks))
      chip.repower()
      expect(new Set([...Array(20)].map(() => read().join())).size).toBeGreaterThan(10)
      expect(read().every((byte) => of === 'erase' || (byte & 0xf0) === 0)).toBe(true)
      const kept = chip.snapshot()
      if (of === 'program') chip.program(0, zeros(64))
      else chip.erase(0)
      for (let i = 0; i < 5; i++) expect([...read()]).toEqual(Array(64).fill(of === 'program' ? 0 : 0xff))
      chip.restore(kept)
      chip.repower()
      expect(new Set([...Array(20)].map(() => read().join())).size).toBeGreaterThan(10)
    },
  )

  it.each([
    ['program', 0x0f, 0x00],
    ['erase', 0x0f, 0xff],
  ] as const)(
    'a cut %s that appears later → untouched at the next start, done from the one after on',
    (of, before, done) => {
      for (const [kind, first] of [
        ['appearsLater', before],
        ['restAppearsLater', done],
      ] as const) {
        const chip = torn(of, { kind })
        const ends = () => [chip.read(0, 1)[0], chip.read(63, 1)[0]]
        chip.repower()
        expect(ends()).toEqual([first, of === 'erase' ? first : before]) // byte 63 is in the first half of the sector
        chip.repower()
        expect(ends()).toEqual([done, done])
      }
    },
  )

  it('flicker → at once; a program that leaves those bits alone does not firm them', () => {
    const chip = torn('program', { kind: 'flicker' })
    chip.repower()
    chip.program(0, zeros(64).fill(0xfe))
    const reads = [...Array(30)].map(() => chip.read(0, 1)[0] ?? 0)
    expect(new Set(reads).size).toBeGreaterThan(3)
    expect(reads.every((byte) => (byte & 0xf1) === 0)).toBe(true)
  })

  it('planned failures → reported or silent, once or for ever, in one sector', () => {
    const chip = makeFlashChip({ geometry })
    chip.failures([
      { of: 'program', from: 1, count: 1, effect: 'none' },
      { of: 'program', from: 2, count: 1, silent: true, effect: 'none' },
      { of: 'program', from: 3, count: 1, effect: 'all' },
      { of: 'erase', from: 0, count: Infinity, sector: 2 },
    ])
    expect([0, 4, 8, 12, 16].map((address) => chip.program(address, zeros(4)))).toEqual([
      'done',
      'failed',
      'done',
      'failed',
      'done',
    ])
    expect([...chip.read(0, 20)].filter((_, i) => i % 4 === 0)).toEqual([0, 0xff, 0xff, 0, 0])
    expect([chip.erase(2), chip.erase(2), chip.erase(1)]).toEqual(['failed', 'failed', 'done'])
    chip.failures([])
    expect(chip.erase(2)).toBe('done')
  })

  it('wear → erases are counted for each sector, and beyond the limit they fail', () => {
    const chip = makeFlashChip({ geometry, eraseLimit: 3 })
    chip.program(1024, zeros(64))
    expect([1, 2, 3, 4].map(() => chip.erase(1))).toEqual(['done', 'done', 'done', 'failed'])
    expect(chip.erase(0)).toBe('done')
    expect(chip.erases()).toEqual([1, 4, 0, 0])
    expect([chip.operations(), chip.programs(), chip.bytesProgrammed()]).toEqual([6, 1, 64])
  })

  it('an owner that mirrors the chip → gets every changed sector, also the torn one, and can start from its copy', () => {
    const mirror = new Uint8Array(4096).fill(0xff)
    const persist = (dirty: readonly DirtySector[]) => {
      for (const { sector, bytes } of dirty) mirror.set(bytes, sector * 1024)
    }
    const chip = makeFlashChip({ geometry, persist })
    chip.program(1024, zeros(8))
    chip.program(2048, zeros(8))
    expect(chip.takeDirty().map((d) => d.sector)).toEqual([1, 2])
    expect(chip.takeDirty()).toEqual([])
    chip.flip(0, 0x80)
    expect(chip.takeDirty().map((d) => [d.sector, d.bytes[0]])).toEqual([[0, 0x7f]])
    chip.flip(0, 0x80)
    chip.cut({ operation: 2, when: 'inside', tear: { kind: 'prefix', bytes: 2 } })
    expect(() => chip.program(3072, zeros(4))).toThrow(PowerCut)
    expect(mirror).toEqual(chip.image())
    expect(makeFlashChip({ geometry, image: mirror }).image()).toEqual(mirror)
  })

  it('the same seed and calls → the same chip', () => {
    const a = torn('program', { kind: 'someBits' }, 7)
    const b = torn('program', { kind: 'someBits' }, 7)
    const c = torn('program', { kind: 'someBits' }, 8)
    expect(a.image()).toEqual(b.image())
    expect(a.image()).not.toEqual(c.image())
  })
})
