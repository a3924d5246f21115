import type { MasterAlgorithm } from './slot-report.ts'

/** 主密钥 TMK wraps the others; PIK encrypts PINs, MAK makes MACs, TDK encrypts tracks. One key, one usage. */
export type KeyUsage = 'TMK' | 'PIK' | 'MAK' | 'TDK'
export type KeyAlgorithm = MasterAlgorithm | 'DES'

/** Master slot n holds a TMK; PIK n, MAK n and TDK n are its children. */
export interface KeySlot {
  readonly usage: KeyUsage
  /** 0 to 9. */
  readonly number: number
}

export const SLOT_NUMBER_MAX = 9

/** Throws RangeError unless `number` is a whole number from 0 to 9. */
export function keySlot(usage: KeyUsage, number: number): KeySlot {
  if (!isSlotNumber(number)) throw new RangeError('key slot: 0 to 9')
  return { usage, number }
}

export function isSlotNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= SLOT_NUMBER_MAX
}

/** What a key is used as: eight bytes under a TDES master are single DES. */
export function keyAlgorithm(master: MasterAlgorithm, key: Uint8Array): KeyAlgorithm {
  return key.length === 8 ? 'DES' : master
}
