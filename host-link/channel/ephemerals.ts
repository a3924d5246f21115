import { equalBytes } from '../../keys/equal-bytes.ts'

/** The ephemeral keys of one device or host, over all its channels. */
export interface Ephemerals {
  /** Whether this public key is another than the last one; it is the last one from here on. */
  isFresh(publicKey: Uint8Array): boolean
}

/**
 * A random source that says the same again would give two sessions one ephemeral key, and forward secrecy with it. Only
 * the last is remembered: a source that is stuck is found, one that goes round is not. The public key is on the line anyway.
 */
export function makeEphemerals(): Ephemerals {
  let last: Uint8Array | undefined
  return {
    isFresh(publicKey) {
      const fresh = last === undefined || !equalBytes(last, publicKey)
      last = publicKey.slice()
      return fresh
    },
  }
}
