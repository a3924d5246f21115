import { describe, expect, it } from 'vitest'
import { parseSettlement48 } from '../../../host-link/wire/settlement.ts'
import { balanceOf, codeOf, makeRig, OPENING, type Rig, type TestTerminal, totalsOf } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const ID = '10000001'

/** Which batch is open, and for whom it moves: whoever is on the line may sign on, only the terminal can sign. */
describe.each(STORE_KINDS)('batches 批次 on the %s store', (kind) => {
  /** A terminal whose keys are in use, and nothing is booked. */
  async function ready(batch = 1) {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    terminal.batch = batch
    await terminal.signOn()
    expect(await codeOf(terminal, terminal.signed({ mti: '0100', fields: terminal.head(1) }))).toBe('40')
    return { rig, terminal }
  }
  /** The batch that the host gives to an unsigned sign-on with `batch` in 60.2. */
  let strangers = 0
  /** Each with a trace of its own: the very same sign-on again would be a doubled frame, and gets the same answer. */
  async function asked(rig: Rig, batch: number): Promise<number> {
    const stranger = rig.terminal()
    stranger.batch = batch
    stranger.trace = ++strangers * 10
    await stranger.signOn()
    return stranger.batch
  }
  const openBatch = (rig: Rig) => rig.books((books) => books.openBatch(ID)?.number)
  const stateOf = (rig: Rig, batch: number) => rig.books((books) => books.batch(ID, batch)?.state)
  async function settled(terminal: TestTerminal, fen: number, count: number, batch = terminal.batch) {
    const { fields } = await terminal.ask(terminal.settlementMessage(fen, count, { batch }))
    return parseSettlement48(String(fields[48])).domestic.answer === 1
  }

  describe('000000: a terminal that is new or was erased', () => {
    // biome-ignore format: one row an entry
    it.each([
      ['a sale',           (terminal: TestTerminal) => terminal.saleMessage()],
      ['a declined sale',  (terminal: TestTerminal) => terminal.saleMessage({ pin: '000000' })],
      ['an enquiry',       (terminal: TestTerminal) => terminal.balanceMessage()],
      ['a reversal alone', (terminal: TestTerminal) => terminal.reversalOf(terminal.saleMessage())],
    ])('the open batch has %s → a batch without entries; again and nothing booked → the same', async (_what, make) => {
      const { rig, terminal } = await ready()
      expect(await asked(rig, 0)).toBe(1)
      expect(await codeOf(terminal, terminal.signed({ mti: '0100', fields: terminal.head(1) }))).toBe('40')
      await terminal.exchange(make(terminal))
      expect(await asked(rig, 0)).toBe(2)
      expect(await asked(rig, 0)).toBe(2)
      expect(await stateOf(rig, 1)).toBe('left')
    })
    it('counts from 1 again and sells at once, no 94; what it forgot is still reversed and settled', async () => {
      const { rig, terminal } = await ready()
      const owed = terminal.saleMessage({ amount: 1000 })
      await terminal.exchange(owed)
      await terminal.exchange(terminal.saleMessage({ amount: 30 }))
      const erased = rig.terminal()
      erased.batch = 0
      await erased.signOn()
      expect(erased.batch).toBe(2)
      for (const amount of [1, 2, 3]) expect(await codeOf(erased, erased.saleMessage({ amount }))).toBe('00')
      expect(rig.host.alarms()).toEqual({})
      expect(await codeOf(erased, erased.reversalOf(erased.signed(owed)))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING - 36)
      expect(await settled(erased, 30, 1, 1)).toBe(true)
      expect(await settled(erased, 6, 3)).toBe(true)
      expect(await openBatch(rig)).toBe(3)
    })
    it('numbers with entries are passed over, so a trace is never met again', async () => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.saleMessage())
      for (const batch of [2, 3]) expect(await codeOf(terminal, terminal.saleMessage({ batch }))).toBe('77')
      expect(await asked(rig, 0)).toBe(4)
    })
  })

  describe('an unsigned sign-on of somebody else', () => {
    const states: readonly (readonly [string, (terminal: TestTerminal) => Promise<number>])[] = [
      ['nothing booked', async () => 0],
      [
        'an enquiry booked',
        async (terminal) => {
          await terminal.exchange(terminal.balanceMessage())
          return 0
        },
      ],
      [
        'a sale booked',
        async (terminal) => {
          await terminal.exchange(terminal.saleMessage({ amount: 700 }))
          return 700
        },
      ],
    ]
    describe.each([999_999, 0])('with 60.2 = %i', (number) => {
      it.each(states)(
        '%s → the next signed sale is booked in its own batch; totals and report agree',
        async (_s, act) => {
          const { rig, terminal } = await ready()
          const before = await act(terminal)
          for (let times = 0; times < 2; times++) await asked(rig, number)
          expect(await codeOf(terminal, terminal.saleMessage({ amount: 50, batch: 1 }))).toBe('00')
          expect(await openBatch(rig)).toBe(1)
          const count = before > 0 ? 2 : 1
          expect(await totalsOf(rig, 1)).toMatchObject({ debitFen: before + 50, debitCount: count })
          expect(await rig.store.storeSales('20261121')).toMatchObject([
            { storeNumber: '0012', sales: count, salesFen: before + 50, reversed: 0 },
          ])
          expect(await balanceOf(rig)).toBe(OPENING - before - 50)
          expect(await settled(terminal, before + 50, count, 1)).toBe(true)
          expect(await totalsOf(rig, 999_999)).toMatchObject({ debitFen: 0, debitCount: 0 })
        },
      )
      it('the first signed request is an enquiry → answered, and the batch is open again', async () => {
        const { rig, terminal } = await ready()
        await terminal.exchange(terminal.saleMessage({ pin: '000000' }))
        await asked(rig, number)
        expect(await codeOf(terminal, terminal.balanceMessage())).toBe('00')
        expect(await openBatch(rig)).toBe(1)
      })
      it('a sale is owed back meanwhile → its reversal is taken, its repeat has no effect', async () => {
        const { rig, terminal } = await ready()
        const sale = terminal.saleMessage()
        await terminal.exchange(sale)
        await asked(rig, number)
        expect(await codeOf(terminal, terminal.reversalOf(sale))).toBe('00')
        expect(await codeOf(terminal, sale)).toBe('00')
        expect(await balanceOf(rig)).toBe(OPENING)
        expect(await settled(terminal, 0, 0, 1)).toBe(true)
      })
    })
    it('the terminal signs on next, with nothing to settle → it sells in the batch it is given', async () => {
      const { rig, terminal } = await ready()
      await asked(rig, 999_999)
      await terminal.signOn()
      expect(terminal.batch).toBe(999_999)
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 40 }))).toBe('00')
      expect(await settled(terminal, 40, 1)).toBe(true)
      expect(await openBatch(rig)).toBe(1)
      terminal.batch = 1
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 2 }))).toBe('00')
    })
    it('cannot use up the numbers: 30 of them, each one further → the terminal still sells and settles', async () => {
      const { rig, terminal } = await ready()
      for (let number = 2; number <= 31; number++) expect(await asked(rig, number)).toBe(number)
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 9 }))).toBe('00')
      expect(await settled(terminal, 9, 1)).toBe(true)
      expect(await openBatch(rig)).toBe(2)
    })
  })

  describe('what a signed request cannot open', () => {
    it('a batch beside one that has an entry → 77, no effect, ours stays open', async () => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.balanceMessage())
      expect(await codeOf(terminal, terminal.saleMessage({ batch: 2 }))).toBe('77')
      expect([await openBatch(rig), await stateOf(rig, 2)]).toEqual([1, undefined])
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('a batch that met a conflict → 77, also when nothing is booked in ours; nor does a sign-on', async () => {
      const { rig, terminal } = await ready(5)
      await terminal.exchange(terminal.saleMessage({ trace: 9 }))
      expect(await codeOf(terminal, terminal.saleMessage({ trace: 9, amount: 1 }))).toBe('94')
      expect(await asked(rig, 5)).toBe(6)
      expect(await codeOf(terminal, terminal.signed({ mti: '0100', fields: terminal.head(1) }))).toBe('40')
      expect(await codeOf(terminal, terminal.saleMessage({ batch: 5 }))).toBe('77')
      expect(await codeOf(terminal, terminal.saleMessage({ batch: 3, pin: '000000' }))).toBe('55')
      expect(await openBatch(rig)).toBe(3) // an earlier number, and so the one that met it is a later one
      expect(await settled(terminal, 0, 0, 3)).toBe(true)
      expect(await openBatch(rig)).toBe(4)
      expect(await asked(rig, 5)).toBe(4)
      expect(await rig.books((books) => books.batch(ID, 5))).toMatchObject({ state: 'left', conflict: true })
    })
  })

  describe('P10: a settled batch never opens again', () => {
    it.each([1, 0, 999_999])(
      'a signed sale in it, before and after an unsigned sign-on with %i → 77',
      async (number) => {
        const { rig, terminal } = await ready()
        await terminal.exchange(terminal.saleMessage({ amount: 60 }))
        expect(await settled(terminal, 60, 1)).toBe(true)
        for (let times = 0; times < 2; times++) {
          expect(await codeOf(terminal, terminal.saleMessage({ batch: 1 }))).toBe('77')
          await asked(rig, number)
        }
        expect(await rig.books((books) => books.batch(ID, 1))).toMatchObject({
          state: 'settled',
          totals: { debitFen: 60, debitCount: 1 },
        })
        expect(await balanceOf(rig)).toBe(OPENING - 60)
      },
    )
    it('the number after 999999 is settled → the one after it opens', async () => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.saleMessage({ amount: 60 }))
      await settled(terminal, 60, 1)
      terminal.batch = 2
      await asked(rig, 999_999) // the terminal has nothing to settle and takes it
      await terminal.signOn()
      expect(await codeOf(terminal, terminal.saleMessage({ amount: 5 }))).toBe('00')
      expect(await settled(terminal, 5, 1)).toBe(true)
      expect([await stateOf(rig, 1), await openBatch(rig)]).toEqual(['settled', 2])
      expect(await totalsOf(rig, 1)).toMatchObject({ debitFen: 60, debitCount: 1 })
    })
    it('a sign-on names it as a later one → it stays settled, ours stays open', async () => {
      const { rig, terminal } = await ready(5)
      expect(await settled(terminal, 0, 0)).toBe(true)
      expect(await codeOf(terminal, terminal.saleMessage({ batch: 3, pin: '000000' }))).toBe('55')
      expect(await settled(terminal, 0, 0, 3)).toBe(true)
      expect(await asked(rig, 5)).toBe(4)
      expect([await stateOf(rig, 5), await openBatch(rig)]).toEqual(['settled', 4])
      expect(await settled(terminal, 0, 0, 4)).toBe(true)
      expect([await stateOf(rig, 5), await openBatch(rig)]).toEqual(['settled', 6]) // and it is passed over
    })
  })
})
