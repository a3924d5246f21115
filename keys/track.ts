import { type BlockCipher, checkBlock } from './block-cipher.ts'
import { fromHex, toHex } from './hex.ts'

/** Shortest track that holds a whole block and the end that stays clear. */
export const TRACK_CHARACTERS_MIN = 17
/** Track 3 of ISO/IEC 7813 and 4909. */
export const TRACK_CHARACTERS_MAX = 104

/**
 * Whether a track can be encrypted: 17 to 104 of `0`–`9` and `D` (the separator). A shorter one is refused: padding
 * it would change its length, and no payment track is that short.
 */
export function isTrack(track: string): boolean {
  return isTrackLength(track) && /^[0-9D]*$/.test(track)
}

/** Whether a track can be decrypted: an encrypted block is hex text, so `A`–`F` occur. */
export function isEncryptedTrack(track: string): boolean {
  return isTrackLength(track) && /^[0-9A-F]*$/.test(track)
}

/**
 * UnionPay track encryption (field 53.3 = 1), tracks 2 and 3 each by itself: the last sixteen digits before the last
 * one (odd length) or two (even) are one block, encrypted in place. The length stays; the block becomes hex text,
 * upper case. Throws RangeError unless `isTrack(track)` and the cipher has 8-byte blocks.
 */
export function encryptTrack(cipher: BlockCipher, track: string): string {
  if (!isTrack(track)) throw new RangeError('track: wants 17 to 104 of 0-9 and D')
  return inPlace(cipher, track, (block) => cipher.encrypt(block))
}

/** The inverse, for a host. What comes out is a track only under the right key: see `isTrack`. */
export function decryptTrack(cipher: BlockCipher, track: string): string {
  if (!isEncryptedTrack(track)) throw new RangeError('encrypted track: wants 17 to 104 of 0-9 and A-F')
  return inPlace(cipher, track, (block) => cipher.decrypt(block))
}

function inPlace(cipher: BlockCipher, track: string, step: (block: Uint8Array) => Uint8Array): string {
  checkBlock(cipher, new Uint8Array(8))
  const end = track.length - (track.length % 2 === 0 ? 2 : 1)
  const block = fromHex(track.slice(end - 16, end))
  return track.slice(0, end - 16) + toHex(step(block)) + track.slice(end)
}

function isTrackLength(track: string): boolean {
  return track.length >= TRACK_CHARACTERS_MIN && track.length <= TRACK_CHARACTERS_MAX
}
