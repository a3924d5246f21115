import { same } from '../../host-link/wire/bytes.ts'
import type { Slots } from '../device/slots.ts'

/** Programs `bytes`, filled up to whole units with ones, and reads them back. `address` is a multiple of the unit. */
export function put(slots: Slots, address: number, bytes: Uint8Array): boolean {
  const { sectorBytes, unitBytes } = slots.geometry()
  for (let at = 0; at < bytes.length; ) {
    const room = sectorBytes - ((address + at) % sectorBytes)
    const piece = bytes.subarray(at, at + room)
    const whole = new Uint8Array(roundedUp(piece.length, unitBytes)).fill(0xff)
    whole.set(piece)
    if (slots.program(address + at, whole) !== 'done') return false
    if (!same(slots.read(address + at, piece.length), piece)) return false
    at += piece.length
  }
  return true
}

/** Erases the sectors of [address, address + bytes). What looks blank is erased too: an erase that was cut may look done. */
export async function erase(
  slots: Slots,
  { address, bytes }: { readonly address: number; readonly bytes: number },
  yields: () => Promise<void>,
): Promise<boolean> {
  const { sectorBytes } = slots.geometry()
  for (let at = address; at < address + bytes; at += sectorBytes) {
    await yields()
    if (slots.erase(at / sectorBytes) !== 'done') return false
  }
  return true
}

export function roundedUp(length: number, unit: number): number {
  return Math.ceil(length / unit) * unit
}
