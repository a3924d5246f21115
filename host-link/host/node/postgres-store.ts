import type { Books, Posting, Store } from '../store.ts'
import { StoreStopped, StoreUnsure } from '../store.ts'
import { differenceOf, READS, type Row, reportOf, type SqlValue, salesOf } from './book-rows.ts'
import { accountWrite, storeWrite, type Write, writesOf } from './book-writes.ts'
import { keyEventOf, terminalKeysOf, terminalOrderOf } from './key-rows.ts'
import { shownAddress } from './postgres-address.ts'
import { Fetched, Missing, Needs } from './postgres-books.ts'
import { type Line, LineLost, type Lines, postgresLines, ServerFault } from './postgres-lines.ts'
import { hasBooks, openBooks } from './postgres-open.ts'
import { queues } from './queues.ts'

export interface PostgresOptions {
  /** `secretCheck` of the host's secret: books sealed under another secret are refused. */
  readonly secretCheck: string
  /** Connections that this process makes at most. */
  readonly linesMax?: number
}

export interface PostgresStore extends Store {
  /** Resolves when the tables are there and are ours; rejects with `HostError`, one sentence. Transactions wait for it. */
  opened(): Promise<void>
}

const LINES_MAX = 16
/** Times that a transaction is begun anew after a deadlock, or with a new line; pauses double from `PAUSE_MS`. */
const TRIES_MAX = 6
const PAUSE_MS = 50
/** Reads one after the other, and locks that turn out to be needed, in one transaction. */
const ROUNDS_MAX = 10_000

/**
 * Books on a PostgreSQL server, which several hosts may share. One SQL transaction for each of ours: locks of the
 * terminal and of the accounts, reads, `decide`, writes, COMMIT. Where `decide` wants what was not fetched it ends there
 * (`Missing`) and runs again with it.
 *
 * A line that broke is no reason to stop, as a file that could not be written is: the server knows what it has on its
 * disk, and says so to the next line. Before the COMMIT leaves nothing is booked, and the transaction is begun anew; after
 * that nobody here knows, and the request gets no answer (rule P7): `StoreUnsure`. Its repeat finds what became of it.
 */
export function postgresStore(
  address: string,
  { secretCheck, linesMax = LINES_MAX }: PostgresOptions,
): PostgresStore {
  const shown = shownAddress(address)
  const lines = postgresLines(address, linesMax)
  const inTurn = queues()
  let closed = false
  let ready = openBooks(lines, shown, secretCheck)
  ready.catch(() => {}) // whoever waits for it hears of it
  const under = new Set<Promise<unknown>>()

  const first = (writes: readonly Write[]) => {
    ready = ready.then(() => tried(lines, (line) => written(line, writes)))
    ready.catch(() => {})
  }
  const read = async <Result>(
    sql: string,
    of: (row: Row) => Result,
    ...values: readonly SqlValue[]
  ): Promise<Result[]> => {
    await whenReady()
    const [answer] = await tried(lines, (line) => line.run([{ sql, values }]))
    return (answer?.rows ?? []).map(of)
  }
  const whenReady = async () => {
    if (closed) throw new StoreStopped('the store is closed')
    await ready.catch((error: unknown) => {
      throw new StoreStopped(error instanceof Error ? error.message : String(error))
    })
  }

  return {
    opened: () => ready,
    async transact(decide, likely) {
      await whenReady()
      const needs = new Needs(likely)
      const done = inTurn(needs.names(), () =>
        tried(lines, (line, unsure) => transaction(line, decide, needs, unsure)),
      )
      under.add(done)
      return done.finally(() => under.delete(done))
    },
    openAccounts: (accounts) => first(accounts.map(accountWrite)),
    nameStores: (merchantId, stores) =>
      first(stores.map(({ number, name }) => storeWrite(merchantId, number, name))),
    storeSales: (date) => read(READS.storeSales, salesOf, date),
    differences: (date) => read(READS.differences, differenceOf, date),
    reports: (kind) => read(READS.reports, reportOf, kind),
    masterKeys: () => read(READS.allMasters, terminalKeysOf),
    keyOrders: () => read(READS.allOrders, terminalOrderOf),
    keyEvents: (terminalId) => read(READS.keyEvents, keyEventOf, terminalId),
    async close() {
      if (closed) return
      closed = true
      await Promise.allSettled([ready, ...under])
      await lines.close()
    },
  }
}

type Decide<Result> = (books: Books) => { readonly posting?: Posting; readonly result: Result }

async function transaction<Result>(
  line: Line,
  decide: Decide<Result>,
  needs: Needs,
  unsure: () => void,
): Promise<Result> {
  let fetched = Fetched.nothing()
  let begun = false
  const begin = async () => {
    const statements = needs.statements()
    const again = begun ? [{ sql: 'ROLLBACK' }] : []
    const answers = await line.run([...again, ...statements])
    begun = true
    fetched = needs.fetched(answers.slice(again.length))
  }
  if (needs.names().length > 0) await begin()
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const ran = attempted(decide, fetched)
    if (ran.kind === 'missing') {
      const { need } = ran
      if (needs.add(need) === 'lock' || !begun) await begin()
      else {
        const [answer] = await line.run([fetched.statement(need)])
        if (answer) fetched.add(need, answer)
      }
      continue
    }
    const { posting, result } = ran.decided
    if (!posting) {
      if (begun) await line.run([{ sql: 'ROLLBACK' }]) // nothing to keep, so nothing to wait for the disk for
      return result
    }
    if (needs.addPosting(posting) || !begun) {
      await begin()
      continue
    }
    const writes = writesOf(posting)
    const stray = writes.find(({ moves }) => moves !== undefined && !fetched.hasAccount(moves))
    if (stray) throw new Error('ledger: an effect without an account')
    unsure()
    await line.run([...writes, { sql: 'COMMIT' }])
    return result
  }
  throw new Error('the books: a transaction that reads without an end')
}

/** One run of `decide`, to its end or to a read that is not at hand. */
function attempted<Result>(decide: Decide<Result>, fetched: Fetched) {
  try {
    return { kind: 'decided', decided: decide(fetched.books()) } as const
  } catch (error) {
    if (error instanceof Missing) return { kind: 'missing', need: error.need } as const
    throw error
  }
}

async function written(line: Line, writes: readonly Write[]): Promise<void> {
  await line.run([{ sql: 'BEGIN' }, ...writes, { sql: 'COMMIT' }])
}

/**
 * Does `work` on a line, begun anew after a deadlock and after a lost line, unless it has called `unsure`: then only the
 * server knows whether the COMMIT was done. Throws `StoreUnsure` for what is left of such faults.
 */
async function tried<Result>(
  lines: Lines,
  work: (line: Line, unsure: () => void) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    let isUnsure = false
    try {
      return await onLine(lines, (line) =>
        work(line, () => {
          isUnsure = true
        }),
      )
    } catch (error) {
      const again = isUndone(error) || (error instanceof LineLost && !isUnsure)
      if (again && tries < TRIES_MAX) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** tries))
        continue
      }
      if (again || error instanceof LineLost || isBusy(error))
        throw new StoreUnsure(`the books cannot be reached: ${error instanceof Error ? error.message : ''}`)
      throw error
    }
  }
}

async function onLine<Result>(lines: Lines, work: (line: Line) => Promise<Result>): Promise<Result> {
  const line = await lines.take()
  try {
    const result = await work(line)
    line.release()
    return result
  } catch (error) {
    line.release(error) // ends it, and with it what it had begun
    throw error
  }
}

/** Serialisation failure, deadlock: the server has undone all of it. */
function isUndone(error: unknown): boolean {
  return error instanceof ServerFault && (error.code === '40001' || error.code === '40P01')
}

/** Waited too long for a lock or an answer; no room on the disk or in memory; the server may not be asked now. */
function isBusy(error: unknown): boolean {
  return (
    error instanceof ServerFault &&
    (['55P03', '57014', '28P01', '3D000'].includes(error.code) || error.code.startsWith('53'))
  )
}

/** Whether a host has made its tables in a database. Rejects with `HostError`, one sentence. */
export async function postgresBooksExist(address: string): Promise<boolean> {
  const shown = shownAddress(address)
  const lines = postgresLines(address, 1)
  try {
    return await hasBooks(lines, shown)
  } finally {
    await lines.close()
  }
}
