import readXlsx from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clear } from '../../../../host-link/host/node/clearing.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import { postgresStore } from '../../../../host-link/host/node/postgres-store.ts'
import type { DayAnswer, EntriesAnswer, EntryAnswer, PageLine } from '../../../../host-link/host/page/api.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../../rig/postgres.ts'
import { asked as askTill } from '../money-rig.ts'
import { clearDays, DAY, DEMO_ACQUIRER, demoDays, MERCHANT, NOW, SHOP } from './demo-day.ts'
import { asked, type Served, served, startPage } from './served.ts'

const BEFORE = '20261119'
const OPEN = '20261121'

let books: Served
beforeAll(async () => {
  books = await served({ sales: 80, before: 1, cleared: [DAY] })
})
afterAll(() => books?.close())

const net = (lines: readonly PageLine[]): number => lines.reduce((sum, { netFen }) => sum + netFen, 0)
const dayOf = async (date: string): Promise<DayAnswer> => (await books.ask(`day?date=${date}`)).json
async function allEntries(date: string, party: string, name: string, merchant = MERCHANT) {
  const question = `entries?date=${date}&merchant=${merchant}&party=${party}&name=${name}`
  return (await books.ask(question)).json as EntriesAnswer
}

/** Without sequences and what is made of them: PostgreSQL leaves gaps. */
const unnumbered = (text: string): string => text.replace(/"(sequence|original)":\d+|"\d{12}"|"\d{8}"/g, '')

describe('the days', () => {
  it('a month: each day with entries, its sum, and whether it is cleared 已清算, due 未清算 or open 进行中', async () => {
    const { json } = await books.ask('month?month=2026-11')
    expect(json.days.map(({ date, state }: { date: string; state: string }) => [date, state])).toEqual([
      [BEFORE, 'due'],
      [DAY, 'cleared'],
      [OPEN, 'open'],
    ])
    for (const day of json.days) {
      const { settleFen, entries, hours } = await dayOf(day.date)
      expect([settleFen, entries]).toEqual([day.settleFen, day.entries])
      expect(hours.reduce((sum, hour) => sum + hour.netFen, 0)).toBe(settleFen)
    }
    expect((await books.ask('month?month=2026-09')).json.days).toEqual([])
  })

  it('a cleared day: stores as in the report of stores, to the fen; ledger, lines and pay-out with fees are equal', async () => {
    const day = await dayOf(DAY)
    const shown = day.merchants.flatMap(({ merchant, lines }) =>
      lines
        .filter(({ party }) => party === 'store' || party === 'own')
        .map((line) => ({ merchant, store: line.name, net: line.netFen })),
    )
    const rows = await books.report('stores', DAY)
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      const own = shown.filter(({ merchant, store }) => merchant === row.merchant && store === row.store)
      expect(own.reduce((sum, line) => sum + line.net, 0)).toBe(row.net_fen)
    }
    for (const { check } of day.merchants) {
      expect(check.linesFen).toBe(check.ledgerFen)
      expect(check.paidFen).toBe(check.ledgerFen)
    }
    expect(day.merchants.map(({ merchant }) => merchant)).toEqual([MERCHANT, SHOP])
  })

  it('a day that is not cleared: a preview that is what clearing then makes', async () => {
    const preview = await dayOf(BEFORE)
    expect(preview.state).toBe('due')
    const database = await openClearing(books.db)
    const cleared = await clear(database, BEFORE, { acquirer: DEMO_ACQUIRER, now: NOW, partial: true })
    await database.close()
    const lines = preview.merchants.flatMap((merchant) => merchant.lines)
    expect(net(lines)).toBe(cleared.lines.reduce((sum, { netFen }) => sum + netFen, 0))
    expect(lines.length).toBe(cleared.lines.length)
    expect((await books.ask('table?kind=stores&date=2026-11-19')).status).toBe(409) // and it wrote nothing
  })
})

describe('the entries', () => {
  it('of every party of a cleared day: their parts add up to its lines, in all and by hour', async () => {
    for (const { merchant, lines } of (await dayOf(DAY)).merchants)
      for (const { party, name } of lines) {
        const own = lines.filter((line) => line.party === party && line.name === name)
        const { entries, sum } = await allEntries(DAY, party, name, merchant)
        expect([party, name, entries.reduce((total, { netFen }) => total + netFen, 0)]).toEqual([
          party,
          name,
          net(own),
        ])
        expect(sum?.netFen).toBe(net(own))
        expect(sum?.hours.reduce((total, { netFen }) => total + netFen, 0)).toBe(sum?.grossFen)
      }
  })

  it('more than one answer holds: the parts follow each other, each entry once', async () => {
    const rig = books.rig
    rig.clock.date = '20261112'
    const till = rig.terminal('10000003')
    till.trace = 900_000
    await till.signOn()
    for (let sale = 0; sale < 230; sale++)
      expect((await askTill(till, 'sale', { card: 'signs', pin: undefined, amount: 100 + sale })).code).toBe(
        '00',
      )
    const first = await allEntries('20261112', 'own', '', SHOP)
    expect(first.entries.length).toBe(200)
    expect(first.sum?.count).toBe(230)
    const question = `entries?date=20261112&merchant=${SHOP}&party=own&name=&after=${first.next}`
    const rest: EntriesAnswer = (await books.ask(question)).json
    expect([rest.entries.length, rest.next, rest.sum]).toEqual([30, undefined, undefined])
    const sequences = [...first.entries, ...rest.entries].map(({ sequence }) => sequence)
    expect(new Set(sequences).size).toBe(230)
  })

  it('one entry: what undoes it and what it undoes are its chain, from either end', async () => {
    const { entries } = await allEntries(DAY, 'all', '')
    const undone = entries.find(({ kind, terminal }) => kind === 'refund' && terminal === '10000001')
    const { entry, chain }: EntryAnswer = (await books.ask(`entry?sequence=${undone?.sequence}`)).json
    expect(chain.map(({ sequence }) => sequence)).toEqual([entry.original, entry.sequence])
    const other: EntryAnswer = (await books.ask(`entry?sequence=${entry.original}`)).json
    expect(other.chain).toEqual(chain)
    expect(other.entry.shares.length).toBeGreaterThan(0)
    expect(entry.operatorName).toMatch(/王芳|李强/)
  })

  it('terminals: who is signed on, the latest status, every inspection', async () => {
    const { terminals } = (await books.ask('terminals')).json
    const [first] = terminals
    expect(first).toMatchObject({ terminal: '10000001', signedOn: true, operatorName: '王芳', batch: 1 })
    expect(first.status.values).toMatchObject({ printer: '1', reader: '0' })
    expect(first.inspections[0].engineer).toBe('0042')
    expect(first.inspections.length).toBe(3)
  })
})

describe('reports', () => {
  it('on the page the same rows as the command, and the downloads too', async () => {
    for (const kind of [
      'merchant',
      'stores',
      'payout',
      'reconciliation',
      'prepaid',
      'suspense',
      'differences',
    ]) {
      const rows = await books.report(kind, DAY)
      const { json } = await books.ask(`table?kind=${kind}&date=2026-11-20`)
      expect(json.rows, kind).toEqual(rows.map((row) => Object.values(row)))
      const csv = await books.ask(`download?kind=${kind}&date=2026-11-20&format=csv`)
      expect(csv.text.trim().split('\n').length, kind).toBe(rows.length + 2)
      const whole = await books.ask(`download?kind=${kind}&date=2026-11-20&format=json`)
      expect(whole.json.rows, kind).toEqual(rows)
    }
  })
  it('a workbook: amounts in yuan, and the name of the file says what it is', async () => {
    const response = await fetch(
      new URL('api/download?kind=stores&date=2026-11-20&format=xlsx', books.page.url),
    )
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="shuaka-stores-20261120.xlsx"',
    )
    const sheet = await readXlsx(Buffer.from(await response.arrayBuffer()))
    expect(JSON.stringify(sheet)).toContain('门店编号')
  })
  it('a month: cleared days alone, and the others are named', async () => {
    const { json } = await books.ask('table?kind=stores&month=2026-11')
    expect(json.notCleared).toContain(BEFORE)
    expect(json.total.at(-1)).toBe(
      (await books.report('stores', DAY)).reduce((sum, row) => sum + Number(row.net_fen), 0),
    )
  })
})

describe('on PostgreSQL', () => {
  const server = postgresForTests()
  it.skipIf(postgresPrograms === undefined)(
    `the same answers as on SQLite${postgresPrograms === undefined ? ` ${needsPostgres}` : ''}`,
    async () => {
      const db = await server.database()
      const store = postgresStore(db, { secretCheck: '00000000' })
      await store.opened()
      await demoDays({ store, sales: 30, before: 1 })
      await store.close()
      await clearDays(db, [DAY])
      const lite = await served({ sales: 30, before: 1, cleared: [DAY] })
      const page = await startPage(db)
      for (const question of [
        ...['state', 'month?month=2026-11', `day?date=${DAY}`, `day?date=${BEFORE}`, 'terminals'],
        `entries?date=${DAY}&merchant=${MERCHANT}&party=all`,
        ...['stores', 'reconciliation', 'prepaid'].map((kind) => `table?kind=${kind}&date=${DAY}`),
      ])
        expect(unnumbered((await asked(page, question)).text), question).toEqual(
          unnumbered((await lite.ask(question)).text),
        )
      await page.close()
      await lite.close()
    },
  )

  it.skipIf(postgresPrograms === undefined)(
    `more looks at once than it has connections → each is answered, none waits for another${needsPostgres}`,
    async () => {
      const db = await server.database()
      const store = postgresStore(db, { secretCheck: '00000000' })
      await store.opened()
      await demoDays({ store, sales: 10, before: 1 })
      await store.close()
      await clearDays(db, [DAY])
      const page = await startPage(db)
      const questions = [DAY, BEFORE].flatMap((date) => [
        ...Array.from({ length: 8 }, () => `day?date=${date}`),
        `entries?date=${date}&merchant=${MERCHANT}&party=all`,
        `table?kind=sales&date=${date}`,
      ])
      const answers = await Promise.all(questions.map((question) => asked(page, question)))
      expect(answers.map(({ status, text }) => (status === 200 ? status : text))).toEqual(
        questions.map(() => 200),
      )
      expect(new Set(answers.slice(0, 8).map(({ text }) => text)).size).toBe(1)
      await page.close()
    },
    30_000,
  )
})
