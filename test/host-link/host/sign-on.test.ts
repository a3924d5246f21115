import { describe, expect, it } from 'vitest'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { balanceOf, makeRig, same, terminalNumbered } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

describe.each(STORE_KINDS)('terminals on the %s store', (kind) => {
  async function ready() {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    return { rig, terminal }
  }

  describe('sign-on 签到 and echo 回响测试', () => {
    it.each(['003', '004'] as const)(
      'kind %s → fresh keys in field 62, batch number, host date and time, operator',
      async (network) => {
        const rig = makeRig({ store: fresh(kind) })
        const terminal = rig.terminal()
        const first = await terminal.signOn(network)
        expect(first).toMatchObject({ 11: '000001', 12: '220452', 13: '1121', 39: '00', 63: '01 ' })
        expect(first[60]).toBe(`00000001${network}`)
        const keys = terminal.keys
        await terminal.signOn(network)
        expect(terminal.keys).not.toEqual(keys)
      },
    )
    it('kind 001 under a profile of double-length keys → 12, single-length keys stay out', async () => {
      const { terminal, rig } = await ready()
      const before = terminal.keys
      expect((await terminal.signOn('001'))[39]).toBe('12')
      expect(terminal.keys).toBe(before)
      const single = terminalNumbered('10000001', { profile: { ...profileNamed('mall'), signOn: '001' } })
      const other = makeRig({ terminals: [single] }).terminal()
      expect((await other.signOn('001'))[39]).toBe('00')
      expect((await other.ask(other.saleMessage())).fields[39]).toBe('00')
      expect(rig.host.alarms()).toEqual({})
    })
    it('TPDU addresses are changed over, the header keeps its class', async () => {
      const { terminal } = await ready()
      const [frame] = await terminal.exchange(terminal.saleMessage())
      expect(terminal.opened(frame ?? new Uint8Array())).toMatchObject({
        tpdu: '6000000003',
        header: '603100310000',
        macRight: true,
      })
    })
    it('the answer of a sign-on is lost, the terminal sells under its old keys → taken (P13)', async () => {
      const { terminal } = await ready()
      await terminal.ask(terminal.saleMessage())
      const old = terminal.keys
      await terminal.signOn()
      await terminal.signOn()
      const current = terminal.keys
      terminal.keys = old
      const under = await terminal.exchange(terminal.saleMessage())
      expect(terminal.opened(under[0] ?? new Uint8Array())).toMatchObject({ macRight: true })
      terminal.keys = current
      expect((await terminal.ask(terminal.saleMessage())).fields[39]).toBe('00')
      terminal.keys = old // the new keys have been used: the old ones are gone
      expect((await terminal.ask(terminal.saleMessage())).fields[39]).toBe('A0')
    })
    it('keys outlive a restart of the host', async () => {
      const { rig, terminal } = await ready()
      const again = rig.restarted().terminal()
      Object.assign(again, { keys: terminal.keys, trace: terminal.trace })
      expect((await again.ask(again.saleMessage())).fields[39]).toBe('00')
    })
    it('CBOR: sign-on, sale, repeat, reversal, each signed with CMAC; no TPDU', async () => {
      const rig = makeRig({ store: fresh(kind) })
      const terminal = rig.terminal('10000001', 'cbor')
      await terminal.signOn()
      const sale = terminal.saleMessage()
      const [first = new Uint8Array()] = await terminal.exchange(sale)
      expect(terminal.opened(first)).toMatchObject({
        macRight: true,
        message: { mti: '0210', fields: { 39: '00' } },
      })
      const [again = new Uint8Array()] = await terminal.exchange(sale)
      expect(same(first, again)).toBe(true)
      expect((await terminal.ask(terminal.reversalOf(sale))).fields[39]).toBe('00')
      expect(await balanceOf(rig)).toBe(1_000_000)
      const { mti, fields } = terminal.saleMessage()
      expect((await terminal.ask({ mti, fields: { ...fields, 4: '000000000001' } })).fields[39]).toBe('A0')
    })
    it('the same sale in the other dialect, after a sign-on in it → the stored answer, one debit', async () => {
      const rig = makeRig({ store: fresh(kind) })
      const cbor = rig.terminal('10000001', 'cbor')
      await cbor.signOn()
      const cup = rig.terminal('10000001', 'cup')
      const sale = cbor.saleMessage()
      const first = await cbor.ask(sale)
      await cup.signOn()
      const second = await cup.ask(cup.signed(sale))
      const { 64: _one, ...one } = first.fields
      const { 64: _two, ...two } = second.fields
      expect(two).toEqual(one)
      expect(await balanceOf(rig)).toBe(1_000_000 - 8880)
    })
    it('another TMK in the provisioning → the old working keys are void until a new sign-on', async () => {
      const { rig, terminal } = await ready()
      const changed = terminalNumbered('10000001', {
        masterKey: new Uint8Array(16).map((_, at) => at * 3 + 2),
      })
      const again = makeRig({ store: rig.store, terminals: [changed] }).terminal()
      Object.assign(again, { keys: terminal.keys, trace: terminal.trace })
      expect((await again.ask(again.saleMessage())).fields[39]).toBe('A0')
      expect((await again.signOn())[39]).toBe('00')
      expect((await again.ask(again.saleMessage())).fields[39]).toBe('00')
    })
    it('a sign-on of another device with the same terminal number → 97 and an alarm', async () => {
      const { rig, terminal } = await ready()
      const serial = (text: string) => ({ 62: Uint8Array.from(text, (c) => c.charCodeAt(0)) })
      expect((await terminal.signOn('003', serial('Sequence No143060SK10000001')))[39]).toBe('00')
      expect((await terminal.signOn('003', serial('Sequence No143060SK10000009')))[39]).toBe('97')
      expect(rig.host.alarms()).toEqual({ foreignSerial: 1 })
    })
    it('echo → 00 without a trace number; sign-off 签退 → 00, and the keys stay good', async () => {
      const { terminal, rig } = await ready()
      const { 11: _trace, ...head } = terminal.head(1)
      const echo = await terminal.ask({ mti: '0820', fields: { ...head, 60: '00000001301' } })
      expect(echo).toMatchObject({ mti: '0830', fields: { 39: '00', 60: '00000001301' } })
      const off = {
        mti: '0820',
        fields: { ...terminal.head(++terminal.trace), 60: '00000001002', 63: '01 ' },
      }
      expect((await terminal.ask(off)).fields).toMatchObject({ 39: '00', 63: '01 ' })
      expect(await rig.books((books) => books.session('10000001')?.signedOn)).toBe(false)
      expect((await terminal.ask(terminal.saleMessage())).fields[39]).toBe('00')
    })
    it('a new host takes over the batch number that the terminal is in', async () => {
      const { terminal } = await ready()
      const other = makeRig().terminal()
      other.batch = 57
      await other.signOn()
      expect(other.batch).toBe(57)
      terminal.batch = 9 // an unused batch gives way to a later number
      await terminal.signOn()
      expect(terminal.batch).toBe(9)
      await terminal.ask(terminal.saleMessage())
      terminal.batch = 12 // a used one does not
      await terminal.signOn()
      expect(terminal.batch).toBe(9)
    })
  })
})
