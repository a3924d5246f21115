import type { Flash } from '../flash.ts'
import type { Port } from './port.ts'
import { holds, isFirstRun, pattern, refused, same, type Vector, vector } from './vector.ts'

function sizes(flash: Flash) {
  const { sectorBytes, sectorCount, unitBytes } = flash.geometry()
  return { sectorBytes, sectorCount, unitBytes, end: sectorBytes * sectorCount }
}
function ones(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xff)
}
/** Calls that are refused; the first two sectors must be as before, also in the runs that come after. */
async function leavesAlone(
  port: Port,
  flash: Flash,
  calls: readonly (readonly [what: string, call: () => unknown])[],
) {
  const { sectorBytes } = sizes(flash)
  const before = pattern(2 * sectorBytes)
  if (isFirstRun(port)) {
    for (const sector of [0, 1]) {
      flash.erase(sector)
      flash.program(sector * sectorBytes, before.slice(sector * sectorBytes, (sector + 1) * sectorBytes))
    }
  }
  for (const [what, call] of calls) {
    await refused(port, what, call)
    same(flash.read(0, 2 * sectorBytes), before, `${what}: first two sectors`)
  }
}

/** The rules of raw NOR flash, for either chip. A device that takes no programs has nothing to show in its slots. */
function chipVectors(name: 'flash' | 'slots'): readonly Vector[] {
  const rule = (id: string, title: string, run: (flash: Flash, port: Port) => void | Promise<void>): Vector =>
    vector(
      `${name}.${id}`,
      `${name}: ${title}`,
      async (port) => run(port.device[name], port),
      ...(name === 'slots' ? (['slots'] as const) : []),
    )
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
    rule('bounds.unit', 'programming off a unit is refused', async (flash, port) => {
      const { unitBytes } = sizes(flash)
      if (unitBytes === 1) return // every address and length is one
      await leavesAlone(port, flash, [
        ['a program at address 1', () => flash.program(1, new Uint8Array(unitBytes))],
        ['a program of half a unit', () => flash.program(0, new Uint8Array(unitBytes / 2))],
        ['a program of one byte more than a unit', () => flash.program(0, new Uint8Array(unitBytes + 1))],
      ])
    }),
    rule('bounds.empty', 'programming nothing is refused', async (flash, port) => {
      await leavesAlone(port, flash, [['a program of no bytes', () => flash.program(0, new Uint8Array(0))]])
    }),
    rule('bounds.sector', 'programming over the end of a sector is refused', async (flash, port) => {
      const { sectorBytes, unitBytes } = sizes(flash)
      await leavesAlone(port, flash, [
        ['a program over two sectors', () => flash.program(sectorBytes - unitBytes, new Uint8Array(2 * unitBytes))],
        ['a program of a sector and a unit', () => flash.program(0, new Uint8Array(sectorBytes + unitBytes))],
      ])
    }),
    rule('bounds.chip', 'nothing outside the chip is read, programmed or erased', async (flash, port) => {
      const { sectorCount, unitBytes, end } = sizes(flash)
      await leavesAlone(port, flash, [
        ['a program at the end', () => flash.program(end, new Uint8Array(unitBytes))],
        ['a program before the start', () => flash.program(-unitBytes, new Uint8Array(unitBytes))],
        ['an erase at the end', () => flash.erase(sectorCount)],
        ['an erase before the start', () => flash.erase(-1)],
        ['a read over the end', () => flash.read(end - 1, 2)],
        ['a read before the start', () => flash.read(-1, 1)],
      ])
    }),
    rule('read.all', 'every byte can be read by itself, up to the last; nothing can be read of none', (flash) => {
      const { end, unitBytes, sectorBytes } = sizes(flash)
      flash.erase(0)
      flash.program(0, pattern(4 * unitBytes))
      for (let at = 0; at < 4 * unitBytes; at++) same(flash.read(at, 1), pattern(at + 1).slice(at), `byte ${at}`)
      same(flash.read(end - 1, 1).length, 1, 'the last byte')
      same(flash.read(end, 0), new Uint8Array(0), 'nothing at the end')
      same(flash.read(sectorBytes - 1, 2).length, 2, 'bytes over the border of two sectors')
    }),
    rule('erase.again', 'a sector that was erased, and one that was programmed to zeros, erase to ones', (flash) => {
      const { sectorBytes } = sizes(flash)
      for (let round = 0; round < 2; round++) {
        same(flash.erase(0), 'done', 'erase')
        same(flash.read(0, sectorBytes), ones(sectorBytes), 'erased')
        same(flash.erase(0), 'done', 'erase, again')
        same(flash.program(0, new Uint8Array(sectorBytes)), 'done', 'program zeros')
        same(flash.read(0, sectorBytes), new Uint8Array(sectorBytes), 'zeros')
      }
    }),
    rule('units', 'each unit of a sector can be programmed by itself, in any order', (flash) => {
      const { unitBytes } = sizes(flash)
      flash.erase(0)
      const wanted = pattern(16 * unitBytes)
      for (let count = 0; count < 16; count++) {
        const at = ((count * 7) % 16) * unitBytes
        same(flash.program(at, wanted.slice(at, at + unitBytes)), 'done', `unit at ${at}`)
      }
      same(flash.read(0, 16 * unitBytes), wanted, 'all of them')
    }),
  ]
}

export const flashVectors: readonly Vector[] = [...chipVectors('flash'), ...chipVectors('slots')]
