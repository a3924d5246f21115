import type { Deployment } from '../model.ts'
import { ORDER_SECONDS } from '../order.ts'
import { shortOf, tallyOf } from '../rollout.ts'
import { said } from '../said.ts'
import { targetStatesOf } from '../states.ts'
import { inList, type Query } from './database.ts'
import { countsIn } from './wave-state.ts'

/** Terminals that were told of a deployment, or are to be, and have no end yet: they are told what is so now. */
export async function tellOpen({ run }: Query, id: number): Promise<void> {
  const open = inList(targetStatesOf('open'))
  await run(
    `UPDATE terminal SET tell = 1 WHERE serial IN (SELECT serial FROM target WHERE deployment = ? AND state IN (${open.marks}) AND state <> 'waiting')`,
    [id, ...open.values],
  )
}

/** Ends a deployment: open targets are cancelled and their terminals told; what is confirmed stays. */
export async function endDeployment(
  query: Query,
  id: number,
  state: 'finished' | 'aborted',
  reason: string,
  now: number,
): Promise<void> {
  const { run } = query
  const open = inList(targetStatesOf('open'))
  await tellOpen(query, id)
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

/** A wave that is over: `passed_at` is when, whichever way. */
export async function endWave(
  { run }: Query,
  id: number,
  wave: number,
  state: 'passed' | 'failed',
  now: number,
): Promise<void> {
  await run('UPDATE wave SET state = ?, passed_at = ? WHERE deployment = ? AND number = ?', [
    state,
    now,
    id,
    wave,
  ])
}

/** After its deadline a deployment stands so long, seconds: as long as the last order before it is good. */
const DEADLINE_SECONDS = ORDER_SECONDS

/** Its deadline has passed, and the time in which terminals that settle at the deadline take the program. */
export function isOver({ policy }: Deployment, now: number): boolean {
  return policy.deadline !== 0 && now >= policy.deadline + DEADLINE_SECONDS
}

/**
 * 过期: who has not taken it by now never will. That is no failure of the program, so it pauses nothing; the alarm says how many
 * they are. A wave whose gate is not met by that has failed, and says so.
 */
export async function expireDeployment(
  query: Query,
  { id, name, waves, gate }: Deployment,
  now: number,
): Promise<{ readonly alarm?: string }> {
  const { run } = query
  await tellOpen(query, id)
  const open = inList(targetStatesOf('open'))
  const left = await run(
    `UPDATE target SET state = 'expired', ended_at = ?, updated_at = ? WHERE deployment = ? AND state IN (${open.marks})`,
    [now, now, id, ...open.values],
  )
  const counts = await countsIn(query, id)
  for (const { index, state } of waves) {
    if (state !== 'running' && state !== 'baking') continue
    const wave = tallyOf(counts.filter((count) => count.wave === index))
    await endWave(query, id, index, shortOf(wave, wave, gate) === '' ? 'passed' : 'failed', now)
  }
  const why = left === 0 ? '' : said('overdue', left)
  await endDeployment(query, id, 'finished', why, now)
  if (left === 0) return {}
  const alarm = `${name}: ${why}`
  await run('INSERT INTO alarm (at, deployment, text) VALUES (?, ?, ?)', [now, id, alarm])
  return { alarm }
}
