import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes } from '../../keys/equal-bytes.ts'

test('equalBytes: true for the same bytes, false for one bit, one byte more or less', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(7), (bytes, where, bit) => {
      expect(equalBytes(bytes, bytes.slice())).toBe(true)
      const at = where % bytes.length
      const other = bytes.slice()
      other[at] = (other[at] ?? 0) ^ (1 << bit)
      expect(equalBytes(bytes, other)).toBe(false)
      expect(equalBytes(bytes, bytes.slice(1))).toBe(false)
      expect(equalBytes(bytes.slice(1), bytes)).toBe(false)
    }),
  )
  expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true)
})
