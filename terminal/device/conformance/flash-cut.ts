import type { Flash } from '../flash.ts'
import { holds, pattern, same, toHex, type Vector, vector } from './vector.ts'

/** The power goes inside an operation: its bytes may be any mixture of old and new, all others are as they were. */

interface Operation {
  readonly name: string
  /** Bytes that it may change, in a chip of these sizes. */
  range(sizes: Sizes): readonly [from: number, to: number]
  run(flash: Flash, sizes: Sizes): unknown
}
interface Sizes {
  readonly sectorBytes: number
  readonly unitBytes: number
}
/** Of the sectors 0 to 2, which these vectors use. */
const SECTORS = 3

/** Programs `units` units from the unit `unit` of a sector. */
function program(sector: number, unit: number, units: number): Operation {
  const from = ({ sectorBytes, unitBytes }: Sizes): number => sector * sectorBytes + unit * unitBytes
  return {
    name: `a program of ${units} units at unit ${unit} of sector ${sector}`,
    range: (sizes) => [from(sizes), from(sizes) + units * sizes.unitBytes],
    run: (flash, sizes) => flash.program(from(sizes), pattern(units * sizes.unitBytes)),
  }
}
function erase(sector: number): Operation {
  return {
    name: `an erase of sector ${sector}`,
    range: ({ sectorBytes }) => [sector * sectorBytes, (sector + 1) * sectorBytes],
    run: (flash) => flash.erase(sector),
  }
}

/** What is written; the vector number n cuts the power inside the nth. */
// biome-ignore format: one row an operation
const script: readonly Operation[] = [
  program(1, 0, 1),   // one unit
  program(1, 3, 5),   // a record, off the first unit
  program(1, 8, 16),
  erase(0),           // beside what was just written
  program(0, 0, 32),
  erase(2),
  program(1, 24, 1),
  erase(1),           // between two that hold something
]

/** What the three sectors hold before the script, and after its first `count` operations. */
function wanted(sizes: Sizes, count: number): Uint8Array {
  const model = new Uint8Array(SECTORS * sizes.sectorBytes)
  const asFlash: Flash = {
    geometry: () => ({ ...sizes, sectorCount: SECTORS }),
    read: (address, length) => model.slice(address, address + length),
    program(address, bytes) {
      for (let at = 0; at < bytes.length; at++)
        model[address + at] = (model[address + at] ?? 0) & (bytes[at] ?? 0)
      return 'done'
    },
    erase(sector) {
      model.fill(0xff, sector * sizes.sectorBytes, (sector + 1) * sizes.sectorBytes)
      return 'done'
    },
  }
  prepare(asFlash, sizes)
  for (const operation of script.slice(0, count)) operation.run(asFlash, sizes)
  return model
}
/** Sectors 0 and 2 hold something, sector 1 is erased. */
function prepare(flash: Flash, { sectorBytes }: Sizes): void {
  for (let sector = 0; sector < SECTORS; sector++) flash.erase(sector)
  for (const sector of [0, 2]) flash.program(sector * sectorBytes, pattern(sectorBytes))
}

function cutVectors(name: 'flash' | 'slots'): readonly Vector[] {
  return script.map((operation, count) =>
    vector(
      `${name}.cut.${count}`,
      `${name}: power that goes inside ${operation.name} changes nothing beside it`,
      async (port) => {
        const { life } = port
        if (life === undefined) throw new RangeError('the rig starts no run again')
        const flash = port.device[name]
        const { sectorBytes, unitBytes } = flash.geometry()
        const sizes = { sectorBytes, unitBytes }
        if (life.stage === 0) prepare(flash, sizes)
        await life.ends('power', `the power that goes inside ${operation.name}`, async () => {
          life.cut(name, count)
          await port.rig.pass(0)
          for (const each of script) each.run(flash, sizes)
        })
        const [from, to] = operation.range(sizes)
        const before = wanted(sizes, count)
        const found = flash.read(0, SECTORS * sectorBytes)
        same(found.subarray(0, from), before.subarray(0, from), 'bytes before it')
        same(found.subarray(to), before.subarray(to), 'bytes behind it')
        const after = wanted(sizes, count + 1)
        for (let at = from; at < to; at++) {
          const [old, next, now] = [before[at] ?? 0, after[at] ?? 0, found[at] ?? 0]
          holds(
            ((now ^ old) & ~(old ^ next) & 0xff) === 0,
            `byte ${at} had no bit to change that it has changed: ${toHex(Uint8Array.of(old, next, now))}`,
          )
        }
        for (let sector = 0; sector < SECTORS; sector++) {
          same(flash.erase(sector), 'done', `erase of sector ${sector} after it`)
          same(
            flash.read(sector * sectorBytes, 16),
            new Uint8Array(16).fill(0xff),
            `sector ${sector} after it`,
          )
        }
      },
      ...(name === 'slots' ? (['life', 'cuts', 'slots'] as const) : (['life', 'cuts'] as const)),
    ),
  )
}

export const flashCutVectors: readonly Vector[] = [...cutVectors('flash'), ...cutVectors('slots')]
