import { expect, test } from 'vitest'
import { cbcMac } from '../../keys/cbc-mac.ts'
import { cmac } from '../../keys/cmac.ts'
import { type MacAlgorithm, macKeyFits, macOf } from '../../keys/mac.ts'
import { nodeCipher } from './node-cipher.ts'
import { asHex, expected, hex, text, vector } from './vectors.ts'

const short = hex('C24A8FB57AA20123')
const long = hex('0123456789ABCDEFFEDCBA9876543210')
const mab = hex(text(vector('cup-ecb-mac-tdes'), 'mab'))

// biome-ignore format: one row an algorithm
const rows: readonly (readonly [MacAlgorithm, Uint8Array, string])[] = [
  ['cup-ecb', short, '3841394539314238'],
  ['cup-ecb', long,  expected(vector('cup-ecb-mac-tdes'), 'field64')],
  ['x9.9',    short, '756FED7EEB9F572C'],
  ['x9.19',   long,  'D2E1D279C4F95777'],
  ['cbc-mac', long,  '2E55B965E1A5C840'],
]

test.each(rows)('%s over a published message gives the published eight bytes', (algorithm, key, mac) => {
  expect(asHex(macOf(algorithm, key, mab))).toBe(mac)
})

test('cmac gives the tag of SP 800-38B for a 16-byte TDES key', () => {
  const each = vector('cmac-tdes-2-20')
  expect(asHex(macOf('cmac', hex(text(each, 'key')), hex(text(each, 'data'))))).toBe(each.expected)
})

// biome-ignore format: read down a column
test.each<[MacAlgorithm, boolean, boolean]>([
  //         8      16
  ['cup-ecb', true,  true ],
  ['x9.9',    true,  false],
  ['x9.19',   false, true ],
  ['cbc-mac', false, true ],
  ['cmac',    false, true ],
])('%s takes a MAK of 8 bytes: %s, of 16: %s; never stretched or cut', (algorithm, eight, sixteen) => {
  for (const [bytes, fits] of [[8, eight], [16, sixteen], [24, false], [0, false]] as const) {
    expect(macKeyFits(algorithm, bytes)).toBe(fits)
    const key = Uint8Array.from({ length: bytes }, (_, at) => at * 7 + 2)
    if (fits) expect(macOf(algorithm, key, mab)).toHaveLength(8)
    else expect(() => macOf(algorithm, key, mab)).toThrow(RangeError)
  }
})

test('cup-ecb-mac-sm4: field 64 under SM4 by the same rule over 16-byte blocks', () => {
  const each = vector('cup-ecb-mac-sm4')
  const mac = macOf('cup-ecb', hex(text(each, 'mak')), hex(text(each, 'mab')), 'SM4')
  expect(asHex(mac)).toBe(expected(each, 'field64'))
})

test('CBC-MAC and CMAC under SM4 are the first eight bytes of what OpenSSL’s cipher gives', () => {
  const cipher = nodeCipher('sm4-ecb', long, 16)
  expect(macOf('cbc-mac', long, mab, 'SM4')).toEqual(cbcMac(cipher, mab, 1).slice(0, 8))
  expect(macOf('cmac', long, mab, 'SM4')).toEqual(cmac(cipher, mab).slice(0, 8))
  expect(macOf('cmac', long, mab, 'AES')).toEqual(cmac(nodeCipher('aes-128-ecb', long, 16), mab).slice(0, 8))
})

// biome-ignore format: read down a column
test.each<[MacAlgorithm, readonly number[], readonly number[]]>([
  //          SM4   AES
  ['cup-ecb', [16], []          ],
  ['x9.9',    [],   []          ],
  ['x9.19',   [],   []          ],
  ['cbc-mac', [16], []          ],
  ['cmac',    [16], [16, 24, 32]],
])('%s takes SM4 keys of %j and AES keys of %j bytes, no other', (algorithm, national, aes) => {
  for (const bytes of [0, 8, 16, 24, 32]) {
    for (const [cipher, sizes] of [['SM4', national], ['AES', aes]] as const) {
      expect(macKeyFits(algorithm, bytes, cipher)).toBe(sizes.includes(bytes))
      const key = new Uint8Array(bytes).fill(9)
      if (sizes.includes(bytes)) expect(macOf(algorithm, key, mab, cipher)).toHaveLength(8)
      else expect(() => macOf(algorithm, key, mab, cipher)).toThrow(RangeError)
    }
  }
})
