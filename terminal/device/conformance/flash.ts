import type { Flash } from '../flash.ts'
import { holds, pattern, same, throws, type Vector, vector } from './vector.ts'

function sizes(flash: Flash) {
  const { sectorBytes, sectorCount, unitBytes } = flash.geometry()
  return { sectorBytes, sectorCount, unitBytes, end: sectorBytes * sectorCount }
}
function ones(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xff)
}
/** Refused is a throw or `failed`; the bytes of the first two sectors must be as before. */
function refused(flash: Flash, what: string, call: () => unknown): void {
  const { sectorBytes } = sizes(flash)
  const before = flash.read(0, 2 * sectorBytes)
  let answer: unknown
  const threw = throws(() => {
    answer = call()
  })
  holds(threw || answer === 'failed', `${what} was not refused`)
  same(flash.read(0, 2 * sectorBytes), before, `${what}: first two sectors`)
}

/** The rules of raw NOR flash, for either chip. A device that takes no programs has nothing to show in its slots. */
function chipVectors(name: 'flash' | 'slots'): readonly Vector[] {
  const rule = (id: string, title: string, run: (flash: Flash) => void): Vector =>
    vector(`${name}.${id}`, `${name}: ${title}`, async ({ device }) => {
      if (name === 'flash' || device.slots.geometry().sectorCount > 0) run(device[name])
    })
  // biome-ignore format: one vector a paragraph
  return [
    rule('geometry', 'sectors of 1 to 64 KiB, a power of two, at least two; units of 1 to 32 bytes', (flash) => {
      const { sectorBytes, sectorCount, unitBytes } = flash.geometry()
      const isPower = (value: number): boolean => Number.isInteger(Math.log2(value))
      holds(isPower(sectorBytes) && sectorBytes >= 1024 && sectorBytes <= 65_536, `sectors of ${sectorBytes} bytes`)
      holds(Number.isInteger(sectorCount) && sectorCount >= 2, `${sectorCount} sectors`)
      holds(isPower(unitBytes) && unitBytes >= 1 && unitBytes <= 32, `units of ${unitBytes} bytes`)
    }),
    rule('erase', 'an erased sector reads as ones', (flash) => {
      const { sectorBytes } = sizes(flash)
      same(flash.erase(0), 'done', 'erase')
      same(flash.read(0, sectorBytes), ones(sectorBytes), 'sector 0')
    }),
    rule('program', 'what is programmed into an erased sector reads back, and nothing beside it', (flash) => {
      const { unitBytes, sectorBytes } = sizes(flash)
      flash.erase(0)
      same(flash.program(unitBytes, pattern(2 * unitBytes)), 'done', 'program')
      same(flash.read(unitBytes, 2 * unitBytes), pattern(2 * unitBytes), 'programmed')
      same(flash.read(0, unitBytes), ones(unitBytes), 'unit before')
      same(flash.read(3 * unitBytes, sectorBytes - 3 * unitBytes), ones(sectorBytes - 3 * unitBytes), 'rest of the sector')
    }),
    rule('clears-only', 'programming again only clears bits', (flash) => {
      const { unitBytes } = sizes(flash)
      flash.erase(0)
      flash.program(0, new Uint8Array(unitBytes).fill(0b1100_1010))
      flash.program(0, new Uint8Array(unitBytes).fill(0b1010_0110))
      same(flash.read(0, unitBytes), new Uint8Array(unitBytes).fill(0b1000_0010), 'unit')
    }),
    rule('sector.whole', 'a whole sector can be programmed in one call', (flash) => {
      const { sectorBytes } = sizes(flash)
      flash.erase(1)
      same(flash.program(sectorBytes, pattern(sectorBytes)), 'done', 'program')
      same(flash.read(sectorBytes, sectorBytes), pattern(sectorBytes), 'sector 1')
    }),
    rule('sector.only', 'erasing a sector leaves its neighbour alone', (flash) => {
      const { sectorBytes } = sizes(flash)
      flash.erase(1)
      flash.program(sectorBytes, pattern(sectorBytes))
      flash.erase(0)
      same(flash.read(sectorBytes, sectorBytes), pattern(sectorBytes), 'sector 1')
    }),
    rule('sector.last', 'the last sector and its last unit work', (flash) => {
      const { sectorCount, unitBytes, end } = sizes(flash)
      same(flash.erase(sectorCount - 1), 'done', 'erase')
      same(flash.program(end - unitBytes, pattern(unitBytes)), 'done', 'program')
      same(flash.read(end - unitBytes, unitBytes), pattern(unitBytes), 'last unit')
    }),
    rule('own-bytes', 'what was read or programmed belongs to the caller', (flash) => {
      const { unitBytes } = sizes(flash)
      flash.erase(0)
      const given = pattern(unitBytes)
      flash.program(0, given)
      given.fill(0)
      flash.read(0, unitBytes).fill(0)
      same(flash.read(0, unitBytes), pattern(unitBytes), 'unit')
    }),
    rule('bounds.unit', 'programming off a unit is refused', (flash) => {
      const { unitBytes } = sizes(flash)
      if (unitBytes === 1) return // every address and length is one
      refused(flash, 'address 1', () => flash.program(1, new Uint8Array(unitBytes)))
      refused(flash, 'half a unit', () => flash.program(0, new Uint8Array(unitBytes / 2)))
    }),
    rule('bounds.sector', 'programming over the end of a sector is refused', (flash) => {
      const { sectorBytes, unitBytes } = sizes(flash)
      refused(flash, 'two sectors', () => flash.program(sectorBytes - unitBytes, new Uint8Array(2 * unitBytes)))
    }),
    rule('bounds.chip', 'nothing outside the chip is read, programmed or erased', (flash) => {
      const { sectorCount, unitBytes, end } = sizes(flash)
      refused(flash, 'program at the end', () => flash.program(end, new Uint8Array(unitBytes)))
      refused(flash, 'program before the start', () => flash.program(-unitBytes, new Uint8Array(unitBytes)))
      refused(flash, 'erase at the end', () => flash.erase(sectorCount))
      refused(flash, 'erase before the start', () => flash.erase(-1))
      holds(throws(() => flash.read(end - 1, 2)), 'a read over the end was not refused')
      holds(throws(() => flash.read(-1, 1)), 'a read before the start was not refused')
    }),
  ]
}

export const flashVectors: readonly Vector[] = [...chipVectors('flash'), ...chipVectors('slots')]
