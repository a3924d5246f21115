import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import { tdes } from '../../keys/tdes.ts'
import { decryptTrack, encryptTrack } from '../../keys/track.ts'
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

test('a cipher of other blocks → RangeError, nothing half encrypted', () => {
  const track = '6222600001234567890D30122010000000000'
  expect(() => encryptTrack(aes(new Uint8Array(16)), track)).toThrow(RangeError)
})
