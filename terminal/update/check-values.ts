import { bytesOfText } from '../../host-link/wire/bytes.ts'
import type { Secure } from '../device/secure.ts'

const MASTER_SLOTS = 10

/** Check values by slot: master, PIN, MAC, track key. */
export function checkValuesOf(secure: Secure): ReadonlyMap<number, readonly string[]> {
  const values = new Map<number, readonly string[]>()
  for (let slot = 0; slot < MASTER_SLOTS; slot++) {
    const { masterKey, pinKey, macKey, trackKey } = secure.slot(slot)
    if (masterKey !== undefined) values.set(slot, [masterKey, pinKey ?? '', macKey ?? '', trackKey ?? ''])
  }
  return values
}

/**
 * First half of the note of an arming, 16 bytes: whether the host answered just before (1), SHA-256 over the check values of
 * all key slots (first 15). All of it where nobody can read the batch.
 */
export function noteOfKeys(secure: Secure, hostAnswered: boolean): Uint8Array {
  let keys = ''
  for (let slot = 0; slot < MASTER_SLOTS; slot++) {
    const { masterKey, pinKey, macKey, trackKey } = secure.slot(slot)
    keys += [masterKey, pinKey, macKey, trackKey, ''].join()
  }
  return Uint8Array.of(hostAnswered ? 1 : 0, ...secure.hash(bytesOfText(keys)).subarray(0, 15))
}
