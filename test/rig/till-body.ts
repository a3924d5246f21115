import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import type { Dial, Model, Observer } from '../../emulator/device/ports.ts'
import type { Machine } from '../../emulator/machine.ts'
import type { VirtualTime } from '../../emulator/virtual-time.ts'
import type { Setup } from '../../terminal/device/info.ts'

/** What a till hands to a machine that is not emulated. */
export interface BodyGiven {
  readonly model: Model
  readonly setup: Setup
  readonly time: VirtualTime
  readonly dial: Dial
  readonly observer: Observer
  readonly random: (length: number) => Uint8Array
  onStopped(why: string): void
}

export interface Body {
  readonly machine: Machine
  /** Resolves when it has done all that follows from what has happened. */
  quiet(): Promise<void>
  /** The journal's chip, as it is now. */
  image(): Uint8Array
}

/** With the bits that read by chance, too: a later reader sees what the application would. */
export function copyOf(chip: FlashChip, body: Body | undefined): FlashChip {
  if (body !== undefined) return makeFlashChip({ geometry: chip.geometry(), image: body.image() })
  const copy = makeFlashChip({ geometry: chip.geometry() })
  copy.restore(chip.snapshot())
  return copy
}
