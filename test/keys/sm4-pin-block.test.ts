import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asPan } from '../../host-link/wire/values.ts'
import { clearSm4PinBlock, decodeSm4PinBlock } from '../../keys/sm4-pin-block.ts'
import { asHex } from './vectors.ts'

const pan = asPan('6222600001234567890')

// biome-ignore format: one row a PIN; the PAN's twelve digits are 000123456789, over the fill at the end
test.each([
  ['without a PAN', 'noPan', '041234FFFFFFFFFFFFFFFFFFFFFFFFFF'],
  ['with a PAN',    pan,     '041234FFFFFFFFFFFFFFFFFEDCBA9876'],
] as const)('PIN 1234 %s: format 0 stretched to 16 bytes', (_, card, block) => {
  expect(asHex(clearSm4PinBlock(Uint8Array.of(1, 2, 3, 4), card))).toBe(block)
})

test('any PIN comes back; another PAN, any nibble of header or fill changed → malformed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 4, maxLength: 12 }), (pin) => {
      const digits = Uint8Array.from(pin)
      const clear = clearSm4PinBlock(digits, pan)
      expect(decodeSm4PinBlock(clear, pan)).toEqual({ kind: 'pin', digits })
      expect(decodeSm4PinBlock(clear, asPan('6222600001234567990')).kind).toBe('malformed')
      for (let at = 0; at < 32; at++) {
        const inPin = at >= 2 && at < 2 + pin.length
        const other = clear.slice()
        other[at >> 1] = (other[at >> 1] ?? 0) ^ (at % 2 === 0 ? 0xf0 : 0x0f)
        if (!inPin) expect(decodeSm4PinBlock(other, pan), `nibble ${at}`).toEqual({ kind: 'malformed' })
      }
    }),
    { numRuns: 30 },
  )
})

test('PINs and PANs that are none → RangeError; blocks of another size → malformed', () => {
  expect(() => clearSm4PinBlock(Uint8Array.of(1, 2, 3), pan)).toThrow(RangeError)
  expect(() => clearSm4PinBlock(Uint8Array.of(1, 2, 3, 4), asPan('622260000123'))).toThrow(RangeError)
  expect(decodeSm4PinBlock(new Uint8Array(8), 'noPan')).toEqual({ kind: 'malformed' })
  expect(decodeSm4PinBlock(new Uint8Array(16), asPan('622260000123'))).toEqual({ kind: 'malformed' })
})
