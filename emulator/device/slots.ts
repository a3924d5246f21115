import { sha256 } from '@noble/hashes/sha2.js'
import type { Flash, FlashGeometry } from '../../terminal/device/flash.ts'
import type { Factory, Slots, Started } from '../../terminal/device/slots.ts'

/** 1 MiB in 256 sectors: a serial NOR flash for two programs. */
export const PROGRAM_CHIP: FlashGeometry = { sectorBytes: 4096, sectorCount: 256, unitBytes: 4 }
const NO_CHIP: FlashGeometry = { sectorBytes: 4096, sectorCount: 0, unitBytes: 4 }

/** The program that the runtime has built in, as bytes, and what its release says of it. */
export interface BuiltIn extends Factory {
  readonly bytes: Uint8Array
}

export interface SlotsOptions {
  /** Absent: the device takes no programs. */
  readonly chip?: Flash | undefined
  readonly builtIn?: () => BuiltIn
  /** Asked at every call. */
  readonly running?: () => Started
}

/** `bytes` as a program built in. */
export function builtInProgram(bytes: Uint8Array, counter: number, version: string): BuiltIn {
  return { bytes, length: bytes.length, hash: sha256(bytes), counter, version }
}

/** 程序槽 of the emulated device. Calls outside the chip or the program throw RangeError. */
export function makeSlots(options: SlotsOptions): Slots {
  const { chip, builtIn = nothing, running = fromFactory } = options
  const there = (): Flash => {
    if (chip === undefined) throw new RangeError('this device has no program chip')
    return chip
  }
  return {
    geometry: () => chip?.geometry() ?? NO_CHIP,
    read: (address, length) => there().read(address, length),
    program: (address, bytes) => there().program(address, bytes),
    erase: (sector) => there().erase(sector),
    hash: (address, length) => sha256(there().read(address, length)),
    running,
    factory() {
      const { length, hash, counter, version } = builtIn()
      return { length, hash: hash.slice(), counter, version }
    },
    readFactory(offset, length) {
      const { bytes } = builtIn()
      const whole = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0
      if (!whole || offset + length > bytes.length)
        throw new RangeError(`${length} from ${offset}: outside the program built in`)
      return bytes.slice(offset, offset + length)
    },
  }
}

function nothing(): BuiltIn {
  return builtInProgram(new Uint8Array(0), 0, '')
}

function fromFactory(): Started {
  return { place: 'factory', trial: false }
}
