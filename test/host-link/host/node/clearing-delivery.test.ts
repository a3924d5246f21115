import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { clear } from '../../../../host-link/host/node/clearing.ts'
import type { ClearingDatabase } from '../../../../host-link/host/node/clearing-database.ts'
import { deliverDue, pauseMs, startDelivery } from '../../../../host-link/host/node/clearing-delivery.ts'
import { type Booked, DATABASE_KINDS, freshBooks } from './clearing-rig.ts'

const DAY = '20201121'
const fresh = freshBooks()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** What the other side does with one request; without a word it hangs. */
type Manner = (request: IncomingMessage, response: ServerResponse) => void
const takes: Manner = (_, response) => void response.writeHead(204).end()
const fails: Manner = (_, response) => void response.writeHead(500).end('no')
const hangs: Manner = () => {}
const breaks: Manner = (request) => void request.socket.destroy()
const moves: Manner = (_, response) => void response.writeHead(302, { Location: '/elsewhere' }).end()

interface Receiver {
  readonly url: string
  /** Key and body of every request, in order of arrival. */
  readonly seen: { key: string; body: string }[]
  manner: Manner
}

async function receiver(manner: Manner): Promise<Receiver> {
  const seen: Receiver['seen'] = []
  const state: { manner: Manner } = { manner }
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    seen.push({ key: String(request.headers['idempotency-key']), body: Buffer.concat(parts).toString() })
    state.manner(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(state, { url: `http://127.0.0.1:${port}/notices`, seen })
}

const blank = {
  ...{ kind: 'sale', businessDate: DAY, merchant: 'M', store: '0008', cardKind: 'member', code: '00' },
  ...{
    discount: undefined,
    cashBack: undefined,
    biller: undefined,
    refersTo: undefined,
    date: DAY,
    time: '101500',
  },
  ...{ pan: '990110******0017', terminal: '10000001' },
} as const satisfies Partial<Booked>

/** A store that is paid, one that owes, a top-up that stands and one that was voided. */
const ENTRIES: readonly Booked[] = [
  { ...blank, sequence: 1, amountFen: 100_00, settleFen: 100_00 },
  { ...blank, sequence: 2, amountFen: 5_00, settleFen: -5_00, store: '0010', kind: 'refund', refersTo: 3 },
  { ...blank, sequence: 3, amountFen: 5_00, settleFen: 5_00, store: '0010', businessDate: '20201120' },
  { ...blank, sequence: 4, amountFen: 50_00, settleFen: -50_00, kind: 'topUp' },
  { ...blank, sequence: 5, amountFen: 60_00, settleFen: -60_00, kind: 'topUp' },
  { ...blank, sequence: 6, amountFen: 60_00, settleFen: 60_00, kind: 'topUpVoid', refersTo: 5 },
]
const KEYS = [`pay-out-${DAY}-M-0008`, 'top-up-4']

async function outbox(kind: 'sqlite' | 'postgres', url: string) {
  const books = await fresh(kind)
  await books.book(ENTRIES)
  const database = await books.open()
  const acquirer = { cutOver: '23:00', fees: [], notify: { url } }
  const now = { date: '20201122', time: '120000' }
  for (let twice = 0; twice < 2; twice++) await clear(database, DAY, { acquirer, now })
  return { books, database }
}
const waiting = (database: ClearingDatabase) =>
  database.kept((own) =>
    own.query(
      'SELECT id, attempts, next_at, fault FROM clearing_notice WHERE delivered_at IS NULL ORDER BY id',
    ),
  )

describe.each(DATABASE_KINDS)('notices 资金到账, %s', (kind) => {
  it('written with the clearing, once; delivered as JSON; gone from the outbox after 2xx', async () => {
    const other = await receiver(takes)
    const { database } = await outbox(kind, other.url)
    expect((await waiting(database))?.map(([id]) => id)).toEqual(KEYS)
    expect(await deliverDue({ database, url: other.url, nowMs: () => 1000 })).toBe(2)
    expect(await deliverDue({ database, url: other.url, nowMs: () => 1000 })).toBe(0)
    expect(other.seen.map(({ key }) => key).sort()).toEqual(KEYS)
    expect(other.seen.map(({ body }) => JSON.parse(body)).sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual(
      [
        {
          ...{
            id: KEYS[0],
            kind: 'payOut',
            businessDate: DAY,
            payDate: '20201122',
            merchant: 'M',
            store: '0008',
          },
          amountFen: 100_00,
        },
        {
          ...{
            id: 'top-up-4',
            kind: 'topUp',
            businessDate: DAY,
            merchant: 'M',
            store: '0008',
            terminal: '10000001',
          },
          ...{ card: '990110******0017', amountFen: 50_00, date: DAY, time: '101500' },
        },
      ],
    )
    expect(await waiting(database)).toEqual([])
    expect(
      await database.kept((own) => own.query('SELECT delivered_at, attempts FROM clearing_notice')),
    ).toEqual([
      ...[
        [1000, 1],
        [1000, 1],
      ],
    ])
  })
  it('fails, hangs, breaks off, has moved: tried again later each time, the same key and body, never given up', async () => {
    const other = await receiver(fails)
    const { database } = await outbox(kind, other.url)
    let nowMs = 0
    const options = {
      database,
      url: other.url,
      nowMs: () => nowMs,
      timeoutMs: 300,
      pauseMs: 1000,
      pauseMaxMs: 3000,
    }
    const faults: unknown[] = []
    for (const [manner, pause] of [
      ...([
        [fails, 1000],
        [hangs, 2000],
        [breaks, 3000],
        [moves, 3000],
      ] as const),
    ]) {
      other.manner = manner
      expect(await deliverDue(options)).toBe(2)
      const left = await waiting(database)
      expect(left?.map(([, , next]) => next)).toEqual([nowMs + pause, nowMs + pause])
      faults.push(left?.[0]?.[3])
      nowMs += pause - 1
      expect(await deliverDue(options)).toBe(0) // not due yet
      nowMs += 1
    }
    expect(faults.slice(0, 2)).toEqual(['answered 500', 'no answer in time'])
    expect(faults.every((fault) => fault !== '')).toBe(true)
    other.manner = takes
    expect(await deliverDue(options)).toBe(2)
    expect(await waiting(database)).toEqual([])
    for (const key of KEYS) {
      const bodies = other.seen.filter((request) => request.key === key).map(({ body }) => body)
      expect(bodies).toHaveLength(5)
      expect(new Set(bodies).size).toBe(1)
    }
  })
  it('two workers at once: neither takes what the other has', async () => {
    const other = await receiver(takes)
    const { books, database } = await outbox(kind, other.url)
    const second = await books.open()
    const tried = await Promise.all(
      [database, second].map((one) => deliverDue({ database: one, url: other.url })),
    )
    expect(tried.reduce((a, b) => a + b)).toBe(2)
    expect(other.seen).toHaveLength(2)
  })
  it('killed between the answer and its note: delivered again under the same key, then over', async () => {
    const other = await receiver(hangs)
    const { books, database } = await outbox(kind, other.url)
    const program = fileURLToPath(new URL('clearing-victim.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', program, books.db, other.url], {
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    let answered = 0
    other.manner = (_, response) => {
      answered += 1
      if (answered === 2) child.kill('SIGKILL') // before it can have read the answer
      response.writeHead(200).end()
    }
    await ended
    expect(other.seen).toHaveLength(2)
    const left = await waiting(database)
    expect(left?.length).toBeGreaterThan(0) // at least the one whose answer it never read
    other.manner = takes
    const later = Date.now() + 60_000
    expect(await deliverDue({ database, url: other.url, nowMs: () => later })).toBe(left?.length)
    expect(new Set(other.seen.map(({ key }) => key))).toEqual(new Set(KEYS))
    expect(await waiting(database)).toEqual([])
  })
})

describe('startDelivery', () => {
  it('nobody listens, then somebody does: delivered by itself', async () => {
    const { database } = await outbox('sqlite', 'http://127.0.0.1:1/')
    const other = await receiver(fails)
    const delivery = startDelivery({ database, url: other.url, pauseMs: 10, everyMs: 5 })
    while (other.seen.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    other.manner = takes
    while ((await waiting(database))?.length !== 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await delivery.stop()
    const seen = other.seen.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(other.seen).toHaveLength(seen)
  })
  it('pauses double up to an hour', () => {
    expect([0, 1, 2, 9, 10, 500].map((attempts) => pauseMs(attempts, {}))).toEqual([
      ...[5_000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000],
    ])
  })
})
