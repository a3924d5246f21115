import type { RandomBytes } from '../host-keys.ts'
import { unwrapKey, wrapKey } from '../key-block/key-block.ts'
import { softKbpk } from '../key-block/protection-key.ts'
import { MASTER_KEY_BYTES, type MasterKey } from '../store/slot-report.ts'
import { wipe } from '../wipe.ts'
import { algorithmLetters } from './message.ts'

export { masterCheckValue, normalMasterKey } from '../store/key-rules.ts'

/**
 * A master key as a key block for one session: version D under the 32 bytes that only its two ends know, usage K0, only
 * to decrypt, not to be exported. The caller wipes its key. Throws RangeError where the key or the random source is none.
 */
export function wrapMaster(exportKey: Uint8Array, key: MasterKey, random: RandomBytes): string {
  const kbpk = softKbpk('AES', exportKey)
  try {
    const algorithm = algorithmLetters[key.algorithm]
    return wrapKey(kbpk, { ...header, algorithm, keyVersion: key.keyVersion }, key.bytes, random)
  } finally {
    kbpk.wipe()
  }
}

/** The master key of such a block; undefined for every fault of it, and for a block that is for anything else. */
export function openMaster(exportKey: Uint8Array, block: string): MasterKey | undefined {
  const kbpk = softKbpk('AES', exportKey)
  const opened = unwrapKey(kbpk, block)
  kbpk.wipe()
  if (opened.kind === 'refused') return undefined
  const { usage, mode, exportability, version, keyVersion, algorithm: letter } = opened.header
  const algorithm = (['TDES', 'SM4'] as const).find((name) => algorithmLetters[name] === letter)
  const fits =
    version === header.version &&
    usage === header.usage &&
    mode === header.mode &&
    exportability === header.exportability &&
    !keyVersion.startsWith('c') && // a component is no key
    opened.key.length === MASTER_KEY_BYTES
  if (fits && algorithm !== undefined) return { algorithm, bytes: opened.key, keyVersion }
  wipe(opened.key)
  return undefined
}

const header = {
  version: 'D',
  usage: 'K0', // key encryption
  mode: 'D', // decrypt only
  exportability: 'N',
  context: '0',
  optional: [],
} as const
