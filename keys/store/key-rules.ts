import type { BlockCipher } from '../block-cipher.ts'
import { CHECK_VALUE_BYTES, checkValue, cmacCheckValue } from '../check-value.ts'
import { cipherOf } from '../cipher.ts'
import { withOddParity } from '../des-key.ts'
import { clearPinBlock, type PinBlockPan } from '../pin-block.ts'
import { clearSm4PinBlock } from '../sm4-pin-block.ts'
import { isWeakKey } from '../weak-key.ts'
import type { KeyUsage } from './key-slot.ts'
import type { MasterAlgorithm } from './slot-report.ts'

interface Rules {
  /** Key sizes of a working key; a master key has 16 bytes under either. */
  readonly pikBytes: readonly number[]
  readonly makBytes: readonly number[]
  readonly tdkBytes: readonly number[]
  /** A copy in the form in which keys are used and compared. */
  normal(key: Uint8Array): Uint8Array
  isWeak(key: Uint8Array): boolean
  clearPin(digits: Uint8Array, pan: PinBlockPan): Uint8Array
}

// SM4: no public text describes its PIN block, its MAC and its track encryption. They are here by analogy, and no
// profile asks for them.
// biome-ignore format: one row an algorithm
const rules: { readonly [A in MasterAlgorithm]: Rules } = {
  TDES: { pikBytes: [8, 16], makBytes: [8, 16], tdkBytes: [16], normal: withOddParity,        isWeak: (key) => isWeakKey('TDES', key), clearPin: clearPinBlock    },
  SM4:  { pikBytes: [16],    makBytes: [16],    tdkBytes: [16], normal: (key) => key.slice(), isWeak: (key) => isWeakKey('SM4', key),  clearPin: clearSm4PinBlock },
}

/** What holds for the keys of an algorithm: the one table that tells TDES and SM4 apart. */
export function rulesOf(algorithm: MasterAlgorithm): Rules {
  return rules[algorithm]
}

/** Whether two keys are one, without the bits that are parity in DES: so no key serves under two algorithms either. */
export function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= ((a[at] ?? 0) ^ (b[at] ?? 0)) & 0xfe
  return difference === 0
}

/**
 * The three bytes that are shown of a key. A MAK of 16 bytes may be used with CMAC, whose subkeys come from its zero
 * encryption: of it the CMAC form is shown (ANSI X9.24-1:2017, A.3). Of all others it is the zero encryption (A.2).
 */
export function shownCheckValueOf(usage: KeyUsage, algorithm: MasterAlgorithm, key: Uint8Array): Uint8Array {
  const cipher: BlockCipher = cipherOf(algorithm, key)
  const value = usage === 'MAK' && key.length === 16 ? cmacCheckValue(cipher) : checkValue(cipher, 3)
  return value.slice(0, CHECK_VALUE_BYTES)
}

/** The check value of a master key that people and load messages see. */
export function masterCheckValue(algorithm: MasterAlgorithm, key: Uint8Array): Uint8Array {
  return shownCheckValueOf('TMK', algorithm, key)
}

/** The form in which both ends use, compare and prove a master key: DES parity made odd. A copy, to be wiped. */
export function normalMasterKey(algorithm: MasterAlgorithm, key: Uint8Array): Uint8Array {
  return rules[algorithm].normal(key)
}
