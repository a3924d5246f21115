import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { ed25519KeyPair, ed25519Sign } from '../../keys/ed25519.ts'
import { wipe } from '../../keys/wipe.ts'

export const REPORT_SEED_BYTES = 32
const PURPOSE = Uint8Array.from('shuaka report 1', (letter) => letter.charCodeAt(0))

/** The key that signs 状态报告: of the device's identity, or of a seed of its own where it has none. */
export interface ReportKey {
  /** 32 bytes. */
  publicKey(): Uint8Array
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array
  /** The seed that is to be kept, once there is one. */
  seed(): Uint8Array | undefined
  /** The case was opened: nothing is left of key and seed. */
  forget(): void
}

/**
 * Makes the key at its first use. `made`: a new seed is there and is to be saved; where that fails it holds until the power
 * goes, and the next start has another.
 */
export function makeReportKey(
  kept: Uint8Array | undefined,
  credential: () => Credential | undefined,
  random: (length: number) => Uint8Array,
  made: () => void,
): ReportKey {
  let seed = kept
  let pair: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } | undefined

  function ownSeed(): Uint8Array {
    if (seed === undefined) {
      seed = random(REPORT_SEED_BYTES)
      made()
    }
    return seed.slice()
  }
  function key() {
    if (pair === undefined) {
      const secret = credential()?.secret
      const start = secret === undefined ? ownSeed() : hmac(sha256, secret, PURPOSE)
      pair = ed25519KeyPair(start)
      wipe(start)
    }
    return pair
  }
  return {
    publicKey: () => key().publicKey.slice(),
    sign: (message) => ed25519Sign(key().secretKey, message),
    seed: () => seed,
    forget() {
      wipe(seed, pair?.secretKey)
      seed = undefined
      pair = undefined
    },
  }
}
