import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import { type Store, StoreStopped } from '../../../host-link/host/store.ts'
import { balanceOf, codeOf, frameOf, makeRig, OPENING, same, snapshot, trackOf } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rules P6, P7 and P8 on real frames under real keys; P5 is in reversal.test.ts, P10 in settlement.test.ts. */
describe.each(STORE_KINDS)('money rules on the %s store', (kind) => {
  async function ready() {
    const rig = makeRig({ store: fresh(kind) })
    const terminal = rig.terminal()
    await terminal.signOn()
    return { rig, terminal }
  }

  describe('P6: the same key again', () => {
    it('S06, S18: sale duplicated → stored answer byte for byte, one debit', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage()
      const first = await frameOf(terminal, sale)
      rig.clock.time = '220459'
      expect(same(first, await frameOf(terminal, sale))).toBe(true)
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
    it('both copies in one chunk, and on two connections at once → one debit', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.frame(terminal.saleMessage())
      const twice = new Uint8Array([...sale, ...sale])
      const answers = await Promise.all([
        rig.host.connection().receive(twice),
        rig.host.connection().receive(sale),
      ])
      const [one = new Uint8Array(1), ...others] = answers.flat()
      expect(others.map((other) => same(one, other))).toEqual([true, true])
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
    it('a decline is repeated as it was, though the reason for it has gone', async () => {
      const { rig, terminal } = await ready()
      const first = terminal.saleMessage({ amount: 600_000 })
      await terminal.exchange(first)
      const second = terminal.saleMessage({ amount: 600_000 })
      expect(await codeOf(terminal, second)).toBe('51')
      await terminal.exchange(terminal.reversalOf(first))
      expect(await codeOf(terminal, second)).toBe('51')
      expect(await balanceOf(rig)).toBe(OPENING)
    })
    it('a wrong PIN that arrives twice costs one try', async () => {
      const { rig, terminal } = await ready()
      const sale = terminal.saleMessage({ pin: '000000' })
      await terminal.exchange(sale)
      await terminal.exchange(sale)
      expect(await rig.books((books) => books.account('bank')?.wrongPins)).toBe(1)
    })
    it.each([
      ['amount', { amount: 8881 }],
      ['store', { store: '0013' }],
      ['PIN', { pin: '654321' }],
      ['card', { track: trackOf('edge') }],
    ])('the same key with another %s → 94, signed, alarm, no second effect', async (_what, options) => {
      const { rig, terminal } = await ready()
      await terminal.exchange(terminal.saleMessage({ trace: 5 }))
      const before = await snapshot(rig)
      const { message, macRight } = terminal.opened(
        await frameOf(terminal, terminal.saleMessage({ trace: 5, ...options })),
      )
      expect([message.fields[39], macRight]).toEqual(['94', true])
      expect(rig.host.alarms()).toEqual({ conflict: 1 })
      const after = (await snapshot(rig)) as { batches: unknown }
      expect({ ...after, batches: undefined }).toEqual({ ...(before as object), batches: undefined })
    })
    it('a terminal that lost its memory: one 94, then a new batch at the next sign-on, and it sells', async () => {
      const { rig, terminal } = await ready()
      const owed = terminal.saleMessage({ amount: 1000 })
      await terminal.exchange(owed)
      const reborn = rig.terminal()
      await reborn.signOn()
      expect(await codeOf(reborn, reborn.saleMessage({ amount: 2000 }))).toBe('94')
      await reborn.signOn()
      expect(reborn.batch).toBe(2)
      expect(await codeOf(reborn, reborn.saleMessage({ amount: 2000 }))).toBe('00')
      terminal.keys = reborn.keys // what was left behind takes no sale, but still gives back
      expect(await codeOf(terminal, terminal.saleMessage())).toBe('77')
      expect(await codeOf(terminal, terminal.reversalOf(owed))).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING - 2000)
    })
    it('S33, S34: the customer repeats after a time-out → two keys, each on its own', async () => {
      const { rig, terminal } = await ready()
      const first = terminal.saleMessage()
      const second = terminal.saleMessage()
      await terminal.exchange(first)
      await terminal.exchange(terminal.reversalOf(first))
      expect(await codeOf(terminal, second)).toBe('00')
      expect(await balanceOf(rig)).toBe(OPENING - 8880)
    })
    it('sale and enquiry of one trace are two keys', async () => {
      const { terminal } = await ready()
      expect(await codeOf(terminal, terminal.saleMessage({ trace: 9 }))).toBe('00')
      expect(await codeOf(terminal, terminal.balanceMessage({ trace: 9 }))).toBe('00')
    })
  })

  describe('P8: every answer is authenticated', () => {
    it.each([
      ['approval', {}],
      ['decline', { amount: 9_000_000 }],
      ['wrong PIN', { pin: '000000' }],
      ['batch that is not open', { batch: 7 }],
    ])('%s → a MAC that is right', async (_what, options) => {
      const { terminal } = await ready()
      await terminal.exchange(terminal.saleMessage()) // the open batch is in use
      expect(terminal.opened(await frameOf(terminal, terminal.saleMessage(options))).macRight).toBe(true)
    })
  })

  it('P7: books and balances agree: opening + effects of the entries = balance, for every card', async () => {
    const { rig, terminal } = await ready()
    const sales = [100, 5000, 77, 12_345].map((amount) => terminal.saleMessage({ amount }))
    for (const sale of sales) await terminal.exchange(sale)
    for (const sale of sales.slice(1, 3)) await terminal.exchange(terminal.reversalOf(sale))
    const effects = await rig.books((books) =>
      sales.flatMap(({ fields }) =>
        (['sale', 'reversal'] as const).map(
          (one) =>
            books.entry({ terminalId: '10000001', batch: 1, trace: Number(fields[11]), kind: one })
              ?.effectFen ?? 0,
        ),
      ),
    )
    expect(await balanceOf(rig)).toBe(OPENING + effects.reduce((sum, fen) => sum + fen, 0))
    expect(await balanceOf(rig)).toBe(OPENING - 100 - 12_345)
  })
})

describe('P7: answer after the durable write', () => {
  /** A store whose commits wait until they are let go, or fail. */
  function slowStore(): { store: Store; let: (go: boolean) => void } {
    const inner = memoryStore()
    let decideNow: (go: boolean) => void = () => {}
    return {
      let: (go) => decideNow(go),
      store: {
        ...inner,
        async transact(decide) {
          const result = await inner.transact(decide)
          const go = await new Promise<boolean>((resolve) => {
            decideNow = resolve
          })
          if (!go) throw new StoreStopped('the disk is gone')
          return result
        },
      },
    }
  }

  it('no byte leaves before the commit has returned', async () => {
    const slow = slowStore()
    const terminal = makeRig({ store: slow.store }).terminal()
    const sent: Uint8Array[][] = []
    const asked = terminal.exchange({ mti: '0820', fields: { ...terminal.head(1), 60: '00000001301' } })
    const done = asked.then((frames) => sent.push(frames))
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual([])
    slow.let(true)
    await done
    expect(sent).toHaveLength(1)
  })
  it('X05: the commit fails → no answer at all, the connection ends', async () => {
    const slow = slowStore()
    const rig = makeRig({ store: slow.store })
    const terminal = rig.terminal()
    const connection = rig.host.connection()
    const frame = terminal.frame({ mti: '0820', fields: { ...terminal.head(1), 60: '00000001301' } })
    const asked = connection.receive(frame)
    await new Promise((resolve) => setImmediate(resolve))
    slow.let(false)
    expect(await asked).toEqual([])
    expect(connection.ended).toBe('the books cannot be written')
  })
})
