import type { FlashGeometry } from './flash.ts'

/**
 * 程序槽: a second raw NOR chip for programs that were downloaded, by the rules of `flash`, and the program that the
 * runtime has built in 出厂程序. A device that takes no programs has no sectors here. All instant.
 */
export interface Slots {
  /** `sectorCount` 0: this device takes no programs, and every call with an address is out of range. */
  geometry(): FlashGeometry
  /** As `flash.read`. */
  read(address: number, length: number): Uint8Array
  /** As `flash.program`. */
  program(address: number, bytes: Uint8Array): 'done' | 'failed'
  /** As `flash.erase`. */
  erase(sector: number): 'done' | 'failed'
  /** SHA-256, 32 bytes, over `length` bytes from `address`, both inside the chip. */
  hash(address: number, length: number): Uint8Array
  /** What runs now, as the first stage chose it: the same until the next start, also after a trial has confirmed itself. */
  running(): Started
  /** The program built in: base of deltas, and what runs when nothing else may. */
  factory(): Factory
  /** `length` bytes of it from `offset`. */
  readFactory(offset: number, length: number): Uint8Array
}

export type Place = 'factory' | 'a' | 'b'

export interface Started {
  readonly place: Place
  /** 试运行: goes back to the program before unless it confirms itself. */
  readonly trial: boolean
}

export interface Factory {
  readonly length: number
  /** SHA-256, 32 bytes. */
  readonly hash: Uint8Array
  /** Its security counter and version, as in its release. */
  readonly counter: number
  readonly version: string
}
