import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, describe, expect, it } from 'vitest'
import { HostError } from '../../../../host-link/host/node/host-error.ts'
import { SCHEMA_VERSION } from '../../../../host-link/host/node/schema.ts'
import { secretBeside, secretIn } from '../../../../host-link/host/node/secret-file.ts'
import { readStoreSales, sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import { type Store, StoreStopped } from '../../../../host-link/host/store.ts'
import { hexOf } from '../../../../host-link/wire/bytes.ts'
import { makeRig, PAN, PIN, TMK, TRACK } from '../rig.ts'

const SECRET = { secretCheck: '0A0B0C0D' }
const stores: Store[] = []
const folders: string[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-books-'))
  folders.push(folder)
  return join(folder, 'books.db')
}
function open(path: string, more: { pagesMax?: number; secretCheck?: string } = {}): Store {
  const store = sqliteStore(path, { ...SECRET, ...more })
  stores.push(store)
  return store
}

describe('sqliteStore', () => {
  it('closed and opened again → the same books; balances keep, also when the cards file says otherwise', async () => {
    const path = file()
    const store = open(path)
    const terminal = makeRig({ store }).terminal()
    await terminal.signOn()
    await terminal.ask(terminal.saleMessage())
    await store.close()

    const rig = makeRig({ store: open(path) })
    expect((await rig.books((books) => books.account('bank')))?.balanceFen).toBe(1_000_000 - 8880)
    const again = rig.terminal()
    Object.assign(again, { keys: terminal.keys, trace: terminal.trace })
    expect((await again.ask(again.saleMessage())).fields[39]).toBe('00')
  })

  it('every file of the books → read and written by its owner alone', async () => {
    const path = file()
    secretBeside(path)
    const terminal = makeRig({ store: open(path) }).terminal()
    await terminal.signOn()
    const names = readdirSync(join(path, '..'))
    expect(names).toEqual(
      expect.arrayContaining(['books.db', 'books.db-wal', 'books.db.lock', 'books.db.secret']),
    )
    for (const name of names) expect(statSync(join(path, '..', name)).mode & 0o777, name).toBe(0o600)
  })

  it('X04: a second host on the same file → refused; after the first has closed → taken', async () => {
    const path = file()
    const store = open(path)
    expect(() => open(path)).toThrow(
      new HostError(`${path}: another host has these books open; end it, or give another --db FILE`),
    )
    await store.close()
    open(path)
  })

  it('many requests of one turn → all durable, sequences without gaps', async () => {
    const path = file()
    const terminal = makeRig({ store: open(path) }).terminal()
    await terminal.signOn()
    const sales = Array.from({ length: 50 }, () => terminal.saleMessage({ amount: 10 }))
    const codes = await Promise.all(sales.map(async (sale) => (await terminal.ask(sale)).fields[39]))
    expect(codes).toEqual(Array(50).fill('00'))
    const reader = new Database(path)
    const rows = reader
      .prepare('SELECT count(*) AS n, max(sequence) AS last, sum(effect) AS sum FROM ledger')
      .get()
    reader.close()
    expect(rows).toMatchObject({ n: 50, last: 50, sum: -500 })
  })

  it('the ledger takes no update and no delete', async () => {
    const path = file()
    const store = open(path)
    const terminal = makeRig({ store }).terminal()
    await terminal.signOn()
    await terminal.ask(terminal.saleMessage())
    await store.close()
    const database = new Database(path)
    expect(() => database.exec('UPDATE ledger SET amount = 1')).toThrow('append-only')
    expect(() => database.exec('DELETE FROM ledger')).toThrow('append-only')
    database.close()
  })

  it('X05: no room for more → no answer, the store stops for good; opened again, every answered sale is there', async () => {
    const path = file()
    const store = open(path, { pagesMax: 40 })
    const rig = makeRig({ store })
    const terminal = rig.terminal()
    await terminal.signOn()
    const answered: number[] = []
    for (let tries = 0; tries < 400; tries++) {
      const sale = terminal.saleMessage({ amount: 1 })
      const connection = rig.host.connection()
      const [frame] = await connection.receive(terminal.frame(sale))
      if (!frame) {
        expect(connection.ended).toBe('the books cannot be written')
        break
      }
      answered.push(terminal.trace)
    }
    expect(answered.length).toBeGreaterThan(10)
    expect(answered.length).toBeLessThan(400)
    await expect(store.transact(() => ({ result: 1 }))).rejects.toThrow(StoreStopped)
    expect(await terminal.exchange(terminal.saleMessage())).toEqual([])
    await store.close()

    const reopened = makeRig({ store: open(path) })
    for (const trace of answered) {
      const key = { terminalId: '10000001', batch: 1, trace, kind: 'sale' } as const
      expect((await reopened.books((books) => books.entry(key)))?.code).toBe('00')
    }
    const totals = await reopened.books((books) => books.totals('10000001', 1))
    expect(totals).toMatchObject({ debitCount: answered.length })
  })

  it('a throw of `decide` → that transaction alone fails', async () => {
    const store = open(file())
    const bad = store.transact(() => {
      throw new RangeError('mine')
    })
    const good = store.transact((books) => ({ result: books.nextSequence() }))
    await expect(bad).rejects.toThrow('mine')
    expect(await good).toBe(1)
  })

  it('other books, another version, another secret → one sentence, nothing changed', async () => {
    const path = file()
    await open(path).close()
    expect(() => open(path, { secretCheck: 'FFFFFFFF' })).toThrow(
      `these books belong to another ${path}.secret`,
    )
    const database = new Database(path)
    database.exec('PRAGMA user_version = 9')
    database.close()
    expect(() => open(path)).toThrow(`its tables have version 9, this host knows ${SCHEMA_VERSION}`)
    expect(() => readStoreSales(path, '20261121')).toThrow('these are no books of this version')
    const text = `${path}.txt`
    writeFileSync(text, 'no books at all, but a text that is longer than a header of SQLite '.repeat(9))
    const before = readFileSync(text)
    expect(() => open(text)).toThrow(`${text}: cannot be opened as a host's books`)
    expect(readFileSync(text)).toEqual(before)
    mkdirSync(`${path}.folder`)
    expect(() => open(`${path}.folder`)).toThrow(HostError)
  })

  it('no PIN, key, track or full card number in any file of the books, and none in a refused request', async () => {
    const path = file()
    const store = open(path)
    const rig = makeRig({ store })
    const terminal = rig.terminal()
    await terminal.signOn()
    const sale = terminal.saleMessage()
    await terminal.ask(sale)
    await terminal.ask(terminal.balanceMessage())
    await terminal.ask(terminal.reversalOf(sale))
    await terminal.ask(terminal.saleMessage({ pin: '999999' }))
    await terminal.ask(terminal.saleMessage({ trace: 2, amount: 1 }))
    await store.close()

    const { pik, mak } = terminal.keys ?? { pik: new Uint8Array(), mak: new Uint8Array() }
    const block = sale.fields[52]
    const secrets: readonly (readonly [string, string])[] = [
      ['PAN', PAN],
      ['PAN, packed', hexOf(Uint8Array.from(PAN, (c) => c.charCodeAt(0)))],
      ['track', TRACK.slice(PAN.length)],
      ['PIN', PIN],
      ['wrong PIN', '999999'],
      ['TMK', hexOf(TMK)],
      ['PIK', hexOf(pik)],
      ['MAK', hexOf(mak)],
      ['PIN block', hexOf(block instanceof Uint8Array ? block : new Uint8Array())],
    ]
    let masked = false
    for (const name of readdirSync(join(path, '..'))) {
      const bytes = readFileSync(join(path, '..', name))
      const hex = bytes.toString('hex').toUpperCase()
      const text = bytes.toString('latin1')
      for (const [what, secret] of secrets) {
        expect(text.includes(secret), `${what} in ${name}`).toBe(false)
        expect(
          /^[0-9A-F]*$/.test(secret) && hex.includes(secret) && secret.length >= 16,
          `${what} in ${name}`,
        ).toBe(false)
      }
      masked ||= text.includes('622260*********7890')
    }
    expect(masked).toBe(true) // the scan does read what was written
  })
})

describe('secretBeside', () => {
  it('made with new books, readable by its owner only, the same ever after', () => {
    const path = file()
    const secret = secretBeside(path)
    expect(secret).toHaveLength(32)
    expect(statSync(`${path}.secret`).mode & 0o777).toBe(0o600)
    expect(secretBeside(path)).toEqual(secret)
  })
  it('books without their secret → one sentence', async () => {
    const path = file()
    secretBeside(path)
    await open(path).close()
    unlinkSync(`${path}.secret`)
    expect(() => secretBeside(path)).toThrow(`${path}.secret: the secret of these books is missing`)
    expect(existsSync(`${path}.secret`)).toBe(false)
  })
  it.each([0o640, 0o604, 0o620, 0o601])('one of mode %o, open to group or others → one sentence', (mode) => {
    const path = file()
    const secret = secretBeside(path)
    chmodSync(`${path}.secret`, mode)
    const sentence = `${path}.secret: not its owner alone may use it; chmod 600 makes it so`
    expect(() => secretBeside(path)).toThrow(new HostError(sentence))
    expect(() => secretIn(`${path}.secret`, true)).toThrow(new HostError(sentence))
    chmodSync(`${path}.secret`, 0o400)
    expect(secretBeside(path)).toEqual(secret)
  })
})
