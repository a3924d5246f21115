import { bytesOfText } from '../../host-link/wire/bytes.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { BlockCipher } from '../block-cipher.ts'
import { cmac } from '../cmac.ts'
import { equalBytes } from '../equal-bytes.ts'
import { fromHex, toHex } from '../hex.ts'
import type { RandomBytes } from '../host-keys.ts'
import { wipe } from '../wipe.ts'
import { cipherBlockBytes, headerFault, headerText, type KeyBlockHeader, parseBlock } from './header.ts'
import { algorithms } from './header-table.ts'
import { cipher, deriveBlockKeys, type Kbpk } from './protection-key.ts'

/** One refusal for every fault: which check failed would help whoever forges. */
export type Unwrapped =
  | { readonly kind: 'opened'; readonly header: KeyBlockHeader; readonly key: Uint8Array }
  | { readonly kind: 'refused' }

/** Length of the key in bits, before the key. */
const LENGTH_BYTES = 2

/**
 * A key as a TR-31 / X9.143 key block, version B (TDES) or D (AES):
 *
 *     header (ASCII)  payload (hex, encrypted): bits (2) key random padding  MAC (hex)
 *
 * The padding hides the key's length: every key of an algorithm gives a block of one length. The caller keeps, and
 * wipes, its key. Throws RangeError, without repeating any of it, for a header whose fields do not go together, an
 * algorithm that is no symmetric cipher, a key of another size, a protection key of the other algorithm or weaker
 * than the key, and a random source that gives too little or nothing but zeros.
 */
export function wrapKey(kbpk: Kbpk, header: KeyBlockHeader, key: Uint8Array, random: RandomBytes): string {
  const { version, algorithm } = header
  if (version !== 'B' && version !== 'D') throw new RangeError('key block: version: wants B or D')
  const fault = headerFault(header)
  if (fault !== undefined) throw new RangeError(`key block: ${fault}`)
  const row = algorithms.get(algorithm)
  if (row === undefined || !row.sizes.includes(key.length)) {
    throw new RangeError(`key block: algorithm ${algorithm} has no key of ${key.length} bytes`)
  }
  if (!fitsVersion(kbpk, version))
    throw new RangeError(`key block: version ${version}: another protection key`)
  if (isWeaker(kbpk, algorithm, key.length)) {
    throw new RangeError('key block: the protection key is weaker than the key')
  }
  const size = cipherBlockBytes(version)
  const payloadBytes = Math.ceil((LENGTH_BYTES + row.longest) / size) * size
  const padding = random(payloadBytes - LENGTH_BYTES - key.length)
  if (padding.length !== payloadBytes - LENGTH_BYTES - key.length || padding.every((byte) => byte === 0)) {
    throw new RangeError('key block: the random source failed')
  }
  const block = sealBlock(kbpk, headerText(header, payloadBytes), key, padding)
  wipe(padding)
  return block
}

/**
 * The block of a header text, whose length field is right, a key and its padding: no more is checked than the size.
 * `wrapKey` is this with the rules; published blocks are rebuilt with it. Version E included.
 */
export function sealBlock(kbpk: Kbpk, header: string, key: Uint8Array, padding: Uint8Array): string {
  const version = versionOf(header)
  const payload = Uint8Array.of((key.length * 8) >>> 8, (key.length * 8) & 0xff, ...key, ...padding)
  const { encryption, authentication } = deriveBlockKeys(kbpk, version === 'E' ? 'CTR' : 'CBC')
  const mac = cmac(cipher(kbpk.algorithm, authentication), concat(bytesOfText(header), payload))
  const sealed = encrypt(version, cipher(kbpk.algorithm, encryption), mac, payload)
  wipe(payload, encryption, authentication)
  return header + toHex(sealed) + toHex(mac)
}

/**
 * The key of a block of version B, D or E; A and C are refused as every fault is. A key whose length is not hidden is
 * taken. The caller wipes the key, and asks for the usage, algorithm and mode that it wants.
 */
export function unwrapKey(kbpk: Kbpk, block: string): Unwrapped {
  const parts = partsOf(block)
  if (parts === undefined || !fitsVersion(kbpk, parts.header.version)) return { kind: 'refused' }
  const { header, headerLength } = parts
  const mac = fromHex(parts.mac)
  const { encryption, authentication } = deriveBlockKeys(kbpk, header.version === 'E' ? 'CTR' : 'CBC')
  const payload = decrypt(header.version, cipher(kbpk.algorithm, encryption), mac, fromHex(parts.payload))
  const signed = concat(bytesOfText(block.slice(0, headerLength)), payload)
  const right = equalBytes(cmac(cipher(kbpk.algorithm, authentication), signed), mac)
  // Only a payload that the MAC covers is read.
  const key = right ? keyIn(payload, header.algorithm) : undefined
  wipe(payload, signed, encryption, authentication)
  if (key === undefined) return { kind: 'refused' }
  if (!isWeaker(kbpk, header.algorithm, key.length)) return { kind: 'opened', header, key }
  wipe(key)
  return { kind: 'refused' }
}

function partsOf(block: string): ReturnType<typeof parseBlock> | undefined {
  try {
    return parseBlock(block)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** A copy of the key in a clear payload; undefined where its length is none of its algorithm's, or beyond the payload. */
function keyIn(payload: Uint8Array, algorithm: string): Uint8Array | undefined {
  const bits = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0)
  const bytes = bits / 8
  if (bits === 0 || bits % 8 !== 0 || LENGTH_BYTES + bytes > payload.length) return undefined
  const sizes = algorithms.get(algorithm)?.sizes ?? []
  if (sizes.length > 0 && !sizes.includes(bytes)) return undefined
  return payload.slice(LENGTH_BYTES, LENGTH_BYTES + bytes)
}

function fitsVersion(kbpk: Kbpk, version: KeyBlockHeader['version']): boolean {
  return (kbpk.algorithm === 'TDES') === (version === 'B')
}

/**
 * Whether the protection key has fewer bits of strength than the key (PCI PIN 10; NIST SP 800-57 part 1, table 2).
 * Asymmetric and HMAC keys are not measured: the number of their bytes does not say it.
 */
function isWeaker(kbpk: Kbpk, algorithm: string, keyBytes: number): boolean {
  const letter = kbpk.algorithm === 'TDES' ? 'T' : 'A'
  return strengthBits(letter, kbpk.bytes) < strengthBits(algorithm, keyBytes)
}

function strengthBits(algorithm: string, bytes: number): number {
  if (algorithm === 'D') return 56
  if (algorithm === 'T') return bytes === 16 ? 80 : 112
  if (algorithm === 'A' || algorithm === '4') return bytes * 8
  return 0
}

function versionOf(header: string): KeyBlockHeader['version'] {
  const version = header.slice(0, 1)
  if (version === 'B' || version === 'D' || version === 'E') return version
  throw new RangeError('key block: version: wants B, D or E')
}

function encrypt(
  version: KeyBlockHeader['version'],
  by: BlockCipher,
  iv: Uint8Array,
  clear: Uint8Array,
): Uint8Array {
  if (version === 'E') return counterMode(by, iv, clear)
  const out = new Uint8Array(clear.length)
  let chain = iv
  for (let at = 0; at < clear.length; at += by.blockBytes) {
    chain = by.encrypt(xor(chain, clear.subarray(at, at + by.blockBytes)))
    out.set(chain, at)
  }
  return out
}

function decrypt(
  version: KeyBlockHeader['version'],
  by: BlockCipher,
  iv: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  if (version === 'E') return counterMode(by, iv, sealed)
  const out = new Uint8Array(sealed.length)
  let chain = iv
  for (let at = 0; at < sealed.length; at += by.blockBytes) {
    const block = sealed.subarray(at, at + by.blockBytes)
    out.set(xor(chain, by.decrypt(block)), at)
    chain = block
  }
  return out
}

/** CTR, NIST SP 800-38A 6.5: the counter is a whole block that begins at `first`. */
function counterMode(by: BlockCipher, first: Uint8Array, bytes: Uint8Array): Uint8Array {
  const counter = first.slice()
  const out = new Uint8Array(bytes.length)
  for (let at = 0; at < bytes.length; at += by.blockBytes) {
    const part = bytes.subarray(at, at + by.blockBytes)
    out.set(xor(part, by.encrypt(counter).subarray(0, part.length)), at)
    let digit = counter.length - 1
    while (digit >= 0 && increment(counter, digit) === 0) digit--
  }
  return out
}

function increment(bytes: Uint8Array, at: number): number {
  const next = ((bytes[at] ?? 0) + 1) & 0xff
  bytes[at] = next
  return next
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0))
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
