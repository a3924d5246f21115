import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Fee } from '../../../../host-link/host/acquirer.ts'
import { clear } from '../../../../host-link/host/node/clearing.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import { asked, moneyRig, plan, request, reversalOf, signedOn } from '../money-rig.ts'
import { MERCHANT } from '../rig.ts'
import * as services from '../service-rig.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const fees: readonly Fee[] = [
  { card: 'bank', ratePpm: 6000, leastFen: 1 },
  { card: 'member', ratePpm: 3000, leastFen: 0 },
  { card: 'cash', ratePpm: 0, leastFen: 0 },
]
function books() {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-cleared-'))
  const db = join(folder, 'books.db')
  const store = sqliteStore(db, { secretCheck: '00000000' })
  store.nameStores(MERCHANT, [
    { number: '0012', name: '青石厨具' },
    { number: '0013', name: '暖房窗帘' },
  ])
  ends.push(
    () => store.close(),
    () => rmSync(folder, { recursive: true }),
  )
  return { db, store }
}
async function linesOf(db: string, date: string): Promise<string[]> {
  const database = await openClearing(db)
  try {
    const now = { date: '20261201', time: '000000' }
    const { lines } = await clear(database, date, { acquirer: { cutOver: '23:00', fees }, now })
    return lines.map(
      ({ party, name, source, grossFen, feeFen, netFen }) =>
        `${party} ${name} ${source} ${grossFen} ${feeFen} ${netFen}`,
    )
  } finally {
    await database.close()
  }
}

it('what the host itself booked, while it has the books open: every kind of purchase and what undoes it, over a cut-over', async () => {
  const { db, store } = books()
  const rig = moneyRig({ store })
  const till = await signedOn(rig)
  const good = async (...ask: Parameters<typeof asked> extends [unknown, ...infer Rest] ? Rest : never) => {
    const answer = await asked(till, ...ask)
    expect([ask[0], answer.code]).toEqual([ask[0], '00'])
    return answer.fields
  }
  const [bank, member] = [{ card: 'bank' }, { card: 'member' }]
  const sold = await good('sale', { ...bank, amount: 12_340, store: '0012' })
  await good('refund', { ...bank, pin: undefined, amount: 6_170, of: sold })
  // The mall gives 1,000 of 20,000, the store 300 back: once it stands, once it is voided.
  await good('sale', { ...member, amount: 20_000, store: '0013' })
  const voided = await good('sale', { ...member, amount: 20_000, store: '0013' })
  await good('voidSale', { numbered: 'member', amount: 20_000, of: voided })
  await good('cashSale', { amount: 3_000, store: '0012' })
  const cash = await good('cashSale', { amount: 4_000, store: '0012' })
  await good('pointsSale', { ...member, amount: 500, store: '0012' })
  const held = await good('preauth', { ...bank, amount: 10_000, store: '0012' })
  await good('completion', { ...bank, amount: 11_000, store: '0012', of: held })
  await good('instalment', { ...bank, amount: 12_000, store: '0013', more: plan(3) })
  await good('sale', { ...bank, amount: 2_000 }) // no store
  await good('sale', { ...bank, amount: 1_000, store: '00000014' }) // of the terminal, not of the books
  const lost = request(till, 'sale', { ...bank, amount: 7_777, store: '0013' })
  expect((await till.ask(lost)).fields[39]).toBe('00')
  expect((await till.ask(reversalOf(till, lost))).fields[39]).toBe('00')
  expect((await asked(till, 'sale', { card: 'lost', amount: 5, store: '0012' })).code).not.toBe('00')

  rig.clock.time = '230000'
  await good('cashVoid', { amount: 4_000, of: cash })
  await good('sale', { ...bank, amount: 100, store: '0012' })

  // Fees: bank 0.6 %, member 0.3 %, cash and points as the card: 12,340 → 74, half refunded → 37; 11,000 → 66; 12,000 → 72;
  // 19,000 → 57; 500 → 1.5, half up 2.
  expect(await linesOf(db, '20261121')).toEqual([
    'store 0012 bank 17170 103 17067', // 12,340 − 6,170 + 11,000; 74 − 37 + 66
    'store 0012 cash 7000 0 7000',
    'store 0012 points 500 2 498',
    'store 0013 bank 12000 72 11928',
    'store 0013 member 19700 57 19643', // 20,000 less the cash-back that it pays
    'mall  member -1000 0 -1000',
    'issuer  member 300 0 300', // the cash-back is on the card
    'suspense  bank 2000 0 2000',
    'suspense 00000014 bank 1000 0 1000',
  ])
  expect(await linesOf(db, '20261122')).toEqual(['store 0012 bank 100 1 99', 'store 0012 cash -4000 0 -4000'])
})

it('top-ups, activation, bills and their undoing, as the host booked them', async () => {
  const { db, store } = books()
  const till = await services.signedOn(services.serviceRig(store))
  const { topUp, answer } = await services.toppedUp(till, 'anna', 10_000)
  await services.toppedUp(till, 'bao', 2_500)
  expect(await services.code(till, services.voidOf(till, 'topUpVoid', topUp, answer))).toBe('00')
  expect(
    await services.code(till, services.request(till, 'activation', { card: 'unsold', amount: 3_000 })),
  ).toBe('00')
  const bill = services.request(till, 'billCash', {
    amount: 8_050,
    tags: { biller: '02', customer: '10086', bill: 'W202611' },
  })
  expect(await services.code(till, bill)).toBe('00')
  expect(await linesOf(db, '20261121')).toEqual(['biller 02 cash 8050 0 8050', 'float  member -5500 0 -5500'])
})

it('clearing beside a host that sells: no sale fails, none is in the wrong day', async () => {
  const { db, store } = books()
  const rig = moneyRig({ store })
  const till = await signedOn(rig)
  const sell = async (count: number) => {
    for (let sale = 0; sale < count; sale++)
      expect(
        (await asked(till, 'sale', { card: 'signs', pin: undefined, amount: 100, store: '0012' })).code,
      ).toBe('00')
  }
  await sell(40)
  rig.clock.date = '20261122'
  const [first] = await Promise.all([linesOf(db, '20261121'), sell(40), linesOf(db, '20261121')])
  expect(first).toEqual(['store 0012 bank 4000 40 3960'])
  expect(await linesOf(db, '20261122')).toEqual(['store 0012 bank 4000 40 3960'])
})
