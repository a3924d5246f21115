import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHUNK_BYTES_MAX } from '../../../host-link/host/connection.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import { balanceOf, makeRig, snapshot, type TestTerminal } from './rig.ts'

/** Bits flipped in a request: every one of them. */
const FLIPS_PER_BYTE = 8

async function ready() {
  const rig = makeRig()
  const terminal = rig.terminal()
  await terminal.signOn()
  await terminal.exchange(terminal.saleMessage({ amount: 1234 }))
  return { rig, terminal, before: await snapshot(rig) }
}
type Make = (terminal: TestTerminal) => Message
const requests: readonly (readonly [string, Make])[] = [
  ['sale', (terminal) => terminal.saleMessage()],
  ['balance enquiry', (terminal) => terminal.balanceMessage()],
  ['reversal', (terminal) => terminal.reversalOf(terminal.saleMessage({ trace: 2, amount: 1234 }))],
  ['settlement', (terminal) => terminal.settlementMessage(1234, 1)],
  ['status inquiry', (terminal) => terminal.inquiryMessage(1, 99)],
]

describe('what a peer can send', () => {
  it.each(requests)(
    '%s cut at every byte, then the line drops (S05) → no answer, no effect',
    async (_name, make) => {
      const { rig, terminal, before } = await ready()
      const frame = terminal.frame(make(terminal))
      for (let length = 0; length < frame.length; length++)
        expect(await rig.host.connection().receive(frame.slice(0, length))).toEqual([])
      expect(await snapshot(rig)).toEqual(before)
    },
  )

  it.each(requests)('%s cut at every byte, with a length that fits → no effect', async (_name, make) => {
    const { rig, terminal, before } = await ready()
    const body = terminal.frame(make(terminal)).slice(2)
    for (let length = 1; length < body.length; length++)
      await rig.host.connection().receive(encodeFrame(body.slice(0, length)))
    expect(await snapshot(rig)).toEqual(before)
    expect(rig.host.alarms().internal).toBeUndefined()
  })

  it.each(requests)('%s with every single bit flipped → no effect, no fault of ours', async (_name, make) => {
    const { rig, terminal, before } = await ready()
    const frame = terminal.frame(make(terminal))
    const envelope = 13 // length, TPDU and header are no part of the message that the MAC covers
    for (let bit = envelope * FLIPS_PER_BYTE; bit < frame.length * FLIPS_PER_BYTE; bit++) {
      const flipped = frame.slice()
      const at = Math.floor(bit / FLIPS_PER_BYTE)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % FLIPS_PER_BYTE))
      for (const answer of await rig.host.connection().receive(flipped)) {
        const { message } = terminal.opened(answer)
        expect(['A0', '97', '03', '30', '40']).toContain(message.fields[39])
      }
    }
    expect(await snapshot(rig)).toEqual(before)
    expect(rig.host.alarms().internal).toBeUndefined()
  })

  it('random bytes, framed or not → no fault of ours, no effect', async () => {
    const { rig, before } = await ready()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, framed) => {
        const chunk = framed && bytes.length > 0 ? encodeFrame(bytes) : bytes
        await rig.host.connection().receive(chunk)
      }),
      { numRuns: 500, seed: 11 },
    )
    expect(rig.host.alarms().internal).toBeUndefined()
    expect(await snapshot(rig)).toEqual(before)
  })

  it('any message of ours with fields of any value, rightly signed → an answer or an end, never a fault of ours', async () => {
    const { rig, terminal } = await ready()
    const digits = (length: number) =>
      fc
        .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
        .map((all) => all.join(''))
    const fields = fc.record(
      {
        3: fc.constantFrom('000000', '310000', '200000'),
        4: digits(12),
        11: digits(6),
        22: digits(3),
        25: fc.constantFrom('00', '64'),
        35: fc.oneof(digits(37), fc.constant('6222600001234567890D30122010000000000')),
        39: fc.constant('98'),
        48: fc.oneof(digits(62), digits(4)),
        49: fc.constantFrom('156', '840'),
        52: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        53: fc.oneof(fc.constant('2600000000000000'), digits(16)),
        57: fc.oneof(fc.constant('010040012'), fc.string({ unit: 'binary-ascii', maxLength: 20 })),
        60: fc.oneof(fc.constantFrom('22000001000', '01000001000', '00000001201', '00000001801'), digits(11)),
        61: digits(12),
        62: fc.uint8Array({ maxLength: 30 }),
        63: fc.string({ unit: 'binary-ascii', maxLength: 20 }),
      },
      { requiredKeys: [] },
    )
    const mti = fc.constantFrom('0200', '0400', '0500', '0820', '0800', '0100', '0320')
    await fc.assert(
      fc.asyncProperty(mti, fields, async (type, values) => {
        const head = { 41: terminal.terminal.terminalId, 42: terminal.terminal.merchantId }
        const connection = rig.host.connection()
        const frames = await connection.receive(
          terminal.frame(terminal.signed({ mti: type, fields: { ...head, ...values } })),
        )
        expect(frames).toHaveLength(1)
      }),
      { numRuns: 400, seed: 12 },
    )
    expect(rig.host.alarms().internal).toBeUndefined()
  })

  it('any chunking of two requests → the same two answers, in order', async () => {
    const { rig, terminal } = await ready()
    const one = terminal.frame(terminal.saleMessage({ trace: 20 }))
    const two = terminal.frame(terminal.balanceMessage({ trace: 21 }))
    const stream = new Uint8Array([...one, ...two])
    const whole = await rig.host.connection().receive(stream)
    expect(whole.map((frame) => terminal.opened(frame).message.fields[11])).toEqual(['000020', '000021'])
    for (let size = 1; size < stream.length; size += 13) {
      const connection = rig.host.connection()
      const frames: Uint8Array[] = []
      for (let at = 0; at < stream.length; at += size)
        frames.push(...(await connection.receive(stream.slice(at, at + size))))
      expect(frames).toEqual(whole)
    }
  })

  it('a bad frame after a good one → the good one is answered, then the connection ends', async () => {
    const { rig, terminal } = await ready()
    const connection = rig.host.connection()
    const good = terminal.frame(terminal.saleMessage())
    const frames = await connection.receive(new Uint8Array([...good, 0xff, 0xff, 1]))
    expect(frames).toHaveLength(1)
    expect(connection.ended).toContain('frame.length')
    expect(await connection.receive(good)).toEqual([])
  })

  it('more than a connection may hold, or another dialect in the middle → the connection ends', async () => {
    const { rig, terminal } = await ready()
    const flood = rig.host.connection()
    expect(await flood.receive(new Uint8Array(CHUNK_BYTES_MAX + 1))).toEqual([])
    expect(flood.ended).toBeDefined()
    const mixed = rig.host.connection()
    await mixed.receive(terminal.frame(terminal.saleMessage()))
    expect(await mixed.receive(encodeFrame(Uint8Array.of(0xa1, 0, 0)))).toEqual([])
    expect(mixed.ended).toBe('a frame in no dialect of this connection')
  })

  it('100 connections at once, each sells 5 times → each sale once in the books', async () => {
    const rig = makeRig()
    const terminal = rig.terminal()
    await terminal.signOn()
    const frames = Array.from({ length: 500 }, () => terminal.frame(terminal.saleMessage({ amount: 3 })))
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, client) => {
        const connection = rig.host.connection()
        const got: Uint8Array[] = []
        for (const frame of frames.slice(client * 5, client * 5 + 5))
          got.push(...(await connection.receive(frame)))
        return got
      }),
    )
    const codes = answers.flat().map((frame) => terminal.opened(frame).message.fields[39])
    expect(codes).toEqual(Array.from({ length: 500 }, () => '00'))
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      debitFen: 1500,
      debitCount: 500,
    })
    expect(await balanceOf(rig)).toBe(1_000_000 - 1500)
  })
})
