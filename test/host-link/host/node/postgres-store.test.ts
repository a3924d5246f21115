import { describe, expect, it } from 'vitest'
import type { Books } from '../../../../host-link/host/store.ts'
import { needsPostgres, postgresPrograms } from '../../../rig/postgres.ts'
import { asked, entry, expectBalanced, keyOf, OPENING, pair, selling } from './postgres-pair.ts'

describe.skipIf(postgresPrograms === undefined)(`postgresStore${needsPostgres}`, () => {
  it('X04: two stores on one database, the same keys to both at once → each booked once, books balance', async () => {
    const { address, a, b } = await pair('bank', 'other')
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, at) => {
        const key = keyOf(at % 3, 1 + (at >> 1))
        const likely = { terminalId: key.terminalId, key }
        // Not the account keeps them apart: each asks for another.
        return [a.transact(selling(key, 'bank'), likely), b.transact(selling(key, 'other'), likely)]
      }).flat(),
    )
    const booked = results.filter((result) => result === 'booked').length
    const [row] = await asked(address, 'SELECT count(*) AS n, sum(effect) AS sum FROM ledger')
    expect([Number(row?.n), Number(row?.sum)]).toEqual([booked, -10 * booked])
    expect(booked).toBe(60)
    await expectBalanced(address)
  })

  it('the last money of an account, asked for by eight terminals at two stores → spent once', async () => {
    const { address, a, b } = await pair('bank')
    await asked(address, 'UPDATE account SET opening = 10, balance = 10')
    const sales = Array.from({ length: 8 }, (_, at) =>
      (at % 2 ? a : b).transact(selling(keyOf(at, 1), 'bank')),
    )
    const results = await Promise.all(sales)
    expect(results.filter((result) => result === 'booked')).toHaveLength(1)
    await expectBalanced(address)
  })

  it('transfers 转账 in both directions at once, unforeseen → no deadlock, nothing lost', async () => {
    const { address, a, b } = await pair('east', 'west')
    const transfer = (at: number) => (books: Books) => {
      const [from, to] = at % 2 ? ['east', 'west'] : ['west', 'east']
      const key = keyOf(at, 1, 'transfer')
      if (books.entry(key)) return { result: 'repeated' }
      if ((books.account(from ?? '')?.balanceFen ?? 0) < at) return { result: 'declined' }
      books.account(to ?? '')
      const both = { account: from, account2: to, effectFen: -at, effect2Fen: at }
      return { posting: { entries: [entry(key, books.nextSequence(), both)] }, result: 'booked' }
    }
    const work = Array.from({ length: 60 }, (_, at) => (at % 3 ? a : b).transact(transfer(at + 1)))
    expect(new Set(await Promise.all(work))).toEqual(new Set(['booked']))
    await expectBalanced(address)
    const [row] = await asked(address, 'SELECT sum(balance) AS sum FROM account')
    expect(Number(row?.sum)).toBe(2 * OPENING)
    const [server] = await asked(
      address,
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    expect(Number(server?.deadlocks)).toBe(0)
  })

  it('V10: refunds of one sale by two terminals that look at the sale alone → one is booked', async () => {
    const { address, a, b } = await pair('bank')
    const original = await a.transact((books) => {
      const sequence = books.nextSequence()
      const sale = entry(keyOf(1, 1), sequence, { account: 'bank', effectFen: -10, settleFen: 10 })
      return { posting: { entries: [sale] }, result: sequence }
    })
    const refund = (terminal: number) => (books: Books) => {
      if (books.referring(original).length > 0) return { result: 'declined' }
      const account = books.entryAt(original)?.account
      const more = { account, effectFen: 10, settleFen: -10, original }
      const made = entry(keyOf(terminal, 1, 'refund'), books.nextSequence(), more)
      return { posting: { entries: [made] }, result: 'booked' }
    }
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, at) => (at % 2 ? a : b).transact(refund(at + 2))),
    )
    expect(results.filter((result) => result === 'booked')).toHaveLength(1)
    await expectBalanced(address)
  })

  it('twelve bills 账单, each paid in cash by eight terminals at once → each paid once', async () => {
    const { a, b } = await pair('bank')
    const bills = Array.from({ length: 12 }, (_, at) => ({
      biller: '01',
      customer: '5551234',
      bill: `2026${10 + at}`,
    }))
    const pay = (terminal: number, at: number) => (books: Books) => {
      const bill = bills[at]
      if (bill === undefined || books.ofBill(bill).length > 0) return { result: -1 }
      const key = keyOf(terminal, at + 1, 'billCash')
      return { posting: { entries: [entry(key, books.nextSequence(), { bill, settleFen: 10 })] }, result: at }
    }
    const all = bills.flatMap((_, at) =>
      Array.from({ length: 8 }, (_, terminal) => (terminal % 2 ? a : b).transact(pay(terminal + 1, at))),
    )
    const booked = (await Promise.all(all)).filter((at) => at >= 0)
    expect(booked.sort((one, other) => one - other)).toEqual(bills.map((_, at) => at))
  })

  it('a throw of `decide` → that transaction alone fails, nothing of it is posted', async () => {
    const { a } = await pair('bank')
    const bad = a.transact((books) => {
      books.account('bank')
      throw new RangeError('mine')
    })
    const good = a.transact(selling(keyOf(1, 1), 'bank'))
    await expect(bad).rejects.toThrow('mine')
    expect(await good).toBe('booked')
  })

  it('an effect on an account that is not there → refused, nothing of the posting is there', async () => {
    const { address, a } = await pair('bank')
    const stray = a.transact((books) => ({
      posting: { entries: [entry(keyOf(1, 1), books.nextSequence(), { account: 'nobody', effectFen: -1 })] },
      result: 'booked',
    }))
    await expect(stray).rejects.toThrow('an effect without an account')
    expect(await asked(address, 'SELECT 1 FROM ledger')).toEqual([])
  })

  it('sequences → unique, and rising for each terminal', async () => {
    const { address, a, b } = await pair('bank')
    for (let trace = 1; trace <= 20; trace++)
      await Promise.all(
        [1, 2].map((terminal) => (trace % 2 ? a : b).transact(selling(keyOf(terminal, trace), 'bank'))),
      )
    const rows = await asked(address, 'SELECT terminal, trace FROM ledger ORDER BY sequence')
    for (const terminal of ['10000001', '10000002']) {
      const traces = rows.filter((row) => row.terminal === terminal).map((row) => Number(row.trace))
      expect(traces).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    }
  })

  it('the ledger takes no update, no delete and no emptying', async () => {
    const { address, a } = await pair('bank')
    await a.transact(selling(keyOf(1, 1), 'bank'))
    for (const sql of ['UPDATE ledger SET amount = 1', 'DELETE FROM ledger', 'TRUNCATE ledger'])
      await expect(asked(address, sql)).rejects.toThrow('append-only')
  })
})
