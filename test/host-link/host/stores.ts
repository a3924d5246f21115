import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, type TestContext } from 'vitest'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import { postgresStore } from '../../../host-link/host/node/postgres-store.ts'
import { sqliteStore } from '../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../rig/postgres.ts'

export type StoreKind = 'memory' | 'sqlite' | 'postgres'
export const STORE_KINDS: readonly StoreKind[] = ['memory', 'sqlite', 'postgres']

/** Fresh stores for one test file; each is closed, and its folder deleted, after the test. */
export function freshStores(): (kind: StoreKind) => Store {
  const open: { store: Store; folder?: string }[] = []
  const server = postgresForTests()
  const free: Promise<string>[] = []
  const used: Promise<string>[] = []
  let test: TestContext | undefined
  beforeEach((context) => {
    test = context
  })
  afterEach(async () => {
    for (const { store, folder } of open.splice(0)) {
      await store.close()
      if (folder) rmSync(folder, { recursive: true })
    }
    for (const database of used.splice(0)) free.push(server.emptied(database))
  })
  const opened = (store: Store, folder?: string) => {
    open.push({ store, ...(folder !== undefined && { folder }) })
    return store
  }
  return (kind) => {
    if (kind === 'memory') return opened(memoryStore())
    if (kind === 'postgres') {
      if (postgresPrograms === undefined) test?.skip(needsPostgres)
      const database = free.pop() ?? server.database()
      used.push(database)
      return opened(onceThere(database))
    }
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-books-'))
    return opened(sqliteStore(join(folder, 'books.db'), { secretCheck: '00000000' }), folder)
  }
}

/** The store in a database that is being made. */
function onceThere(address: Promise<string>): Store {
  const store = address.then((url) => postgresStore(url, { secretCheck: '00000000', linesMax: 4 }))
  return {
    transact: async (decide, likely) => (await store).transact(decide, likely),
    openAccounts: (accounts) => void store.then((there) => there.openAccounts(accounts)),
    nameStores: (merchantId, stores) => void store.then((there) => there.nameStores(merchantId, stores)),
    storeSales: async (date) => (await store).storeSales(date),
    differences: async (date) => (await store).differences(date),
    reports: async (kind) => (await store).reports(kind),
    masterKeys: async () => (await store).masterKeys(),
    keyOrders: async () => (await store).keyOrders(),
    keyEvents: async (terminalId) => (await store).keyEvents(terminalId),
    close: async () => (await store).close(),
  }
}
