import { holds, pattern, same, throws, type Vector, vector } from './vector.ts'

/** `secure.hash` takes no more. */
const HASHED_BYTES_MAX = 65_536
const PART_BYTES = 4096

// biome-ignore format: one vector a paragraph
export const slotsVectors: readonly Vector[] = [
  vector('slots.hash', 'the SHA-256 of bytes on the program chip', async ({ device: { slots, secure } }) => {
    const { sectorBytes, sectorCount, unitBytes } = slots.geometry()
    if (sectorCount === 0) return holds(throws(() => slots.hash(0, 0)), 'slots: a chip of no sectors gave a hash')
    slots.erase(0)
    slots.program(0, pattern(8 * unitBytes))
    for (const [address, length] of [[0, 8 * unitBytes], [unitBytes, 5], [3, 0], [1, sectorBytes - 1]] as const)
      same(slots.hash(address, length), secure.hash(slots.read(address, length)), `${length} bytes from ${address}`)
    holds(throws(() => slots.hash(sectorBytes * sectorCount - 1, 2)), 'a hash over the end was not refused')
  }),
  vector('slots.running', 'what runs is the same at every call, and a device without a program chip runs what is built in', async ({ device: { slots } }) => {
    const { place, trial } = slots.running()
    holds(['factory', 'a', 'b'].includes(place), `place ${place}`)
    same(slots.running(), { place, trial }, 'once more')
    if (slots.geometry().sectorCount === 0) same({ place, trial }, { place: 'factory', trial: false }, 'what runs')
  }),
  vector('slots.factory', 'the program built in has the length and the hash that it is said to have', async ({ device: { slots, secure } }) => {
    const { length, hash, counter } = slots.factory()
    const { sectorBytes, sectorCount, unitBytes } = slots.geometry()
    holds(Number.isInteger(counter) && counter >= 0, `counter ${counter}`)
    same(hash.length, 32, 'bytes of the hash')
    if (length <= HASHED_BYTES_MAX) return same(secure.hash(slots.readFactory(0, length)), hash, 'hash')
    if (length > sectorBytes * sectorCount) return // no place to have the device look at it whole
    for (let at = 0; at < length; at += PART_BYTES) {
      if (at % sectorBytes === 0) slots.erase(at / sectorBytes)
      const part = slots.readFactory(at, Math.min(PART_BYTES, length - at))
      const units = new Uint8Array(Math.ceil(part.length / unitBytes) * unitBytes).fill(0xff)
      units.set(part)
      for (let from = 0; from < units.length; from += sectorBytes) {
        if (from > 0) slots.erase((at + from) / sectorBytes)
        slots.program(at + from, units.slice(from, from + sectorBytes))
      }
    }
    same(slots.hash(0, length), hash, 'hash')
  }),
  vector('slots.factory.bounds', 'nothing outside the program built in is read', async ({ device: { slots } }) => {
    const { length } = slots.factory()
    holds(throws(() => slots.readFactory(0, length + 1)), 'a read over the end was not refused')
    holds(throws(() => slots.readFactory(-1, 1)), 'a read before the start was not refused')
    same(slots.readFactory(length, 0), new Uint8Array(0), 'nothing at the end')
  }),
]
