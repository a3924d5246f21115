import { describe, expect, it } from 'vitest'
import type { Message } from '../../../host-link/wire/message.ts'
import { parseSettlement48 } from '../../../host-link/wire/settlement.ts'
import { balanceOf, codeOf, frameOf, makeRig, OPENING, same, totalsOf } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rule P10 and the host's column of rows L02 and L03. */
describe.each(STORE_KINDS)('settlement on the %s store', (kind) => {
  async function ready() {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    return { rig, terminal }
  }

  describe('P10: settlement 结算', () => {
    const answerOf = ({ fields }: Message) => parseSettlement48(String(fields[48])).domestic

    async function sold() {
      const { rig, terminal } = await ready()
      const undone = terminal.saleMessage({ amount: 300 })
      for (const message of [
        terminal.saleMessage({ amount: 1000 }),
        undone,
        terminal.saleMessage({ amount: 20 }),
      ])
        await terminal.exchange(message)
      await terminal.exchange(terminal.reversalOf(undone))
      await terminal.exchange(terminal.saleMessage({ pin: '000000' }))
      return { rig, terminal, undone }
    }
    it('equal totals → 1, the batch is closed, its totals fixed, the next one open', async () => {
      const { rig, terminal } = await sold()
      const { message, macRight } = terminal.opened(
        await frameOf(terminal, terminal.settlementMessage(1020, 2)),
      )
      expect([message.mti, macRight]).toEqual(['0510', true])
      expect(answerOf(message)).toEqual({ debit: 1020, debitCount: 2, credit: 0, creditCount: 0, answer: 1 })
      expect(await rig.books((books) => books.batch('10000001', 1))).toMatchObject({
        state: 'settled',
        totals: { debitFen: 1020, debitCount: 2 },
      })
      expect(await rig.books((books) => books.openBatch('10000001'))).toMatchObject({ number: 2 })
    })
    it.each([
      [1021, 2],
      [1020, 3],
      [0, 0],
      [1320, 3],
    ])('other totals (%i fen, %i) → 2 and ours, the batch stays open and takes sales', async (fen, count) => {
      const { rig, terminal } = await sold()
      const answer = await terminal.ask(terminal.settlementMessage(fen, count))
      expect(answerOf(answer)).toMatchObject({ debit: 1020, debitCount: 2, answer: 2 })
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(1)
      expect(await codeOf(terminal, terminal.saleMessage())).toBe('00')
    })
    it('L02: settlement again, same trace or another → the stored result, closed once', async () => {
      const { rig, terminal } = await sold()
      const settlement = terminal.settlementMessage(1020, 2)
      const first = await frameOf(terminal, settlement)
      expect(same(first, await frameOf(terminal, settlement))).toBe(true)
      expect(answerOf(await terminal.ask(terminal.settlementMessage(1020, 2)))).toMatchObject({ answer: 1 })
      expect(answerOf(await terminal.ask(terminal.settlementMessage(1021, 2)))).toMatchObject({ answer: 2 })
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(2)
      expect(await rig.books((books) => books.batch('10000001', 3))).toBeUndefined()
    })
    it('L03: a settlement that comes late, after sales of the next batch → stored result, next batch untouched', async () => {
      const { rig, terminal } = await sold()
      const settlement = terminal.settlementMessage(1020, 2)
      await terminal.exchange(settlement)
      terminal.batch = 2
      await terminal.exchange(terminal.saleMessage({ amount: 50 }))
      expect(answerOf(await terminal.ask(settlement))).toMatchObject({ debit: 1020, answer: 1 })
      expect(await totalsOf(rig, 2)).toMatchObject({ debitFen: 50, debitCount: 1 })
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(2)
    })
    it('a late sale of the closed batch → 77, a late reversal of what it never had → 25; never moved into the next', async () => {
      const { rig, terminal, undone } = await sold()
      const late = terminal.saleMessage({ amount: 7 })
      await terminal.exchange(terminal.settlementMessage(1020, 2))
      const before = await balanceOf(rig)
      expect(await codeOf(terminal, late)).toBe('77')
      expect(await codeOf(terminal, terminal.reversalOf(terminal.saleMessage({ batch: 1 })))).toBe('25')
      expect(await codeOf(terminal, terminal.reversalOf(undone))).toBe('00') // a repeat is no later request
      expect(await balanceOf(rig)).toBe(before)
      expect(await totalsOf(rig, 1)).toMatchObject({ debitFen: 1020, debitCount: 2 })
      expect(await totalsOf(rig, 2)).toMatchObject({ debitFen: 0, debitCount: 0 })
    })
    it('P6: a sale refused with 77 stays refused when its batch is opened later; the next trace of that batch sells', async () => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.saleMessage({ amount: 10 }))
      const early = terminal.saleMessage({ batch: 2 })
      expect(await codeOf(terminal, early)).toBe('77')
      await terminal.exchange(terminal.settlementMessage(10, 1))
      terminal.batch = 2
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 5 }))).toBe('00')
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(2)
      const { message, macRight } = terminal.opened(await frameOf(terminal, early))
      expect([message.fields[39], macRight]).toEqual(['77', true])
      expect(await balanceOf(rig)).toBe(OPENING - 15)
      expect(await totalsOf(rig, 2)).toMatchObject({ debitFen: 5, debitCount: 1 })
    })
    it('a batch that was left behind is settled by its own totals, and the open one stays open', async () => {
      const { rig, terminal } = await sold()
      for (const batch of [2, 3]) {
        terminal.trace = 1 // its memory is lost: traces are used again
        if (batch === 3) await terminal.exchange(terminal.saleMessage({ amount: 4, trace: 9 }))
        await terminal.exchange(terminal.saleMessage({ amount: 5, trace: batch === 2 ? 2 : 9 }))
        await terminal.signOn()
        expect(terminal.batch).toBe(batch)
      }
      await terminal.exchange(terminal.saleMessage({ amount: 6, trace: 20 }))
      const late = terminal.settlementMessage(1020, 2, { batch: 1 })
      expect(answerOf(await terminal.ask(late))).toMatchObject({ debit: 1020, debitCount: 2, answer: 1 })
      expect(await rig.books((books) => books.batch('10000001', 1)?.state)).toBe('settled')
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(3)
    })
    it('a batch before ours that never was → 77 and 3 error; no settlement in field 48 → 30; a forged one → A0', async () => {
      const rig = makeRig({ store: fresh(kind) })
      const terminal = rig.terminal()
      terminal.batch = 5
      await terminal.signOn()
      const unknown = await terminal.ask(terminal.settlementMessage(1020, 2, { batch: 4 }))
      expect([unknown.fields[39], answerOf(unknown).answer]).toEqual(['77', 3])
      const { mti, fields } = terminal.settlementMessage(1020, 2)
      expect(await codeOf(terminal, terminal.signed({ mti, fields: { ...fields, 48: '0000' } }))).toBe('30')
      expect(await codeOf(terminal, { mti, fields: { ...fields, 64: new Uint8Array(8) } })).toBe('A0')
      expect(await rig.books((books) => books.openBatch('10000001')?.number)).toBe(5)
    })
  })
})
