import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../keys/hex.ts'

test('hex both ways; upper case out, either case in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex').toUpperCase())
      expect(fromHex(toHex(bytes))).toEqual(bytes)
      expect(fromHex(toHex(bytes).toLowerCase())).toEqual(bytes)
    }),
  )
})

test.each(['0', '0G', ' 00', '0x00', '-1', '００'])('"%s" is no hex → RangeError', (text) => {
  expect(() => fromHex(text)).toThrow(RangeError)
})
