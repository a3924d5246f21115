import { targetStatesOf } from '../states.ts'
import { inList, type Query } from './database.ts'

/** Ends a deployment: open targets are cancelled and their terminals told; what is confirmed stays. */
export async function endDeployment(
  { run }: Query,
  id: number,
  state: 'finished' | 'aborted',
  reason: string,
  now: number,
): Promise<void> {
  const open = inList(targetStatesOf('open'))
  await run(
    `UPDATE terminal SET tell = 1 WHERE serial IN (SELECT serial FROM target WHERE deployment = ? AND state IN (${open.marks}) AND state <> 'waiting')`,
    [id, ...open.values],
  )
  await run(
    `UPDATE target SET state = 'cancelled', ended_at = ?, updated_at = ? WHERE deployment = ? AND state IN (${open.marks})`,
    [...[now, now, id], ...open.values],
  )
  await run('UPDATE deployment SET state = ?, reason = ?, ended_at = ? WHERE id = ?', [
    state,
    reason,
    now,
    id,
  ])
}
