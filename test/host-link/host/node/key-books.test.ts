import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, describe, expect, it } from 'vitest'
import { SCHEMA_VERSION } from '../../../../host-link/host/node/schema.ts'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../../host-link/host/store.ts'
import { needsPostgres, postgresPrograms } from '../../../rig/postgres.ts'
import { AT, converse, ID, makeDesk, makeElement, saleWith, signOnWith } from '../remote-rig.ts'
import { asked, open as openPostgres, server } from './postgres-pair.ts'

const SECRET = { secretCheck: '0A0B0C0D' }
const stores: Store[] = []
const folders: string[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-key-books-'))
  folders.push(folder)
  return join(folder, 'books.db')
}
function open(path: string, more: { beside?: boolean; secretCheck?: string } = {}): Store {
  const store = sqliteStore(path, { ...SECRET, ...more })
  stores.push(store)
  return store
}
function direct<Result>(path: string, work: (database: Database.Database) => Result): Result {
  const database = new Database(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}
const OLD = 'DROP TABLE terminal_key; DROP TABLE key_order; DROP TABLE key_event;'
const order = (store: Store, by: string, terminalId = ID) =>
  store.transact(() => ({
    posting: { keyOrders: [{ terminalId, value: { by, at: AT } }] },
    result: undefined,
  }))

describe('keys in SQLite books', () => {
  it('books of version 2, from before there were such keys → the tables are added, and the working keys still sell', async () => {
    const path = file()
    const old = makeDesk(open(path))
    const element = makeElement()
    const terminal = old.rig.terminal()
    await signOnWith(element, terminal)
    await old.rig.store.close()
    direct(path, (database) => database.exec(`${OLD} PRAGMA user_version = 2`))

    expect(() => open(path, { secretCheck: 'FFFFFFFF' })).toThrow('belong to another')
    expect(() => open(path, { beside: true })).toThrow('its tables have version 2')
    const version = () =>
      direct(path, (database) => database.pragma('user_version') as { readonly user_version: number }[])
    expect(version()).toEqual([{ user_version: 2 }])

    const desk = makeDesk(open(path))
    expect(version()).toEqual([{ user_version: SCHEMA_VERSION }])
    const again = desk.rig.terminal()
    again.trace = terminal.trace
    expect(await saleWith(element, again)).toBe('00')
    await desk.order()
    expect((await converse(desk, element)).hostOver).toBe('confirmed')
  })

  it('the record of loadings takes no change and no deletion', async () => {
    const path = file()
    const desk = makeDesk(open(path))
    await desk.order()
    await converse(desk, makeElement())
    await desk.rig.store.close()
    for (const sql of ["UPDATE key_event SET person = 'x'", 'DELETE FROM key_event'])
      expect(() => direct(path, (database) => database.exec(sql))).toThrow('append-only')
  })

  it('no key of a terminal is in the file in clear', async () => {
    const path = file()
    const desk = makeDesk(open(path))
    const element = makeElement()
    await desk.order()
    await converse(desk, element, { cut: 3 })
    const held = await desk.rig.store.transact((books) => ({ result: books.masters(ID) }))
    await desk.rig.store.close()
    expect(held?.previous).toBeDefined()
    expect(JSON.stringify({ ...held, sealed: undefined })).not.toMatch(/[0-9A-F]{17,}/)
    expect(held?.sealed.length).toBe(24 + 1 + 8 + 3 * 17 + 16)
  })

  it('an order beside a host that has the books open → the host finds it and goes on', async () => {
    const path = file()
    const desk = makeDesk(open(path))
    const element = makeElement()
    const terminal = desk.rig.terminal()
    await signOnWith(element, terminal)
    const beside = open(path, { beside: true })
    // One after the other: in one process the one that waits would keep the other from its commit.
    await order(beside, 'li')
    expect(await saleWith(element, terminal)).toBe('00')
    await order(beside, 'wang', '10000002')
    expect(await desk.rig.store.keyOrders()).toEqual([
      { terminalId: ID, by: 'li', at: AT },
      { terminalId: '10000002', by: 'wang', at: AT },
    ])
    expect((await converse(desk, element)).hostOver).toBe('confirmed')
    expect(await beside.keyOrders()).toHaveLength(1)
  })

  it('another process holds the file for a while → a sale waits for it and is booked', async () => {
    const path = file()
    const desk = makeDesk(open(path))
    const element = makeElement()
    const terminal = desk.rig.terminal()
    await signOnWith(element, terminal)
    const script = `
      import Database from 'libsql'
      const database = new Database(process.argv[1])
      database.exec('BEGIN IMMEDIATE')
      process.stdout.write('held')
      setTimeout(() => { database.exec('COMMIT'); database.close() }, 300)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(await saleWith(element, terminal)).toBe('00')
    expect(await ended).toBe(0)
  })

  it('beside books that are not there → one sentence, and no file is made', () => {
    const path = file()
    expect(() => open(path, { beside: true })).toThrow('there is no such file')
    expect(() => direct(path, (database) => database.prepare('SELECT * FROM meta'))).toThrow()
  })
})

describe.skipIf(postgresPrograms === undefined)(`keys in PostgreSQL books${needsPostgres}`, () => {
  it('books of version 2 → the tables are added; the record takes no change and no deletion', async () => {
    const address = await server.database()
    const first = openPostgres(address)
    await first.opened()
    await first.close()
    await asked(
      address,
      `${OLD} DROP FUNCTION key_event_append_only; UPDATE meta SET value = '2' WHERE name = 'version'`,
    )
    const store = openPostgres(address)
    await store.opened()
    expect(await asked(address, `SELECT value FROM meta WHERE name = 'version'`)).toEqual([
      { value: String(SCHEMA_VERSION) },
    ])
    const event = { terminalId: ID, serial: 'S', event: 'ordered', at: AT, by: 'li' } as const
    const nothing = { checkValue: undefined, transaction: undefined, why: undefined }
    await store.transact(() => ({ posting: { keyEvents: [{ ...event, ...nothing }] }, result: undefined }))
    expect(await store.keyEvents(ID)).toEqual([{ ...event, ...nothing }])
    for (const sql of ["UPDATE key_event SET person = 'x'", 'DELETE FROM key_event', 'TRUNCATE key_event'])
      await expect(asked(address, sql)).rejects.toThrow('append-only')
  })
})
