import { WireError } from '../../host-link/wire/message.ts'
import { CHECK_VALUE_BYTES, checkValue, WIRE_CHECK_VALUE_BYTES } from '../check-value.ts'
import { isWeakDesKey, withOddParity } from '../des-key.ts'
import { equalBytes } from '../equal-bytes.ts'
import { type MacAlgorithm, macKeyFits, macOf } from '../mac.ts'
import { clearPinBlock, isPin, isPinBlockPan, type PinBlockPan } from '../pin-block.ts'
import { tdes } from '../tdes.ts'
import { encryptTrack, isTrack } from '../track.ts'
import { wipe } from '../wipe.ts'
import { type BlockFault, openWorkingKeys, type WorkingKeyKind, type WorkingKeys } from '../working-keys.ts'
import { isSlotNumber, type KeyAlgorithm, type KeySlot, type KeyUsage, keyAlgorithm } from './key-slot.ts'
import { readMasters, type StoredMaster, writeMasters } from './stored-master.ts'

/** Bytes that one MAC may cover. */
export const MAC_DATA_BYTES_MAX = 4096

/** `slot`: no such number. `usage`: that slot's key is not for this. `empty`: no key there. */
type SlotFault = 'slot' | 'usage' | 'empty'
/** `algorithm`: not with a key of this size. `data`: too long, or a CBC-MAC of one block (see `mac`). */
type MacFault = SlotFault | 'algorithm' | 'data'
type Refused<Why extends string> = { readonly kind: 'refused'; readonly why: Why }

export type LoadMasterResult =
  | { readonly kind: 'ok' }
  | Refused<'slot' | 'usage' | 'length' | 'checkValue' | 'weakKey' | 'duplicateKey'>
export type LoadWorkingKeysResult =
  | { readonly kind: 'ok'; readonly version: number }
  | Refused<SlotFault | BlockFault>
export type MacResult =
  | { readonly kind: 'ok'; readonly mac: Uint8Array; readonly version: number }
  | Refused<MacFault>
/** `version` tells which keys the MAC belongs to. `mac`: it is wrong. */
export type VerifyMacResult = { readonly kind: 'ok'; readonly version: number } | Refused<MacFault | 'mac'>
/** `algorithm` goes to field 53.2: `6` for TDES, `0` for DES. */
export type PinBlockResult =
  | { readonly kind: 'ok'; readonly block: Uint8Array; readonly algorithm: KeyAlgorithm }
  | Refused<SlotFault | 'pin' | 'pan'>
export type TrackResult = { readonly kind: 'ok'; readonly track: string } | Refused<SlotFault | 'track'>
/** `version` counts loads of working keys under that number; 0 before the first. */
export type CheckValueResult =
  | {
      readonly kind: 'ok'
      readonly checkValue: Uint8Array
      readonly algorithm: KeyAlgorithm
      readonly version: number
    }
  | Refused<'slot' | 'empty'>
export type RestoreResult = { readonly kind: 'ok'; readonly store: KeyStore } | { readonly kind: 'damaged' }

/**
 * 密钥库 key store: slots bound to one usage, which work for the caller and never give out a key, a PIN, or more of
 * a check value than three bytes. Buffers with secrets that are handed in (`key`, `digits`) are overwritten in
 * every case. The one exception is `serialize`, for the secure element's own storage.
 *
 * What it cannot do: UnionPay wraps working keys in bare ECB, so whoever can change a sign-on reply can swap two
 * whole keys with their check values; and X9.9 and CBC-MAC, by their nature, let a caller who may choose messages
 * of several lengths compute with the MAK as a cipher. A slot still does only what its usage says.
 */
export class KeyStore {
  readonly #masters = new Map<number, StoredMaster>()

  /**
   * Puts a TMK 主密钥 of 16 bytes into a slot, and erases what hung on that slot. `kcv` is its check value of 3 or
   * 4 bytes. A key that the store holds anywhere, compared without parity, is refused.
   */
  loadMaster(slot: KeySlot, key: Uint8Array, kcv: Uint8Array): LoadMasterResult {
    const normal = withOddParity(key)
    wipe(key)
    const why = this.#masterFault(slot, normal, kcv)
    if (why !== undefined) {
      wipe(normal)
      return { kind: 'refused', why }
    }
    this.#wipeMaster(slot.number)
    this.#masters.set(slot.number, { number: slot.number, key: normal, working: undefined })
    return { kind: 'ok' }
  }

  /**
   * 签到 sign-on: replaces all working keys under a TMK by those of a key block, or, where anything is wrong with
   * any of them, none. A kind without TDK leaves no TDK. The block that is loaded already changes nothing.
   */
  loadWorkingKeys(slot: KeySlot, kind: WorkingKeyKind, block: Uint8Array): LoadWorkingKeysResult {
    const found = this.#find(slot, 'TMK')
    if (found.kind === 'refused') return found
    const opened = openWorkingKeys(kind, block, tdes(found.master.key))
    if (opened.kind === 'refused') return opened

    const { keys } = opened
    const { master } = found
    const old = master.working
    if (old !== undefined && sameKeys(old.keys, keys)) {
      wipe(keys.pik, keys.mak, keys.tdk)
      return { kind: 'ok', version: old.version }
    }
    if (this.#holdsElsewhere(slot.number, keys)) {
      wipe(keys.pik, keys.mak, keys.tdk)
      return { kind: 'refused', why: 'duplicateKey' }
    }
    const version = (old?.version ?? 0) + 1
    const previousMak = old && !equalBytes(old.keys.mak, keys.mak) ? old.keys.mak.slice() : undefined
    wipe(old?.keys.pik, old?.keys.mak, old?.keys.tdk, old?.previousMak)
    this.#masters.set(slot.number, { ...master, working: { version, keys, previousMak } })
    return { kind: 'ok', version }
  }

  /**
   * Field 64, 8 bytes, over at most 4096. With `x9.9` and `cbc-mac` a message of one block is refused: its MAC is
   * the block's bare encryption, for zeros the whole check value.
   */
  mac(slot: KeySlot, algorithm: MacAlgorithm, bytes: Uint8Array): MacResult {
    const found = this.#find(slot, 'MAK')
    if (found.kind === 'refused') return found
    const why = macFault(algorithm, found.key, bytes)
    if (why !== undefined) return { kind: 'refused', why }
    return { kind: 'ok', mac: macOf(algorithm, found.key, bytes), version: found.version }
  }

  /**
   * Rule P13: takes a MAC under the current MAK, and under the previous one until the first under the current. That
   * first one drops the previous key; save the store then, though nothing is lost when it is not.
   */
  verifyMac(slot: KeySlot, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): VerifyMacResult {
    const made = this.mac(slot, algorithm, bytes)
    if (made.kind === 'refused') return made
    const master = this.#masters.get(slot.number)
    const working = master?.working
    if (master === undefined || working === undefined) throw new Error('a MAC came from no key')
    const previous = working.previousMak
    if (equalBytes(made.mac, mac)) {
      if (previous !== undefined) {
        wipe(previous)
        this.#masters.set(slot.number, { ...master, working: { ...working, previousMak: undefined } })
      }
      return { kind: 'ok', version: made.version }
    }
    if (previous !== undefined && macFault(algorithm, previous, bytes) === undefined) {
      if (equalBytes(macOf(algorithm, previous, bytes), mac)) return { kind: 'ok', version: made.version - 1 }
    }
    return { kind: 'refused', why: 'mac' }
  }

  /** Field 52: encrypts a PIN of 4 to 12 digit values, bound to a PAN of 13 digits or more unless `noPan`. */
  pinBlock(slot: KeySlot, digits: Uint8Array, pan: PinBlockPan): PinBlockResult {
    const found = this.#find(slot, 'PIK')
    const why = !isPin(digits) ? 'pin' : !isPinBlockPan(pan) ? 'pan' : undefined
    if (found.kind === 'refused' || why !== undefined) {
      wipe(digits)
      return found.kind === 'refused' ? found : { kind: 'refused', why: why ?? 'pin' }
    }
    const clear = clearPinBlock(digits, pan)
    const block = tdes(found.key).encrypt(clear)
    wipe(digits, clear)
    return { kind: 'ok', block, algorithm: keyAlgorithm(found.key) }
  }

  /** Fields 35 and 36 with field 53.3 = 1: same length, see `track.ts`. */
  encryptTrack(slot: KeySlot, track: string): TrackResult {
    const found = this.#find(slot, 'TDK')
    if (found.kind === 'refused') return found
    if (!isTrack(track)) return { kind: 'refused', why: 'track' }
    return { kind: 'ok', track: encryptTrack(tdes(found.key), track) }
  }

  /** Three bytes, for any usage. */
  checkValue(slot: KeySlot): CheckValueResult {
    if (!isSlotNumber(slot.number)) return { kind: 'refused', why: 'slot' }
    const master = this.#masters.get(slot.number)
    const key = master && keyOf(master, slot.usage)
    if (key === undefined) return { kind: 'refused', why: 'empty' }
    return {
      kind: 'ok',
      checkValue: checkValue(tdes(key), CHECK_VALUE_BYTES),
      algorithm: keyAlgorithm(key),
      version: master?.working?.version ?? 0,
    }
  }

  /** Overwrites and forgets every key. */
  erase(): void {
    for (const number of [...this.#masters.keys()]) this.#wipeMaster(number)
  }

  /**
   * All keys, in clear, as one record (`stored-master.ts`). For the secure element's own storage and nothing else:
   * it stands for memory that a real one erases when it is opened. Write it whole or not at all; wipe it after.
   */
  serialize(): Uint8Array {
    return writeMasters([...this.#masters.values()].sort((a, b) => a.number - b.number))
  }

  /** A store from a record. Any damage gives no store: never some keys, never changed ones. */
  static restore(record: Uint8Array): RestoreResult {
    try {
      const store = new KeyStore()
      for (const master of readMasters(record)) store.#masters.set(master.number, master)
      return { kind: 'ok', store }
    } catch (error) {
      if (error instanceof WireError) return { kind: 'damaged' }
      throw error
    }
  }

  #masterFault(slot: KeySlot, key: Uint8Array, kcv: Uint8Array) {
    if (!isSlotNumber(slot.number)) return 'slot'
    if (slot.usage !== 'TMK') return 'usage'
    if (key.length !== 16) return 'length'
    const value = checkValue(tdes(key), WIRE_CHECK_VALUE_BYTES)
    const wanted = kcv.length === CHECK_VALUE_BYTES ? value.slice(0, CHECK_VALUE_BYTES) : value
    if (!equalBytes(wanted, kcv)) return 'checkValue'
    if (isWeakDesKey(key)) return 'weakKey'
    const held = [...this.#masters.values()].flatMap(keysOf)
    return held.some((other) => equalBytes(other, key)) ? 'duplicateKey' : undefined
  }

  /** A key may stay in its own slot, but not appear in a second one, nor come back as last time's MAK. */
  #holdsElsewhere(number: number, keys: WorkingKeys): boolean {
    const usages = ['PIK', 'MAK', 'TDK'] as const
    const fresh: { readonly [U in KeyUsage]?: Uint8Array | undefined } = {
      PIK: keys.pik,
      MAK: keys.mak,
      TDK: keys.tdk,
    }
    return usages.some((usage) => {
      const key = fresh[usage]
      if (key === undefined) return false
      return [...this.#masters.values()].some((master) => {
        const own = master.number === number ? keyOf(master, usage) : undefined
        return keysOf(master).some((other) => other !== own && equalBytes(other, key))
      })
    })
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
    if (!isSlotNumber(slot.number)) return { kind: 'refused', why: 'slot' }
    if (slot.usage !== usage) return { kind: 'refused', why: 'usage' }
    const master = this.#masters.get(slot.number)
    const key = master && keyOf(master, usage)
    if (master === undefined || key === undefined) return { kind: 'refused', why: 'empty' }
    return { kind: 'found', master, key, version: master.working?.version ?? 0 }
  }

  #wipeMaster(number: number): void {
    const master = this.#masters.get(number)
    if (master !== undefined) wipe(...keysOf(master))
    this.#masters.delete(number)
  }
}

function keyOf(master: StoredMaster, usage: KeyUsage): Uint8Array | undefined {
  const keys = master.working?.keys
  return { TMK: master.key, PIK: keys?.pik, MAK: keys?.mak, TDK: keys?.tdk }[usage]
}

function keysOf({ key, working }: StoredMaster): readonly Uint8Array[] {
  const all = [key, working?.keys.pik, working?.keys.mak, working?.keys.tdk, working?.previousMak]
  return all.filter((each) => each !== undefined)
}

function sameKeys(a: WorkingKeys, b: WorkingKeys): boolean {
  const none = new Uint8Array(0)
  return equalBytes(a.pik, b.pik) && equalBytes(a.mak, b.mak) && equalBytes(a.tdk ?? none, b.tdk ?? none)
}

function macFault(
  algorithm: MacAlgorithm,
  key: Uint8Array,
  bytes: Uint8Array,
): 'algorithm' | 'data' | undefined {
  if (!macKeyFits(algorithm, key.length)) return 'algorithm'
  const bare = algorithm === 'x9.9' || algorithm === 'cbc-mac'
  return bytes.length > MAC_DATA_BYTES_MAX || (bare && bytes.length <= 8) ? 'data' : undefined
}
