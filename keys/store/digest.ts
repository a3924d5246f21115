import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'

/** Bytes by which the store knows again what it has seen. */
export const DIGEST_BYTES = 8
/** 签到 key blocks that a slot remembers (K05). */
export const BLOCKS_MAX = 32
/** Former master keys that a slot remembers. */
export const RETIRED_MAX = 8

const ENTRY_BYTES = 4

/**
 * Digest of a sign-on's key block. It is over the four-byte check values and cryptograms as words, sorted: a block whose
 * keys were put in another order is the same block.
 */
export function blockDigest(block: Uint8Array): Uint8Array {
  const words = Array.from({ length: Math.ceil(block.length / ENTRY_BYTES) }, (_, at) =>
    block.slice(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES),
  )
  words.sort(compare)
  return digest('shuaka key block 1', ...words)
}

/** Digest of a master key that is no longer in force, by which it is known again and not found out. */
export function keyDigest(key: Uint8Array): Uint8Array {
  const even = key.map((byte) => byte & 0xfe) // without DES parity
  const made = digest('shuaka former key 1', even)
  wipe(even)
  return made
}

/** The list with one more at its end, the oldest beyond `max` forgotten. */
export function remembered(
  list: readonly Uint8Array[],
  fresh: Uint8Array,
  max: number,
): readonly Uint8Array[] {
  return [...list, fresh].slice(-max)
}

export function includes(list: readonly Uint8Array[], wanted: Uint8Array): boolean {
  return list.some((each) => equalBytes(each, wanted))
}

function digest(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create().update(Uint8Array.from(domain, (letter) => letter.charCodeAt(0)))
  for (const part of parts) hash.update(part)
  return hash.digest().slice(0, DIGEST_BYTES)
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
