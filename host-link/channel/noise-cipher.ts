import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import nacl from 'tweetnacl'
import { wipe } from '../../keys/wipe.ts'

/** SHA-512 and what HMAC (RFC 2104) and HKDF (Noise 4.3) make of it. */
export const HASH_BYTES = 64
const BLOCK_BYTES = 128

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return nacl.hash(joined(...parts))
}

export function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? nacl.hash(key) : key)
  const inner = hash(
    block.map((byte) => byte ^ 0x36),
    ...parts,
  )
  const outer = hash(
    block.map((byte) => byte ^ 0x5c),
    inner,
  )
  wipe(block, inner)
  return outer
}

/** Noise 4.3: three outputs of 64 bytes; the first two are what HKDF with two outputs gives. */
export function hkdf(
  chainingKey: Uint8Array,
  input: Uint8Array,
): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmac(chainingKey, input)
  const first = hmac(temporary, Uint8Array.of(1))
  const second = hmac(temporary, first, Uint8Array.of(2))
  const third = hmac(temporary, second, Uint8Array.of(3))
  wipe(temporary)
  return [first, second, third]
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Messages of one key: far below Noise's own end at 2⁶⁴ − 1, and exact as a JavaScript number. */
export const MESSAGES_MAX = 2 ** 32

/** Noise 5.1 CipherState: one key and its counter. After `end`, or a failed decryption, it does nothing more. */
export interface CipherState {
  /** `undefined`: the counter is at its end. */
  encrypt(ad: Uint8Array, plain: Uint8Array): Uint8Array | undefined
  /** `undefined`: not made under this key, at this counter, with this `ad`; or the counter is at its end. */
  decrypt(ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
  /** Wipes the key. */
  end(): void
}

/** `key` (32 bytes) is kept and wiped by `end`. */
export function cipherState(key: Uint8Array, messagesMax = MESSAGES_MAX): CipherState {
  let count = 0
  let live = true
  const end = (): void => {
    live = false
    wipe(key)
  }
  return {
    encrypt(ad, plain) {
      if (!live || count >= messagesMax) return undefined
      return chacha20poly1305(key, nonce(count++), ad).encrypt(plain)
    },
    decrypt(ad, sealed) {
      if (!live || count >= messagesMax || sealed.length < 16) return undefined
      try {
        return chacha20poly1305(key, nonce(count++), ad).decrypt(sealed)
      } catch {
        end() // the only thing it throws for here is a wrong tag
        return undefined
      }
    },
    end,
  }
}

/** Noise 12.3: four zero bytes and the counter, little endian. */
function nonce(count: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, count % 2 ** 32, true)
  view.setUint32(8, Math.floor(count / 2 ** 32), true)
  return bytes
}
