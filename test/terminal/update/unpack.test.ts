import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Component, encodePayload, programOf } from '../../../host-link/tms/payload.ts'
import { type CborValue, encodeCbor } from '../../../host-link/wire/cbor.ts'
import { unpackRun } from './rig.ts'

const deflate = (bytes: Uint8Array, dictionary?: Uint8Array) =>
  deflateRawSync(bytes, dictionary === undefined ? { level: 9 } : { level: 9, dictionary })
const none = new Uint8Array(0)

/** A payload of these rows as they are, right or wrong. */
function payloadOf(
  rows: readonly CborValue[],
  length: number,
  data: Uint8Array = none,
  format = 1,
): Uint8Array {
  const head = encodeCbor([format, length, ...rows])
  return Buffer.concat([Buffer.of(head.length >> 8, head.length & 255), head, data])
}

const text = (seed: string, times: number): Uint8Array => Buffer.from(`${seed} `.repeat(times))

/** Pieces of the kind that a program has: words again and again, with some that differ. */
const piece = fc
  .array(
    fc.oneof(
      fc.constantFrom(text('const sale=', 20), text('return amount', 9)),
      fc.uint8Array({ maxLength: 40 }),
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => Uint8Array.from(Buffer.concat(parts)))
  .filter((bytes) => bytes.length > 0)
const pieces = fc.array(piece, { minLength: 1, maxLength: 8 })
const named = (parts: readonly Uint8Array[]): Component[] =>
  parts.map((bytes, at) => ({ name: `terminal/${at}.ts`, bytes }))

describe('unpack: what the encoder made', () => {
  it('property: any components, without a base → the program, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const program = programOf(named(parts))
        const run = await unpackRun(encodePayload(named(parts), undefined, deflate), none, program.length)
        expect(run).toMatchObject({ kind: 'unpacked', length: program.length })
        expect(Buffer.from(run.bytes).equals(program)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('property: any components out of any base, some pieces kept, some moved → the program; never larger than in full', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, pieces, fc.array(fc.nat(), { maxLength: 8 }), async (old, fresh, kept) => {
        const parts = [...fresh, ...kept.map((at) => old[at % old.length] ?? none)]
        const [program, base] = [programOf(named(parts)), programOf(named(old))]
        const payload = encodePayload(named(parts), named(old), deflate)
        const run = await unpackRun(payload, base, program.length)
        expect(run.kind).toBe('unpacked')
        expect(Buffer.from(run.bytes).equals(program)).toBe(true)
        expect(payload.length).toBeLessThanOrEqual(encodePayload(named(parts), undefined, deflate).length)
      }),
      { numRuns: 100 },
    )
  })

  it('a program of 30,000 bytes → 4,096 bytes a write but the last, a rest after each, no read above 8,192', async () => {
    const parts = named([text('消费 sale', 1000), text('退货 refund', 1200)])
    const program = programOf(parts)
    const run = await unpackRun(encodePayload(parts, undefined, deflate), none, program.length)
    expect(run.writes.slice(0, -1).every((count) => count === 4096)).toBe(true)
    expect(run.writes.length).toBe(Math.ceil(program.length / 4096))
    expect(run.rests).toBe(run.writes.length)
    expect(run.readMax).toBeLessThanOrEqual(8192)
  })

  it('nothing changed → one row, below 20 bytes', async () => {
    const parts = named([text('a', 500), text('b', 700), text('c', 900)])
    const payload = encodePayload(parts, parts, deflate)
    expect(payload.length).toBeLessThan(20)
    expect((await unpackRun(payload, programOf(parts), programOf(parts).length)).kind).toBe('unpacked')
  })

  it('a sink that refuses its third write → storage, and no write after it', async () => {
    const parts = named([text('sale', 5000)])
    const run = await unpackRun(encodePayload(parts, undefined, deflate), none, programOf(parts).length, 2)
    expect(run).toMatchObject({ kind: 'storage', writes: [4096, 4096], asked: 3 })
  })

  it('an empty component, and more of them than a payload has rows → RangeError', () => {
    expect(() => encodePayload(named([none]), undefined, deflate)).toThrow(RangeError)
    expect(() =>
      encodePayload(named(Array.from({ length: 513 }, () => text('a', 1))), undefined, deflate),
    ).toThrow(RangeError)
  })
})

describe('unpack: what nobody should have made', () => {
  const base = text('base', 100)
  const eight = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  // biome-ignore format: one row a payload
  const rows: readonly [string, Uint8Array, number][] = [
    ['nothing',                                   none,                                                    0],
    ['one byte',                                  Uint8Array.of(0),                                        0],
    ['a head that goes beyond the payload',       Uint8Array.of(0, 9, 0x82, 1, 8),                         8],
    ['a head of 8,193 bytes',                     Buffer.concat([Buffer.of(0x20, 1), Buffer.alloc(9000)]), 8],
    ['a head that is no CBOR',                    Uint8Array.of(0, 1, 0xff),                               0],
    ['a head that is no array',                   Uint8Array.of(0, 1, 0xa0),                               0],
    ['an unknown format',                         payloadOf([[1, 8]], 8, eight, 2),                        8],
    ['another length than the manifest says',     payloadOf([[1, 8]], 8, eight),                           9],
    ['a head that says another length than its rows', payloadOf([[1, 8]], 9, eight),                     8],
    ['rows that make less than the length',       payloadOf([[1, 8]], 9, eight),                           9],
    ['rows that make more than the length',       payloadOf([[1, 8]], 7, eight),                           7],
    ['a row that is no array',                    payloadOf([8], 8, eight),                                8],
    ['a row of an unknown kind',                  payloadOf([[4, 8]], 8, eight),                           8],
    ['a row with a text',                         payloadOf([[1, 'x']], 8, eight),                         8],
    ['a row below zero',                          payloadOf([[1, 9], [0, -1, 0]], 8, eight),               8],
    ['a row with an element too many',            payloadOf([[1, 8, 8]], 8, eight),                        8],
    ['a row with an element too few',             payloadOf([[0, 8]], 8),                                  8],
    ['data that are missing',                     payloadOf([[1, 8]], 8, eight.subarray(1)),               8],
    ['data left over',                            payloadOf([[1, 7]], 7, eight),                           7],
    ['a range behind the end of the base',        payloadOf([[0, 8, 493]], 8),                             8],
    ['a dictionary behind the end of the base',   payloadOf([[3, 8, 8, 400, 101]], 8, eight),              8],
    ['a dictionary above 32 KiB',                 payloadOf([[3, 8, 8, 0, 32_769]], 8, eight),             8],
    ['513 rows',                                  payloadOf(Array.from({ length: 513 }, () => [1, 1]), 513, Buffer.alloc(513)), 513],
  ]
  for (const [name, payload, length] of rows)
    it(`${name} → wrong, not one byte written`, async () => {
      expect(await unpackRun(payload, base, length)).toMatchObject({ kind: 'wrong', writes: [] })
    })

  it('a stream that goes on beyond its row 攻击 → wrong, never more bytes than the program has', async () => {
    const bomb = deflate(new Uint8Array(10_000_000))
    const run = await unpackRun(payloadOf([[2, 10_000, bomb.length]], 10_000, bomb), none, 10_000)
    expect(run.kind).toBe('wrong')
    expect(run.bytes.length).toBeLessThanOrEqual(10_000)
  })

  it('a stream that ends before its row, and one with bytes behind its end → wrong', async () => {
    const short = deflate(text('a', 50))
    expect((await unpackRun(payloadOf([[2, 101, short.length]], 101, short), none, 101)).kind).toBe('wrong')
    const more = Buffer.concat([short, Buffer.of(0)])
    expect((await unpackRun(payloadOf([[2, 100, more.length]], 100, more), none, 100)).kind).toBe('wrong')
  })

  it('every truncation and every flipped bit of a delta → wrong or storage-free end, never more than the length', async () => {
    const old = named([text('消费 sale', 30), text('退货', 40)])
    const parts = named([text('消费 sale', 31), text('退货', 40)])
    const program = programOf(parts)
    const payload = encodePayload(parts, old, deflate)
    for (let cut = 0; cut < payload.length; cut++)
      expect((await unpackRun(payload.subarray(0, cut), programOf(old), program.length)).kind).toBe('wrong')
    for (let bit = 0; bit < 8 * payload.length; bit++) {
      const flipped = payload.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const run = await unpackRun(flipped, programOf(old), program.length)
      expect(run.bytes.length).toBeLessThanOrEqual(program.length)
      if (run.kind === 'unpacked') expect(run.bytes.length).toBe(program.length)
      else expect(run.kind).toBe('wrong')
    }
  })
})
