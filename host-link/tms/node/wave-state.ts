import type { TargetState } from '../model.ts'
import type { TargetCount } from '../store.ts'
import type { Query } from './database.ts'

/** Terminals of a wave 波次 that are there and are to be told. Who is away is told when it comes, and is not waited for. */
export async function queuedOnline({ query }: Query, id: number, wave: number): Promise<number> {
  const [row] = await query(
    `SELECT count(*) FROM target JOIN terminal ON terminal.serial = target.serial
    WHERE target.deployment = ? AND target.wave = ? AND target.state = 'queued' AND terminal.online = 1`,
    [id, wave],
  )
  return Number(row?.[0] ?? 0)
}

/**
 * From when on a wave bakes 观察: the turn of its last terminal came, and the first confirmed. Who comes back later begins nothing
 * anew. Unix seconds, 0: it has not begun.
 */
export async function bakesFrom({ query }: Pick<Query, 'query'>, id: number, wave: number): Promise<number> {
  const [row] = await query(
    `SELECT max(queued_at), min(CASE WHEN state = 'confirmed' THEN ended_at END) FROM target WHERE deployment = ? AND wave = ?`,
    [id, wave],
  )
  return Math.max(Number(row?.[0] ?? 0), Number(row?.[1] ?? 0))
}

/** Terminals of a deployment, by wave, state and code. */
export async function countsIn({ query }: Pick<Query, 'query'>, id: number): Promise<readonly TargetCount[]> {
  const rows = await query(
    'SELECT wave, state, code, count(*) FROM target WHERE deployment = ? GROUP BY wave, state, code ORDER BY wave, state, code',
    [id],
  )
  return rows.map(([wave, state, code, count]) => ({
    wave: Number(wave),
    state: String(state) as TargetState,
    code: Number(code),
    count: Number(count),
  }))
}
