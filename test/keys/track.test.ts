import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import { sm4 } from '../../keys/sm4.ts'
import { tdes } from '../../keys/tdes.ts'
import { decryptTrack, encryptTrack, isZeroTrack } from '../../keys/track.ts'
import { hex } from './vectors.ts'

const tdk = tdes(hex('0123456789ABCDEFFEDCBA9876543210'))

test('a track 2 of 37 characters: sixteen digits before the last are one block, the rest stays', () => {
  const track = '6222600001234567890D30122010000000000'
  const encrypted = '6222600001234567890DCA5EE78FDB3B53350'
  expect(encryptTrack(tdk, track)).toBe(encrypted)
  expect(decryptTrack(tdk, encrypted)).toBe(track)
})

test('any track of 17 to 104: the length stays, one window changes, decryption gives the track back', () => {
  const symbol = fc.constantFrom(...'0123456789D')
  fc.assert(
    fc.property(fc.array(symbol, { minLength: 17, maxLength: 104 }), (symbols) => {
      const track = symbols.join('')
      const encrypted = encryptTrack(tdk, track)
      const start = track.length - (track.length % 2 === 0 ? 18 : 17)
      expect(encrypted).toMatch(/^[0-9A-F]+$/)
      expect(encrypted).toHaveLength(track.length)
      expect(encrypted.slice(0, start)).toBe(track.slice(0, start))
      expect(encrypted.slice(start + 16)).toBe(track.slice(start + 16))
      expect(encrypted.slice(start, start + 16)).not.toBe(track.slice(start, start + 16))
      expect(decryptTrack(tdk, encrypted)).toBe(track)
    }),
    { numRuns: 60 },
  )
})

test('tracks of 17 and 18 characters are a block and what stays clear', () => {
  expect(encryptTrack(tdk, '62226000012345678').slice(16)).toBe('8')
  expect(encryptTrack(tdk, '622260000123456789').slice(16)).toBe('89')
})

test.each(['', '6222600001234567', '1'.repeat(105), '6222600001234567890=3012', '6222600001234567890d3012'])(
  'the track "%s" → RangeError',
  (track) => {
    expect(() => encryptTrack(tdk, track)).toThrow(RangeError)
    expect(() => decryptTrack(tdk, track)).toThrow(RangeError)
  },
)

test('under a cipher with blocks of 16 bytes the window is 32 digits: by analogy, no public text says so', () => {
  const cipher = sm4(hex('0123456789ABCDEFFEDCBA9876543210'))
  const track = '6222600001234567890D30122010000000000'
  const encrypted = encryptTrack(cipher, track)
  expect(encrypted).toMatch(/^[0-9A-F]{37}$/)
  expect([encrypted.slice(0, 4), encrypted.slice(36)]).toEqual([track.slice(0, 4), track.slice(36)])
  expect(decryptTrack(cipher, encrypted)).toBe(track)
  expect(() => encryptTrack(cipher, track.slice(0, 32))).toThrow(RangeError)
  expect(() => encryptTrack(aes(new Uint8Array(16)), track.slice(0, 32))).toThrow(RangeError)
})

// biome-ignore format: one row a track
test.each([
  ['00000000000000001',    8,  true ],
  ['1200000000000000007',  8,  true ],
  ['000000000000000012',   8,  true ],
  ['10000000000000000',    8,  false],
  ['00000000000000010',    8,  false],
  ['0000000000D00000001',  8,  false],
  [`1${'0'.repeat(32)}7`,  16, false],
  [`${'0'.repeat(32)}77`,  16, true ],
])('track %s in blocks of %i: whether its block is all zeros is %s', (track, blockBytes, zeros) => {
  expect(isZeroTrack(track, blockBytes)).toBe(zeros)
})
