import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { HostError } from '../../../../host-link/host/node/host-error.ts'
import { startHostServer } from '../../../../host-link/host/node/host-server.ts'
import { tcpDial } from '../../../../host-link/transport/tcp-client.ts'
import { FrameDecoder } from '../../../../host-link/wire/frame.ts'
import type { Fields, Message } from '../../../../host-link/wire/message.ts'
import { readCards } from '../../../../scripts/provision.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../../rig/postgres.ts'
import { makeRig, seeded, TestTerminal } from '../rig.ts'
import { fleet, fleetTerminals } from './fleet.ts'

const CLIENTS = 8
const ROUNDS = 24
/** A request that gets no answer in this time goes out again. */
const PATIENCE_MS = 4000

const cards = readCards(new URL('../../../../scripts/demo/cards.json', import.meta.url).pathname)
const buyers = cards.filter(({ name }) => name === 'bank' || name === 'member')

const database = postgresForTests()
const folder = mkdtempSync(join(tmpdir(), 'shuaka-fleet-'))
const secret = join(folder, 'fleet.secret')
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function startHost(db: string): Promise<{ child: ChildProcess; port: number }> {
  const program = new URL('./fleet-host.ts', import.meta.url).pathname
  const args = ['--import', 'tsx', program, db, secret, String(CLIENTS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const port = await new Promise<number>((resolve) => {
    child.stdout?.once('data', (text) => resolve(Number(String(text))))
  })
  return { child, port }
}

/** One connection to one host; a request gives its answer's frame, or nothing where the line or the host was lost. */
async function line(port: number): Promise<(frame: Uint8Array) => Promise<Uint8Array | undefined>> {
  const decoder = new FrameDecoder()
  let dead = false
  const waiting: ((frame: Uint8Array | undefined) => void)[] = []
  const stream = await tcpDial(
    '127.0.0.1',
    port,
  )({
    bytes(bytes) {
      for (const body of decoder.push(bytes))
        waiting.shift()?.(new Uint8Array([body.length >> 8, body.length & 255, ...body]))
    },
    closed() {
      dead = true
      for (const resolve of waiting.splice(0)) resolve(undefined)
    },
  })
  return (frame) =>
    new Promise((resolve) => {
      if (!stream || dead) return resolve(undefined)
      waiting.push(resolve)
      setTimeout(() => resolve(undefined), PATIENCE_MS).unref()
      stream.send(frame)
    })
}

async function rowsOf(db: string, sql: string): Promise<{ readonly [column: string]: unknown }[]> {
  const client = new pg.Client({ connectionString: db })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** One client's day: what it was told of each request that moves money, in fen. */
interface Told {
  readonly net: number
  readonly answers: number
}

async function client(at: number, ports: readonly [number, number], tick: () => void): Promise<Told> {
  const [terminal] = [fleetTerminals(CLIENTS)[at]].map(
    (known) => known && new TestTerminal(makeRig().host, known, 'cup'),
  )
  if (!terminal) throw new Error('no terminal')
  const chance = seeded(at + 1)
  const dice = (faces: number) => ((chance(2)[0] ?? 0) * 256 + (chance(2)[1] ?? 0)) % faces
  const lines = [await line(ports[0]), await line(ports[1])]
  const opened = (frame: Uint8Array): Fields => {
    const { message, macRight } = terminal.opened(frame)
    if (message.mti !== '0810') expect(macRight).toBe(true)
    return message.fields
  }
  /** Sends to a host by chance, at times to both at once, until there is an answer; two answers are the same. */
  const ask = async (message: Message): Promise<Fields> => {
    const frame = terminal.frame(message)
    for (let tries = 0; tries < 10; tries++) {
      const chosen = dice(4) === 0 ? lines : [lines[tries === 0 ? dice(2) : tries % 2]]
      const frames = await Promise.all(chosen.map((send) => send?.(frame)))
      const answers = frames.filter((answer) => answer !== undefined).map(opened)
      for (const other of answers.slice(1)) expect(other).toEqual(answers[0])
      if (answers[0]) return answers[0]
    }
    throw new Error('no answer from either host')
  }
  terminal.adopt(await ask(terminal.signOnMessage()))
  let net = 0
  let answers = 0
  for (let round = 0; round < ROUNDS; round++) {
    if (round === ROUNDS >> 1) terminal.adopt(await ask(terminal.signOnMessage()))
    const card = buyers[dice(buyers.length)]
    const track = card?.track2.replace('=', 'D') ?? ''
    const sale = terminal.saleMessage({ amount: 1 + dice(500), track, pin: card?.pin })
    const sold = await ask(sale)
    expect(sold[39]).toBe('00')
    net += Number(sale.fields[4])
    if (dice(4) === 0) {
      expect((await ask(terminal.reversalOf(sale)))[39]).toBe('00')
      net -= Number(sale.fields[4])
    }
    if (dice(5) === 0)
      expect((await ask(terminal.balanceMessage({ track, pin: card?.pin ?? '' })))[39]).toBe('00')
    answers++
    tick()
  }
  return { net, answers }
}

describe.skipIf(postgresPrograms === undefined)(`two hosts, one fleet, one database${needsPostgres}`, () => {
  it('8 terminals at either host, doubled requests, one host killed in the middle → every answer is in the books, nothing twice', async () => {
    const db = await database.database()
    const a = await startHost(db)
    const b = await startHost(db)
    let ticks = 0
    const tick = () => {
      if (++ticks === (CLIENTS * ROUNDS) / 2) b.child.kill('SIGKILL')
    }
    const told = await Promise.all(
      Array.from({ length: CLIENTS }, (_, at) => client(at, [a.port, b.port], tick)),
    )
    expect(b.child.killed).toBe(true)

    const [sums] = await rowsOf(
      db,
      `SELECT (SELECT sum(opening - balance) FROM account) AS spent, (SELECT -sum(effect) FROM ledger) AS effects,
        (SELECT sum(settle) FROM ledger) AS settled`,
    )
    const net = told.reduce((sum, one) => sum + one.net, 0)
    expect([Number(sums?.spent), Number(sums?.effects), Number(sums?.settled)]).toEqual([net, net, net])
    const off = `SELECT name FROM account a WHERE balance <> opening + coalesce(
      (SELECT sum(effect) FROM ledger WHERE account = a.name), 0)`
    expect(await rowsOf(db, off)).toEqual([])
    const twice = 'SELECT 1 FROM ledger GROUP BY terminal, batch, trace, kind HAVING count(*) > 1'
    expect(await rowsOf(db, twice)).toEqual([])
    const [sales] = await rowsOf(db, `SELECT count(*) AS n FROM ledger WHERE kind = 'sale' AND code = '00'`)
    expect(Number(sales?.n)).toBe(CLIENTS * ROUNDS)
  })

  it('sign-on 签到 at one host, sale at the other, sign-on there, sale here → each approved under the keys of either', async () => {
    const db = await database.database()
    const start = () =>
      startHostServer({
        listen: 'tcp://127.0.0.1:0',
        db,
        secret: join(folder, 'pair.secret'),
        provisions: fleet(1),
        cards,
      })
    const [one, two] = [await start(), await start()]
    try {
      const known = fleetTerminals(1)[0]
      if (!known) throw new Error('no terminal')
      const card = buyers[0]
      const options = { track: card?.track2.replace('=', 'D') ?? '', pin: card?.pin }
      const here = new TestTerminal(one.host, known, 'cup')
      const there = new TestTerminal(two.host, known, 'cup')
      const same = (from: TestTerminal, to: TestTerminal) =>
        Object.assign(to, { keys: from.keys, trace: from.trace, batch: from.batch })
      await here.signOn()
      same(here, there)
      expect((await there.ask(there.saleMessage(options))).fields[39]).toBe('00')
      const old = there.keys
      await there.signOn()
      same(there, here)
      expect((await here.ask(here.saleMessage(options))).fields[39]).toBe('00')
      same(here, there)
      expect((await there.ask(there.saleMessage(options))).fields[39]).toBe('00')
      there.keys = old // P13: the new keys were used, at whichever host
      expect((await there.ask(there.saleMessage(options))).fields[39]).toBe('A0')

      // A sign-on that the network doubled, to both hosts: the answer is the same, so the keys are.
      const message = here.signOnMessage()
      const first = await here.ask(message)
      expect((await there.ask(message)).fields).toEqual(first.fields)
      here.adopt(first.fields)
      expect((await here.ask(here.saleMessage(options))).fields[39]).toBe('00')
    } finally {
      await one.close()
      await two.close()
    }
  })

  it('--db postgres://… without a secret, with another, --secret without it → one sentence; nothing is left behind', async () => {
    const db = await database.database()
    const start = (more: { db?: string; secret?: string }) =>
      startHostServer({ provisions: fleet(1), cards, ...more })
    await expect(start({ db })).rejects.toThrow(/^postgres:\/\/localhost\/books_\w+: wants --secret FILE/)
    await (await start({ db, secret: join(folder, 'own.secret') })).close()
    const other = join(folder, 'other.secret')
    await expect(start({ db, secret: other })).rejects.toThrow(
      `${other}: the secret of these books is missing`,
    )
    await (await start({ db: await database.database(), secret: other })).close()
    await expect(start({ db, secret: other })).rejects.toThrow('these books belong to another secret')
    await expect(start({ db: join(folder, 'books.db'), secret: other })).rejects.toThrow(HostError)
    await expect(start({ db: 'postgres://127.0.0.1:1/x', secret: other })).rejects.toThrow(
      'cannot be reached',
    )
    rmSync(folder, { recursive: true })
  })
})
