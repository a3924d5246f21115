import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Component, encodePayload, indexOf, programOf } from '../../../host-link/tms/payload.ts'
import { decodeCbor } from '../../../host-link/wire/cbor.ts'

const deflate = (bytes: Uint8Array, dictionary?: Uint8Array) =>
  deflateRawSync(bytes, dictionary === undefined ? { level: 9 } : { level: 9, dictionary })
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())

/** Text that does not compress to nothing, the same every time. */
function words(seed: number, count: number): Uint8Array {
  let state = seed
  const word = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1
    return `w${(state % 5000).toString(36)}=`
  }
  return Buffer.from(Array.from({ length: count }, word).join(''))
}
const part = (name: string, bytes: Uint8Array): Component => ({ name, bytes })
const rowsOf = (payload: Uint8Array) => {
  const head = decodeCbor(payload.slice(2, 2 + (payload[0] ?? 0) * 256 + (payload[1] ?? 0)))
  return Array.isArray(head) ? head.slice(2) : []
}

describe('payload', () => {
  const a = part('a.ts', words(1, 2000))
  const b = part('b.ts', words(2, 2000))
  const c = part('c.ts', words(3, 2000))

  it('one stored byte → drawn in docs/download.md: length of the head, [1, 1, [1, 1]], the byte', () => {
    expect(
      Buffer.from(encodePayload([part('a', Uint8Array.of(7))], undefined, deflate)).toString('hex'),
    ).toBe('0006830101820101' + '07')
  })

  it('without a base → one stream for the whole program, below the sum of its parts', () => {
    const payload = encodePayload([a, b, c], undefined, deflate)
    expect(rowsOf(payload)).toHaveLength(1)
    const parts = [a, b, c].reduce((sum, { bytes }) => sum + deflate(bytes).length, 0)
    expect(payload.length).toBeLessThan(parts)
  })

  it('the same components in another order → rows that copy, no data', () => {
    const payload = encodePayload([c, a, b], [a, b, c], deflate)
    const start = a.bytes.length + b.bytes.length
    expect(rowsOf(payload)).toEqual([
      [0, c.bytes.length, start],
      [0, start, 0],
    ])
  })

  it('a component changed in the middle → one delta against the base around its old place, a few bytes', () => {
    const changed = Buffer.concat([b.bytes.subarray(0, 5000), Buffer.from('冲正'), b.bytes.subarray(5000)])
    const payload = encodePayload([a, part('b.ts', changed), c], [a, b, c], deflate)
    expect(rowsOf(payload).map((row) => (Array.isArray(row) ? row[0] : undefined))).toEqual([0, 3, 0])
    expect(payload.length).toBeLessThan(400)
  })

  it('a component under another name, moved and changed → a delta all the same: places are found by their bytes', () => {
    const renamed = part('z.ts', Buffer.concat([Buffer.from('new'), b.bytes]))
    const payload = encodePayload([renamed, a, c], [a, b, c], deflate)
    expect(payload.length).toBeLessThan(400)
  })

  it('the first component of a large base, changed → its old place is within reach', () => {
    const tail = part('tail.ts', words(9, 20_000))
    const changed = part('a.ts', Buffer.concat([Buffer.from('new'), a.bytes]))
    expect(encodePayload([changed, tail], [a, tail], deflate).length).toBeLessThan(400)
  })

  it('a base that has nothing in common → the program in full, as without a base', () => {
    const other = part('other.ts', Buffer.alloc(500, '#'))
    expect(encodePayload([a], [other], deflate)).toEqual(encodePayload([a], undefined, deflate))
  })

  it('twice → the same bytes', () => {
    const changed = part('b.ts', Buffer.concat([b.bytes, a.bytes.subarray(77)]))
    expect(encodePayload([a, changed, c], [c, b, a], deflate)).toEqual(
      encodePayload([a, changed, c], [c, b, a], deflate),
    )
  })
})

describe('index', () => {
  it('of 2,500 bytes → the SHA-256 of all of them, then 16 bytes for each of the three leaves', () => {
    const payload = words(5, 1000).slice(0, 2500)
    const leaves = [payload.slice(0, 1024), payload.slice(1024, 2048), payload.slice(2048)]
    const wanted = [sha256(payload), ...leaves.map((leaf) => sha256(leaf).slice(0, 16))]
    expect(Buffer.from(indexOf(payload, sha256)).equals(Buffer.concat(wanted))).toBe(true)
    expect(programOf([part('x', payload)])).toEqual(Uint8Array.from(payload))
  })
})
