import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { TransactionKey } from '../../../../host-link/host/ledger.ts'
import { HostError } from '../../../../host-link/host/node/host-error.ts'
import { postgresBooksExist } from '../../../../host-link/host/node/postgres-store.ts'
import { SCHEMA_VERSION } from '../../../../host-link/host/node/schema.ts'
import { type Books, StoreStopped, StoreUnsure } from '../../../../host-link/host/store.ts'
import { startPostgres } from '../../../../scripts/postgres-server.ts'
import { needsPostgres, postgresPrograms } from '../../../rig/postgres.ts'
import {
  asked,
  cutNow,
  expectBalanced,
  keyOf,
  OPENING,
  open,
  pair,
  selling,
  server,
} from './postgres-pair.ts'

describe.skipIf(postgresPrograms === undefined)(`postgresStore, faults${needsPostgres}`, () => {
  it('P7: lines cut all the time → what resolved is booked, what did not is there whole or not at all', async () => {
    const { address, a, b } = await pair('bank', 'other')
    let cutting = true
    const cutter = (async () => {
      while (cutting) {
        await asked(
          address,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3`,
        )
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const ended = await Promise.allSettled(
      Array.from({ length: 8 }, async (_, terminal) => {
        const ends: ['booked' | 'repeated' | 'declined' | 'unsure', number][] = []
        for (let trace = 1; trace <= 25; trace++) {
          const key = keyOf(terminal, trace)
          const account = trace % 2 ? 'bank' : 'other'
          const likely = { terminalId: key.terminalId, key, accounts: [account] }
          const done = (trace % 3 ? a : b).transact(selling(key, account), likely)
          ends.push([
            await done.catch((error: unknown) => {
              expect(error).toBeInstanceOf(StoreUnsure)
              return 'unsure' as const
            }),
            trace,
          ])
        }
        return { terminal, ends }
      }),
    )
    cutting = false
    await cutter
    await expectBalanced(address)
    for (const one of ended) {
      if (one.status === 'rejected') throw one.reason
      const { terminal, ends } = one.value
      for (const [end, trace] of ends) {
        const found = await a.transact((books) => ({ result: books.entry(keyOf(terminal, trace)) }))
        if (end !== 'unsure') expect(found?.code, `${terminal}/${trace}`).toBe('00')
        // The same again finds what became of it.
        const again = await b.transact(selling(keyOf(terminal, trace), trace % 2 ? 'bank' : 'other'))
        expect(again).toBe(found ? 'repeated' : 'booked')
      }
    }
    const [row] = await asked(address, 'SELECT count(*) AS n FROM ledger')
    expect(Number(row?.n)).toBe(8 * 25)
    await expectBalanced(address)
  })

  it('a line that is cut before the COMMIT leaves → begun anew, booked once', async () => {
    const { address, a, b } = await pair('bank')
    const key = keyOf(1, 1)
    let runs = 0
    const decide = (books: Books) => {
      if (++runs === 1) cutNow(address) // what is read next is on a line that is gone
      return selling(key, 'bank')(books)
    }
    expect(await a.transact(decide, { terminalId: key.terminalId, key })).toBe('booked')
    expect(await b.transact(selling(key, 'bank'))).toBe('repeated')
    await expectBalanced(address)
  })

  it('P7: a line that is cut as the COMMIT leaves → no answer; the same again finds what became of it', async () => {
    const { address, a, b } = await pair('bank')
    const key = keyOf(1, 1)
    const decide = (books: Books) => {
      const decided = selling(key, 'bank')(books)
      cutNow(address)
      return decided
    }
    const likely = { terminalId: key.terminalId, key, accounts: ['bank'] }
    await expect(a.transact(decide, likely)).rejects.toThrow(StoreUnsure)
    expect(await b.transact(selling(key, 'bank'), likely)).toBe('booked')
    expect(await a.transact(selling(key, 'bank'), likely)).toBe('repeated')
    await expectBalanced(address)
  })

  it('books of another secret, of another version, other tables, no server → one sentence', async () => {
    const address = await server.database()
    expect(await postgresBooksExist(address)).toBe(false)
    await open(address).opened()
    expect(await postgresBooksExist(address)).toBe(true)
    await expect(open(address, 'FFFFFFFF').opened()).rejects.toThrow(
      /^postgres:\/\/localhost\/books_\w+: these books belong to another secret; give theirs with --secret FILE$/,
    )
    await asked(address, `UPDATE meta SET value = '9' WHERE name = 'version'`)
    await expect(open(address).opened()).rejects.toThrow(
      `its tables have version 9, this host knows ${SCHEMA_VERSION}`,
    )
    const other = await server.database()
    await asked(other, 'CREATE TABLE ledger (n int)')
    await expect(open(other).opened()).rejects.toThrow(`cannot be opened as a host's books`)
    const nowhere = open('postgres://nobody:word@127.0.0.1:1/none')
    await expect(nowhere.opened()).rejects.toThrow(HostError)
    await expect(nowhere.opened()).rejects.not.toThrow('word')
    await expect(nowhere.transact(() => ({ result: 1 }))).rejects.toThrow(StoreStopped)
    expect(() => open('postgres://[')).toThrow(HostError)
  })

  it('X05: a server that does not wait for its disk → refused', async () => {
    const careless = await startPostgres({
      programs: postgresPrograms ?? '',
      below: tmpdir(),
      settings: ['fsync=off'],
    })
    try {
      const store = open(await careless.createDatabase())
      await expect(store.opened()).rejects.toThrow('fsync=off')
      await store.close()
    } finally {
      await careless.stop()
    }
  })

  it('the server crashes and comes back under load → what was answered is there, the stores go on', async () => {
    const own = await startPostgres({ programs: postgresPrograms ?? '', below: tmpdir() })
    try {
      const address = await own.createDatabase()
      const store = open(address)
      store.openAccounts([{ name: 'bank', balanceFen: OPENING, points: 0, active: true }])
      await store.opened()
      const booked: TransactionKey[] = []
      let restarted: Promise<void> | undefined
      const till = async (terminal: number) => {
        for (let trace = 1; trace <= 30; trace++) {
          const key = keyOf(terminal, trace)
          const end = await store.transact(selling(key, 'bank')).catch((error: unknown) => error)
          if (end === 'booked') booked.push(key)
          else expect(end).toBeInstanceOf(StoreUnsure)
          if (booked.length > 20) restarted ??= own.restart()
        }
      }
      await Promise.all([1, 2, 3, 4].map(till))
      await restarted
      for (const key of booked)
        expect(await store.transact((books) => ({ result: books.entry(key)?.code }))).toBe('00')
      await expectBalanced(address)
      await store.close()
    } finally {
      await own.stop()
    }
  })

  it('closed → no transaction any more, those under way end first', async () => {
    const { a } = await pair('bank')
    const last = a.transact(selling(keyOf(1, 1), 'bank'))
    await new Promise((resolve) => setTimeout(resolve, 1))
    await a.close()
    expect(await last).toBe('booked')
    await expect(a.transact(() => ({ result: 1 }))).rejects.toThrow(StoreStopped)
  })
})
