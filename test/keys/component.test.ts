import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CipherName } from '../../keys/block-cipher.ts'
import {
  bytesOfTypedHex,
  combineComponents,
  componentCheckValue,
  isZeroComponent,
} from '../../keys/component.ts'
import { isWeakDesKey, withOddParity } from '../../keys/des-key.ts'
import { ascii, asHex, expected, hex, text, type Vector, vector, vectors } from './vectors.ts'

const A = hex('2C45F1A80B9D3E6780F4D6137A5B9EC4')
const B = hex('F1B3049DC2764A85236789E5DC02B3A8')

const xor = (...parts: readonly Uint8Array[]) =>
  (parts[0] ?? new Uint8Array(0)).map((_, at) => parts.reduce((sum, part) => sum ^ (part[at] ?? 0), 0))

function algorithmOf(from: Vector): CipherName {
  const name = text(from, 'algorithm')
  if (name === 'SM4') return 'SM4'
  return name.startsWith('AES') ? 'AES' : 'TDES'
}

const listed = (from: Vector, property: string): readonly string[] => {
  const list = from[property]
  if (!Array.isArray(list)) throw new Error(`${from.name}: ${property} is no list`)
  return list.map(String)
}

describe('components 分量: the published and computed vectors', () => {
  test.each(
    vectors(4, ({ category, combine }) => category === 'components' && combine === 'xor').map(
      (one) => [one.name, one] as const,
    ),
  )('%s → the key and all check values', (_, from) => {
    const algorithm = algorithmOf(from)
    const components = listed(from, 'components').map(hex)
    expect(components.map((each) => asHex(componentCheckValue(algorithm, each)))).toEqual(
      listed(from, 'componentKcv'),
    )
    const combined = combineComponents(algorithm, components, hex(expected(from, 'kcv')))
    if (combined.kind !== 'combined') throw new Error(combined.why)
    expect(asHex(combined.checkValue)).toBe(expected(from, 'kcv'))
    const sum = hex(expected(from, 'key'))
    expect(combined.key).toEqual(algorithm === 'TDES' ? withOddParity(sum) : sum)
  })

  test('weak and semi-weak DES keys of the vectors, as the left or the right half → refused', () => {
    const pairs = listed(vector('des-semi-weak-pairs'), 'expected').flatMap((pair) => pair.split(','))
    const all = [...listed(vector('des-weak-keys'), 'expected'), ...pairs]
    expect(all).toHaveLength(16)
    const good = '0123456789ABCDEF'
    for (const half of all) {
      for (const key of [half + good, good + half]) {
        const combined = combineComponents('TDES', [A.slice(), xor(A, hex(key))])
        expect(combined, key).toEqual({ kind: 'refused', why: 'weakKey' })
      }
    }
  })
})

describe('components 分量: refusals', () => {
  const zero = new Uint8Array(16)
  const ones = new Uint8Array(16).fill(1)
  const swapParity = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1)

  // biome-ignore format: one row a refusal
  const rows: readonly (readonly [string, CipherName, readonly Uint8Array[], string])[] = [
    ['no component',                              'TDES', [],                                          'count'],
    ['one component',                             'TDES', [A],                                         'count'],
    ['four components',                           'AES',  [A, B, xor(A, ones), xor(B, ones)],          'count'],
    ['8 bytes of TDES',                           'TDES', [A.slice(0, 8), B.slice(0, 8)],              'length'],
    ['24 bytes of SM4',                           'SM4',  [new Uint8Array(24).fill(1), new Uint8Array(24).fill(2)], 'length'],
    ['17 bytes of AES',                           'AES',  [new Uint8Array(17).fill(1), new Uint8Array(17).fill(2)], 'length'],
    ['16 and 24 bytes',                           'TDES', [A, new Uint8Array(24).fill(9)],             'length'],
    ['halves of a key',                           'TDES', [A, B.slice(0, 8)],                          'length'],
    ['a component of zeros',                      'AES',  [A, zero],                                   'zeroComponent'],
    ['a TDES component of parity bits only',      'TDES', [A, ones],                                   'zeroComponent'],
    ['two equal components',                      'SM4',  [A, A],                                      'equalComponents'],
    ['the first and third equal',                 'AES',  [A, B, A],                                   'equalComponents'],
    ['two that differ in parity bits only',       'TDES', [A, B, swapParity(B)],                       'equalComponents'],
    ['three that cancel each other',              'AES',  [A, B, xor(A, B)],                           'zeroKey'],
    ['three that leave parity bits only',         'TDES', [A, B, swapParity(xor(A, B))],               'zeroKey'],
    ['one byte over and over, SM4',               'SM4',  [A, xor(A, new Uint8Array(16).fill(0x5a))],  'weakKey'],
    ['one byte over and over, AES',               'AES',  [A, xor(A, new Uint8Array(16).fill(0xff))],  'weakKey'],
    ['K1 = K2',                                   'TDES', [A, xor(A, hex(text(vector('tdes-degenerate-K1eqK2'), 'key')))], 'weakKey'],
    ['K1 = K2 but for parity',                    'TDES', [A, xor(A, hex('0123456789ABCDEF0022446688AACCEE'))], 'weakKey'],
    ['K1 = K3 of 24 bytes',                       'TDES', [new Uint8Array(24).fill(0x5a), xor(new Uint8Array(24).fill(0x5a), hex('0123456789ABCDEFFEDCBA98765432100123456789ABCDEF'))], 'weakKey'],
    ['K2 = K3 of 24 bytes',                       'TDES', [new Uint8Array(24).fill(0x5a), xor(new Uint8Array(24).fill(0x5a), hex('0123456789ABCDEFFEDCBA9876543210FEDCBA9876543210'))], 'weakKey'],
    ['the key of all 01',                         'TDES', [A, xor(A, ones)],                           'equalComponents'],
  ]
  test.each(rows)('%s → refused, nothing of it left in memory', (_, algorithm, given, why) => {
    const components = given.map((each) => each.slice())
    expect(combineComponents(algorithm, components)).toEqual({ kind: 'refused', why })
    expect(components.every((each) => each.every((byte) => byte === 0))).toBe(true)
  })

  test('another check value than the form says, also a part of the right one → refused', () => {
    for (const digits of ['055808', '0558', '05580900', '']) {
      expect(combineComponents('TDES', [A.slice(), B.slice()], hex(digits))).toEqual({
        kind: 'refused',
        why: 'checkValue',
      })
    }
  })

  test('one digit typed wrong → another check value, so refused', () => {
    for (let at = 0; at < 32; at++) {
      const wrong = A.slice()
      // Bit 1 of each digit: the lowest bit of a byte is DES parity, which no check value sees.
      wrong[at >> 1] = (wrong[at >> 1] ?? 0) ^ (at % 2 === 0 ? 0x10 : 0x02)
      expect(combineComponents('TDES', [wrong, B.slice()], hex('055809')).kind, `digit ${at}`).toBe('refused')
    }
  })

  test('K1 = K3 of 16 bytes is no fault: that is what TDES of 16 bytes is', () => {
    expect(combineComponents('TDES', [A.slice(), B.slice()]).kind).toBe('combined')
  })

  test('a check value of a component of another size → RangeError', () => {
    expect(() => componentCheckValue('SM4', new Uint8Array(24))).toThrow(RangeError)
    expect(isZeroComponent('TDES', ones)).toBe(true)
    expect(isZeroComponent('AES', ones)).toBe(false)
  })
})

describe('components 分量: properties', () => {
  test('any order of any good components → one key, of odd parity for TDES, and the components are overwritten', () => {
    const one = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(fc.constantFrom('TDES', 'SM4', 'AES'), one, one, one, (algorithm: CipherName, a, b, c) => {
        const given = [a.slice(), b.slice(), c.slice()]
        const first = combineComponents(algorithm, given)
        const second = combineComponents(algorithm, [c.slice(), a.slice(), b.slice()])
        expect(given.every((each) => each.every((byte) => byte === 0))).toBe(true)
        expect(second.kind).toBe(first.kind)
        if (first.kind === 'refused' || second.kind === 'refused') return
        expect(second.key).toEqual(first.key)
        if (algorithm !== 'TDES') return
        expect(first.key).toEqual(withOddParity(xor(a, b, c)))
        expect(isWeakDesKey(first.key)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })
})

describe('typed hex', () => {
  test('digits of either case with spaces and line ends → bytes, and the digits are overwritten', () => {
    const digits = ascii('01 23\tab\r\nCDef\n')
    expect(bytesOfTypedHex(digits)).toEqual(hex('0123ABCDEF'))
    expect(digits.every((byte) => byte === 0)).toBe(true)
    expect(bytesOfTypedHex(ascii(''))).toEqual(new Uint8Array(0))
  })

  test.each(['0', '012', '0g', '0G', '@0', '[0', '`0', '0/', '0:', '0x12', '零零'])(
    '%s → nothing',
    (typed) => {
      const digits = Uint8Array.from(Buffer.from(typed, 'utf8'))
      expect(bytesOfTypedHex(digits)).toBeUndefined()
      expect(digits.every((byte) => byte === 0)).toBe(true)
    },
  )
})
