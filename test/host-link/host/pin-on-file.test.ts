import { expect, test } from 'vitest'
import { openedPin, sealedPin } from '../../../host-link/host/pin-on-file.ts'
import { sealUnder } from '../../../host-link/host/seal.ts'
import { hexOf } from '../../../host-link/wire/bytes.ts'
import { seeded } from './rig.ts'

const seal = sealUnder(new Uint8Array(32).fill(7), seeded(7))
const other = sealUnder(new Uint8Array(32).fill(8), seeded(8))

test.each(['1234', '123456', '000000000000', '987654321098'])('PIN on file 密码: %s comes back', (pin) => {
  const digits = Uint8Array.from(pin, Number)
  expect(openedPin(seal, 'member', sealedPin(seal, 'member', digits))).toEqual(digits)
  expect(digits).toEqual(Uint8Array.from(pin, Number)) // the caller's, to be wiped by the caller
})

test('PIN on file: of another account, under another secret, or damaged in any bit → nothing', () => {
  const sealed = sealedPin(seal, 'member', Uint8Array.of(1, 2, 3, 4, 5, 6))
  expect(openedPin(seal, 'membes', sealed)).toBeUndefined()
  expect(openedPin(seal, 'member2', sealed)).toBeUndefined()
  expect(openedPin(other, 'member', sealed)).toBeUndefined()
  expect(openedPin(seal, 'member', new Uint8Array())).toBeUndefined()
  for (let bit = 0; bit < 8 * sealed.length; bit++) {
    const wrong = sealed.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    expect(openedPin(seal, 'member', wrong)).toBeUndefined()
  }
})

test('PIN on file: what is sealed shows neither digits nor how many; twice is never the same', () => {
  const short = sealedPin(seal, 'member', Uint8Array.of(1, 2, 3, 4))
  const long = sealedPin(seal, 'member', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2))
  expect(short).toHaveLength(long.length)
  expect(hexOf(long)).not.toContain('010203040506')
  expect(sealedPin(seal, 'member', Uint8Array.of(1, 2, 3, 4))).not.toEqual(short)
  expect(() => sealedPin(seal, 'member', Uint8Array.of(1, 2, 3))).toThrow(RangeError)
})
