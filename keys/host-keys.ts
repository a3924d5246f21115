import { WireError } from '../host-link/wire/message.ts'
import { cipherOf } from './cipher.ts'
import { equalBytes } from './equal-bytes.ts'
import { type MacAlgorithm, macKeyFits, macOf } from './mac.ts'
import { decodePinBlock, isPinBlockPan, type PinBlockPan } from './pin-block.ts'
import { decodeSm4PinBlock } from './sm4-pin-block.ts'
import { rulesOf } from './store/key-rules.ts'
import { RecordReader, RecordWriter } from './store/record.ts'
import type { MasterAlgorithm } from './store/slot-report.ts'
import { decryptTrack, isEncryptedTrack, isTrack } from './track.ts'
import { wipe } from './wipe.ts'
import {
  kindAlgorithm,
  kindHasTrackKey,
  openWorkingKeys,
  sealWorkingKeys,
  type WorkingKeyKind,
  type WorkingKeys,
} from './working-keys.ts'

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
/** `version`: no keys of that version are held. `algorithm`: not with a MAK of this size, or one made for another. */
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
  /** The one algorithm that the MAK is for; absent: any that its size fits. */
  readonly makFor?: MacAlgorithm | undefined
}

// The last character is the version of this layout.
const MAGIC = 'SKH2'
const MAGIC_1 = 'SKH1'
const algorithms: readonly (MasterAlgorithm | undefined)[] = [undefined, 'TDES', 'SM4']
// By the number that stands for each; 0: any.
const macs: readonly (MacAlgorithm | undefined)[] = [undefined, 'cup-ecb', 'x9.9', 'x9.19', 'cbc-mac', 'cmac']
const VERSION_MAX = 0xffff_ffff

/**
 * A host's keys for one terminal: its TMK 主密钥 and the working keys made under it, current and previous (rule
 * P13). An answer is made under the version that its request was verified with. Keys and PINs do not come out.
 *
 * The previous keys are the last that the terminal has shown it holds: where a sign-on answer is lost and the
 * terminal asks again, the keys of the lost answer are dropped and not those that the terminal still uses.
 */
export class HostKeys {
  readonly #algorithm: MasterAlgorithm
  readonly #master: Uint8Array
  #current: Generation | undefined
  /** A message came under the current keys. */
  #confirmed = false
  #previous: Generation | undefined

  private constructor(algorithm: MasterAlgorithm, master: Uint8Array) {
    this.#algorithm = algorithm
    this.#master = master
  }

  /** From a TMK of 16 bytes, which is overwritten. */
  static create(tmk: Uint8Array, algorithm: MasterAlgorithm = 'TDES'): HostKeysResult {
    const { normal, isWeak } = rulesOf(algorithm)
    const master = normal(tmk)
    wipe(tmk)
    const why = master.length !== 16 ? 'length' : isWeak(master) ? 'weakKey' : undefined
    if (why === undefined) return { kind: 'ok', keys: new HostKeys(algorithm, master) }
    wipe(master)
    return { kind: 'refused', why }
  }

  /** Of the TMK and of all keys under it. */
  get algorithm(): MasterAlgorithm {
    return this.#algorithm
  }

  /** Version of the current working keys, which counts renewals; 0 before the first. */
  get version(): number {
    return this.#current?.version ?? 0
  }

  /**
   * 签到 sign-on: makes fresh working keys and their key block for field 62. Store these keys durably before the
   * block is sent. A refusal changes nothing. The MAK is single DES unless `makBytes` is 16, which the algorithms
   * other than `cup-ecb` and `x9.9` need; in kind 006 it is always an SM4 key. With `makFor` it makes and verifies MACs of
   * that algorithm alone: its size does not tell under SM4. Throws RangeError for 16 in kind 001, which has no room for
   * it, and for a kind that is not the TMK's.
   */
  renew(kind: WorkingKeyKind, random: RandomBytes, makBytes: 8 | 16 = 8, makFor?: MacAlgorithm): RenewResult {
    if (kind === '001' && makBytes === 16) throw new RangeError('key block 001: mak wants 8 bytes')
    if (kindAlgorithm(kind) !== this.#algorithm) throw new RangeError(`key block ${kind}: another master key`)
    const size = kind === '001' ? 8 : 16
    const makSize = kind === '006' ? 16 : makBytes
    const fresh = (bytes: number) => rulesOf(this.#algorithm).normal(random(bytes))
    const keys: WorkingKeys = {
      pik: fresh(size),
      mak: fresh(makSize),
      tdk: kindHasTrackKey(kind) ? fresh(16) : undefined,
    }
    const whole = keys.pik.length === size && keys.mak.length === makSize && (keys.tdk?.length ?? 16) === 16
    const block = whole ? this.#sealed(kind, keys) : undefined
    if (block === undefined || this.version === VERSION_MAX) {
      wipe(keys.pik, keys.mak, keys.tdk)
      return { kind: 'refused', why: 'random' }
    }
    if (this.#confirmed) this.#keepAsPrevious(this.#current)
    else wipeGeneration(this.#current)
    this.#current = { version: this.version + 1, keys, makFor }
    this.#confirmed = false
    return { kind: 'ok', block, version: this.version }
  }

  /**
   * Whether `mac` is right under the current keys or, until a first message came under those, the previous; and
   * which. A first message under the current keys drops the previous: serialize then.
   */
  verifyMac(algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): HostVerifyMacResult {
    if (this.#current === undefined) return { kind: 'refused', why: 'empty' }
    if (this.#matches(this.#current, algorithm, bytes, mac)) {
      this.#confirmed = true
      this.#keepAsPrevious(undefined)
      return { kind: 'ok', version: this.version }
    }
    if (this.#previous !== undefined && this.#matches(this.#previous, algorithm, bytes, mac)) {
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
    const held = this.#generation(version)
    if (held === undefined) return { kind: 'refused', why: 'version' }
    if (!this.#mayMac(held, algorithm)) return { kind: 'refused', why: 'algorithm' }
    return { kind: 'ok', mac: macOf(algorithm, held.keys.mak, bytes, this.#algorithm) }
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
    const cipher = cipherOf(this.#algorithm, keys.tdk)
    if (!isEncryptedTrack(track, cipher.blockBytes)) return { kind: 'refused', why: 'track' }
    const clear = decryptTrack(cipher, track)
    return isTrack(clear, cipher.blockBytes)
      ? { kind: 'ok', track: clear }
      : { kind: 'refused', why: 'track' }
  }

  /**
   * All keys, in clear, as one record: algorithm (1 byte: 1 TDES, 2 SM4), TMK, confirmed (1), then current and previous,
   * each its version (4, 0 = none), PIK, MAK, TDK, and what the MAK is for (1, 0 = any).
   * Layout 1 had neither algorithm: all was TDES, and a MAK for any. For the host's own store, to be kept as that store
   * keeps secrets.
   */
  serialize(): Uint8Array {
    const record = new RecordWriter(MAGIC)
    record.number(algorithms.indexOf(this.#algorithm), 1)
    record.key(this.#master)
    record.number(this.#confirmed ? 1 : 0, 1)
    for (const generation of [this.#current, this.#previous]) {
      record.number(generation?.version ?? 0, 4)
      if (generation === undefined) continue
      record.key(generation.keys.pik)
      record.key(generation.keys.mak)
      record.key(generation.keys.tdk)
      record.number(macs.indexOf(generation.makFor), 1)
    }
    return record.end()
  }

  /** From a record of this layout or the one before. Any damage gives no keys. */
  static restore(bytes: Uint8Array): RestoreHostKeysResult {
    try {
      const version1 = bytes[3] === MAGIC_1.charCodeAt(3)
      const record = new RecordReader(version1 ? MAGIC_1 : MAGIC, bytes)
      const algorithm = version1 ? 'TDES' : algorithms[record.number(1)]
      if (algorithm === undefined) throw record.fault('algorithm')
      const master = record.key([16])
      if (master === undefined) throw record.fault('key missing')
      const confirmed = record.number(1)
      if (confirmed > 1) throw record.fault('neither confirmed nor not')
      const keys = new HostKeys(algorithm, master)
      keys.#confirmed = confirmed === 1
      keys.#current = readGeneration(record, algorithm, !version1)
      keys.#previous = readGeneration(record, algorithm, !version1)
      record.end()
      return { kind: 'ok', keys }
    } catch (error) {
      if (error instanceof WireError) return { kind: 'damaged' }
      throw error
    }
  }

  #generation(version: number): Generation | undefined {
    return [this.#current, this.#previous].find((held) => held?.version === version)
  }

  #keys(version: number): WorkingKeys | undefined {
    return this.#generation(version)?.keys
  }

  #mayMac({ keys, makFor }: Generation, algorithm: MacAlgorithm): boolean {
    if (makFor !== undefined && makFor !== algorithm) return false
    return macKeyFits(algorithm, keys.mak.length, this.#algorithm)
  }

  /** The digits of a PIN block, to be wiped by the caller. */
  #pinIn(
    version: number,
    block: Uint8Array,
    pan: PinBlockPan,
  ): Refused<'malformed' | 'noKey'> | { readonly kind: 'pin'; readonly digits: Uint8Array } {
    const pik = this.#keys(version)?.pik
    if (pik === undefined) return { kind: 'refused', why: 'noKey' }
    const cipher = cipherOf(this.#algorithm, pik)
    if (block.length !== cipher.blockBytes || !isPinBlockPan(pan))
      return { kind: 'refused', why: 'malformed' }
    const clear = cipher.decrypt(block)
    const pin = this.#algorithm === 'SM4' ? decodeSm4PinBlock(clear, pan) : decodePinBlock(clear, pan)
    wipe(clear)
    return pin.kind === 'malformed' ? { kind: 'refused', why: 'malformed' } : pin
  }

  #matches(held: Generation, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): boolean {
    if (!this.#mayMac(held, algorithm)) return false
    return equalBytes(macOf(algorithm, held.keys.mak, bytes, this.#algorithm), mac)
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

    const master = cipherOf(this.#algorithm, this.#master)
    const block = sealWorkingKeys(kind, keys, master)
    const opened = openWorkingKeys(kind, block, master) // the terminal's own checks: weak, two alike
    if (opened.kind === 'refused') return undefined
    wipe(...keysOf({ version: 0, keys: opened.keys }))
    return block
  }
}

function keysOf(generation: Generation | undefined): readonly Uint8Array[] {
  const { pik, mak, tdk } = generation?.keys ?? {}
  return [pik, mak, tdk].filter((key) => key !== undefined)
}

function wipeGeneration(generation: Generation | undefined): void {
  wipe(...keysOf(generation))
}

function readGeneration(
  record: RecordReader,
  algorithm: MasterAlgorithm,
  withMakFor: boolean,
): Generation | undefined {
  const version = record.number(4)
  if (version === 0) return undefined
  const { pikBytes, makBytes, tdkBytes } = rulesOf(algorithm)
  const pik = record.key(pikBytes)
  const mak = record.key(makBytes)
  if (pik === undefined || mak === undefined) throw record.fault('key missing')
  const tdk = record.key([0, ...tdkBytes])
  const number = withMakFor ? record.number(1) : 0
  const makFor = macs[number]
  if (number !== 0 && (makFor === undefined || !macKeyFits(makFor, mak.length, algorithm)))
    throw record.fault('MAC')
  return { version, keys: { pik, mak, tdk }, makFor }
}
