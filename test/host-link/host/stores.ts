import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import { sqliteStore } from '../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../host-link/host/store.ts'

export type StoreKind = 'memory' | 'sqlite'
export const STORE_KINDS: readonly StoreKind[] = ['memory', 'sqlite']

/** Fresh stores for one test file; each is closed, and its folder deleted, after the test. */
export function freshStores(): (kind: StoreKind) => Store {
  const open: { store: Store; folder?: string }[] = []
  afterEach(async () => {
    for (const { store, folder } of open.splice(0)) {
      await store.close()
      if (folder) rmSync(folder, { recursive: true })
    }
  })
  return (kind) => {
    if (kind === 'memory') {
      const store = memoryStore()
      open.push({ store })
      return store
    }
    const folder = mkdtempSync(join(tmpdir(), 'shuaka-books-'))
    const store = sqliteStore(join(folder, 'books.db'), { secretCheck: '00000000' })
    open.push({ store, folder })
    return store
  }
}
