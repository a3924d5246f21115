import { describe, expect, it } from 'vitest'
import { balanceOf, codeOf, entriesIn, frameOf, makeRig, OPENING, same, totalsOf } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rule P5 and the host's column of the rows S and R, on real frames under real keys. */
describe.each(STORE_KINDS)('reversal and inquiry on the %s store', (kind) => {
  async function ready() {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    return { rig, terminal }
  }

  describe('P5: reversal 冲正', () => {
    it('S11, S12, S20: sale booked, answer lost, reversal → credit-back of the same amount, net 0', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
      const { message, macRight } = terminal.opened(await frameOf(terminal, terminal.reversalOf(sale)))
      expect([message.mti, message.fields[39], message.fields[4], macRight]).toEqual([
        '0410',
        '00',
        '000000008880',
        true,
      ])
      expect(await balanceOf(rig)).toBe(OPENING)
      expect(await totalsOf(rig)).toMatchObject({ debitFen: 0, debitCount: 0 })
    })
    it('S13, S14, S25, S26: reversal with reason A0 or 06 → credit-back too', async () => {
      const { rig, terminal } = await ready()
      for (const reason of ['A0', '06', '96']) {
        const sale = terminal.saleMessage()
        await terminal.exchange(sale)
        expect(await codeOf(terminal, terminal.reversalOf(sale, { 39: reason }))).toBe('00')
      }
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('S02, S04, S10, R13: reversal of a sale that never came → 00, a tombstone, net 0', async () => {
      const { rig, terminal } = await ready()
      expect(await codeOf(terminal, terminal.reversalOf(terminal.saleMessage()))).toBe('00')
      const key = { terminalId: '10000001', batch: 1, trace: 2, kind: 'reversal' } as const
      expect(await rig.books((books) => books.entry(key))).toMatchObject({
        effectFen: 0,
        original: undefined,
      })
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('S07, R15: the sale arrives after its reversal → declined 68, net 0', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(terminal.reversalOf(sale))
      expect(await codeOf(terminal, sale)).toBe('68')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('S08: the sale arrives after its reversal and after the next sale → old declined, new booked', async () => {
      const { rig, terminal } = await ready()
      const old = terminal.saleMessage()
      await terminal.exchange(terminal.reversalOf(old))
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 500 }))).toBe('00')
      expect(await codeOf(terminal, old)).toBe('68')
      expect(await balanceOf(rig)).toBe(OPENING - 500)
      expect(await totalsOf(rig)).toMatchObject({ debitFen: 500, debitCount: 1 })
    })
    it('R01, R02, R03, R05, R14: reversal twice, also around a restart → one credit-back, same answer', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      const reversal = terminal.reversalOf(sale)
      const first = await frameOf(terminal, reversal)
      const second = await frameOf(terminal, reversal)
      const [third = new Uint8Array()] = await rig
        .restarted()
        .host.connection()
        .receive(terminal.frame(reversal))
      expect([same(first, second), same(first, third)]).toEqual([true, true])
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('R02: the second try has another reason → still the same reversal, one credit-back', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      await terminal.exchange(terminal.reversalOf(sale))
      expect(await codeOf(terminal, terminal.reversalOf(sale, { 39: '06', 38: '000001' }))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('R12: signed on between sale and reversal → the same key, under new keys, accepted; repeated too', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      await terminal.exchange(terminal.reversalOf(sale))
      await terminal.signOn()
      const again = terminal.opened(await frameOf(terminal, terminal.reversalOf(sale)))
      expect([again.message.fields[39], again.macRight]).toEqual(['00', true])
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('reversal of a declined sale → 00, nothing given back', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage({ pin: '000000' })
      await terminal.exchange(sale)
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('reversal of another amount → 25, alarm, nothing given back; the right one still goes through', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      for (const amount of ['000000008881', '000000000001', '000000888000'])
        expect(await codeOf(terminal, terminal.reversalOf(sale, { 4: amount }))).toBe('25')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
      expect(rig.host.alarms()).toEqual({ conflict: 3 })
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('X07: after that 25 the sale of that amount comes → 94, P6: no tombstone is needed, what was booked stands', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      const other = terminal.saleMessage({ trace: Number(sale.fields[11]), amount: 200 })
      expect(await codeOf(terminal, terminal.reversalOf(other))).toBe('25')
      expect(await codeOf(terminal, other)).toBe('94')
      expect(await codeOf(terminal, terminal.reversalOf(other))).toBe('25')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
      expect(await totalsOf(rig)).toMatchObject({ debitFen: 8880, debitCount: 1 })
    })
    it('X07: a second reversal of another amount, of a sale or of a tombstone → 25, alarm; still one credit-back', async () => {
      const { rig, terminal } = await ready()
      for (const comes of [true, false]) {
        const sale = terminal.saleMessage()
        if (comes) await terminal.exchange(sale)
        expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
        const other = terminal.saleMessage({ trace: Number(sale.fields[11]), amount: 200 })
        expect(await codeOf(terminal, terminal.reversalOf(other))).toBe('25')
        expect(await codeOf(terminal, other)).toBe(comes ? '94' : '68')
      }
      expect(rig.host.alarms()).toEqual({ conflict: 3 })
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('R07: a reversal whose MAC is wrong → A0, nothing given back', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      const { mti, fields } = terminal.reversalOf(sale)
      const forged = { mti, fields: { ...fields, 64: new Uint8Array(8).fill(0x41) } }
      expect(await codeOf(terminal, forged)).toBe('A0')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
    it("another terminal's reversal with the same trace → its own tombstone, this sale stands", async () => {
      const { rig, terminal } = await ready()
      const other = rig.terminal('10000002')
      await other.signOn()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      expect(await codeOf(other, other.reversalOf(other.saleMessage({ trace: 2 })))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
  })

  describe('P5: a batch that the host does not know', () => {
    it('reversal → 00 and a tombstone, repeated as it was; the sale that comes later is declined 68, net 0', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage({ batch: 4711 })
      const reversal = terminal.reversalOf(sale)
      const first = await frameOf(terminal, reversal)
      const { message, macRight } = terminal.opened(first)
      expect([message.mti, message.fields[39], macRight]).toEqual(['0410', '00', true])
      expect(same(first, await frameOf(terminal, reversal))).toBe(true)
      const key = {
        terminalId: '10000001',
        batch: 4711,
        trace: Number(sale.fields[11]),
        kind: 'reversal',
      } as const
      expect(await rig.books((books) => books.entry(key))).toMatchObject({
        effectFen: 0,
        original: undefined,
      })
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(1) // a reversal opens nothing
      expect(await codeOf(terminal, sale)).toBe('68')
      expect(await balanceOf(rig)).toBe(OPENING)
      expect(await totalsOf(rig, 4711)).toMatchObject({ debitFen: 0, debitCount: 0 })
    })
    it('the same beside a batch that is in use → 00; the sale that comes later is declined, net 0', async () => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.saleMessage({ amount: 10 }))
      const sale = terminal.saleMessage({ batch: 4711 })
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await codeOf(terminal, sale)).toBe('77')
      expect(await balanceOf(rig)).toBe(OPENING - 10)
    })
    it('books from a backup, without the batch that the terminal is in → its reversal is taken, then it sells on', async () => {
      const { rig, terminal } = await ready()
      terminal.batch = 9 // the host opened 2 to 9 after the backup
      expect(await codeOf(terminal, terminal.reversalOf(terminal.saleMessage()))).toBe('00')
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 70 }))).toBe('00')
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(9)
      expect(await totalsOf(rig, 9)).toMatchObject({ debitFen: 70, debitCount: 1 })
      expect(await balanceOf(rig)).toBe(OPENING - 70)
    })
    it('status inquiry → 25 and a tombstone: the sale that comes later is declined, its reversal is taken', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage({ batch: 4711 })
      expect(await codeOf(terminal, terminal.inquiryMessage(4711, Number(sale.fields[11])))).toBe('25')
      expect(await codeOf(terminal, sale)).toBe('68')
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('R09: reversal of a sale whose batch is settled → adjusted once, on its own day; the fixed totals stay (P10)', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      await terminal.exchange(terminal.settlementMessage(8880, 1))
      expect(await codeOf(terminal, terminal.inquiryMessage(1, Number(sale.fields[11])))).toBe('00')
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
      const totals = await rig.books((books) => books.batch('10000001', 1)?.totals)
      expect(totals).toMatchObject({ debitFen: 8880, debitCount: 1 })
      expect(await rig.store.differences('20261121')).toMatchObject([
        { trace: Number(sale.fields[11]), what: 'adjusted', hostFen: 8880, done: 'creditedBack' },
      ])
    })

    it('P10: reversal of what a settled batch never had → 25, not booked; the terminal owes nothing any more', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      await terminal.exchange(sale)
      await terminal.exchange(terminal.settlementMessage(8880, 1))
      const before = await rig.books(entriesIn)
      const never = terminal.saleMessage()
      expect(await codeOf(terminal, terminal.reversalOf(never))).toBe('25')
      expect(await rig.books(entriesIn)).toBe(before)
      expect(await codeOf(terminal, never)).toBe('77')
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 99))).toBe('25')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
  })

  describe('status inquiry 状态查询 (S31)', () => {
    it('booked → 00 with amount, reference and authorisation; declined or reversed → 25; nothing changes', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      const { fields } = await terminal.ask(sale)
      const declined = terminal.saleMessage({ pin: '000000' })
      await terminal.exchange(declined)
      const asked = await terminal.ask(terminal.inquiryMessage(1, 2))
      expect(asked.fields).toMatchObject({ 39: '00', 4: '000000008880', 37: fields[37], 38: fields[38] })
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 3))).toBe('25')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
      await terminal.exchange(terminal.reversalOf(sale))
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 2))).toBe('25')
    })
    it('unknown → 25, and the sale that arrives after that is declined', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 2))).toBe('25')
      expect(await codeOf(terminal, sale)).toBe('68')
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 2))).toBe('25')
      expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
  })
})
