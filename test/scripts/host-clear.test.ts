import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { PLAIN_ACQUIRER } from '../../host-link/host/acquirer.ts'
import { type ClearCommand, hostClear, startClearing } from '../../scripts/host-clear.ts'
import { type Booked, DATABASE_KINDS, freshBooks } from '../host-link/host/node/clearing-rig.ts'

const fresh = freshBooks()
const folder = mkdtempSync(join(tmpdir(), 'shuaka-clear-'))
afterAll(() => rmSync(folder, { recursive: true }))

const DAY = '20201121'
const sale: Booked = {
  ...{
    sequence: 1,
    kind: 'sale',
    businessDate: DAY,
    merchant: 'M',
    store: '0008',
    cardKind: 'bank',
    code: '00',
  },
  ...{ amountFen: 100_00, discount: undefined, cashBack: undefined, settleFen: 100_00, biller: undefined },
  refersTo: undefined,
}
const acquirer: ClearCommand['acquirer'] = {
  ...PLAIN_ACQUIRER,
  fees: [
    { card: 'any', ratePpm: 6000, leastFen: 0 },
    { card: 'cash', ratePpm: 0, leastFen: 0 },
  ],
}
const file = join(folder, 'acquirer.json')
const program = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
/** A disk that is full, where the system has one. */
const FULL = '/dev/full'
const shuaka = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'host', ...words], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('hostClear', () => {
  it('the same bytes however often; as a table and as JSON', async () => {
    const { db, book } = await fresh('sqlite')
    await book([sale, { ...sale, sequence: 2, store: '9999' }])
    const first = await hostClear({ date: '2020-11-21', db, acquirer })
    expect(first).toContain('清算 cleared, 2020-11-21: 2 entries, 200.00\n')
    expect(first).toContain('待处理')
    expect(first).toMatch(/合计.*200\.00.*0\.60.*199\.40/)
    expect(await hostClear({ date: DAY, db, acquirer })).toBe(first)
    const json = JSON.parse(await hostClear({ date: DAY, db, acquirer, json: true }))
    expect(json).toMatchObject({ date: DAY, entries: 2, settleFen: 200_00, partial: false })
  })
  it('--partial of a day that is to come: a preview', async () => {
    const { db, book } = await fresh('sqlite')
    await book([{ ...sale, businessDate: '29991231' }])
    await expect(hostClear({ date: '29991231', db, acquirer })).rejects.toThrow('the day is not over')
    expect(await hostClear({ date: '29991231', db, acquirer, partial: true })).toContain('nothing is written')
  })
  it.each(['2020-02-30', 'yesterday'])('%s: a date is wanted', async (date) => {
    await expect(hostClear({ date, db: 'none', acquirer })).rejects.toThrow(
      'a date like 2026-11-21 is wanted',
    )
  })
})

describe('shuaka host clear and report', () => {
  it('clears, says who differs with exit code 1, and reports', async () => {
    const { db, book } = await fresh('sqlite')
    writeFileSync(file, JSON.stringify({ fees: acquirer.fees }))
    await book([sale])
    const words = ['--db', db, '--acquirer', file]
    const first = shuaka('clear', '--date', '2020-11-21', ...words)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    expect(shuaka('clear', '--date', '2020-11-21', ...words)).toEqual(first)
    expect(shuaka('report', 'payout', '--date', '2020-11-21', '--csv', ...words).stdout).toContain(
      '20201122,20201121,20201121-M-store-0008,M,门店,0008,店0008,付,9940\n',
    )
    if (existsSync(FULL)) {
      const stdio = ['ignore', openSync(FULL, 'w'), 'pipe'] as const
      const full = spawnSync(
        process.execPath,
        [program, 'host', 'report', 'stores', '--date', DAY, ...words],
        {
          encoding: 'utf8',
          stdio: [...stdio],
        },
      )
      expect([full.status, full.stderr]).toEqual([
        1,
        'shuaka: standard output: cannot be written (the disk is full).\n',
      ])
    }
    await book([
      { ...sale, sequence: 2, kind: 'voidSale', businessDate: '20201122', settleFen: -1, refersTo: 1 },
    ])
    const bad = shuaka('clear', '--date', '2020-11-22', ...words)
    expect(bad).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'shuaka: 2020-11-22: not cleared, the ledger does not add up: entry 2 voidSale settles -1 fen, its parts make -10000.\n',
    })
  })
})

describe.each(DATABASE_KINDS)('startClearing of a running host, %s', (kind) => {
  it('clears a day that has ended by itself, while the books are open, and delivers the notices', async () => {
    const keys: string[] = []
    const server = createServer((request, response) => {
      keys.push(String(request.headers['idempotency-key']))
      response.writeHead(200).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const notify = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
    writeFileSync(file, JSON.stringify({ fees: acquirer.fees, notify }))
    const { db, book } = await fresh(kind)
    await book([sale])
    const log: string[] = []
    const clearing = await startClearing({
      ...{ db, acquirer: { ...acquirer, notify }, words: ['--acquirer', file] },
      log: (line) => void log.push(line),
    })
    try {
      while (log.length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(log).toEqual(['cleared 2020-11-21'])
    } finally {
      await clearing.stop()
    }
    // A host that starts later delivers what is left.
    const next = await startClearing({ db, acquirer: { ...acquirer, notify }, words: [], log: () => {} })
    while (keys.length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
    await next.stop()
    server.close()
    expect(new Set(keys)).toEqual(new Set(['pay-out-20201121-M-0008']))
  })
})

describe('startClearing, a day that does not add up', () => {
  it('says so once in one line and goes on', async () => {
    const { db, book } = await fresh('sqlite')
    writeFileSync(file, JSON.stringify({ fees: acquirer.fees }))
    await book([{ ...sale, settleFen: 1 }])
    const log: string[] = []
    const clearing = await startClearing({
      ...{ db, acquirer, words: ['--acquirer', file] },
      log: (line) => void log.push(line),
    })
    while (log.length < 1) await new Promise((resolve) => setTimeout(resolve, 20))
    await clearing.stop()
    expect(log).toEqual([
      'clearing: 2020-11-21: not cleared, the ledger does not add up: entry 1 sale settles 1 fen, its parts make 10000.',
    ])
  })
})
