import { equalBytes } from '../../keys/equal-bytes.ts'
import { isPin, PIN_DIGITS_MAX } from '../../keys/pin-block.ts'
import { wipe } from '../../keys/wipe.ts'
import { bytesOfText } from '../wire/bytes.ts'
import type { Seal } from './seal.ts'

/** Fill behind the digits: all records of an account are of one length, so a sealed one does not tell the PIN's. */
const FILL = 0xff

/**
 * 修改密码 a changed PIN as the books keep it: twelve places for digits, then the account's name, sealed under the host's
 * secret. The name is in it so that no record can be carried over to another account. The caller wipes the digits.
 */
export function sealedPin(seal: Seal, account: string, digits: Uint8Array): Uint8Array {
  if (!isPin(digits)) throw new RangeError('PIN: 4 to 12 digit values 0 to 9')
  const name = bytesOfText(account)
  const record = new Uint8Array(PIN_DIGITS_MAX + name.length).fill(FILL, 0, PIN_DIGITS_MAX)
  record.set(digits)
  record.set(name, PIN_DIGITS_MAX)
  const sealed = seal.close(record)
  wipe(record)
  return sealed
}

/** The digits again, for the caller to wipe; nothing where the record is another account's or was not sealed here. */
export function openedPin(seal: Seal, account: string, sealed: Uint8Array): Uint8Array | undefined {
  const record = seal.open(sealed)
  if (!record) return undefined
  const end = record.subarray(0, PIN_DIGITS_MAX).indexOf(FILL)
  const digits = record.slice(0, end < 0 ? PIN_DIGITS_MAX : end)
  const own = equalBytes(record.subarray(PIN_DIGITS_MAX), bytesOfText(account)) && isPin(digits)
  wipe(record)
  if (own) return digits
  wipe(digits)
  return undefined
}
