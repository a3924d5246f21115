import { describe, expect, it } from 'vitest'
import { WRONG_MACS_MAX } from '../../../host-link/host/connection.ts'
import { macInput } from '../../../host-link/wire/dialect.ts'
import type { Dialect, Message } from '../../../host-link/wire/message.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import {
  balanceOf,
  codeOf,
  frameOf,
  makeRig,
  OPENING,
  type Rig,
  snapshot,
  type TestTerminal,
  terminalNumbered,
} from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

const WRONG = Uint8Array.of(0x41, 2, 3, 4, 5, 6, 7, 8)
const withMac = ({ mti, fields }: Message, mac: Uint8Array): Message => ({
  mti,
  fields: { ...fields, 64: mac },
})
function withoutMac({ mti, fields }: Message): Message {
  const { 64: _mac, ...rest } = fields
  return { mti, fields: rest }
}

type Make = (terminal: TestTerminal) => Message
// biome-ignore format: one row a kind
const authenticated: readonly (readonly [kind: string, make: Make])[] = [
  ['sale',            (terminal) => terminal.saleMessage()],
  ['balance enquiry', (terminal) => terminal.balanceMessage()],
  ['reversal',        (terminal) => terminal.reversalOf(terminal.saleMessage({ trace: 2 }))],
  ['settlement',      (terminal) => terminal.settlementMessage(0, 0)],
  ['status inquiry',  (terminal) => terminal.inquiryMessage(1, 2)],
  ['no kind of ours', (terminal) => terminal.signed({ mti: '0100', fields: terminal.saleMessage().fields })],
]
const head = (terminal: TestTerminal) => terminal.head(++terminal.trace)
// biome-ignore format: one row a kind
const unsigned: readonly (readonly [kind: string, make: Make])[] = [
  ['sign-on',  (terminal) => terminal.signOnMessage()],
  ['sign-off', (terminal) => ({ mti: '0820', fields: { ...head(terminal), 60: '00000001002', 63: '01 ' } })],
  ['echo',     (terminal) => ({ mti: '0820', fields: { ...head(terminal), 60: '00000001301' } })],
]

describe.each(STORE_KINDS)('requests that nobody proved, on the %s store', (kind) => {
  /** A terminal that has sold once, under keys that the host has seen in use. */
  async function ready(dialect: Dialect = 'cup') {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal('10000001', dialect)
    await terminal.signOn()
    const sale = terminal.saleMessage()
    await terminal.exchange(sale)
    return { rig, terminal, sale }
  }

  describe.each(['cup', 'cbor'] as const)('in %s', (dialect) => {
    it.each(authenticated)(
      '%s with a wrong MAC, or none → A0 without field 64, no effect',
      async (_k, make) => {
        const { rig, terminal } = await ready(dialect)
        const before = await snapshot(rig)
        for (const message of [withMac(make(terminal), WRONG), withoutMac(make(terminal))]) {
          const { fields } = await terminal.ask(message)
          expect([fields[39], 64 in fields, 57 in fields, 60 in fields]).toEqual(['A0', false, false, false])
        }
        expect(await snapshot(rig)).toEqual(before)
        expect(rig.host.alarms()).toEqual({ badMac: 2 })
      },
    )
    it.each(authenticated)('%s of a terminal without keys → A0 without field 64', async (_k, make) => {
      const { rig } = await ready(dialect)
      const terminal = rig.terminal('10000002', 'cup')
      const { fields } = await terminal.ask(make(terminal))
      expect([fields[39], 64 in fields]).toEqual(['A0', false])
    })
    it.each(unsigned)(
      '%s that carries a wrong MAC → an answer without field 64 under keys in use',
      async (kind, make) => {
        const { terminal } = await ready(dialect)
        const [frame = new Uint8Array()] = await terminal.exchange(withMac(make(terminal), WRONG))
        const { message, macRight } = terminal.opened(frame)
        // A sign-on's answer in our own dialect is signed under the keys that it brings, which nobody uses yet.
        const proved = kind === 'sign-on' && dialect === 'cbor'
        expect([message.fields[39], 64 in message.fields, macRight]).toEqual(['00', proved, false])
      },
    )
  })

  it('a sign-on in cbor under a profile whose MAC could be forged with a chosen message → an answer without field 64', async () => {
    const profile = { ...profileNamed('mall'), mac: { cup: 'cup-ecb', cbor: 'x9.19' } } as const
    const terminals = [terminalNumbered('10000001', { profile })]
    const terminal = makeRig({ store: fresh(kind), terminals }).terminal('10000001', 'cbor')
    expect(64 in (await terminal.signOn())).toBe(false)
  })

  it('the MAC of a sign-on’s answer in cbor is good for no other message under those keys', async () => {
    const { rig, terminal } = await ready('cbor')
    const { 64: mac } = await terminal.signOn()
    if (!(mac instanceof Uint8Array)) throw new Error('no field 64')
    const before = await balanceOf(rig)
    for (const make of [terminal.saleMessage(), terminal.balanceMessage()])
      expect((await terminal.ask(withMac(make, mac))).fields[39]).toBe('A0')
    expect(await balanceOf(rig)).toBe(before)
  })

  it('whoever has only a slip forges no reversal by what the host answers to wrong MACs', async () => {
    const { rig, terminal, sale } = await ready()
    const { 2: _pan, 57: _store, 64: _mac, ...onTheSlip } = terminal.reversalOf(sale).fields
    const reversal: Message = { mti: '0400', fields: onTheSlip }
    const mac = await macFromTheHost(terminal, reversal)
    expect(await codeOf(terminal, withMac(reversal, mac))).toBe('A0')
    expect(await balanceOf(rig)).toBe(OPENING - 8880)
  })

  describe('a key is good for one algorithm', () => {
    it.each(authenticated)(
      '%s in cup under the keys of a CMAC terminal → A0, unsigned, no effect',
      async (_k, make) => {
        const { rig, terminal } = await ready('cbor')
        const before = await snapshot(rig)
        const impostor = rig.terminal('10000001', 'cup')
        Object.assign(impostor, { keys: terminal.keys, trace: terminal.trace })
        const { fields } = await impostor.ask(make(impostor))
        expect([fields[39], 64 in fields]).toEqual(['A0', false])
        expect(await snapshot(rig)).toEqual(before)
        expect(await codeOf(terminal, terminal.saleMessage())).toBe('00')
      },
    )
    it.each([
      ['cup', 'cbor'],
      ['cbor', 'cup'],
    ] as const)(
      'unsigned sign-ons do not stop a %s terminal: once or often in %s → it sells on',
      async (own, other) => {
        const { rig, terminal } = await ready(own)
        const stranger = rig.terminal('10000001', other)
        for (let times = 1; times <= 3; times++) {
          expect((await stranger.ask(stranger.signOnMessage())).fields[39]).toBe('00')
          const { message, macRight } = terminal.opened(await frameOf(terminal, terminal.saleMessage()))
          expect([message.fields[39], macRight], `after ${times}`).toEqual(['00', true])
        }
        for (let times = 1; times <= 3; times++) await stranger.ask(stranger.signOnMessage())
        expect(await codeOf(terminal, terminal.saleMessage())).toBe('00')
      },
    )
  })

  describe('tries of one connection', () => {
    const bad = (terminal: TestTerminal) => terminal.frame(withMac(terminal.saleMessage(), WRONG))
    async function sent(rig: Rig, terminal: TestTerminal, wrong: number) {
      const connection = rig.host.connection()
      for (let times = 0; times < wrong; times++)
        expect(await connection.receive(bad(terminal))).toHaveLength(1)
      return connection
    }

    it('7 wrong MACs, good requests between them or not → it stays open and sells', async () => {
      const { rig, terminal } = await ready()
      const connection = await sent(rig, terminal, WRONG_MACS_MAX - 1)
      for (let times = 0; times < 3; times++) {
        const [frame = new Uint8Array()] = await connection.receive(terminal.frame(terminal.saleMessage()))
        expect(terminal.opened(frame).message.fields[39]).toBe('00')
      }
      expect(connection.ended).toBeUndefined()
      expect(await connection.receive(bad(terminal))).toHaveLength(1)
      expect(connection.ended).toBe('too many requests with a wrong MAC')
    })
    it('the 8th is answered and closes it; what comes then is not looked at; another connection is served', async () => {
      const { rig, terminal } = await ready()
      expect(WRONG_MACS_MAX).toBe(8)
      const connection = await sent(rig, terminal, 8)
      expect(connection.ended).toBe('too many requests with a wrong MAC')
      const sale = terminal.saleMessage()
      expect(await connection.receive(terminal.frame(sale))).toEqual([])
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
      expect(await codeOf(terminal, sale)).toBe('00')
    })
    it('100 in one chunk → no more than are worked on at a time', async () => {
      const { rig, terminal } = await ready()
      const connection = rig.host.connection()
      const frames = Array.from({ length: 100 }, () => [...bad(terminal)])
      expect((await connection.receive(Uint8Array.from(frames.flat()))).length).toBe(16)
      expect(connection.ended).toBe('too many requests with a wrong MAC')
      expect(rig.host.alarms()).toEqual({ badMac: 16 })
    })
    it('refusals under a right MAC, and terminals that nobody knows, are not counted', async () => {
      const { rig, terminal } = await ready()
      const connection = rig.host.connection()
      const stranger = rig.terminal('10000077')
      for (let times = 0; times < 10; times++) {
        await connection.receive(terminal.frame(terminal.saleMessage({ more: { 42: '898320153110002' } })))
        await connection.receive(stranger.frame(stranger.saleMessage()))
        await connection.receive(terminal.frame(terminal.signOnMessage()))
      }
      expect(connection.ended).toBeUndefined()
    })
  })
})

/**
 * The forger's tool that a signed A0 would be: `cup-ecb` depends on nothing but the XOR of a message's 8-byte blocks, so
 * whoever chooses 8 bytes of what is signed, here of field 42, gets the MAC of a message that was never sent.
 */
async function macFromTheHost(terminal: TestTerminal, wanted: Message): Promise<Uint8Array> {
  const folded = (bytes: Uint8Array) => {
    const sum = new Uint8Array(8)
    for (const [at, byte] of bytes.entries()) sum[at % 8] = (sum[at % 8] ?? 0) ^ byte
    return sum
  }
  const target = folded(macInput(wanted, 'cup'))
  const free = new Uint8Array(15).fill(0x20)
  for (let attempt = 0; attempt < 4; attempt++) {
    const merchant = String.fromCharCode(...free)
    const probe = { 3: '000000', 4: '000000000001', 11: '000001', 25: '00', 41: '10000001', 49: '156' }
    const answer = await terminal.ask({
      mti: '0200',
      fields: { ...probe, 42: merchant, 60: '22000001000', 64: new Uint8Array(8) },
    })
    const input = macInput(answer, 'cup')
    const have = folded(input)
    const mac = answer.fields[64]
    if (have.every((byte, at) => byte === target[at]))
      return mac instanceof Uint8Array ? mac : new Uint8Array(8)
    const start = input.findIndex((_, at) => free.every((byte, next) => input[at + next] === byte))
    for (let at = 0; at < 8; at++) {
      const column = (start + at) % 8
      free[at] = (free[at] ?? 0) ^ (have[column] ?? 0) ^ (target[column] ?? 0)
    }
  }
  throw new Error('the wanted sum was never met')
}
