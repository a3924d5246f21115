import type { BlockCipher, CipherName } from './block-cipher.ts'
import { cipherOf } from './cipher.ts'
import { cmac } from './cmac.ts'

/** Bytes of a zero-encryption check value that may be shown (ANSI X9.24-1, A.2). */
export const CHECK_VALUE_BYTES = 3
/** Bytes of it that UnionPay sends beside a wrapped key; to be compared, not shown. */
export const WIRE_CHECK_VALUE_BYTES = 4

/** First bytes of the encryption of a zero block: 3 to show, 4 to compare with the wire. Parity bits do not change it. */
export function checkValue(cipher: BlockCipher, bytes: 3 | 4): Uint8Array {
  return cipher.encrypt(new Uint8Array(cipher.blockBytes)).slice(0, bytes)
}

/**
 * First five bytes of the CMAC of one zero block (ANSI X9.24-1:2017, A.3): for keys used with CMAC, whose subkeys
 * come from the very block that `checkValue` shows.
 */
export function cmacCheckValue(cipher: BlockCipher): Uint8Array {
  return cmac(cipher, new Uint8Array(cipher.blockBytes)).slice(0, 5)
}

/** The four check values in use: what each is made of, and how many bytes of it may leave the store. */
export type CheckValueMethod = 'tdes' | 'cmac' | 'cup-tdes' | 'cup-sm4'

/**
 * A key's check value: `tdes` E(0), 3 bytes (ANSI X9.24-1, A.2); `cmac` 5 bytes, under any cipher (A.3); `cup-tdes` and
 * `cup-sm4` E(0), the 4 bytes of UnionPay's sign-on. Throws RangeError where the method is not the cipher's.
 */
export function checkValueBy(method: CheckValueMethod, name: CipherName, key: Uint8Array): Uint8Array {
  const row = methods[method]
  if (!row.ciphers.includes(name)) throw new RangeError(`check value ${method}: not of a ${name} key`)
  return row.value(cipherOf(name, key))
}

/** The check value that people see: 3 bytes of a TDES key, 4 of an SM4 key, 5 (CMAC) of an AES key. */
export function shownCheckValue(name: CipherName, key: Uint8Array): Uint8Array {
  return checkValueBy(shown[name], name, key)
}

const shown: { readonly [N in CipherName]: CheckValueMethod } = { TDES: 'tdes', SM4: 'cup-sm4', AES: 'cmac' }

interface MethodRow {
  readonly ciphers: readonly CipherName[]
  value(cipher: BlockCipher): Uint8Array
}

// biome-ignore format: one row a method
const methods: { readonly [M in CheckValueMethod]: MethodRow } = {
  'tdes':     { ciphers: ['TDES'],               value: (cipher) => checkValue(cipher, CHECK_VALUE_BYTES) },
  'cmac':     { ciphers: ['TDES', 'SM4', 'AES'], value: cmacCheckValue },
  'cup-tdes': { ciphers: ['TDES'],               value: (cipher) => checkValue(cipher, WIRE_CHECK_VALUE_BYTES) },
  'cup-sm4':  { ciphers: ['SM4'],                value: (cipher) => checkValue(cipher, WIRE_CHECK_VALUE_BYTES) },
}
