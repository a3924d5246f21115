import type { BlockCipher } from './block-cipher.ts'
import { fromHex, toHex } from './hex.ts'

/** Track 3 of ISO/IEC 7813 and 4909. */
export const TRACK_CHARACTERS_MAX = 104

/**
 * Whether a track can be encrypted: 17 (TDES) or 33 (blocks of 16 bytes) to 104 of `0`–`9` and `D` (the separator). A
 * shorter one is refused: padding it would change its length, and no payment track is as short as 16.
 */
export function isTrack(track: string, blockBytes = 8): boolean {
  return isTrackLength(track, blockBytes) && /^[0-9D]*$/.test(track)
}

/** Whether a track can be decrypted: an encrypted block is hex text, so `A`–`F` occur. */
export function isEncryptedTrack(track: string, blockBytes = 8): boolean {
  return isTrackLength(track, blockBytes) && /^[0-9A-F]*$/.test(track)
}

/**
 * Whether the block that `encryptTrack` would encrypt is all zeros: what comes out would be the key's zero encryption,
 * which is its whole check value. A key store refuses such a track: any other block a caller may have encrypted tells
 * nothing that is used elsewhere.
 */
export function isZeroTrack(track: string, blockBytes = 8): boolean {
  const { start, end } = windowOf(track, blockBytes)
  return /^0*$/.test(track.slice(start, end))
}

/**
 * UnionPay track encryption (field 53.3 = 1), tracks 2 and 3 each by itself: the last sixteen digits before the last
 * one (odd length) or two (even) are one block, encrypted in place. The length stays; the block becomes hex text,
 * upper case. Under a cipher with blocks of 16 bytes it is the last thirty-two: that is by analogy, no public text says
 * so. Throws RangeError unless `isTrack(track, cipher.blockBytes)`.
 */
export function encryptTrack(cipher: BlockCipher, track: string): string {
  if (!isTrack(track, cipher.blockBytes)) throw new RangeError(`track: ${wants(cipher)} of 0-9 and D`)
  return inPlace(cipher, track, (block) => cipher.encrypt(block))
}

/** The inverse, for a host. What comes out is a track only under the right key: see `isTrack`. */
export function decryptTrack(cipher: BlockCipher, track: string): string {
  if (!isEncryptedTrack(track, cipher.blockBytes))
    throw new RangeError(`encrypted track: ${wants(cipher)} of 0-9 and A-F`)
  return inPlace(cipher, track, (block) => cipher.decrypt(block))
}

function inPlace(
  { blockBytes }: BlockCipher,
  track: string,
  step: (block: Uint8Array) => Uint8Array,
): string {
  const { start, end } = windowOf(track, blockBytes)
  const block = fromHex(track.slice(start, end))
  return track.slice(0, start) + toHex(step(block)) + track.slice(end)
}

/** Where the encrypted digits are. */
function windowOf(track: string, blockBytes: number) {
  const end = track.length - (track.length % 2 === 0 ? 2 : 1)
  return { start: end - 2 * blockBytes, end }
}

function isTrackLength(track: string, blockBytes: number): boolean {
  return track.length >= 2 * blockBytes + 1 && track.length <= TRACK_CHARACTERS_MAX
}

function wants({ blockBytes }: BlockCipher): string {
  return `wants ${2 * blockBytes + 1} to ${TRACK_CHARACTERS_MAX}`
}
