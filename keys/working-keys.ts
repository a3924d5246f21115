import { type BlockCipher, decryptEcb, encryptEcb } from './block-cipher.ts'
import { checkValue, WIRE_CHECK_VALUE_BYTES } from './check-value.ts'
import { cipherOf } from './cipher.ts'
import { equalBytes } from './equal-bytes.ts'
import { rulesOf } from './store/key-rules.ts'
import type { MasterAlgorithm } from './store/slot-report.ts'
import { wipe } from './wipe.ts'

/**
 * Kinds of sign-on 签到 by field 60.3: single DES; TDES; TDES with track encryption; SM4. No public text confirms the
 * key block of 006: a profile has to ask for it, and none does.
 */
export type WorkingKeyKind = '001' | '003' | '004' | '006'

/**
 * 工作密钥 working keys in clear: under a TDES master with odd parity, 8 bytes a DES key and 16 a TDES key; under an SM4
 * master SM4 keys. Only a key store holds these.
 */
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
// biome-ignore format: one row a kind; a single DES MAK in sixteen bytes has eight zero bytes after its cryptogram
const layouts: { readonly [K in WorkingKeyKind]: Layout } = {
  '001': { algorithm: 'TDES', parts: [['pik', 8],  ['mak', 8]] },
  '003': { algorithm: 'TDES', parts: [['pik', 16], ['mak', 16]] },
  '004': { algorithm: 'TDES', parts: [['pik', 16], ['mak', 16], ['tdk', 16]] },
  '006': { algorithm: 'SM4',  parts: [['pik', 16], ['mak', 16], ['tdk', 16]] },
}

interface Layout {
  /** Of the master key and the keys under it. */
  readonly algorithm: MasterAlgorithm
  /** Each key with the bytes of its cryptogram. */
  readonly parts: readonly (readonly [Name, number])[]
}

/** What a master key must be to open a key block of this kind. */
export function kindAlgorithm(kind: WorkingKeyKind): MasterAlgorithm {
  return layouts[kind].algorithm
}

/** Whether a kind brings a TDK. */
export function kindHasTrackKey(kind: WorkingKeyKind): boolean {
  return layouts[kind].parts.some(([name]) => name === 'tdk')
}

/** Bytes of a key block: 24, 40, 60, 60. */
export function keyBlockBytes(kind: WorkingKeyKind): number {
  return layouts[kind].parts.reduce((sum, [, bytes]) => sum + bytes + WIRE_CHECK_VALUE_BYTES, 0)
}

/**
 * Opens a key block under the TMK 主密钥. All keys are right (check value, not weak, no two alike) or none is given.
 * For key stores only: they bind each key to its usage, which bare ECB does not. Wipe the keys after use. Throws
 * RangeError for a master cipher that is not the kind's (`kindAlgorithm`).
 */
export function openWorkingKeys(kind: WorkingKeyKind, block: Uint8Array, master: BlockCipher): OpenedBlock {
  if (block.length !== keyBlockBytes(kind)) return { kind: 'refused', why: 'length' }
  const { algorithm, parts } = layouts[kind]
  checkMaster(kind, master)
  const keys: { [N in Name]: Uint8Array | undefined } = { pik: undefined, mak: undefined, tdk: undefined }
  let fault: BlockFault | undefined
  let at = 0
  for (const [name, bytes] of parts) {
    const field = block.subarray(at, at + bytes)
    const clear = decryptEcb(master, kind === '006' ? field : cryptogram(name, field))
    const key = rulesOf(algorithm).normal(clear)
    wipe(clear)
    const wanted = block.subarray(at + bytes, at + bytes + WIRE_CHECK_VALUE_BYTES)
    if (!equalBytes(checkValue(cipherOf(algorithm, key), WIRE_CHECK_VALUE_BYTES), wanted))
      fault ??= 'checkValue'
    else if (rulesOf(algorithm).isWeak(key)) fault ??= 'weakKey'
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

/** Builds the key block, for a host. Throws RangeError where a key's size, or the master cipher, is not the kind's. */
export function sealWorkingKeys(kind: WorkingKeyKind, keys: WorkingKeys, master: BlockCipher): Uint8Array {
  const block = new Uint8Array(keyBlockBytes(kind))
  const { algorithm, parts } = layouts[kind]
  checkMaster(kind, master)
  let at = 0
  for (const [name, bytes] of parts) {
    const key = keys[name]
    const fits = key?.length === bytes || (name === 'mak' && algorithm === 'TDES' && key?.length === 8)
    if (key === undefined || !fits) throw new RangeError(`key block ${kind}: ${name} wants ${bytes} bytes`)
    block.set(encryptEcb(master, key), at)
    block.set(checkValue(cipherOf(algorithm, key), WIRE_CHECK_VALUE_BYTES), at + bytes)
    at += bytes + WIRE_CHECK_VALUE_BYTES
  }
  if (!kindHasTrackKey(kind) && keys.tdk) throw new RangeError(`key block ${kind}: has no place for a TDK`)
  return block
}

/** Without the zeros that stand beside a single DES MAK. A few hosts send sixteen bytes, with no zero half. */
function cryptogram(name: Name, field: Uint8Array): Uint8Array {
  const right = field.subarray(8)
  return name === 'mak' && right.every((byte) => byte === 0) ? field.subarray(0, 8) : field
}

function checkMaster(kind: WorkingKeyKind, master: BlockCipher): void {
  const wanted = layouts[kind].algorithm === 'SM4' ? 16 : 8
  if (master.blockBytes !== wanted)
    throw new RangeError(`key block ${kind}: wants a master of ${wanted}-byte blocks`)
}
