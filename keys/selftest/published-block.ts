import { bytesOfText } from '../../host-link/wire/bytes.ts'
import { aes } from '../aes.ts'
import type { BlockCipher } from '../block-cipher.ts'
import { cbcMac } from '../cbc-mac.ts'
import { cmac } from '../cmac.ts'
import { equalBytes } from '../equal-bytes.ts'
import { fromHex } from '../hex.ts'
import { parseHeader } from '../key-block/header.ts'
import { deriveBlockKeys, softKbpk } from '../key-block/protection-key.ts'
import { tdes } from '../tdes.ts'
import { VectorFault } from './vector.ts'

/** What a published key block holds, with all that was computed on the way. */
export interface OpenedBlock {
  readonly headerLength: number
  readonly encryption: Uint8Array
  readonly authentication: Uint8Array
  readonly macOk: boolean
  /** Whether its length field is the length of the block. */
  readonly lengthOk: boolean
  readonly key: Uint8Array | undefined
  readonly padding: Uint8Array
  /** Empty where all is well. */
  readonly fault: string
}

// TR-31:2018 5.3.2.1: each byte of the protection key XOR 'E' or 'M'.
const ENCRYPTION_VARIANT = 0x45
const AUTHENTICATION_VARIANT = 0x4d

/**
 * Opens a block of any version, A and C among them, and says what is wrong with one that does not open. For vectors
 * only: `unwrapKey` takes no variant method, has one refusal, and reads nothing that its MAC does not cover. Throws
 * WireError or VectorFault where there is no header.
 */
export function openBlock(protection: Uint8Array, block: string): OpenedBlock {
  const version = block.slice(0, 1)
  const variant = version === 'A' || version === 'C'
  // The header of the variant method has the form of B's.
  const { headerLength, blockLength } = parseHeader(variant ? `B${block.slice(1)}` : block)
  const macBytes = variant ? 4 : version === 'B' ? 8 : 16
  const sealed = hexOf(block.slice(headerLength, block.length - 2 * macBytes))
  const mac = hexOf(block.slice(block.length - 2 * macBytes))
  const header = bytesOfText(block.slice(0, headerLength))
  const keys = blockKeys(version, protection)
  const cipher = cipherFor(version, keys.encryption)
  const payload =
    version === 'E'
      ? ctr(cipher, mac, sealed)
      : cbcDecrypt(cipher, variant ? header.slice(0, 8) : mac, sealed)
  const authenticator = cipherFor(version, keys.authentication)
  const computed = variant
    ? cbcMac(authenticator, joined(header, sealed), 1).subarray(0, macBytes)
    : cmac(authenticator, joined(header, payload))

  const macOk = equalBytes(computed, mac)
  const lengthOk = blockLength === block.length
  const bits = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0)
  const fits = bits > 0 && bits % 8 === 0 && 2 + bits / 8 <= payload.length
  const fault = !lengthOk ? 'length-field-mismatch' : !macOk ? 'mac-mismatch' : fits ? '' : lengthFault(bits)
  return {
    headerLength,
    ...keys,
    macOk,
    lengthOk,
    key: fits ? payload.slice(2, 2 + bits / 8) : undefined,
    padding: fits ? payload.slice(2 + bits / 8) : new Uint8Array(0),
    fault,
  }
}

function lengthFault(bits: number): string {
  return bits % 8 === 0 && bits > 0
    ? 'mac-ok-but-length-exceeds-payload'
    : `mac-ok-but-key-bit-length-${bits}`
}

interface Keys {
  readonly encryption: Uint8Array
  readonly authentication: Uint8Array
}

/** The two keys of a block of this version. Throws RangeError for a protection key of another size. */
export function blockKeys(version: string, protection: Uint8Array): Keys {
  if (version !== 'A' && version !== 'C') return derivedKeys(version, protection)
  return {
    encryption: protection.map((byte) => byte ^ ENCRYPTION_VARIANT),
    authentication: protection.map((byte) => byte ^ AUTHENTICATION_VARIANT),
  }
}

function derivedKeys(version: string, protection: Uint8Array): Keys {
  const kbpk = softKbpk(version === 'B' ? 'TDES' : 'AES', protection)
  return deriveBlockKeys(kbpk, version === 'E' ? 'CTR' : 'CBC')
}

function cipherFor(version: string, key: Uint8Array): BlockCipher {
  return version === 'D' || version === 'E' ? aes(key) : tdes(key)
}

function cbcDecrypt(cipher: BlockCipher, iv: Uint8Array, sealed: Uint8Array): Uint8Array {
  const out = new Uint8Array(sealed.length)
  let chain = iv
  for (let at = 0; at < sealed.length; at += cipher.blockBytes) {
    const block = sealed.subarray(at, at + cipher.blockBytes)
    out.set(
      cipher.decrypt(block).map((byte, index) => byte ^ (chain[index] ?? 0)),
      at,
    )
    chain = block
  }
  return out
}

/** NIST SP 800-38A 6.5, from the MAC on as a number of 128 bits. */
function ctr(cipher: BlockCipher, first: Uint8Array, sealed: Uint8Array): Uint8Array {
  const out = new Uint8Array(sealed.length)
  const counter = first.slice()
  for (let at = 0; at < sealed.length; at += cipher.blockBytes) {
    const mask = cipher.encrypt(counter)
    const part = sealed.subarray(at, at + cipher.blockBytes)
    out.set(
      part.map((byte, index) => byte ^ (mask[index] ?? 0)),
      at,
    )
    for (let digit = counter.length - 1; digit >= 0; digit--) {
      counter[digit] = ((counter[digit] ?? 0) + 1) & 0xff
      if (counter[digit] !== 0) break
    }
  }
  return out
}

function hexOf(text: string): Uint8Array {
  if (text.length === 0 || text.length % 2 !== 0 || !/^[0-9A-F]*$/.test(text)) {
    throw new VectorFault('"keyBlock" does not end in hex')
  }
  return fromHex(text)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.of(...a, ...b)
}
