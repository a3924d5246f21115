import { describe, expect, it } from 'vitest'
import type { TestFaults } from '../../../host-link/host/faults.ts'
import { request } from './money-rig.ts'
import { makeRig, same, type TestTerminal } from './rig.ts'

async function ready(faults: Partial<TestFaults> = {}) {
  const waits: number[] = []
  const delay = async (ms: number) => void waits.push(ms)
  const rig = makeRig({ testFaults: { lateMs: 65_000, delay, ...faults } })
  const terminal = rig.terminal()
  await terminal.signOn()
  return { rig, terminal, waits }
}
const send = async (terminal: TestTerminal, amount: number) =>
  terminal.exchange(terminal.saleMessage({ amount }))

describe('test mode: faults by the last digit of an amount', () => {
  // biome-ignore format: one row a digit
  const rows: readonly (readonly [what: string, amount: number, frames: number, booked: boolean])[] = [
    ['as it should be',      1000, 1, true ],
    ['late',                 1001, 1, true ],
    ['booked, no answer',    1002, 0, true ],
    ['not booked, no answer', 1003, 0, false],
    ['answered twice',       1004, 2, true ],
    ['wrong MAC',            1005, 1, true ],
    ['other terminal',       1006, 1, true ],
    ['as it should be',      1007, 1, true ],
    ['closed mid-frame',     1008, 1, true ],
    ['declined',             1009, 1, false],
  ]
  it.each(rows)('%s: %i fen → %i frames, booked %s', async (_what, amount, frames, booked) => {
    const { rig, terminal } = await ready()
    expect(await send(terminal, amount)).toHaveLength(frames)
    const totals = await rig.books((books) => books.totals('10000001', 1))
    expect(totals.debitCount).toBe(booked ? 1 : 0)
  })
  it('late → held back for 65 s; twice → the same bytes; wrong MAC and other terminal → not to be believed', async () => {
    const { terminal, waits } = await ready()
    await send(terminal, 1001)
    expect(waits).toEqual([65_000])
    const [one, two] = await send(terminal, 1004)
    expect(same(one ?? new Uint8Array(1), two ?? new Uint8Array(2))).toBe(true)
    const [badMac = new Uint8Array()] = await send(terminal, 1005)
    expect(terminal.opened(badMac).macRight).toBe(false)
    const [other = new Uint8Array()] = await send(terminal, 1006)
    expect(terminal.opened(other)).toMatchObject({ macRight: false, message: { fields: { 41: '99999999' } } })
    const [declined = new Uint8Array()] = await send(terminal, 1009)
    expect(terminal.opened(declined)).toMatchObject({ macRight: true, message: { fields: { 39: '05' } } })
  })
  it('mid-frame → half an answer, then the connection ends', async () => {
    const { rig, terminal } = await ready()
    const connection = rig.host.connection()
    const [half = new Uint8Array()] = await connection.receive(
      terminal.frame(terminal.saleMessage({ amount: 8 })),
    )
    expect(half.length).toBeLessThan(((half[0] ?? 0) << 8) + (half[1] ?? 0) + 2)
    expect(connection.ended).toBe('test mode: closed inside an answer')
  })
  it('reversals are answered as they should be: net 0 after every fault', async () => {
    const { rig, terminal } = await ready()
    for (let digit = 1; digit <= 9; digit++) {
      const sale = terminal.saleMessage({ amount: 500 + digit })
      await terminal.exchange(sale)
      expect((await terminal.ask(terminal.reversalOf(sale))).fields[39]).toBe('00')
    }
    expect((await rig.books((books) => books.account('bank')))?.balanceFen).toBe(1_000_000)
  })
  it.each(['preauth', 'pointsSale'] as const)(
    '%s: the same faults; a repeat of what is booked has none',
    async (name) => {
      const { terminal } = await ready()
      const card = { card: 'bank', pin: '123456' }
      expect(await terminal.exchange(request(terminal, name, { ...card, amount: 1004 }))).toHaveLength(2)
      const lost = request(terminal, name, { ...card, amount: 1002 })
      expect(await terminal.exchange(lost)).toHaveLength(0)
      expect(await terminal.exchange(lost)).toHaveLength(1)
    },
  )
  it.each([2, 3, 5, 6])(
    'cash 通知 x.x%i: its answer is spoiled once, it is booked, and the repeat is answered',
    async (digit) => {
      const { rig, terminal } = await ready()
      const cash = request(terminal, 'cashSale', { amount: 1000 + digit, store: '0012' })
      const [first] = await terminal.exchange(cash)
      expect(first === undefined || !terminal.opened(first).macRight).toBe(true)
      const [again = new Uint8Array()] = await terminal.exchange(cash)
      expect(terminal.opened(again)).toMatchObject({ macRight: true, message: { fields: { 39: '00' } } })
      expect((await rig.books((books) => books.totals('10000001', 1))).debitCount).toBe(1)
    },
  )
  it('off by default → every amount sells', async () => {
    const rig = makeRig()
    const terminal = rig.terminal()
    await terminal.signOn()
    for (let amount = 1; amount <= 10; amount++)
      expect((await terminal.ask(terminal.saleMessage({ amount }))).fields[39]).toBe('00')
  })
})
