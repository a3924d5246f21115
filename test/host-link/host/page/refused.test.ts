import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClearingDatabase } from '../../../../host-link/host/node/clearing-database.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import { dayAnswer } from '../../../../host-link/host/node/page-days.ts'
import { startHostPage } from '../../../../host-link/host/node/page-server.ts'
import type { DayAnswer, EntriesAnswer } from '../../../../host-link/host/page/api.ts'
import { HOST_PAGE_FOLDER } from '../../../../scripts/build-page.ts'
import { asked as askTill, MONEY_CARDS } from '../money-rig.ts'
import { DAY, DEMO_ACQUIRER, MERCHANT, NOW } from './demo-day.ts'
import { type Served, served } from './served.ts'

let books: Served
beforeAll(async () => {
  books = await served({ sales: 80, before: 1, cleared: [DAY] })
})
afterAll(() => books?.close())

const dayOf = async (date: string): Promise<DayAnswer> => (await books.ask(`day?date=${date}`)).json
async function allEntries(date: string, party: string, name: string, merchant = MERCHANT) {
  const question = `entries?date=${date}&merchant=${merchant}&party=${party}&name=${name}`
  return (await books.ask(question)).json as EntriesAnswer
}

describe('what is refused', () => {
  const sentences: readonly (readonly [string, number, string])[] = [
    ['day?date=2026-02-30', 400, 'date "2026-02-30": a date like 2026-11-21 is wanted.'],
    ['day', 400, 'date "": a date like 2026-11-21 is wanted.'],
    ['month?month=2026-13', 400, 'month "2026-13": a month like 2026-11 is wanted.'],
    ['table?kind=stores&date=20261120&week=20261120', 400, 'One of date, week and month is wanted.'],
    ['table?kind=all&date=20261120', 400, 'kind "all": one of sales, merchant,'],
    [
      "entries?date=20261120&merchant=x';--&party=all",
      400,
      'merchant "x\';--": letters and digits is wanted.',
    ],
    ['entries?date=20261120&merchant=1&party=none', 400, 'party "none": one of store, own,'],
    ['entry?sequence=99999999', 404, 'The books have no entry 99999999.'],
    ['entry?sequence=1e3', 400, 'sequence "1e3": a whole number is wanted.'],
    ['nothing', 404, 'There is no such question.'],
    ['table?kind=payout&date=2026-11-01', 409, '2026-11-01: not cleared yet;'],
    ['download?kind=payout&date=2026-11-01&format=csv', 409, '2026-11-01: not cleared yet;'],
    [
      'download?kind=stores&date=2026-11-20&format=pdf',
      400,
      'format "pdf": one of csv, json, xlsx is wanted.',
    ],
  ]
  it.each(sentences)('%s → %i in one sentence', async (question, status, sentence) => {
    const answer = await books.ask(question)
    expect(answer.status).toBe(status)
    expect(answer.json.error).toContain(sentence)
    expect(answer.json.error).toMatch(/^[^\n]*\.$/)
  })

  it('another page asks → 403; another name for this machine → 403; anything but GET → 405', async () => {
    expect((await books.ask('state', { origin: 'http://shop.example' })).status).toBe(403)
    expect((await books.ask('state', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await books.ask('state', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await books.ask('state', { origin: new URL(books.page.url).origin })).status).toBe(200)
    const named = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(books.page.url)
      const headers = { host: `shop.example:${port}` }
      get({ host: '127.0.0.1', port, path: '/api/state', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(named).toBe(403)
    expect((await fetch(new URL('api/state', books.page.url), { method: 'POST' })).status).toBe(405)
  })

  it('every answer has the guards of the emulator: nothing from elsewhere, no frames', async () => {
    for (const path of ['', 'api/state', 'api/none', 'none']) {
      const { headers } = await fetch(new URL(path, books.page.url))
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'self'; script-src 'self'")
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
  })

  it('no card number 卡号 in any answer: every one is masked', async () => {
    const { entries } = await allEntries(DAY, 'all', '')
    const questions = [
      ...['state', 'month?month=2026-11', 'terminals', `day?date=${DAY}`],
      ...entries.slice(0, 60).map(({ sequence }) => `entry?sequence=${sequence}`),
      ...['reconciliation', 'prepaid', 'suspense', 'differences'].flatMap((kind) => [
        `table?kind=${kind}&date=${DAY}`,
        `download?kind=${kind}&date=${DAY}&format=csv`,
      ]),
      `entries?date=${DAY}&merchant=${MERCHANT}&party=all`,
    ]
    const text = (await Promise.all(questions.map((question) => books.ask(question))))
      .map((one) => one.text)
      .join()
    expect(text).toMatch(/622260\*+7890/)
    for (const { pan, track2 } of MONEY_CARDS) {
      expect(text).not.toContain(pan)
      expect(text).not.toContain(track2)
    }
  })

  it('files of its folder, but none that is hidden, however its path is written → 404', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-hidden-'))
    mkdirSync(join(folder, '.git'))
    for (const file of ['shown.txt', '.hidden', '.git/config']) writeFileSync(join(folder, file), file)
    const page = await startHostPage({
      ...{ folder, db: books.db, acquirer: DEMO_ACQUIRER, web: '127.0.0.1:0' },
    })
    const status = async (path: string) => (await fetch(new URL(path, page.url))).status
    expect(await status('shown.txt')).toBe(200)
    for (const path of [
      '.hidden',
      '%2ehidden',
      'x/../.hidden',
      '.git/config',
      '%2Egit/config',
      '.git%2Fconfig',
      '%',
    ])
      expect([path, await status(path)]).toEqual([path, 404])
    await page.close()
    rmSync(folder, { recursive: true })
  })

  it('no books, an address in use, an address that is none → one sentence', async () => {
    const options = { acquirer: DEMO_ACQUIRER, folder: HOST_PAGE_FOLDER }
    const { port } = new URL(books.page.url)
    await expect(startHostPage({ ...options, db: 'none.db', web: '127.0.0.1:0' })).rejects.toThrow(
      'none.db: there is no such file',
    )
    await expect(startHostPage({ ...options, db: books.db, web: `127.0.0.1:${port}` })).rejects.toThrow(
      `127.0.0.1:${port}: cannot listen there, the port is in use`,
    )
    await expect(startHostPage({ ...options, db: books.db, web: 'everywhere' })).rejects.toThrow(
      'everywhere: an address like 127.0.0.1:8090 is wanted',
    )
  })
})

describe('beside a host that sells', () => {
  it('no sale waits in vain, and each look is of one moment: ledger and lines are equal', async () => {
    const { rig } = books
    rig.clock.date = '20261113'
    const till = rig.terminal('10000003')
    till.trace = 800_000
    await till.signOn()
    const sell = async () => {
      for (let sale = 0; sale < 60; sale++)
        expect((await askTill(till, 'sale', { card: 'signs', pin: undefined, amount: 100 })).code).toBe('00')
    }
    const look = async () => {
      for (let turn = 0; turn < 12; turn++)
        for (const { check } of (await dayOf('20261113')).merchants) {
          expect(check.linesFen).toBe(check.ledgerFen)
          expect(check.paidFen).toBe(check.ledgerFen)
        }
    }
    await Promise.all([sell(), look(), look()])
    expect((await dayOf('20261113')).entries).toBe(60)
  })

  it('a sale that comes in the middle of a look → is in the next one, and no part of this', async () => {
    const till = books.rig.terminal('10000003')
    till.trace = 700_000
    await till.signOn()
    const database = await openClearing(books.db)
    const selling: ClearingDatabase = {
      ...database,
      async kept(work) {
        expect((await askTill(till, 'sale', { card: 'signs', pin: undefined, amount: 700 })).code).toBe('00')
        return database.kept(work)
      },
    }
    const source = {
      database: selling,
      acquirer: DEMO_ACQUIRER,
      now: () => NOW,
      merchants: [],
      merchantName: () => '',
    }
    const { entries, merchants } = await dayAnswer(source, '20261113')
    await database.close()
    expect(entries).toBe(60)
    for (const { check } of merchants) expect([check.linesFen, check.paidFen]).toEqual([6_000, 6_000])
    expect((await dayOf('20261113')).entries).toBeGreaterThan(60)
  })
})
