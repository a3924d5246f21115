import { describe, expect, it } from 'vitest'
import { createHost } from '../../../host-link/host/host.ts'
import type { Fields } from '../../../host-link/wire/message.ts'
import { tdes } from '../../../keys/tdes.ts'
import { encryptTrack } from '../../../keys/track.ts'
import {
  CARDS,
  entriesIn,
  makeRig,
  PAN,
  type Rig,
  same,
  snapshot,
  TRACK,
  terminalNumbered,
  trackOf,
} from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

describe.each(STORE_KINDS)('createHost on the %s store', (kind) => {
  async function ready(more: Parameters<typeof makeRig>[0] = {}) {
    const rig = makeRig({ store: fresh(kind), ...more })
    const terminal = rig.terminal()
    await terminal.signOn()
    return { rig, terminal }
  }
  const balance = async (rig: Rig, name = 'bank') =>
    (await rig.books((books) => books.account(name)))?.balanceFen
  const entries = (rig: Rig) => rig.books(entriesIn)

  describe('sale 消费 and balance enquiry 余额查询', () => {
    it('good card, PIN and store → 00, every field of the answer, the balance moves by the amount', async () => {
      const { rig, terminal } = await ready()
      const answer = await terminal.ask(terminal.saleMessage())
      const { 64: _mac, ...fields } = answer.fields
      const key = { terminalId: '10000001', batch: 1, trace: 2, kind: 'sale' } as const
      const sequence = (await rig.books((books) => books.entry(key)))?.sequence
      expect(answer.mti).toBe('0210')
      expect(fields).toEqual({
        2: PAN,
        3: '000000',
        4: '000000008880',
        11: '000002',
        12: '220452',
        13: '1121',
        15: '1121',
        25: '00',
        32: '48983201',
        37: `1121${String(sequence).padStart(8, '0')}`,
        38: String(sequence).padStart(6, '0'),
        39: '00',
        41: '10000001',
        42: '898320153110001',
        44: '62226000   48983201   ',
        49: '156',
        57: '010040012',
        60: '22000001000',
        63: 'CUP',
      })
      expect(await balance(rig)).toBe(1_000_000 - 8880)
    })
    it('a track under the track key (53.3 = 1) is opened', async () => {
      const { terminal } = await ready()
      await terminal.signOn('004')
      const track = encryptTrack(tdes(terminal.keys?.tdk ?? new Uint8Array()), TRACK)
      const encrypted = (digits: string) =>
        terminal.saleMessage({ more: { 35: digits, 53: '2610000000000000' } })
      expect((await terminal.ask(encrypted(track))).fields[39]).toBe('00')
      // What it opens to under a random key is no card, or, once in some hundreds, this card with another stripe.
      const foreign = await terminal.ask(encrypted(`${PAN}D${'1234567890ABCDEF0'}`))
      expect(['14', '59']).toContain(foreign.fields[39])
    })
    it('balance enquiry → field 54, nothing moves', async () => {
      const { rig, terminal } = await ready()
      const { fields } = await terminal.ask(terminal.balanceMessage())
      expect(fields).toMatchObject({ 2: PAN, 39: '00', 54: '0102156C000001000000' })
      expect(await balance(rig)).toBe(1_000_000)
    })

    type Row = readonly [
      why: string,
      code: string,
      options: Parameters<ReturnType<Rig['terminal']>['saleMessage']>[0],
    ]
    // biome-ignore format: one row a decline
    const declines: readonly Row[] = [
      ['no card of ours',                      '14', { track: '6222600001234567891D30122010000000000' }],
      ['no track',                             '14', { track: '', pin: undefined }],
      ['lost 挂失',                            '41', { track: trackOf('lost') }],
      ['stolen 被窃',                          '43', { track: trackOf('stolen') }],
      ['one digit of the stripe changed',      '59', { track: TRACK.replace(/0$/, '1') }],
      ['another expiry date written',          '59', { track: TRACK.replace('D3012', 'D3112') }],
      ['expired last month',                   '54', { track: trackOf('expired') }],
      ['no PIN',                               '55', { pin: undefined }],
      ['PIN wrong',                            '55', { pin: '123457' }],
      ['PIN block not bound to the PAN',       '99', { more: { 53: '1600000000000000' } }],
      ['store unknown',                        '03', { store: '9999' }],
      ['store number too short',               '03', { store: '012' }],
      ['store number missing',                 '03', { store: undefined }],
      ['field 57 no tagged field',             '03', { more: { 57: '01004001' } }],
      ['amount 0',                             '13', { amount: 0 }],
      ['amount over the limit',                '13', { amount: 100_000_001 }],
      ['amount of twelve digits',              '13', { amount: 999_999_999_999 }],
      ['one fen more than there is',           '51', { amount: 1_000_001 }],
      ['card with 100 fen',                    '51', { track: trackOf('poor'), amount: 101 }],
      ['other currency',                       '12', { more: { 49: '840' } }],
      ['chip data of a card we cannot check',  '12', { more: { 22: '051' } }],
      ['batch beside one that is in use',      '77', { batch: 2 }],
    ]
    it.each(declines)('%s → %s, signed, booked without effect', async (_why, code, options) => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.balanceMessage())
      const before = await entries(rig)
      const [frame] = await terminal.exchange(terminal.saleMessage(options))
      const { message, macRight } = terminal.opened(frame ?? new Uint8Array())
      expect([message.fields[39], macRight]).toEqual([code, true])
      expect(message.fields[38]).toBeUndefined()
      expect(await entries(rig)).toBe(before + 1)
      for (const { name, balanceFen } of CARDS) expect(await balance(rig, name)).toBe(balanceFen)
    })
    it('good until the last day of the month on the card; without PIN where the card has none', async () => {
      const { terminal } = await ready()
      expect((await terminal.ask(terminal.saleMessage({ track: trackOf('edge') }))).fields[39]).toBe('00')
      const signs = terminal.saleMessage({ track: trackOf('signs'), pin: undefined })
      expect((await terminal.ask(signs)).fields[39]).toBe('00')
    })
    it('PIN wrong three times → 55, 55, 75; then 75 for the right one too, until the next day', async () => {
      const { rig, terminal } = await ready()
      const code = async (pin: string) => (await terminal.ask(terminal.saleMessage({ pin }))).fields[39]
      expect([await code('000000'), await code('123456'), await code('000000')]).toEqual(['55', '00', '55'])
      expect([await code('000000'), await code('000000'), await code('123456')]).toEqual(['55', '75', '75'])
      rig.clock.date = '20261122'
      expect(await code('123456')).toBe('00')
      expect(await balance(rig)).toBe(1_000_000 - 2 * 8880)
    })
    it('a PIN block that is none costs a try like a wrong PIN → 55, 55, 75', async () => {
      const { terminal } = await ready()
      const garbage = () => terminal.saleMessage({ more: { 52: new Uint8Array(8).fill(0x5a) } })
      const codes = []
      for (let tries = 0; tries < 3; tries++) codes.push((await terminal.ask(garbage())).fields[39])
      expect(codes).toEqual(['55', '55', '75'])
    })
    it('77 and 99 ask for a new sign-on in the header; a wrong PIN does not', async () => {
      const { terminal } = await ready()
      const header = async (options: Parameters<typeof terminal.saleMessage>[0]) => {
        const [frame = new Uint8Array()] = await terminal.exchange(terminal.saleMessage(options))
        return terminal.opened(frame).header
      }
      expect(await header({ more: { 53: '1600000000000000' } })).toBe('603103310000')
      expect(await header({ pin: '000000' })).toBe('603100310000')
      expect(await header({ batch: 2 })).toBe('603103310000')
    })
    it('a profile without store numbers, or without a list of them', async () => {
      const list = { storeNumbers: new Set<string>(), storeNumberRequired: false }
      const mall = await ready({ terminals: [terminalNumbered('10000001', list)] })
      const code = async (store?: string) =>
        (await mall.terminal.ask(mall.terminal.saleMessage({ store }))).fields[39]
      expect([await code('7777'), await code(undefined), await code('777')]).toEqual(['00', '00', '03'])
    })
  })

  describe('who may ask', () => {
    it('a terminal nobody registered → 97, unsigned, nothing booked', async () => {
      const { rig } = await ready()
      const stranger = rig.terminal('10000077')
      const before = await snapshot(rig)
      const { fields } = await stranger.ask(stranger.saleMessage())
      expect([fields[39], fields[64]]).toEqual(['97', undefined])
      expect(await snapshot(rig)).toEqual(before)
    })
    it('another merchant number → 03, signed, nothing booked', async () => {
      const { rig, terminal } = await ready()
      const before = await snapshot(rig)
      const message = terminal.saleMessage({ more: { 42: '898320153110002' } })
      const [frame] = await terminal.exchange(message)
      const { message: answer, macRight } = terminal.opened(frame ?? new Uint8Array())
      expect([answer.fields[39], macRight]).toEqual(['03', true])
      expect(await snapshot(rig)).toEqual(before)
    })
    it('S09: MAC wrong → A0 with "sign on again", unsigned, alarm, no effect', async () => {
      const { rig, terminal } = await ready()
      const before = await snapshot(rig)
      const sale = terminal.saleMessage()
      const [frame] = await terminal.exchange({ ...sale, fields: { ...sale.fields, 4: '000000000001' } })
      const { message, header } = terminal.opened(frame ?? new Uint8Array())
      expect([message.fields[39], message.fields[64], header]).toEqual(['A0', undefined, '603103310000'])
      expect(await snapshot(rig)).toEqual(before)
      expect(rig.host.alarms()).toEqual({ badMac: 1 })
    })
    it('no MAC, or never signed on → A0, no effect', async () => {
      const { rig, terminal } = await ready()
      const { 64: _mac, ...bare } = terminal.saleMessage().fields
      expect((await terminal.ask({ mti: '0200', fields: bare })).fields[39]).toBe('A0')
      const other = rig.terminal('10000002')
      const { fields } = await other.ask(other.saleMessage())
      expect([fields[39], fields[64]]).toEqual(['A0', undefined])
      expect(await entries(rig)).toBe(0)
    })
    it("another terminal's sale under its own keys but this one's number → A0", async () => {
      const { rig, terminal } = await ready()
      const other = rig.terminal('10000002')
      await other.signOn()
      const stolen = other.signed({ mti: '0200', fields: { ...other.saleMessage().fields, 41: '10000001' } })
      expect((await terminal.ask(stolen)).fields[39]).toBe('A0')
      expect(await balance(rig)).toBe(1_000_000)
    })
    it('messages we do not know: 40, signed; no trace or no batch: 30', async () => {
      const { rig, terminal } = await ready()
      const { 64: _mac, ...sale } = terminal.saleMessage().fields
      const ask = async (mti: string, fields: Fields) =>
        (await terminal.ask(terminal.signed({ mti, fields }))).fields[39]
      expect(await ask('0200', { ...sale, 3: '210000', 60: '23000001000' })).toBe('40')
      expect(await ask('0100', sale)).toBe('40')
      expect(await ask('0200', { ...sale, 11: '000000' })).toBe('30')
      expect(await ask('0200', { ...sale, 60: '22000000000' })).toBe('30')
      const { 11: _trace, ...untraced } = sale
      expect(await ask('0200', untraced)).toBe('30')
      expect(await entries(rig)).toBe(0)
    })
    it('an answer sent as a request → the connection ends, nothing is answered', async () => {
      const { rig, terminal } = await ready()
      const connection = rig.host.connection()
      const { fields } = terminal.saleMessage()
      const answer = terminal.frame(terminal.signed({ mti: '0210', fields }))
      expect(await connection.receive(answer)).toEqual([])
      expect(connection.ended).toBe('a message that is no request')
    })
  })

  it('the same bytes again after a restart of the host → the same answer, byte for byte (P6)', async () => {
    const { rig, terminal } = await ready()
    const sale = terminal.saleMessage()
    const [first] = await terminal.exchange(sale)
    rig.clock.time = '230000'
    const [second] = await rig.restarted().host.connection().receive(terminal.frame(sale))
    expect(same(first ?? new Uint8Array(1), second ?? new Uint8Array(2))).toBe(true)
    expect(await balance(rig)).toBe(1_000_000 - 8880)
  })
})

describe('createHost', () => {
  it('refuses a secret of the wrong size', () => {
    const options = { terminals: [], cards: [], clock: { now: () => ({ date: '', time: '' }) } }
    const random = (bytes: number) => new Uint8Array(bytes)
    const { store } = makeRig()
    expect(() => createHost({ ...options, store, random, secret: new Uint8Array(31) })).toThrow(RangeError)
  })
})
