import { holds, pattern, refused, same, type Vector, vector } from './vector.ts'

/** `secure.hash` takes no more. */
const HASHED_BYTES_MAX = 65_536
const PART_BYTES = 4096

// biome-ignore format: one vector a paragraph
export const slotsVectors: readonly Vector[] = [
  vector('slots.none', 'a chip of no sectors has no address; one with sectors has two at least', async (port) => {
    const { slots } = port.device
    const { sectorCount } = slots.geometry()
    holds(sectorCount === 0 || sectorCount >= 2, `${sectorCount} sectors`)
    same(sectorCount > 0, port.rig.capabilities.includes('slots'), 'what the port has declared')
    if (sectorCount > 0) return
    await refused(port, 'a hash of a chip of no sectors', () => slots.hash(0, 0))
    await refused(port, 'a read of a chip of no sectors', () => slots.read(0, 1))
    await refused(port, 'an erase in a chip of no sectors', () => slots.erase(0))
  }),
  vector('slots.hash', 'the SHA-256 of bytes on the program chip', async (port) => {
    const { slots, secure } = port.device
    const { sectorBytes, sectorCount, unitBytes } = slots.geometry()
    slots.erase(0)
    slots.program(0, pattern(8 * unitBytes))
    for (const [address, length] of [[0, 8 * unitBytes], [unitBytes, 5], [3, 0], [1, sectorBytes - 1]] as const)
      same(slots.hash(address, length), secure.hash(slots.read(address, length)), `${length} bytes from ${address}`)
    await refused(port, 'a hash over the end', () => slots.hash(sectorBytes * sectorCount - 1, 2))
    await refused(port, 'a hash before the start', () => slots.hash(-1, 2))
  }, 'slots'),
  vector('slots.hash.whole', 'a hash over several sectors, and over none', async ({ device: { slots, secure } }) => {
    const { sectorBytes } = slots.geometry()
    for (const sector of [0, 1, 2]) {
      slots.erase(sector)
      slots.program(sector * sectorBytes, pattern(sectorBytes))
    }
    const bytes = slots.read(5, 2 * sectorBytes)
    if (bytes.length <= HASHED_BYTES_MAX) same(slots.hash(5, bytes.length), secure.hash(bytes), 'hash')
    same(slots.hash(7, 0), secure.hash(new Uint8Array(0)), 'hash of nothing')
  }, 'slots'),
  vector('slots.apart', 'the two chips are two: what is written to one is not on the other', async ({ device: { slots, flash } }) => {
    for (const chip of [slots, flash]) chip.erase(0)
    slots.program(0, pattern(64))
    same(flash.read(0, 64), new Uint8Array(64).fill(0xff), 'flash')
    flash.program(64, pattern(64))
    same(slots.read(64, 64), new Uint8Array(64).fill(0xff), 'slots')
  }, 'slots'),
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
  vector('slots.factory.bounds', 'nothing outside the program built in is read', async (port) => {
    const { slots } = port.device
    const { length } = slots.factory()
    await refused(port, 'a read over the end', () => slots.readFactory(0, length + 1))
    await refused(port, 'a read before the start', () => slots.readFactory(-1, 1))
    same(slots.readFactory(length, 0), new Uint8Array(0), 'nothing at the end')
  }),
]
