import type { CipherName } from './block-cipher.ts'
import { shownCheckValue } from './check-value.ts'
import { withOddParity } from './des-key.ts'
import { equalBytes } from './equal-bytes.ts'
import { isWeakKey } from './weak-key.ts'
import { wipe } from './wipe.ts'

/** Custodians who may share a key. */
export const COMPONENTS_MIN = 2
export const COMPONENTS_MAX = 3

// biome-ignore format: one row a cipher
const sizes: { readonly [N in CipherName]: readonly number[] } = {
  TDES: [16, 24],
  SM4:  [16],
  AES:  [16, 24, 32],
}

/**
 * Why components make no key: `count` not two or three; `length` none of the algorithm's, or not the same for all;
 * `zeroComponent` one adds nothing; `equalComponents` two cancel each other; `zeroKey` all cancel; `weakKey` a key
 * that `isWeakKey` refuses; `checkValue` another key than the form says.
 */
export type CombineFault =
  | 'count'
  | 'length'
  | 'zeroComponent'
  | 'equalComponents'
  | 'zeroKey'
  | 'weakKey'
  | 'checkValue'

export type Combined =
  | { readonly kind: 'combined'; readonly key: Uint8Array; readonly checkValue: Uint8Array }
  | { readonly kind: 'refused'; readonly why: CombineFault }

/** Whether keys of the algorithm that are loaded in components have this size. */
export function componentFits(algorithm: CipherName, bytes: number): boolean {
  return sizes[algorithm].includes(bytes)
}

/**
 * 分量合成 combines the full-length components of two or three custodians (XOR; ANSI X9.24-1). The components are
 * overwritten, whatever the outcome. A TDES key comes out with odd parity: parity is of the key only, as the sum of
 * two odd-parity components has even parity in each byte. Of the components, parity bits are not compared either.
 * `expected` is the check value on the form, where there is one, of 3 to 5 bytes as `componentCheckValue` gives it.
 */
export function combineComponents(
  algorithm: CipherName,
  components: readonly Uint8Array[],
  expected?: Uint8Array,
): Combined {
  const why = componentsFault(algorithm, components)
  if (why !== undefined) {
    wipe(...components)
    return { kind: 'refused', why }
  }
  const sum = new Uint8Array(components[0]?.length ?? 0)
  for (const component of components) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) ^ (component[i] ?? 0)
  }
  wipe(...components)
  const key = normal(algorithm, sum)
  wipe(sum)
  const fault = combinedFault(algorithm, key)
  if (fault !== undefined) {
    wipe(key)
    return { kind: 'refused', why: fault }
  }
  const checkValue = shownCheckValue(algorithm, key)
  if (expected === undefined || equalBytes(expected, checkValue)) return { kind: 'combined', key, checkValue }
  wipe(key)
  return { kind: 'refused', why: 'checkValue' }
}

/** What a custodian sees of a component, or of a key: 3 bytes of TDES, 4 of SM4, 5 (CMAC) of AES. Throws RangeError for another size. */
export function componentCheckValue(algorithm: CipherName, component: Uint8Array): Uint8Array {
  if (!componentFits(algorithm, component.length)) {
    throw new RangeError(`component: ${algorithm} has no key of ${component.length} bytes`)
  }
  return shownCheckValue(algorithm, component)
}

/** Whether a single component adds nothing to a key: all zero, for TDES whatever its parity bits. */
export function isZeroComponent(algorithm: CipherName, component: Uint8Array): boolean {
  return component.every((byte) => (algorithm === 'TDES' ? byte & 0xfe : byte) === 0)
}

/**
 * Bytes of a component or key as it was typed: ASCII hex digits of either case; spaces, tabs and line ends between
 * them do not count. Undefined for anything else. The digits are overwritten: no string is made of them.
 */
export function bytesOfTypedHex(digits: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(digits.length >>> 1)
  let count = 0
  let bad = false
  for (const code of digits) {
    if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) continue
    const value = digitValue(code)
    if (value === undefined) bad = true
    else out[count >>> 1] = (((out[count >>> 1] ?? 0) << 4) | value) & 0xff
    count++
  }
  wipe(digits)
  const bytes = bad || count % 2 !== 0 ? undefined : out.slice(0, count / 2)
  wipe(out)
  return bytes
}

function digitValue(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const upper = code & 0xdf
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x41 + 10 : undefined
}

function componentsFault(algorithm: CipherName, components: readonly Uint8Array[]): CombineFault | undefined {
  const { length } = components
  if (length < COMPONENTS_MIN || length > COMPONENTS_MAX) return 'count'
  const bytes = components[0]?.length ?? 0
  if (!componentFits(algorithm, bytes) || components.some((each) => each.length !== bytes)) return 'length'
  if (components.some((each) => isZeroComponent(algorithm, each))) return 'zeroComponent'
  const compared = components.map((each) => normal(algorithm, each))
  const equal = compared.some((each, at) => compared.slice(0, at).some((other) => equalBytes(each, other)))
  wipe(...compared)
  return equal ? 'equalComponents' : undefined
}

function combinedFault(algorithm: CipherName, key: Uint8Array): CombineFault | undefined {
  if (isZeroComponent(algorithm, key)) return 'zeroKey'
  return isWeakKey(algorithm, key) ? 'weakKey' : undefined
}

/** A copy in which DES parity bits do not count. */
function normal(algorithm: CipherName, bytes: Uint8Array): Uint8Array {
  return algorithm === 'TDES' ? withOddParity(bytes) : bytes.slice()
}
