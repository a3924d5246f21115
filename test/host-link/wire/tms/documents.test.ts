import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CborValue, decodeCbor, encodeCbor } from '../../../../host-link/wire/cbor.ts'
import { WireError } from '../../../../host-link/wire/message.ts'
import { decodeOrder, encodeOrder } from '../../../../host-link/wire/tms/order.ts'
import { decodeParameterSet, encodeParameterSet } from '../../../../host-link/wire/tms/parameter-set.ts'
import { decodeRelease, encodeRelease } from '../../../../host-link/wire/tms/release.ts'
import { decodeReport, encodeReport } from '../../../../host-link/wire/tms/report.ts'
import { decodeRoot, encodeRoot } from '../../../../host-link/wire/tms/root.ts'
import {
  bytesOf,
  cborX,
  DAY,
  filled,
  hexOf,
  MODEL,
  NOW,
  orderOf,
  person,
  releaseOf,
  reportOf,
  rootOf,
  SERIAL,
  setOf,
  TENANT,
} from './samples.ts'

const map = (...values: unknown[]): Map<number, unknown> => new Map(values.entries())
const [a, b, c] = [person(1), person(2), person(3)].sort((x, y) => Buffer.compare(x.kid, y.kid)) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
]
const head = (type: number, seq: number, created: number, expires: number): unknown[] => [
  ...[1, type, TENANT, seq, created, expires],
]

interface Row {
  readonly name: string
  readonly value: object
  /** The map as the tables of docs/download.md number it, for cbor-x. */
  readonly cbor: Map<number, unknown>
  readonly encode: () => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

const root = rootOf({ root: [a, b], program: [b, c], parameters: [c], director: [c] }, [2, 1, 1, 1], {
  counterFloor: 2,
})
const documents: readonly Row[] = [
  {
    name: 'root',
    value: root,
    cbor: map(
      ...head(1, 1, NOW - 30 * DAY, NOW + 365 * DAY),
      [a, b, c].map(({ kid, key }) => [kid, key]),
      [
        [1, 2, [a.kid, b.kid], []],
        [2, 1, [b.kid, c.kid], []],
        [3, 1, [c.kid], []],
        [4, 1, [c.kid], []],
      ],
      2,
    ),
    encode: () => encodeRoot(root),
    decode: decodeRoot,
  },
  {
    name: 'release',
    value: releaseOf(),
    cbor: map(
      ...head(2, 7, NOW - DAY, NOW + 90 * DAY),
      ...['0.2.0', 3, ['SK-100', MODEL], [1, 2], [1, 1], [1, 2, 2, true]],
      [
        ['host-link/wire/bytes.ts', 1_200, filled(32, 0x31)],
        ['terminal/main.ts', 800, filled(32, 0x32)],
      ],
      [2_000, filled(32, 0x33)],
      [
        [null, 900, filled(32, 0x34)],
        [filled(32, 0x35), 120, filled(32, 0x36)],
      ],
      4_096,
      map(1, NOW, NOW + 7 * DAY, true, false),
      ['修复打印', 'Printing mended'],
      ['0.1.0'],
    ),
    encode: () => encodeRelease(releaseOf()),
    decode: decodeRelease,
  },
  {
    name: 'parameter set',
    value: setOf(),
    cbor: map(
      ...head(3, 12, NOW - DAY, NOW + 30 * DAY),
      ...[SERIAL, 1, NOW + DAY],
      new Map<number, unknown>([
        [1, 'zh'],
        [8, 500_000],
        [23, '华联商厦'],
        [300, -1],
      ]),
      ...[filled(32, 0x33), 1, null],
    ),
    encode: () => encodeParameterSet(setOf()),
    decode: decodeParameterSet,
  },
  {
    name: 'order',
    value: orderOf(),
    cbor: map(
      ...head(4, 41, NOW, NOW + DAY),
      ...[SERIAL, filled(8, 0x6e), [filled(32, 0x41), 700, 5], [[filled(32, 0x42), 300]]],
      map(0, 120, 300, NOW + 7 * DAY, 3, false, true),
      [
        [8, 3, new Uint8Array(0)],
        [9, 4, bytesOf('a100190400')],
      ],
      [4_096, 65_536, 2],
    ),
    encode: () => encodeOrder(orderOf()),
    decode: decodeOrder,
  },
  {
    name: 'report',
    value: reportOf(),
    cbor: map(
      ...head(5, 3, NOW, 0),
      ...[SERIAL, 17, filled(8, 0x6e), map(1, '0.2.0', filled(32, 0x33), filled(32, 0x41), 3, false)],
      map(1, filled(32, 0x43), 4_096, 90_000, 0, 5),
      ...[
        [filled(32, 0x41), 5, 0, 5],
        map(12, filled(32, 0x42), ['amountMaxFen'], 28, filled(32, 0x43)),
        [6, 42, false, 1],
      ],
      ...[new Map([[1, ['82E136', '2F3A11', '00A1B2', '']]]), [4, 'tls', [900, 3, 12, 1]], [1, 0, 20, 2]],
      ...[[[8, 0, bytesOf('0102')]], ['Shuaka', MODEL, 'quickjs-wasm 0.1.0']],
    ),
    encode: () => encodeReport(reportOf()),
    decode: decodeReport,
  },
]

/** Each place in a value, with a function that gives the value with another there. */
function places(value: CborValue, put: (other: CborValue) => CborValue = (other) => other): Place[] {
  const here = { value, put }
  if (value instanceof Map)
    return [
      here,
      ...Array.from(value as ReadonlyMap<number, CborValue>).flatMap(([key, item]) =>
        places(item, (other) => put(new Map([...(value as ReadonlyMap<number, CborValue>)]).set(key, other))),
      ),
    ]
  if (Array.isArray(value))
    return [
      here,
      ...value.flatMap((item: CborValue, at) =>
        places(item, (other) => put(value.map((one: CborValue, index) => (index === at ? other : one)))),
      ),
    ]
  return [here]
}
interface Place {
  readonly value: CborValue
  readonly put: (other: CborValue) => CborValue
}
const kindOf = (value: CborValue): string =>
  value instanceof Uint8Array
    ? 'bytes'
    : Array.isArray(value)
      ? 'list'
      : value instanceof Map
        ? 'map'
        : typeof value
const others: readonly CborValue[] = [1, 'x', true, bytesOf('00'), [], new Map()]

describe.each(documents)('$name', ({ name, value, cbor, encode, decode }) => {
  it('is the map of the tables, byte for byte as cbor-x writes it, and is read from that', () => {
    const theirs = new Uint8Array(cborX.encode(cbor))
    expect(hexOf(encode())).toBe(hexOf(theirs))
    expect(decode(theirs)).toEqual(value)
  })

  it('cut anywhere, or with a byte behind it → refused', () => {
    const bytes = encode()
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.slice(0, length)), `cut at ${length}`).toThrow(WireError)
    expect(() => decode(Uint8Array.of(...bytes, 0))).toThrow(WireError)
  })

  it('without any one key, with one more, or with another in its place → refused', () => {
    const whole = decodeCbor(encode()) as ReadonlyMap<number, CborValue>
    const refused = (wrong: Map<number, CborValue>, what: string): void =>
      expect(() => decode(encodeCbor(wrong)), what).toThrow(WireError)
    for (const [key, item] of whole) {
      const less = new Map([...whole].filter(([other]) => other !== key))
      refused(less, `without ${key}`)
      refused(new Map([...less, [99, item]]), `99 for ${key}`)
    }
    refused(new Map([...whole, [99, 0]]), 'with 99')
  })

  it('a value of another type anywhere in it → refused, but for a parameter, a number or a text', () => {
    const whole = decodeCbor(encode())
    let taken = 0
    for (const { value: one, put } of places(whole))
      for (const other of others) {
        if (kindOf(other) === kindOf(one)) continue
        try {
          decode(encodeCbor(put(other)))
          taken++
        } catch (error) {
          expect(error, `${kindOf(other)} for ${kindOf(one)}`).toBeInstanceOf(WireError)
        }
      }
    expect(taken).toBe(name === 'parameter set' ? setOf().values.size : 0)
  })

  it('another format or type number → refused', () => {
    const whole = decodeCbor(encode()) as ReadonlyMap<number, CborValue>
    for (const [key, wrong] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 6],
      [1, ((whole.get(1) as number) % 5) + 1],
    ] as const)
      expect(() => decode(encodeCbor(new Map([...whole, [key, wrong]])))).toThrow(WireError)
  })

  it('random bytes, and the document with bytes changed → read, or a WireError and nothing else', () => {
    const bytes = encode()
    const tries = (input: Uint8Array): void => {
      try {
        decode(input)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tries), { numRuns: 500 })
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const wrong = bytes.slice()
        for (const [at, byte] of changes) wrong[at] = byte
        tries(wrong)
      }),
      { numRuns: 1_000 },
    )
  })

  it('bytes that are read are the only bytes of that value', () => {
    const bytes = encode()
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice()
        changed[at] = byte
        let read: unknown
        try {
          read = decode(changed)
        } catch {
          return
        }
        if (hexOf(changed) !== hexOf(bytes)) expect(read).not.toEqual(value)
      }),
      { numRuns: 500 },
    )
  })
})
