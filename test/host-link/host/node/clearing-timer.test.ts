import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ClearOptions, clear } from '../../../../host-link/host/node/clearing.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import { clearingFile } from '../../../../host-link/host/node/clearing-sqlite.ts'
import { startClearingTimer } from '../../../../host-link/host/node/clearing-timer.ts'
import { DAYS, FEES, STORES, type Written } from '../clearing/random-days.ts'
import { freshBooks } from './clearing-rig.ts'

const [DAY, NEXT] = DAYS
const options: ClearOptions = {
  acquirer: { cutOver: '23:00', fees: FEES },
  now: { date: '20261201', time: '120000' },
}
const sale: Written = {
  ...{ sequence: 1, kind: 'sale', businessDate: DAY, merchant: 'M', store: '0008', cardKind: 'bank' },
  ...{ code: '00', amountFen: 100_00, discount: undefined, cashBack: undefined, settleFen: 100_00 },
  ...{ biller: undefined, refersTo: undefined },
}
const fresh = freshBooks()

describe('startClearingTimer', () => {
  it('a day that cannot be cleared: told; those after it are cleared, late entries told with them', async () => {
    const { open, book } = await fresh('sqlite')
    const database = await open()
    await book([sale])
    await clear(database, DAY, options)
    await book([
      { ...sale, sequence: 2, businessDate: NEXT, settleFen: 1 },
      { ...sale, sequence: 3, businessDate: '20261123' },
      { ...sale, sequence: 4 },
    ])
    const log: string[] = []
    const timer = startClearingTimer({
      ...{ database, cutOver: '23:00', now: () => options.now, log: (line: string) => void log.push(line) },
      clear: (date) => clear(database, date, options),
    })
    while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    await timer.stop()
    expect(log).toEqual([
      'clearing: 2026-11-22: not cleared, the ledger does not add up: entry 2 sale settles 1 fen, its parts make 10000',
      'cleared 2026-11-23 with 1 late entry of 2026-11-21',
    ])
  })
})

describe('openClearing', () => {
  it('no file, no books, no server: one sentence, and no file is made', async () => {
    await expect(openClearing('none.db')).rejects.toThrow('none.db: there is no such file')
    const self = new URL(import.meta.url).pathname
    const wrong = await openClearing(self)
    await expect(clear(wrong, DAY, options)).rejects.toThrow("cannot be read as a host's books")
    expect(existsSync(clearingFile(self))).toBe(false)
    for (const bad of ['postgres://[', 'postgres://a b:1/x'])
      await expect(openClearing(bad)).rejects.toThrow(
        '--db: an address like postgres://user@server:5432/database is wanted',
      )
    const far = await openClearing('postgres://somebody:secret@127.0.0.1:1/books')
    const fault = await clear(far, DAY, options).catch(String)
    expect(fault).toContain('postgres://127.0.0.1:1/books: the database cannot be reached')
    expect(fault).not.toContain('secret')
    await far.close()
  })
  it('PostgreSQL: what is cleared is on the disk, whatever the address or the server would have', async () => {
    const url = new URL((await fresh('postgres')).db)
    url.searchParams.set('options', '-c synchronous_commit=off')
    const database = await openClearing(url.href)
    const set = (name: string) => database.writing((own) => own.query(`SHOW ${name}`))
    expect([await set('synchronous_commit'), await set('lock_timeout')]).toEqual([[['on']], [['1min']]])
    await database.close()
  })
  it('stores of the tests are those of the random days', () => {
    expect(STORES.M).toHaveLength(4)
  })
})
