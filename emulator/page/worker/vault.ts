/**
 * What a terminal keeps when the page goes: sectors of its two flash chips and the state of its secure element, as
 * records of one object store of IndexedDB, `serial/flash/12`, `serial/program/3` and `serial/secure`.
 */
export interface Vault {
  /** The records of the terminal, by the part of the key after its serial number. */
  load(): Promise<ReadonlyMap<string, Uint8Array>>
  /** All or none of the records; resolves when they are on the disk. */
  save(records: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** Forgets all records of the terminal. */
  erase(): Promise<void>
}

const DATABASE = 'shuaka'
const STORE = 'chips'

/** Rejects with one sentence where the browser gives no storage. */
export async function openVault(serial: string): Promise<Vault> {
  const database = await openDatabase()
  const prefix = `${serial}/`
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)

  function transaction(mode: IDBTransactionMode): IDBTransaction {
    return database.transaction(STORE, mode, { durability: 'strict' })
  }

  return {
    async load() {
      const store = transaction('readonly').objectStore(STORE)
      const [keys, values] = await Promise.all([
        requested(store.getAllKeys(range)),
        requested<unknown[]>(store.getAll(range)),
      ])
      const records = new Map<string, Uint8Array>()
      keys.forEach((key, index) => {
        const value = values[index]
        if (value instanceof Uint8Array) records.set(String(key).slice(prefix.length), value)
      })
      return records
    },
    save(records) {
      const writing = transaction('readwrite')
      const store = writing.objectStore(STORE)
      for (const [key, bytes] of records) store.put(bytes, prefix + key)
      return completed(writing)
    },
    erase() {
      const writing = transaction('readwrite')
      writing.objectStore(STORE).delete(range)
      return completed(writing)
    },
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(STORE)
  }
  return requested(opening)
}

function requested<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error(`IndexedDB: ${request.error?.message ?? 'refused'}`))
  })
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = () =>
      reject(new Error(`IndexedDB: ${transaction.error?.message ?? 'the write was aborted'}`))
    transaction.oncomplete = () => resolve()
    transaction.onerror = refuse
    transaction.onabort = refuse
  })
}
