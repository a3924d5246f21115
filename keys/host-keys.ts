import { WireError } from '../host-link/wire/message.ts'
import { isWeakDesKey, withOddParity } from './des-key.ts'
import { equalBytes } from './equal-bytes.ts'
import { type MacAlgorithm, macKeyFits, macOf } from './mac.ts'
import { decodePinBlock, isPinBlockPan, type PinBlockPan } from './pin-block.ts'
import { RecordReader, RecordWriter } from './store/record.ts'
import { tdes } from './tdes.ts'
import { decryptTrack, isEncryptedTrack, isTrack } from './track.ts'
import { wipe } from './wipe.ts'
import { openWorkingKeys, sealWorkingKeys, type WorkingKeyKind, type WorkingKeys } from './working-keys.ts'

/** Gives so many fresh random bytes. */
export type RandomBytes = (bytes: number) => Uint8Array

type Refused<Why extends string> = { readonly kind: 'refused'; readonly why: Why }
export type HostKeysResult = { readonly kind: 'ok'; readonly keys: HostKeys } | Refused<'length' | 'weakKey'>
export type RestoreHostKeysResult =
  | { readonly kind: 'ok'; readonly keys: HostKeys }
  | { readonly kind: 'damaged' }
/** `random`: the source gave too few bytes, a weak key, or a key that is in use. */
export type RenewResult =
  | { readonly kind: 'ok'; readonly block: Uint8Array; readonly version: number }
  | Refused<'random'>
/** `version`: no keys of that version are held. `algorithm`: not with a MAK of this size. */
export type HostMacResult =
  | { readonly kind: 'ok'; readonly mac: Uint8Array }
  | Refused<'version' | 'algorithm'>
export type HostVerifyMacResult = { readonly kind: 'ok'; readonly version: number } | Refused<'empty' | 'mac'>
/** `malformed` covers every fault of block and PAN. `noKey`: no keys of that version are held. */
export type HostSealPinResult =
  | { readonly kind: 'ok'; readonly sealed: Uint8Array }
  | Refused<'malformed' | 'noKey'>
export type HostTrackResult =
  | { readonly kind: 'ok'; readonly track: string }
  | Refused<'version' | 'empty' | 'track'>

interface Generation {
  readonly version: number
  readonly keys: WorkingKeys
}

const MAGIC = 'SKH1' // the last character is the version of this layout
const VERSION_MAX = 0xffff_ffff

/**
 * A host's keys for one terminal: its TMK 主密钥 and the working keys made under it, current and previous (rule
 * P13). An answer is made under the version that its request was verified with. Keys and PINs do not come out.
 *
 * The previous keys are the last that the terminal has shown it holds: where a sign-on answer is lost and the
 * terminal asks again, the keys of the lost answer are dropped and not those that the terminal still uses.
 */
export class HostKeys {
  readonly #master: Uint8Array
  #current: Generation | undefined
  /** A message came under the current keys. */
  #confirmed = false
  #previous: Generation | undefined

  private constructor(master: Uint8Array) {
    this.#master = master
  }

  /** From a TMK of 16 bytes, which is overwritten. */
  static create(tmk: Uint8Array): HostKeysResult {
    const master = withOddParity(tmk)
    wipe(tmk)
    const why = master.length !== 16 ? 'length' : isWeakDesKey(master) ? 'weakKey' : undefined
    if (why === undefined) return { kind: 'ok', keys: new HostKeys(master) }
    wipe(master)
    return { kind: 'refused', why }
  }

  /** Version of the current working keys, which counts renewals; 0 before the first. */
  get version(): number {
    return this.#current?.version ?? 0
  }

  /**
   * 签到 sign-on: makes fresh working keys and their key block for field 62. Store these keys durably before the
   * block is sent. A refusal changes nothing. The MAK is single DES unless `makBytes` is 16, which the algorithms
   * other than `cup-ecb` and `x9.9` need. Throws RangeError for 16 in kind 001, which has no room for it.
   */
  renew(kind: WorkingKeyKind, random: RandomBytes, makBytes: 8 | 16 = 8): RenewResult {
    if (kind === '001' && makBytes === 16) throw new RangeError('key block 001: mak wants 8 bytes')
    const size = kind === '001' ? 8 : 16
    const fresh = (bytes: number) => withOddParity(random(bytes))
    const keys: WorkingKeys = {
      pik: fresh(size),
      mak: fresh(makBytes),
      tdk: kind === '004' ? fresh(16) : undefined,
    }
    const whole = keys.pik.length === size && keys.mak.length === makBytes && (keys.tdk?.length ?? 16) === 16
    const block = whole ? this.#sealed(kind, keys) : undefined
    if (block === undefined || this.version === VERSION_MAX) {
      wipe(keys.pik, keys.mak, keys.tdk)
      return { kind: 'refused', why: 'random' }
    }
    if (this.#confirmed) this.#keepAsPrevious(this.#current)
    else wipeGeneration(this.#current)
    this.#current = { version: this.version + 1, keys }
    this.#confirmed = false
    return { kind: 'ok', block, version: this.version }
  }

  /**
   * Whether `mac` is right under the current keys or, until a first message came under those, the previous; and
   * which. A first message under the current keys drops the previous: serialize then.
   */
  verifyMac(algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): HostVerifyMacResult {
    if (this.#current === undefined) return { kind: 'refused', why: 'empty' }
    if (matches(this.#current, algorithm, bytes, mac)) {
      this.#confirmed = true
      this.#keepAsPrevious(undefined)
      return { kind: 'ok', version: this.version }
    }
    if (this.#previous !== undefined && matches(this.#previous, algorithm, bytes, mac)) {
      return { kind: 'ok', version: this.#previous.version }
    }
    return { kind: 'refused', why: 'mac' }
  }

  /** Length of the MAK of `version`: 8 bytes for the algorithms of a single-DES key, else 16. */
  makBytes(version: number): number | undefined {
    return this.#keys(version)?.mak.length
  }

  /** Field 64 of an answer: 8 bytes. */
  mac(version: number, algorithm: MacAlgorithm, bytes: Uint8Array): HostMacResult {
    const mak = this.#keys(version)?.mak
    if (mak === undefined) return { kind: 'refused', why: 'version' }
    if (!macKeyFits(algorithm, mak.length)) return { kind: 'refused', why: 'algorithm' }
    return { kind: 'ok', mac: macOf(algorithm, mak, bytes) }
  }

  /**
   * Compares the PIN in field 52 with the `digits` on file, in here. `malformed` covers every fault of the block and
   * the PAN: to tell them apart would help whoever guesses. Count tries whatever the answer is.
   */
  verifyPin(
    version: number,
    block: Uint8Array,
    pan: PinBlockPan,
    digits: Uint8Array,
  ): boolean | 'malformed' | 'noKey' {
    const pin = this.#pinIn(version, block, pan)
    if (pin.kind === 'refused') return pin.why
    const right = equalBytes(pin.digits, digits)
    wipe(pin.digits)
    return right
  }

  /**
   * 修改密码 PIN change: hands the digits of the new PIN in `block` to `seal`, in here, and wipes them. What comes out is
   * what `seal` made of them; it must keep no copy of the digits, and its result must not be the digits. A throw of
   * `seal` wipes them too.
   */
  sealPin(
    version: number,
    block: Uint8Array,
    pan: PinBlockPan,
    seal: (digits: Uint8Array) => Uint8Array,
  ): HostSealPinResult {
    const pin = this.#pinIn(version, block, pan)
    if (pin.kind === 'refused') return pin
    try {
      return { kind: 'ok', sealed: seal(pin.digits) }
    } finally {
      wipe(pin.digits)
    }
  }

  /** Fields 35 and 36 with field 53.3 = 1. `track`: what came, or what came out, is no track. */
  decryptTrack(version: number, track: string): HostTrackResult {
    const keys = this.#keys(version)
    if (keys === undefined) return { kind: 'refused', why: 'version' }
    if (keys.tdk === undefined) return { kind: 'refused', why: 'empty' }
    if (!isEncryptedTrack(track)) return { kind: 'refused', why: 'track' }
    const clear = decryptTrack(tdes(keys.tdk), track)
    return isTrack(clear) ? { kind: 'ok', track: clear } : { kind: 'refused', why: 'track' }
  }

  /**
   * All keys, in clear, as one record: TMK, confirmed (1 byte), then current and previous, each its version (4,
   * 0 = none) and PIK, MAK, TDK. For the host's own store, to be kept as that store keeps secrets.
   */
  serialize(): Uint8Array {
    const record = new RecordWriter(MAGIC)
    record.key(this.#master)
    record.number(this.#confirmed ? 1 : 0, 1)
    for (const generation of [this.#current, this.#previous]) {
      record.number(generation?.version ?? 0, 4)
      if (generation === undefined) continue
      record.key(generation.keys.pik)
      record.key(generation.keys.mak)
      record.key(generation.keys.tdk)
    }
    return record.end()
  }

  /** From a record. Any damage gives no keys. */
  static restore(bytes: Uint8Array): RestoreHostKeysResult {
    try {
      const record = new RecordReader(MAGIC, bytes)
      const master = record.key([16])
      if (master === undefined) throw record.fault('key missing')
      const confirmed = record.number(1)
      if (confirmed > 1) throw record.fault('neither confirmed nor not')
      const keys = new HostKeys(master)
      keys.#confirmed = confirmed === 1
      keys.#current = readGeneration(record)
      keys.#previous = readGeneration(record)
      record.end()
      return { kind: 'ok', keys }
    } catch (error) {
      if (error instanceof WireError) return { kind: 'damaged' }
      throw error
    }
  }

  #keys(version: number): WorkingKeys | undefined {
    return [this.#current, this.#previous].find((held) => held?.version === version)?.keys
  }

  /** The digits of a PIN block, to be wiped by the caller. */
  #pinIn(
    version: number,
    block: Uint8Array,
    pan: PinBlockPan,
  ): Refused<'malformed' | 'noKey'> | { readonly kind: 'pin'; readonly digits: Uint8Array } {
    const pik = this.#keys(version)?.pik
    if (pik === undefined) return { kind: 'refused', why: 'noKey' }
    if (block.length !== 8 || !isPinBlockPan(pan)) return { kind: 'refused', why: 'malformed' }
    const clear = tdes(pik).decrypt(block)
    const pin = decodePinBlock(clear, pan)
    wipe(clear)
    return pin.kind === 'malformed' ? { kind: 'refused', why: 'malformed' } : pin
  }

  #keepAsPrevious(generation: Generation | undefined): void {
    wipeGeneration(this.#previous)
    this.#previous = generation
  }

  /** The key block; nothing where the keys are not what a working random source gives. */
  #sealed(kind: WorkingKeyKind, keys: WorkingKeys): Uint8Array | undefined {
    const inUse = [this.#master, ...keysOf(this.#current), ...keysOf(this.#previous)]
    if (keysOf({ version: 0, keys }).some((key) => inUse.some((held) => equalBytes(held, key))))
      return undefined

    const master = tdes(this.#master)
    const block = sealWorkingKeys(kind, keys, master)
    const opened = openWorkingKeys(kind, block, master) // the terminal's own checks: weak, two alike
    if (opened.kind === 'refused') return undefined
    wipe(...keysOf({ version: 0, keys: opened.keys }))
    return block
  }
}

function matches({ keys }: Generation, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): boolean {
  return macKeyFits(algorithm, keys.mak.length) && equalBytes(macOf(algorithm, keys.mak, bytes), mac)
}

function keysOf(generation: Generation | undefined): readonly Uint8Array[] {
  const { pik, mak, tdk } = generation?.keys ?? {}
  return [pik, mak, tdk].filter((key) => key !== undefined)
}

function wipeGeneration(generation: Generation | undefined): void {
  wipe(...keysOf(generation))
}

function readGeneration(record: RecordReader): Generation | undefined {
  const version = record.number(4)
  if (version === 0) return undefined
  const pik = record.key([8, 16])
  const mak = record.key([8, 16])
  if (pik === undefined || mak === undefined) throw record.fault('key missing')
  return { version, keys: { pik, mak, tdk: record.key([0, 16]) } }
}
