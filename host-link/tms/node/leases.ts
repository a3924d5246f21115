import { SHARDS } from '../../transport/inbox-topics.ts'
import type { Query, TmsDatabase } from './database.ts'

/** The lease of who starts, judges and ends deployments. */
export const CONDUCTOR = SHARDS
/** A worker that says nothing for so long has lost its shards. */
export const LEASE_MS = 6_000
/** How often it says something and looks for free shards: with `LEASE_MS` a take-over within 10 s. */
export const RENEW_MS = 1_500

export interface Lease {
  readonly shard: number
  readonly epoch: number
}

/**
 * Says that worker `id` is alive, keeps what it has, takes free shards up to its fair share, and gives back what is beyond it.
 * Answers what it holds until `LEASE_MS` from now.
 */
export async function renewLeases(database: TmsDatabase, id: string): Promise<readonly Lease[]> {
  const { clock } = database
  return database.write(async ({ query, run }) => {
    await run(
      `INSERT INTO worker (id, until_ms) VALUES (?, ${clock} + ?) ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms`,
      [id, LEASE_MS],
    )
    await run(`DELETE FROM worker WHERE until_ms < ${clock} - 60000`)
    for (let shard = 0; shard <= CONDUCTOR; shard++) {
      const [known] = await query('SELECT shard FROM lease WHERE shard = ?', [shard])
      if (known === undefined)
        await run(
          `INSERT INTO lease (shard, owner, epoch, until_ms) VALUES (?, '', 0, 0) ON CONFLICT (shard) DO NOTHING`,
          [shard],
        )
      else if (shard === 0) break // they are made together
    }
    const [alive] = await query(`SELECT count(*) FROM worker WHERE until_ms > ${clock}`)
    const share = Math.ceil((CONDUCTOR + 1) / Math.max(1, Number(alive?.[0])))
    await run(`UPDATE lease SET until_ms = ${clock} + ? WHERE owner = ? AND until_ms > ${clock}`, [
      LEASE_MS,
      id,
    ])
    const mine = await held(database, query, id)
    for (const { shard } of mine.slice(share))
      await run(`UPDATE lease SET owner = '', until_ms = 0 WHERE shard = ?`, [shard])
    if (mine.length >= share) return mine.slice(0, share)
    await run(
      `UPDATE lease SET owner = ?, epoch = epoch + 1, until_ms = ${clock} + ?
      WHERE shard IN (SELECT shard FROM lease WHERE until_ms <= ${clock} ORDER BY shard LIMIT ?) AND until_ms <= ${clock}`,
      [id, LEASE_MS, share - mine.length],
    )
    return held(database, query, id)
  })
}

async function held({ clock }: TmsDatabase, query: Query['query'], id: string): Promise<readonly Lease[]> {
  const rows = await query(
    `SELECT shard, epoch FROM lease WHERE owner = ? AND until_ms > ${clock} ORDER BY shard`,
    [id],
  )
  return rows.map(([shard, epoch]) => ({ shard: Number(shard), epoch: Number(epoch) }))
}

/**
 * Shards that worker `id` holds under these epochs at this moment, within a transaction: who would take one over waits until it
 * is over. What a worker writes for any other shard would be a second hand on it.
 */
export async function fenced(
  database: TmsDatabase,
  { query }: Query,
  id: string,
  leases: readonly Lease[],
): Promise<ReadonlySet<number>> {
  const rows = await query(
    `SELECT shard, epoch FROM lease WHERE owner = ? AND until_ms > ${database.clock}${database.kind === 'postgres' ? ' FOR SHARE' : ''}`,
    [id],
  )
  const epochs = new Map(rows.map(([shard, epoch]) => [Number(shard), Number(epoch)]))
  return new Set(leases.filter(({ shard, epoch }) => epochs.get(shard) === epoch).map(({ shard }) => shard))
}

/** Gives all back, when a worker ends in order: another takes them at once. */
export async function releaseLeases(database: TmsDatabase, id: string): Promise<void> {
  await database.write(async ({ run }) => {
    await run(`UPDATE lease SET owner = '', until_ms = 0 WHERE owner = ?`, [id])
    await run('DELETE FROM worker WHERE id = ?', [id])
  })
}
