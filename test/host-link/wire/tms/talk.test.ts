import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../../../../host-link/wire/message.ts'
import * as talk from '../../../../host-link/wire/tms/talk.ts'
import { cborX, filled, hexOf, SERIAL } from './samples.ts'

const hash = filled(32, 0x51)
const hello: talk.Hello = {
  ...{ nonce: filled(8, 0x6e), serial: SERIAL, epoch: 17, maker: 'Shuaka', model: 'SK-200', blockMax: 4_096 },
  ...{ report: filled(3, 1), rootVersion: 2, reportKey: filled(32, 0x52) },
}
const want: talk.Want = { roots: [filled(5, 1), filled(6, 2)], order: filled(7, 3) }
const get: talk.Get = {
  object: hash,
  blockBytes: 4_096,
  first: 64,
  bitmap: Uint8Array.of(0xff, 1),
  request: 9,
}
const block: talk.Block = { object: filled(8, 0x51), request: 9, offset: 262_144, bytes: filled(4_096, 7) }
const refusal: talk.Block = { object: filled(8, 0x51), request: 9, error: 4, seconds: 60 }
const ack: talk.Ack = { epoch: 17, seq: 3 }
const map = (...entries: [number, unknown][]): Map<number, unknown> => new Map(entries)
const keyed = (...values: unknown[]): Map<number, unknown> => new Map(values.entries())

interface Row {
  readonly name: string
  readonly value: object
  readonly cbor: Map<number, unknown>
  readonly encode: () => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}
const messages: readonly Row[] = [
  {
    name: 'hello',
    value: hello,
    cbor: keyed(hello.nonce, SERIAL, 17, 'Shuaka', 'SK-200', 4_096, filled(3, 1), 2, hello.reportKey),
    encode: () => talk.encodeHello(hello),
    decode: talk.decodeHello,
  },
  {
    name: 'hello without a report',
    value: { ...hello, report: null },
    cbor: keyed(hello.nonce, SERIAL, 17, 'Shuaka', 'SK-200', 4_096, null, 2, hello.reportKey),
    encode: () => talk.encodeHello({ ...hello, report: null }),
    decode: talk.decodeHello,
  },
  {
    name: 'want',
    value: want,
    cbor: keyed([filled(5, 1), filled(6, 2)], filled(7, 3)),
    encode: () => talk.encodeWant(want),
    decode: talk.decodeWant,
  },
  {
    name: 'get',
    value: get,
    cbor: keyed(hash, 4_096, 64, Uint8Array.of(0xff, 1), 9),
    encode: () => talk.encodeGet(get),
    decode: talk.decodeGet,
  },
  {
    name: 'block',
    value: block,
    cbor: keyed(filled(8, 0x51), 9, 262_144, filled(4_096, 7)),
    encode: () => talk.encodeBlock(block),
    decode: talk.decodeBlock,
  },
  {
    name: 'refusal of a block',
    value: refusal,
    cbor: map([0, filled(8, 0x51)], [1, 9], [4, 4], [5, 60]),
    encode: () => talk.encodeBlock(refusal),
    decode: talk.decodeBlock,
  },
  {
    name: 'ack',
    value: ack,
    cbor: keyed(17, 3),
    encode: () => talk.encodeAck(ack),
    decode: talk.decodeAck,
  },
]

describe.each(messages)('$name', ({ value, cbor, encode, decode }) => {
  it('is the map of the tables, byte for byte as cbor-x writes it, and is read from that', () => {
    const theirs = new Uint8Array(cborX.encode(cbor))
    expect(hexOf(encode())).toBe(hexOf(theirs))
    expect(decode(theirs)).toEqual(value)
  })

  it('cut, with a byte behind it, without a key, with one more → refused', () => {
    const bytes = encode()
    for (let length = 0; length < Math.min(bytes.length, 300); length++)
      expect(() => decode(bytes.slice(0, length)), `cut at ${length}`).toThrow(WireError)
    expect(() => decode(Uint8Array.of(...bytes, 0))).toThrow(WireError)
    for (const key of cbor.keys()) {
      const less = new Map([...cbor].filter(([other]) => other !== key))
      expect(() => decode(new Uint8Array(cborX.encode(less))), `without ${key}`).toThrow(WireError)
    }
    expect(() => decode(new Uint8Array(cborX.encode(new Map([...cbor, [23, 0]]))))).toThrow(WireError)
  })

  it('random bytes and changed ones → read, or a WireError and nothing else', () => {
    const bytes = encode()
    const tries = (input: Uint8Array): void => {
      try {
        decode(input)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), tries), { numRuns: 300 })
    fc.assert(
      fc.property(fc.nat(Math.min(bytes.length, 200) - 1), fc.nat(255), (at, byte) => {
        const wrong = bytes.slice()
        wrong[at] = byte
        tries(wrong)
      }),
      { numRuns: 500 },
    )
  })
})

describe('limits', () => {
  // biome-ignore format: one row a limit
  const limits: readonly [name: string, good: () => Uint8Array, bad: () => Uint8Array][] = [
    ['a bitmap of 8 bytes, of 9', () => talk.encodeGet({ ...get, bitmap: filled(8, 1) }), () => talk.encodeGet({ ...get, bitmap: filled(9, 1) })],
    ['a bitmap with one bit, with none', () => talk.encodeGet({ ...get, bitmap: Uint8Array.of(0, 1) }), () => talk.encodeGet({ ...get, bitmap: Uint8Array.of(0, 0) })],
    ['blocks of 1,024, of 1,025 bytes', () => talk.encodeGet({ ...get, blockBytes: 1_024 }), () => talk.encodeGet({ ...get, blockBytes: 1_025 })],
    ['a block of 32 KiB, of one byte more', () => talk.encodeBlock({ ...block, bytes: filled(32_768, 0) }), () => talk.encodeBlock({ ...block, bytes: filled(32_769, 0) })],
    ['a block of one byte, of none', () => talk.encodeBlock({ ...block, bytes: filled(1, 0) }), () => talk.encodeBlock({ ...block, bytes: filled(0, 0) })],
    ['16 roots, 17', () => talk.encodeWant({ ...want, roots: Array.from({ length: 16 }, () => filled(9, 1)) }), () => talk.encodeWant({ ...want, roots: Array.from({ length: 17 }, () => filled(9, 1)) })],
    ['a root of 4 KiB, of one byte more', () => talk.encodeWant({ ...want, roots: [filled(4_096, 1)] }), () => talk.encodeWant({ ...want, roots: [filled(4_097, 1)] })],
    ['an order of 8 KiB, of one byte more', () => talk.encodeWant({ ...want, order: filled(8_192, 1) }), () => talk.encodeWant({ ...want, order: filled(8_193, 1) })],
    ['roots of 24 KiB with an order, of 32 KiB', () => talk.encodeWant({ order: filled(8_192, 1), roots: Array.from({ length: 6 }, () => filled(4_096, 1)) }), () => talk.encodeWant({ order: filled(8_192, 1), roots: Array.from({ length: 8 }, () => filled(4_096, 1)) })],
    ['a report of 8 KiB, of one byte more', () => talk.encodeHello({ ...hello, report: filled(8_192, 1) }), () => talk.encodeHello({ ...hello, report: filled(8_193, 1) })],
  ]
  it.each(limits)('%s', (_, good, bad) => {
    expect(good().length).toBeLessThanOrEqual(talk.TALK_BYTES_MAX)
    expect(bad).toThrow(WireError)
  })

  it('a message of more than 33,792 bytes is not looked at', () => {
    expect(() => talk.decodeWant(filled(talk.TALK_BYTES_MAX + 1, 0xa0))).toThrow('more than 33792 bytes')
  })
})
