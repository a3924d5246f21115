import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { startHostServer } from '../../../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../../../host-link/host/provision.ts'
import { tcpDial } from '../../../../host-link/transport/tcp-client.ts'
import { FrameDecoder } from '../../../../host-link/wire/frame.ts'
import type { Message } from '../../../../host-link/wire/message.ts'
import { readCards, readProvision } from '../../../../scripts/provision.ts'
import { makeRig, TestTerminal } from '../rig.ts'

/** How often the host is killed. */
const KILLS = 3
/** Answers after which it is killed; while more are under way. */
const ANSWERS = 150
const CONNECTIONS = 20
const OPENING = 10_000_000

const demo = (name: string) => new URL(`../../../../scripts/demo/${name}`, import.meta.url).pathname
const victim = new URL('./victim.ts', import.meta.url).pathname
const provision = readProvision(demo('mall.json'))

const folder = mkdtempSync(join(tmpdir(), 'shuaka-kill-'))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function startVictim(db: string): Promise<{ child: ChildProcess; port: number }> {
  const args = ['--import', 'tsx', victim, db, demo('mall.json'), demo('cards.json')]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const port = await new Promise<number>((resolve) => {
    child.stdout?.once('data', (text) => resolve(Number(String(text))))
  })
  return { child, port }
}

/** Exchanges over one connection until it closes; tells of each answer. */
async function exchange(
  port: number,
  next: () => Uint8Array,
  heard: (body: Uint8Array) => void,
): Promise<void> {
  const decoder = new FrameDecoder()
  let done: () => void = () => {}
  const over = new Promise<void>((resolve) => {
    done = resolve
  })
  const stream = await tcpDial(
    '127.0.0.1',
    port,
  )({
    bytes(bytes) {
      for (const body of decoder.push(bytes)) {
        heard(body)
        stream?.send(next())
      }
    },
    closed: () => done(),
  })
  if (!stream) return
  stream.send(next())
  await over
}

it('X05, P7: kill -9 in the middle of load → every answered sale is in the books, every other absent or whole', async () => {
  const db = join(folder, 'books.db')
  const terminal = new TestTerminal(makeRig().host, hostTerminal(provision), 'cup')
  const asked = new Map<string, Message>()
  const answered = new Set<string>()
  const framed = (body: Uint8Array) => new Uint8Array([body.length >> 8, body.length & 255, ...body])

  for (let kill = 0; kill < KILLS; kill++) {
    const { child, port } = await startVictim(db)
    let signedOn: () => void = () => {}
    const on = new Promise<void>((resolve) => {
      signedOn = resolve
    })
    const dead = new Promise((resolve) => child.once('close', resolve))
    // The keys come over the line: the terminal's own host object is not asked.
    const stream = await tcpDial(
      '127.0.0.1',
      port,
    )({
      bytes: (bytes) => {
        const body = bytes.slice(2)
        terminal.adopt(terminal.opened(framed(body)).message.fields)
        signedOn()
      },
      closed: () => {},
    })
    stream?.send(terminal.frame(terminal.signOnMessage()))
    await on

    let answers = 0
    const next = () => {
      const sale = terminal.saleMessage({ amount: 1 + (asked.size % 9) })
      asked.set(String(sale.fields[11]), sale)
      return terminal.frame(sale)
    }
    const heard = (body: Uint8Array) => {
      const { message, macRight } = terminal.opened(framed(body))
      expect([message.fields[39], macRight]).toEqual(['00', true])
      answered.add(String(message.fields[11]))
      if (++answers === ANSWERS) child.kill('SIGKILL')
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, () => exchange(port, next, heard)))
    await dead
  }

  const server = await startHostServer({ db, provisions: [provision], cards: readCards(demo('cards.json')) })
  const found = await server.store.transact((books) => ({
    result: {
      sales: [...asked].map(([trace, sale]) => ({
        trace,
        amount: Number(sale.fields[4]),
        entry: books.entry({ terminalId: '10000001', batch: 1, trace: Number(trace), kind: 'sale' }),
      })),
      balance: books.account('bank')?.balanceFen,
    },
  }))
  await server.close()

  const lost = found.sales.filter(({ trace, entry }) => answered.has(trace) && entry === undefined)
  expect(lost).toEqual([])
  for (const { amount, entry } of found.sales)
    if (entry) expect([entry.code, entry.effectFen, entry.answer.length > 0]).toEqual(['00', -amount, true])
  const spent = found.sales.reduce((sum, { entry }) => sum - (entry?.effectFen ?? 0), 0)
  expect(found.balance).toBe(OPENING - spent)
  expect(answered.size).toBeGreaterThanOrEqual(KILLS * ANSWERS)
})
