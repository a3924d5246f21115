import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cupMac } from '../../keys/cup-mac.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeCipher } from './node-cipher.ts'
import { ascii, asHex, expected, hex, text, vector } from './vectors.ts'

const v1 =
  '0200302004C020C0981100000000000000005100183402100006324392260009942820D1312101120084393136363838303134' +
  '303030303030303030303030303031313536ACF46E73838A82F92600000000000000000822000001'
const v2 =
  '0200302004C020C0981100000000000000000101386702100006379001100000000027D00000000000000000000031313131353' +
  '030373132333435363738393131313131353135363D87C8B8FA17C67C26000000000000000011220014370000'

// biome-ignore format: one row a published message
test.each([
  ['V1, single DES MAK', 'C24A8FB57AA20123', v1, '8A9E91B8'],
  ['V2, single DES MAK', '7F52E3201FDF045E', v2, '28C7AFB5'],
])('%s: the MAC of a published message', (_, mak, bytes, mac) => {
  expect(cupMac(tdes(hex(mak)), hex(bytes))).toEqual(ascii(mac))
  expect(cupMac(tdes(hex(mak + mak)), hex(bytes))).toEqual(ascii(mac)) // K, K is the same
})

test('a MAK of 16 bytes works as TDES in both passes', () => {
  const each = vector('cup-ecb-mac-tdes')
  const mac = cupMac(tdes(hex(text(each, 'mak'))), hex(text(each, 'mab')))
  expect(asHex(mac)).toBe(expected(each, 'field64'))
})

test('blocks of 16 bytes: the analogue for SM4', () => {
  const each = vector('cup-ecb-mac-sm4')
  const mac = cupMac(nodeCipher('sm4-ecb', hex(text(each, 'mak')), 16), hex(text(each, 'mab')))
  expect(asHex(mac)).toBe(expected(each, 'field64'))
})

test('eight upper-case hex characters, whatever the data; zeros at the end change nothing', () => {
  const cipher = tdes(hex('C24A8FB57AA20123'))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const mac = cupMac(cipher, bytes)
      expect(Buffer.from(mac).toString('latin1')).toMatch(/^[0-9A-F]{8}$/)
      const zeros = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
      zeros.set(bytes)
      expect(cupMac(cipher, zeros)).toEqual(mac)
    }),
  )
})

test('two blocks swapped keep the MAC: a known weakness of the algorithm, for old hosts only', () => {
  const attack = vector('cup-ecb-mac-block-swap-forgery')
  const cipher = tdes(hex(text(attack, 'mak')))
  const [original, swapped] = [hex(text(attack, 'mabOriginal')), hex(text(attack, 'mabSwapped'))]
  expect(original).not.toEqual(swapped)
  expect(cupMac(cipher, swapped)).toEqual(cupMac(cipher, original))
})
