import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, FRAME_BYTES_MAX, FrameDecoder } from '../../../host-link/wire/frame.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { bytes, samples } from './samples.ts'

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
const body = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff)

describe('encodeFrame', () => {
  test('a published frame: its body gets its own length back in front', () => {
    const frames = samples.filter((sample) => sample.messageAt === 13)
    expect(frames.length).toBe(5)
    for (const { hex } of frames) expect(encodeFrame(bytes(hex.slice(4)))).toEqual(bytes(hex))
  })

  test.each([
    [1, '0001'],
    [255, '00ff'],
    [256, '0100'],
    [4096, '1000'],
  ])('%i bytes get the length %s', (length, hex) => {
    expect(Buffer.from(encodeFrame(body(length)).subarray(0, 2)).toString('hex')).toBe(hex)
  })

  test('a body of 0 or 4097 bytes is refused', () => {
    expect(FRAME_BYTES_MAX).toBe(4096)
    expect(() => encodeFrame(new Uint8Array(0))).toThrow(WireError)
    expect(() => encodeFrame(new Uint8Array(4097))).toThrow(WireError)
  })
})

describe('FrameDecoder', () => {
  test('one byte at a time → each body complete at its last byte', () => {
    const decoder = new FrameDecoder()
    const bodies = [body(1), body(300), body(4096)]
    const got: Uint8Array[] = []
    for (const byte of concat(bodies.map(encodeFrame))) got.push(...decoder.push(Uint8Array.of(byte)))
    expect(got).toEqual(bodies)
    expect(decoder.pendingBytes).toBe(0)
  })

  test('100 frames in one read → 100 bodies in order', () => {
    const bodies = Array.from({ length: 100 }, (_, i) => body(i + 1, i))
    expect(new FrameDecoder().push(concat(bodies.map(encodeFrame)))).toEqual(bodies)
  })

  test('any chunking of any frames → the same bodies', () => {
    const chunks = fc.array(fc.nat(40), { maxLength: 60 })
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 8 }),
        chunks,
        (bodies, cuts) => {
          const stream = concat(bodies.map(encodeFrame))
          const decoder = new FrameDecoder()
          const got: Uint8Array[] = []
          let at = 0
          for (const cut of [...cuts, stream.length]) {
            got.push(...decoder.push(stream.subarray(at, at + cut)))
            at = Math.min(at + cut, stream.length)
          }
          expect(got).toEqual(bodies)
        },
      ),
    )
  })

  test('bodies are copies: the chunk may be used again', () => {
    const chunk = encodeFrame(body(4))
    const [got] = new FrameDecoder().push(chunk)
    chunk.fill(0)
    expect(got).toEqual(body(4))
  })

  test('pendingBytes counts the prefix and what came of the body', () => {
    const decoder = new FrameDecoder()
    const counts = [...encodeFrame(body(3))].map((byte) => {
      decoder.push(Uint8Array.of(byte))
      return decoder.pendingBytes
    })
    expect(counts).toEqual([1, 2, 3, 4, 0])
  })

  test.each([
    ['0000', 0],
    ['1001', 4097],
    ['ffff', 65535],
  ])('length %s → WireError, and the stream stays dead', (hex, length) => {
    const decoder = new FrameDecoder()
    expect(() => decoder.push(bytes(hex))).toThrow(`frame.length at byte 0: wants 1 to 4096, got ${length}`)
    expect(() => decoder.push(encodeFrame(body(3)))).toThrow(WireError)
    expect(decoder.failure).toBeInstanceOf(WireError)
  })

  test('good frames before a bad length are still given, then the stream is dead', () => {
    const decoder = new FrameDecoder()
    expect(decoder.push(concat([encodeFrame(body(3)), bytes('0000')]))).toEqual([body(3)])
    expect(decoder.failure).toMatchObject({ path: 'frame.length', offset: 5 })
    expect(() => decoder.push(Uint8Array.of(0))).toThrow(WireError)
  })
})
