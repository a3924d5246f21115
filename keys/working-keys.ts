import { type BlockCipher, decryptEcb, encryptEcb } from './block-cipher.ts'
import { checkValue, WIRE_CHECK_VALUE_BYTES } from './check-value.ts'
import { isWeakDesKey, withOddParity } from './des-key.ts'
import { equalBytes } from './equal-bytes.ts'
import { tdes } from './tdes.ts'
import { wipe } from './wipe.ts'

/** Kinds of sign-on 签到 by field 60.3: single DES; TDES; TDES with track encryption. */
export type WorkingKeyKind = '001' | '003' | '004'

/** 工作密钥 working keys in clear, odd parity: 8 bytes are a DES key, 16 a TDES key. Only a key store holds these. */
export interface WorkingKeys {
  readonly pik: Uint8Array
  readonly mak: Uint8Array
  readonly tdk: Uint8Array | undefined
}

/** Why a key block is refused. `duplicateKey`: two of its keys are one key. */
export type BlockFault = 'length' | 'checkValue' | 'weakKey' | 'duplicateKey'
export type OpenedBlock =
  | { readonly kind: 'opened'; readonly keys: WorkingKeys }
  | { readonly kind: 'refused'; readonly why: BlockFault }

type Name = keyof WorkingKeys
/** Field 62 of the 0810: for each key its cryptogram, then four bytes of check value. */
const layouts: { readonly [K in WorkingKeyKind]: readonly (readonly [Name, number])[] } = {
  '001': [
    ['pik', 8],
    ['mak', 8],
  ],
  '003': [
    ['pik', 16],
    ['mak', 16], // a single DES key has eight zero bytes after its cryptogram
  ],
  '004': [
    ['pik', 16],
    ['mak', 16],
    ['tdk', 16],
  ],
}

/** Bytes of a key block: 24, 40, 60. */
export function keyBlockBytes(kind: WorkingKeyKind): number {
  return layouts[kind].reduce((sum, [, bytes]) => sum + bytes + WIRE_CHECK_VALUE_BYTES, 0)
}

/**
 * Opens a key block under the TMK 主密钥. All keys are right (check value, not weak, no two alike) or none is given.
 * For key stores only: they bind each key to its usage, which bare TDES-ECB does not. Wipe the keys after use.
 */
export function openWorkingKeys(kind: WorkingKeyKind, block: Uint8Array, master: BlockCipher): OpenedBlock {
  if (block.length !== keyBlockBytes(kind)) return { kind: 'refused', why: 'length' }
  const keys: { [N in Name]: Uint8Array | undefined } = { pik: undefined, mak: undefined, tdk: undefined }
  let fault: BlockFault | undefined
  let at = 0
  for (const [name, bytes] of layouts[kind]) {
    const field = block.subarray(at, at + bytes)
    const key = withOddParity(decryptEcb(master, cryptogram(name, field)))
    const wanted = block.subarray(at + bytes, at + bytes + WIRE_CHECK_VALUE_BYTES)
    if (!equalBytes(checkValue(tdes(key), WIRE_CHECK_VALUE_BYTES), wanted)) fault ??= 'checkValue'
    else if (isWeakDesKey(key)) fault ??= 'weakKey'
    keys[name] = key
    at += bytes + WIRE_CHECK_VALUE_BYTES
  }
  const { pik, mak, tdk } = keys
  if (pik === undefined || mak === undefined) throw new Error('every layout has a PIK and a MAK')
  if (equalBytes(pik, mak) || (tdk && (equalBytes(tdk, pik) || equalBytes(tdk, mak))))
    fault ??= 'duplicateKey'
  if (fault === undefined) return { kind: 'opened', keys: { pik, mak, tdk } }
  wipe(pik, mak, tdk) // a refused key is still somebody's key
  return { kind: 'refused', why: fault }
}

/** Builds the key block, for a host. Throws RangeError where a key's size is not the kind's. */
export function sealWorkingKeys(kind: WorkingKeyKind, keys: WorkingKeys, master: BlockCipher): Uint8Array {
  const block = new Uint8Array(keyBlockBytes(kind))
  let at = 0
  for (const [name, bytes] of layouts[kind]) {
    const key = keys[name]
    const fits = key?.length === bytes || (name === 'mak' && key?.length === 8)
    if (key === undefined || !fits) throw new RangeError(`key block ${kind}: ${name} wants ${bytes} bytes`)
    block.set(encryptEcb(master, key), at)
    block.set(checkValue(tdes(key), WIRE_CHECK_VALUE_BYTES), at + bytes)
    at += bytes + WIRE_CHECK_VALUE_BYTES
  }
  if (kind !== '004' && keys.tdk) throw new RangeError(`key block ${kind}: has no place for a TDK`)
  return block
}

/** Without the zeros that stand beside a single DES MAK. A few hosts send sixteen bytes, with no zero half. */
function cryptogram(name: Name, field: Uint8Array): Uint8Array {
  const right = field.subarray(8)
  return name === 'mak' && right.every((byte) => byte === 0) ? field.subarray(0, 8) : field
}
