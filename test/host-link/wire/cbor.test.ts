import { readFileSync } from 'node:fs'
import { Encoder } from 'cbor-x'
import { transformSync } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CborValue, decodeCbor, encodeCbor } from '../../../host-link/wire/cbor.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { bytes } from './samples.ts'

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex')
const map = (...entries: [number | string, CborValue][]) => new Map(entries)

// biome-ignore format: one row an example
const RFC_8949_APPENDIX_A: readonly [hex: string, value: CborValue][] = [
  ['00', 0], ['01', 1], ['0a', 10], ['17', 23], ['1818', 24], ['1819', 25], ['1864', 100], ['1903e8', 1000],
  ['1a000f4240', 1000000], ['1b000000e8d4a51000', 1000000000000],
  ['20', -1], ['29', -10], ['3863', -100], ['3903e7', -1000],
  ['f4', false], ['f5', true], ['f6', null],
  ['40', bytes('')], ['4401020304', bytes('01020304')],
  ['60', ''], ['6161', 'a'], ['6449455446', 'IETF'], ['62225c', '"\\'], ['62c3bc', '\u00fc'], ['63e6b0b4', '\u6c34'],
  ['64f0908591', '\u{10151}'],
  ['80', []], ['83010203', [1, 2, 3]], ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, i) => i + 1)],
  ['a0', map()], ['a201020304', map([1, 2], [3, 4])], ['a26161016162820203', map(['a', 1], ['b', [2, 3]])],
  ['826161a161626163', ['a', map(['b', 'c'])]],
  ['a56161614161626142616361436164614461656145', map(['a', 'A'], ['b', 'B'], ['c', 'C'], ['d', 'D'], ['e', 'E'])],
]
// biome-ignore format: by length, beyond the appendix
const EDGES: readonly [hex: string, value: CborValue][] = [
  ['18ff', 255], ['190100', 256], ['19ffff', 65535], ['1a00010000', 65536], ['1affffffff', 4294967295],
  ['1b0000000100000000', 4294967296], ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['37', -24], ['3818', -25], ['38ff', -256], ['390100', -257], ['3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
  ['62c280', '\u0080'], ['62dfbf', '\u07ff'], ['63e0a080', '\u0800'], ['63efbfbf', '\uffff'], ['64f48fbfbf', '\u{10ffff}'],
  // RFC 8949 §4.2.1: 10, 100, -1, "z", "aa" is the bytewise order of its example's keys that we have
  ['a50a00186400200061 7a0062616100'.replace(' ', ''), map([10, 0], [100, 0], [-1, 0], ['z', 0], ['aa', 0])],
]

describe('accepted', () => {
  test.each([...RFC_8949_APPENDIX_A, ...EDGES])('%s ↔ %j', (hex, value) => {
    expect(hexOf(encodeCbor(value))).toBe(hex)
    expect(decodeCbor(bytes(hex))).toEqual(value)
  })

  test('a map in any order of insertion is written in the order of its keys', () => {
    expect(hexOf(encodeCbor(map(['aa', 0], ['z', 0], [-1, 0], [100, 0], [10, 0])))).toBe(
      'a50a001864002000617a0062616100',
    )
  })

  test('the key __proto__ is a key like any other', () => {
    const value = decodeCbor(encodeCbor(map(['__proto__', 1])))
    expect(value).toEqual(map(['__proto__', 1]))
  })

  test('a byte string is a copy, also out of a Buffer', () => {
    const input = Buffer.from('4401020304', 'hex')
    const value = decodeCbor(input)
    input.fill(0)
    expect(value).toEqual(bytes('01020304'))
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype)
  })
})

// biome-ignore format: one row an example
const REFUSED: readonly [why: string, ...hex: string[]][] = [
  ['half floats (appendix A)', 'f90000', 'f98000', 'f93c00', 'f97bff', 'f97c00', 'f97e00'],
  ['floats (appendix A)', 'fa47c35000', 'fb3ff199999999999a', 'fbc010666666666666'],
  ['undefined and simple values (appendix A)', 'f7', 'f0', 'f8ff', 'f818', 'f814'],
  ['tags (appendix A)', 'c074323031332d30332d32315432303a30343a30305a', 'c11a514b67b0', 'd74401020304', 'c249010000000000000000'],
  ['indefinite lengths (appendix A)', '5f42010243030405ff', '7f657374726561646d696e67ff', '9fff', '9f0102ff', 'bf61610161629f0203ffff', 'ff'],
  ['integers over 2^53 (appendix A)', '1bffffffffffffffff', '3bffffffffffffffff', '1b0020000000000000', '3b001fffffffffffff'],
  ['longer than needed', '1817', '190017', '1900ff', '1a0000ffff', '1b00000000ffffffff', '3800', '5800', '7800', '780161', '9800', 'b800'],
  ['reserved lengths (appendix F)', '1c', '1d', '1e', '1f', '3c', '5c', '7d', '9e', 'bc', 'fc', 'fd', 'fe'],
  ['truncated (appendix F)', '', '18', '19', '1900', '1a', '1b00000000000000', '41', '61', '5affffffff00', '5bffffffffffffffff010203', '7affffffff00', '7b7fffffffffffffff010203', '81', '818181818181818181', '8200', 'a1', 'a20102', 'a100', 'a2000000'],
  ['lengths that memory could not hold', '9affffffff', 'baffffffff', '9b001fffffffffffff', '5b001fffffffffffff'],
  ['key twice', 'a201000100', 'a2616100616100'],
  ['keys out of order', 'a202000100', 'a2616200616100', 'a220000000', 'a26261610061 7a00'.replace(' ', '')],
  ['keys of other types', 'a1f500', 'a1400000', 'a1800000', 'a1a000', 'a1f600'],
  ['trailing bytes', '0000', 'f500', '8000', 'a000'],
  ['not UTF-8: continuation, overlong, surrogate, too high, cut, bad lead', '6180', '61c3', '62c080', '62c1bf', '63e08080', '63e09fbf', '63eda080', '63edbfbf', '64f0808080', '64f08fbfbf', '64f4908080', '64f5808080', '65f888808080', '61ff', '62c328', '63e28228'],
  ['deeper than 16', `${'81'.repeat(17)}00`, '81'.repeat(5000), `${'a100'.repeat(17)}00`],
]

describe('refused', () => {
  test.each(REFUSED)('%s → WireError', (_why, ...examples) => {
    for (const hex of examples) expect(() => decodeCbor(bytes(hex)), hex).toThrow(WireError)
  })

  test('16 arrays in one another are read, and written', () => {
    const hex = `${'81'.repeat(16)}00`
    expect(hexOf(encodeCbor(decodeCbor(bytes(hex))))).toBe(hex)
  })

  test('more bytes than the limit → WireError before anything is read', () => {
    expect(() => decodeCbor(new Uint8Array(65_537))).toThrow('more than 65536 bytes')
    expect(() => decodeCbor(bytes('83010203'), { bytes: 3, depth: 16 })).toThrow('more than 3 bytes')
    expect(() => decodeCbor(bytes('8101'), { bytes: 3, depth: 0 })).toThrow('too deep')
  })

  test.each([
    ['a fraction', 1.5],
    ['2^53', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone surrogate', '\ud800'],
    ['17 arrays', Array.from({ length: 17 }).reduce<CborValue>((inner) => [inner], 0)],
    ['a bad value inside', [[map([1, 0.5])]]],
  ])('%s cannot be written → WireError', (_name, value) => {
    expect(() => encodeCbor(value)).toThrow(WireError)
  })
})

const anyText = fc.string({ unit: 'binary' })
const anyKey = fc.oneof(fc.maxSafeInteger(), anyText)
const anyValue = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.maxSafeInteger(), fc.integer(), anyText, fc.boolean(), fc.constant(null), fc.uint8Array()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value

/** cbor-x writes integers from 2^32 as floats and reads 64-bit ones as bigint: both are brought to one form. */
function widen(value: CborValue): unknown {
  if (typeof value === 'number') return Math.abs(value) >= 2 ** 31 ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(widen)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [widen(key), widen(item)]))
  return value
}
function narrow(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(narrow)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [narrow(key), narrow(item)]))
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}
function sorted(value: CborValue): CborValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (!(value instanceof Map)) return value
  const entries = [...value].map(([key, item]): [number | string, CborValue] => [key, sorted(item)])
  return new Map(entries.sort(([a], [b]) => Buffer.compare(encodeCbor(a), encodeCbor(b))))
}

describe('against cbor-x', () => {
  const cborX = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false })

  test('cbor-x reads what we write', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(narrow(cborX.decode(encodeCbor(value)))).toEqual(value)
      }),
    )
  })

  test('we read what cbor-x writes in order and in the shortest form', () => {
    let read = 0
    fc.assert(
      fc.property(anyValue, (value) => {
        const theirs = cborX.encode(widen(sorted(value)))
        try {
          expect(decodeCbor(theirs)).toEqual(value)
          read++
        } catch (error) {
          // cbor-x takes the length of its longest guess for a text, and 8 bytes for any bigint: not canonical.
          if (!(error instanceof WireError) || error.why !== 'longer than needed') throw error
        }
      }),
      { numRuns: 300 },
    )
    expect(read).toBeGreaterThan(30)
  })
})

describe('any bytes', () => {
  test('random bytes → WireError, or a value with just these bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (data) => {
        expectCanonicalOrRefused(data)
      }),
      { numRuns: 5000 },
    )
  })

  test('any value: comes back; cut off anywhere → WireError; any bit flipped → WireError or canonical', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), (value, where) => {
        const data = encodeCbor(value)
        expect(decodeCbor(data)).toEqual(value)
        expect(() => decodeCbor(data.subarray(0, where % data.length))).toThrow(WireError)
        const bit = where % (8 * data.length)
        data[bit >> 3] = (data[bit >> 3] as number) ^ (1 << (bit & 7))
        expectCanonicalOrRefused(data)
      }),
      { numRuns: 500 },
    )
  })
})

test('the codec stays small: at most 4,096 bytes minified', () => {
  const source = readFileSync(new URL('../../../host-link/wire/cbor.ts', import.meta.url), 'utf8')
  const { code } = transformSync(source, { loader: 'ts', minify: true, target: 'es2020' })
  expect(code.length).toBeLessThanOrEqual(4096)
})

function expectCanonicalOrRefused(data: Uint8Array): void {
  try {
    expect(hexOf(encodeCbor(decodeCbor(data)))).toBe(hexOf(data))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}
