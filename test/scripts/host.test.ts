import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqliteStore } from '../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../host-link/host/store.ts'
import { hostReport, runHost } from '../../scripts/host.ts'
import { request } from '../host-link/host/money-rig.ts'
import { CARDS, MERCHANT, makeRig, terminalNumbered } from '../host-link/host/rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-report-'))
const db = join(folder, 'books.db')
let store: Store

/** Two days: three stores and one sale without a store; two sales reversed, one of them on the next day. */
beforeAll(async () => {
  store = sqliteStore(db, { secretCheck: '00' })
  store.nameStores(MERCHANT, [
    { number: '0012', name: '青石厨具' },
    { number: '0013', name: '暖房窗帘' },
  ])
  const open = { storeNumbers: new Set<string>(), storeNumberRequired: false }
  const rig = makeRig({ store, terminals: [terminalNumbered('10000001', open)] })
  const terminal = rig.terminal()
  await terminal.signOn()
  const sell = async (amount: number, number: string | undefined, pin = '123456') => {
    const sale = terminal.saleMessage({ amount, store: number, pin })
    await terminal.ask(sale)
    return sale
  }
  const { fields: refunded } = await terminal.ask(terminal.saleMessage({ amount: 8880, store: '0012' }))
  await sell(120, '0012')
  const undone = await sell(5000, '0013')
  const late = await sell(250_000, '0102')
  await sell(1, undefined)
  await sell(77, '0012', '000000') // declined
  await terminal.ask(terminal.reversalOf(undone))
  await terminal.ask(terminal.reversalOf(terminal.saleMessage({ amount: 9 }))) // a tombstone
  rig.clock.date = '20261122'
  await terminal.ask(terminal.reversalOf(late))
  await sell(3, '0013')
  rig.clock.date = '20261123'
  const { fields: voided } = await terminal.ask(terminal.saleMessage({ amount: 70, store: '0013' }))
  await terminal.ask(request(terminal, 'voidSale', { numbered: 'bank', amount: 70, of: voided }))
  await terminal.ask(request(terminal, 'refund', { numbered: 'bank', amount: 880, of: refunded }))
  await terminal.ask(request(terminal, 'refund', { numbered: 'bank', amount: 9000, of: refunded })) // declined
  await terminal.ask(request(terminal, 'cashSale', { amount: 40, store: '0013' }))
  const undoneVoid = request(terminal, 'cashVoid', { amount: 41, of: refunded }) // declined: no cash sale
  await terminal.ask(undoneVoid)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

describe('hostReport, while the host has the books open', () => {
  it('--csv: stores in order, declined and unknown ones not counted, reversals on the day of their sale', () => {
    expect(
      hostReport({ db, date: '2026-11-21', csv: true }),
    ).toBe(`store,name,merchant,sales,sales_fen,reversed,reversed_fen,returned,returned_fen,net,net_fen
-,,898320153110001,1,1,0,0,0,0,1,1
0012,青石厨具,898320153110001,2,9000,0,0,0,0,2,9000
0013,暖房窗帘,898320153110001,1,5000,1,5000,0,0,0,0
0102,,898320153110001,1,250000,1,250000,0,0,0,0
total,,,5,264001,2,255000,0,0,3,9001
`)
  })
  it('voids 撤销 and refunds 退货 → taken off on their own day, at the store of the sale, also below zero', () => {
    const [, ...lines] = hostReport({ db, date: '2026-11-23', csv: true }).trimEnd().split('\n')
    expect(lines).toEqual([
      '0012,青石厨具,898320153110001,0,0,0,0,1,880,-1,-880',
      '0013,暖房窗帘,898320153110001,2,110,0,0,1,70,1,40',
      'total,,,2,110,0,0,2,950,0,-840',
    ])
    expect(hostReport({ db, date: '2026-11-23' })).toContain('-8.80')
  })
  it('--json: the same figures', () => {
    const report = JSON.parse(hostReport({ db, date: '20261122', json: true }))
    expect(report).toEqual({
      date: '20261122',
      stores: [
        {
          merchantId: MERCHANT,
          storeNumber: '0013',
          storeName: '暖房窗帘',
          ...{
            sales: 1,
            salesFen: 3,
            reversed: 0,
            reversedFen: 0,
            returned: 0,
            returnedFen: 0,
            net: 1,
            netFen: 3,
          },
        },
      ],
      total: {
        sales: 1,
        salesFen: 3,
        reversed: 0,
        reversedFen: 0,
        returned: 0,
        returnedFen: 0,
        net: 1,
        netFen: 3,
      },
    })
  })
  it('table: every line equally wide on a screen, a Chinese character counted as two', () => {
    const [title, ...lines] = hostReport({ db, date: '2026-11-21' }).trimEnd().split('\n')
    expect(title).toBe('门店销售 sales by store, 2026-11-21')
    const width = (line: string) => [...line].reduce((sum, c) => sum + (/[\u4e00-\u9fff]/.test(c) ? 2 : 1), 0)
    expect(new Set(lines.map(width)).size).toBe(1)
    expect(lines.join('\n')).toContain('2,500.00')
    expect(lines.at(-2)).toContain('合计')
  })
  it('a day without sales → only the total', () => {
    expect(hostReport({ db, date: '2000-01-01', csv: true }).split('\n')[1]).toBe('total,,,0,0,0,0,0,0,0,0')
    expect(hostReport({ db, csv: true })).toContain('total') // today
  })
  it('the memory store → the same lines', async () => {
    const rig = makeRig()
    const terminal = rig.terminal()
    await terminal.signOn()
    rig.store.nameStores(MERCHANT, [{ number: '0012', name: '青石厨具' }])
    const sale = terminal.saleMessage({ amount: 5 })
    await terminal.ask(sale)
    await terminal.ask(terminal.saleMessage({ amount: 6 }))
    await terminal.ask(terminal.reversalOf(sale))
    expect(rig.store.storeSales('20261121')).toEqual([
      {
        merchantId: MERCHANT,
        storeNumber: '0012',
        storeName: '青石厨具',
        ...{ sales: 2, salesFen: 11, reversed: 1, reversedFen: 5, returned: 0, returnedFen: 0 },
      },
    ])
    expect(CARDS.length).toBeGreaterThan(0)
  })
  it.each(['2026-13-01', '2026-02-30', '21.11.2026', ''])('date %s → one sentence', (date) => {
    expect(() => hostReport({ db, date })).toThrow(`${date}: a date like 2026-11-21 is wanted`)
  })
  it('no such file, no books, two formats → one sentence', () => {
    expect(() => hostReport({ db: join(folder, 'none') })).toThrow('there is no such file')
    expect(() => hostReport({ db: new URL(import.meta.url).pathname })).toThrow(
      "cannot be read as a host's books",
    )
    expect(() => hostReport({ db, csv: true, json: true })).toThrow('not both')
  })
})

describe('runHost', () => {
  const demo = (name: string) => new URL(`../../scripts/demo/${name}`, import.meta.url).pathname
  const log: string[] = []
  const command = { cards: demo('cards.json'), log: (line: string) => void log.push(line) }
  it('the demo files → listens, says where', async () => {
    const provision = [demo('mall.json'), demo('shop.json')]
    const server = await runHost({ ...command, provision, listen: 'tcp://127.0.0.1:0', ws: '127.0.0.1:0' })
    expect(log).toEqual([
      `listening on TCP port ${server.tcpPort}`,
      `listening on WebSocket port ${server.wsPort}`,
      'books in memory: they end with this host',
    ])
    await server.close()
  })
  it('keys of the demonstration where other machines reach them → one warning; else none', async () => {
    const warnings: string[] = []
    const run = async (more: { listen?: string; ws?: string; demonstration: boolean }) => {
      const warn = (line: string) => void warnings.push(line)
      await (await runHost({ ...command, provision: [demo('mall.json')], warn, ...more })).close()
      return warnings.splice(0)
    }
    const all = 'tcp://0.0.0.0:0'
    const warned = (address: string) => [
      `warning: ${address} is no loopback address, and the keys of the demonstration are public; give --provision`,
    ]
    expect(await run({ listen: all, demonstration: true })).toEqual(warned(all))
    expect(await run({ listen: all, ws: '0.0.0.0:0', demonstration: true })).toEqual(warned(all))
    expect(await run({ ws: '0.0.0.0:0', demonstration: true })).toEqual(warned('0.0.0.0:0'))
    expect(await run({ listen: all, demonstration: false })).toEqual([])
    expect(await run({ listen: 'tcp://127.0.0.2:0', demonstration: true })).toEqual([])
    expect(await run({ listen: 'tcp://localhost:0', ws: '127.0.0.1:0', demonstration: true })).toEqual([])
  })
  it('two terminals with one master key → one warning that names them and no key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-keys-'))
    const written = (name: string, terminalId: string, key: string) => {
      const mall = JSON.parse(readFileSync(demo('mall.json'), 'utf8'))
      mall.terminal.terminalId = terminalId
      mall.keys[0].key = key
      writeFileSync(join(folder, name), JSON.stringify(mall))
      return join(folder, name)
    }
    const warnings: string[] = []
    const warn = (line: string) => void warnings.push(line)
    const { key } = JSON.parse(readFileSync(demo('mall.json'), 'utf8')).keys[0]
    const twin = written('twin.json', '10000009', key)
    const parity = written('parity.json', '10000010', key.replace('DE30', 'DF31'))
    const provision = [demo('mall.json'), demo('shop.json'), twin, parity]
    const server = await runHost({ ...command, provision, warn, listen: 'tcp://127.0.0.1:0' })
    await server.close()
    rmSync(folder, { recursive: true })
    const { terminalId } = JSON.parse(readFileSync(demo('mall.json'), 'utf8')).terminal
    expect(warnings).toEqual([
      `warning: terminals ${terminalId}, 10000009, 10000010 have the same master key; each should have its own`,
    ])
  })
  it('nothing to listen on, no terminal, a missing file → one sentence', async () => {
    await expect(runHost({ ...command, provision: [demo('mall.json')] })).rejects.toThrow(
      'an address to listen on',
    )
    await expect(runHost({ ...command, provision: [], ws: 'a:1' })).rejects.toThrow('at least one terminal')
    await expect(runHost({ ...command, provision: ['none.json'], ws: 'a:1' })).rejects.toThrow('no such file')
  })
})
