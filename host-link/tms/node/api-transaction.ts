import { AsyncLocalStorage } from 'node:async_hooks'
import type { Query, TmsDatabase } from './database.ts'

/** A database on which what is begun inside a transaction is part of it. */
export type JoinableDatabase = TmsDatabase

/**
 * The same database, where a `write` inside a `write` joins it, and `reads` inside it see what it wrote: a change by the store
 * and its record in the audit are one transaction. The awaited steps of `work` alone are inside.
 */
export function joinable(database: TmsDatabase): JoinableDatabase {
  const inside = new AsyncLocalStorage<Query>()
  const reader = (): Query => inside.getStore() ?? database.reads
  return {
    kind: database.kind,
    clock: database.clock,
    reads: {
      query: (sql, values) => reader().query(sql, values),
      run: (sql, values) => reader().run(sql, values),
    },
    write(work) {
      const outer = inside.getStore()
      return outer === undefined
        ? database.write((query) => inside.run(query, () => work(query)))
        : work(outer)
    },
    close: () => database.close(),
  }
}

/** Thrown inside a `write` to undo it and yet give its result: a dry run 试运行. */
export class Undone extends Error {
  override readonly name = 'Undone'
  readonly result: unknown
  constructor(result: unknown) {
    super('dry run')
    this.result = result
  }
}

/** Does `work` in one transaction; with `dryRun` all of it is undone once its result is known. */
export async function changing<Result>(
  database: TmsDatabase,
  dryRun: boolean,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  if (!dryRun) return database.write(work)
  const box: { result?: Result } = {}
  try {
    await database.write(async (query) => {
      box.result = await work(query)
      throw new Undone(box.result)
    })
  } catch (error) {
    if (error instanceof Undone && 'result' in box) return box.result as Result
    throw error
  }
  throw new Error('dry run: the transaction was not undone')
}
