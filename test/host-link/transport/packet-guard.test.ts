import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makePacketGuard } from '../../../host-link/transport/packet-guard.ts'

/** A packet of that many remaining bytes, MQTT 3.1.1, 2.2. */
function packet(length: number): Uint8Array {
  const head = [0x30]
  for (let left = length; ; left >>>= 7) {
    head.push((left & 0x7f) | (left >= 128 ? 0x80 : 0))
    if (left < 128) break
  }
  return Uint8Array.of(...head, ...new Uint8Array(length).fill(0xff))
}

test.each([
  [0, 0],
  [127, 127],
  [128, 128],
  [16_383, 16_384],
  [16_384, 16_384],
])('a packet of %i bytes passes a guard of %i', (length, max) => {
  expect(makePacketGuard(max)(packet(length))).toBe(true)
})

test('one byte more is refused at its header, before the packet is there', () => {
  for (const max of [126, 127, 16_383, 33_000])
    expect(makePacketGuard(max)(packet(max + 1).subarray(0, 4))).toBe(false)
})

test('a length of more than four bytes is refused (2.2.3)', () => {
  expect(makePacketGuard(2 ** 40)(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x00))).toBe(false)
})

test('however the stream is cut, good packets pass and the first that is too long is seen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(400), { maxLength: 20 }),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
      (lengths, bad, cuts) => {
        const stream = Uint8Array.of(
          ...lengths.flatMap((length) => [...packet(length)]),
          ...(bad ? packet(401) : []),
        )
        const guard = makePacketGuard(400)
        let all = true
        let turn = 0
        for (let at = 0; at < stream.length; ) {
          const size = cuts[turn++ % cuts.length] ?? 1
          all = guard(stream.subarray(at, at + size)) && all
          if (!all) break
          at += size
        }
        expect(all).toBe(!bad)
      },
    ),
  )
})
