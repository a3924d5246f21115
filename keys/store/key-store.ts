import { WireError } from '../../host-link/wire/message.ts'
import { CHECK_VALUE_BYTES, checkValue, WIRE_CHECK_VALUE_BYTES } from '../check-value.ts'
import { cipherOf } from '../cipher.ts'
import { equalBytes } from '../equal-bytes.ts'
import { keyProof } from '../load/proof.ts'
import { type MacAlgorithm, macKeyFits, macOf } from '../mac.ts'
import { isPin, isPinBlockPan, type PinBlockPan } from '../pin-block.ts'
import { encryptTrack, isTrack, isZeroTrack } from '../track.ts'
import { wipe } from '../wipe.ts'
import type { WorkingKeyKind } from '../working-keys.ts'
import { HeldSlots, keyOf } from './held-slots.ts'
import { rulesOf, shownCheckValueOf } from './key-rules.ts'
import { isSlotNumber, type KeySlot, type KeyUsage, keyAlgorithm } from './key-slot.ts'
import { type LoadProof, loadWorkingKeys } from './load-working-keys.ts'
import { MAC_DATA_BYTES_MAX } from './mac-limit.ts'
import { reportOf, stagesOf } from './report.ts'
import type {
  CheckValueResult,
  CommitResult,
  LoadMasterResult,
  LoadWorkingKeysResult,
  MacFault,
  MacResult,
  PinBlockResult,
  ProveResult,
  Refused,
  SlotFault,
  StageResult,
  TrackResult,
  VerifyMacResult,
} from './results.ts'
import {
  MASTER_KEY_BYTES,
  type MasterAlgorithm,
  type MasterKey,
  type SlotReport,
  type Stage,
  type StagedIn,
  TRANSACTION_BYTES,
} from './slot-report.ts'
import { readSlots, type StoredMak, type StoredMaster, writeSlots } from './stored-master.ts'

export { MAC_DATA_BYTES_MAX } from './mac-limit.ts'
export type RestoreResult = { readonly kind: 'ok'; readonly store: KeyStore } | { readonly kind: 'damaged' }

/**
 * 密钥库 key store: slots bound to one usage and one algorithm, which work for the caller and never give out a key, a
 * PIN, or more of a check value than three bytes. Buffers with secrets that are handed in (`key`, `digits`) are
 * overwritten in every case. The one exception is `serialize`, for the secure element's own storage.
 *
 * What it cannot do: UnionPay wraps working keys in bare ECB, so whoever can change a sign-on reply without a proof can
 * swap two whole keys with their check values; and X9.9 and CBC-MAC, by their nature, let a caller who may choose
 * messages of several lengths compute with the MAK as a cipher. A slot still does only what its usage says.
 */
export class KeyStore {
  readonly #slots = new HeldSlots()
  #tampered = false

  /** Whether `tamper` was called and no key was injected since: every call for a key in force is refused. */
  get tampered(): boolean {
    return this.#tampered
  }

  /**
   * Puts a TMK 主密钥 of 16 bytes in clear into a slot, and erases what hung on that slot. `kcv` is its check value of 3
   * or 4 bytes. A key that the store holds anywhere, compared without parity, or held there before, is refused.
   */
  loadMaster(
    slot: KeySlot,
    key: Uint8Array,
    kcv: Uint8Array,
    algorithm: MasterAlgorithm = 'TDES',
  ): LoadMasterResult {
    const bytes = rulesOf(algorithm).normal(key)
    wipe(key)
    const why = this.#masterFault(slot, algorithm, bytes, kcv)
    if (why !== undefined) {
      wipe(bytes)
      return { kind: 'refused', why }
    }
    this.#slots.enforce(slot.number, { algorithm, bytes, keyVersion: '00', transaction: undefined })
    return { kind: 'ok' }
  }

  /**
   * Puts a new TMK beside the one in a slot, instead of one that was staged there before. It is good for nothing but
   * `proveStaged` and `commitStaged` or, after a remote loading, the first sign-on made under it. After `tamper` only an
   * injection may do so. Throws RangeError for a transaction that is not 8 bytes or a key version that is not two.
   */
  stageMaster(slot: KeySlot, key: MasterKey, stage: Stage): StageResult {
    const { algorithm, keyVersion } = key
    const { remote } = stage
    const bytes = rulesOf(algorithm).normal(key.bytes)
    wipe(key.bytes)
    const transaction = stage.transaction.slice()
    const formed = transaction.length === TRANSACTION_BYTES && /^[ -~]{2}$/.test(keyVersion)
    const why = formed ? this.#stageFault(slot, algorithm, bytes, stage) : undefined
    if (!formed || why !== undefined) {
      wipe(bytes)
      if (why !== undefined) return { kind: 'refused', why }
      throw new RangeError('staged key: wants a transaction of 8 bytes and a version of 2 characters')
    }
    this.#slots.stage(slot.number, { algorithm, bytes, keyVersion, transaction, remote })
    return { kind: 'ok' }
  }

  /** Proof of possession of the staged key over `bytes`, 16 bytes: see `keyProof`. */
  proveStaged(transaction: Uint8Array, bytes: Uint8Array): ProveResult {
    const staged = this.#slots.stagedBy(transaction)?.staged
    if (staged === undefined) return { kind: 'refused', why: 'unknown' }
    return { kind: 'ok', mac: keyProof(staged.bytes, transaction, bytes) }
  }

  /**
   * Puts a staged key in force: the old key and all under it are overwritten. Once more for a transaction that is in
   * force already changes nothing: the answer to the first may have been lost.
   */
  commitStaged(transaction: Uint8Array): CommitResult {
    const slot = this.#slots.stagedBy(transaction)
    if (slot?.staged === undefined) {
      const before = this.#slots.broughtBy(transaction)
      return before ? { kind: 'ok', slot: before.number } : { kind: 'refused', why: 'unknown' }
    }
    const { remote: _, ...key } = slot.staged
    this.#slots.enforce(slot.number, key)
    this.#tampered = false
    return { kind: 'ok', slot: slot.number }
  }

  /** What each used slot holds, by rising number. */
  slots(): readonly SlotReport[] {
    return this.#slots.all().flatMap(reportOf)
  }

  /** Which loadings have a key staged: one may go on only in the way in which it began, remote or not. */
  stages(): readonly StagedIn[] {
    return this.#slots.all().flatMap(stagesOf)
  }

  /**
   * 签到 sign-on: replaces all working keys under a TMK by those of a key block, or, where anything is wrong with
   * any of them, none. A kind without TDK leaves no TDK. The block that is loaded already changes nothing; one of the
   * last 32 that is not is `replayed` (K05). With a `proof` the new MAK must make that MAC over the answer, and is for
   * that algorithm alone from then on.
   */
  loadWorkingKeys(
    slot: KeySlot,
    kind: WorkingKeyKind,
    block: Uint8Array,
    proof?: LoadProof,
  ): LoadWorkingKeysResult {
    const why = this.#slotFault(slot, 'TMK')
    if (why !== undefined) return { kind: 'refused', why }
    const held = this.#slots.at(slot.number)
    if (held.master === undefined && !held.staged?.remote) return { kind: 'refused', why: 'empty' }
    return loadWorkingKeys(this.#slots, held, kind, block, proof)
  }

  /**
   * Field 64, 8 bytes, over at most 4096. With `x9.9`, `x9.19` and `cbc-mac` a message of one block is refused: its MAC
   * is the block's bare encryption, for zeros the whole check value.
   */
  mac(slot: KeySlot, algorithm: MacAlgorithm, bytes: Uint8Array): MacResult {
    const found = this.#find(slot, 'MAK')
    if (found.kind === 'refused') return found
    const { key, master, version } = found
    const why = macFault(algorithm, { key, for: master.working?.makFor }, master.algorithm, bytes)
    if (why !== undefined) return { kind: 'refused', why }
    return { kind: 'ok', mac: macOf(algorithm, key, bytes, master.algorithm), version }
  }

  /**
   * Rule P13: takes a MAC under the current MAK, and under the previous one until the first under the current. That
   * first one drops the previous key; save the store then, though nothing is lost when it is not.
   */
  verifyMac(slot: KeySlot, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): VerifyMacResult {
    const made = this.mac(slot, algorithm, bytes)
    const held = this.#slots.at(slot.number)
    const { master } = held
    const previous = master?.working?.previousMak
    if (made.kind === 'ok' && master?.working !== undefined && equalBytes(made.mac, mac)) {
      if (previous !== undefined) {
        wipe(previous.key)
        const working = { ...master.working, previousMak: undefined }
        this.#slots.set({ ...held, master: { ...master, working } })
      }
      return { kind: 'ok', version: made.version }
    }
    // The previous MAK may be for another algorithm than the current.
    if (made.kind === 'refused' && made.why !== 'algorithm') return made
    if (previous !== undefined && master?.working !== undefined) {
      const fits = macFault(algorithm, previous, master.algorithm, bytes) === undefined
      if (fits && equalBytes(macOf(algorithm, previous.key, bytes, master.algorithm), mac))
        return { kind: 'ok', version: master.working.version - 1 }
    }
    return made.kind === 'refused' ? made : { kind: 'refused', why: 'mac' }
  }

  /** Field 52: encrypts a PIN of 4 to 12 digit values, bound to a PAN of 13 digits or more unless `noPan`. */
  pinBlock(slot: KeySlot, digits: Uint8Array, pan: PinBlockPan): PinBlockResult {
    const found = this.#find(slot, 'PIK')
    const why = !isPin(digits) ? 'pin' : !isPinBlockPan(pan) ? 'pan' : undefined
    if (found.kind === 'refused' || why !== undefined) {
      wipe(digits)
      return found.kind === 'refused' ? found : { kind: 'refused', why: why ?? 'pin' }
    }
    const { algorithm } = found.master
    const clear = rulesOf(algorithm).clearPin(digits, pan)
    const block = cipherOf(algorithm, found.key).encrypt(clear)
    wipe(digits, clear)
    return { kind: 'ok', block, algorithm: keyAlgorithm(algorithm, found.key) }
  }

  /** Fields 35 and 36 with field 53.3 = 1: same length, see `track.ts`. */
  encryptTrack(slot: KeySlot, track: string): TrackResult {
    const found = this.#find(slot, 'TDK')
    if (found.kind === 'refused') return found
    const cipher = cipherOf(found.master.algorithm, found.key)
    if (!isTrack(track, cipher.blockBytes)) return { kind: 'refused', why: 'track' }
    if (isZeroTrack(track, cipher.blockBytes)) return { kind: 'refused', why: 'zeros' }
    return { kind: 'ok', track: encryptTrack(cipher, track) }
  }

  /** Three bytes, for any usage: `shownCheckValueOf` says of what. */
  checkValue(slot: KeySlot): CheckValueResult {
    if (!isSlotNumber(slot.number)) return { kind: 'refused', why: 'slot' }
    if (this.#tampered) return { kind: 'refused', why: 'tampered' }
    const held = this.#slots.at(slot.number)
    const key = keyOf(held, slot.usage)
    if (held.master === undefined || key === undefined) return { kind: 'refused', why: 'empty' }
    return {
      kind: 'ok',
      checkValue: shownCheckValueOf(slot.usage, held.master.algorithm, key),
      algorithm: keyAlgorithm(held.master.algorithm, key),
      version: held.master.working?.version ?? 0,
    }
  }

  /** Overwrites and forgets every key. */
  erase(): void {
    this.#slots.wipe()
    this.#tampered = false
  }

  /** The case was opened: as `erase`, and every later call says `tampered` until an injected key is committed. */
  tamper(): void {
    this.#slots.wipe()
    this.#tampered = true
  }

  /**
   * All keys, in clear, as one record (`stored-master.ts`). For the secure element's own storage and nothing else:
   * it stands for memory that a real one erases when it is opened. Write it whole or not at all; wipe it after.
   */
  serialize(): Uint8Array {
    return writeSlots({ tampered: this.#tampered, slots: this.#slots.all() })
  }

  /** A store from a record of this layout or the one before. Any damage gives no store: never some keys, never changed ones. */
  static restore(record: Uint8Array): RestoreResult {
    try {
      const { tampered, slots } = readSlots(record)
      const store = new KeyStore()
      store.#tampered = tampered
      for (const slot of slots) store.#slots.set(slot)
      return { kind: 'ok', store }
    } catch (error) {
      if (error instanceof WireError) return { kind: 'damaged' }
      throw error
    }
  }

  #masterFault(slot: KeySlot, algorithm: MasterAlgorithm, key: Uint8Array, kcv: Uint8Array) {
    if (!isSlotNumber(slot.number)) return 'slot'
    if (slot.usage !== 'TMK') return 'usage'
    if (this.#tampered) return 'tampered'
    if (key.length !== MASTER_KEY_BYTES) return 'length'
    const value = checkValue(cipherOf(algorithm, key), WIRE_CHECK_VALUE_BYTES)
    const wanted = kcv.length === CHECK_VALUE_BYTES ? value.slice(0, CHECK_VALUE_BYTES) : value
    if (!equalBytes(wanted, kcv)) return 'checkValue'
    if (rulesOf(algorithm).isWeak(key)) return 'weakKey'
    return this.#slots.knows(key, undefined) ? 'duplicateKey' : undefined
  }

  #stageFault(slot: KeySlot, algorithm: MasterAlgorithm, key: Uint8Array, stage: Stage) {
    if (!isSlotNumber(slot.number)) return 'slot'
    if (slot.usage !== 'TMK') return 'usage'
    if (this.#tampered && stage.remote) return 'tampered'
    if (key.length !== MASTER_KEY_BYTES) return 'length'
    if (rulesOf(algorithm).isWeak(key)) return 'weakKey'
    const { staged } = this.#slots.at(slot.number)
    if (this.#slots.knows(key, staged?.bytes)) return 'duplicateKey'
    const other = this.#slots.stagedBy(stage.transaction)
    const used = (other && other.number !== slot.number) || this.#slots.broughtBy(stage.transaction)
    return used ? 'transaction' : undefined
  }

  #slotFault(slot: KeySlot, usage: KeyUsage): 'slot' | 'usage' | 'tampered' | undefined {
    if (!isSlotNumber(slot.number)) return 'slot'
    if (slot.usage !== usage) return 'usage'
    return this.#tampered ? 'tampered' : undefined
  }

  #find(
    slot: KeySlot,
    usage: KeyUsage,
  ):
    | {
        readonly kind: 'found'
        readonly master: StoredMaster
        readonly key: Uint8Array
        readonly version: number
      }
    | Refused<SlotFault> {
    const why = this.#slotFault(slot, usage)
    if (why !== undefined) return { kind: 'refused', why }
    const held = this.#slots.at(slot.number)
    const key = keyOf(held, usage)
    if (held.master === undefined || key === undefined) return { kind: 'refused', why: 'empty' }
    return { kind: 'found', master: held.master, key, version: held.master.working?.version ?? 0 }
  }
}

function macFault(
  algorithm: MacAlgorithm,
  mak: StoredMak,
  cipher: MasterAlgorithm,
  bytes: Uint8Array,
): Extract<MacFault, 'algorithm' | 'data'> | undefined {
  if (mak.for !== undefined && mak.for !== algorithm) return 'algorithm'
  if (!macKeyFits(algorithm, mak.key.length, cipher)) return 'algorithm'
  const bare = algorithm === 'x9.9' || algorithm === 'x9.19' || algorithm === 'cbc-mac'
  const block = cipher === 'SM4' ? 16 : 8
  return bytes.length > MAC_DATA_BYTES_MAX || (bare && bytes.length <= block) ? 'data' : undefined
}
