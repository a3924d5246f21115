import type { Deployment } from '../model.ts'
import { said } from '../said.ts'
import { targetStatesOf } from '../states.ts'
import { inList, type Query } from './database.ts'
import { endDeployment } from './deployment-ends.ts'

/**
 * What of a terminal takes the place of what 取代. Of programs the one whose deployment began later. Of parameter sets the one
 * with the higher number, unless it comes into force later: then the one before it counts until that time, and both stand.
 * `newer` and `target` are rows; `?` is the time of now, twice.
 */
const COMES_NO_LATER = 'newer.effective <= CASE WHEN target.effective > ? THEN target.effective ELSE ? END'

/** Who had a newer one never gets this one: targets of a deployment that are about to be told. */
export async function dropOutdated(
  { run }: Query,
  { id, kind, rank }: Pick<Deployment, 'id' | 'kind' | 'rank'>,
  serials: readonly string[],
  now: number,
): Promise<void> {
  const { marks, values } = inList(serials)
  const isNewer =
    kind === 'program'
      ? 'deployment.rank > ?'
      : `(newer.pseq > target.pseq OR (newer.pseq = target.pseq AND deployment.rank > ?)) AND ${COMES_NO_LATER}`
  await run(
    `UPDATE target SET state = 'superseded', ended_at = ?, updated_at = ? WHERE deployment = ? AND serial IN (${marks})
      AND state = 'waiting' AND EXISTS (SELECT 1 FROM target AS newer JOIN deployment ON deployment.id = newer.deployment
        WHERE newer.serial = target.serial AND newer.kind = target.kind AND newer.state <> 'waiting' AND ${isNewer})`,
    [now, now, id, ...values, rank, ...(kind === 'program' ? [] : [now, now])],
  )
}

/** And who gets this one is done with what came before it: targets that were told already. */
export async function dropOlder(
  { run }: Query,
  { id, kind, rank }: Pick<Deployment, 'id' | 'kind' | 'rank'>,
  serials: readonly string[],
  now: number,
): Promise<void> {
  const { marks, values } = inList(serials)
  const open = inList(targetStatesOf('open'))
  const isNewer =
    kind === 'program'
      ? 'target.deployment IN (SELECT id FROM deployment WHERE rank < ?)'
      : `(newer.pseq > target.pseq OR (newer.pseq = target.pseq
          AND target.deployment IN (SELECT id FROM deployment WHERE rank < ?))) AND ${COMES_NO_LATER}`
  await run(
    `UPDATE target SET state = 'superseded', ended_at = ?, updated_at = ? WHERE deployment <> ? AND kind = ? AND serial IN (${marks})
      AND state IN (${open.marks}) AND state <> 'waiting'
      AND EXISTS (SELECT 1 FROM target AS newer
        WHERE newer.deployment = ? AND newer.serial = target.serial AND newer.state = 'queued' AND ${isNewer})`,
    [now, now, id, kind, ...values, ...open.values, id, rank, ...(kind === 'program' ? [] : [now, now])],
  )
}

/**
 * A deployment of parameters was approved: sets that were to come with it or later and are older never come. A deployment that
 * has not begun and has nobody left is over.
 */
export async function dropScheduled(query: Query, { id, name }: Deployment, now: number): Promise<void> {
  const scheduled = `SELECT id FROM deployment WHERE state = 'scheduled' AND kind = 'parameters' AND id <> ?`
  await query.run(
    `UPDATE target SET state = 'superseded', ended_at = ?, updated_at = ? WHERE state = 'waiting' AND deployment IN (${scheduled})
      AND EXISTS (SELECT 1 FROM target AS newer WHERE newer.deployment = ? AND newer.serial = target.serial
        AND newer.pseq > target.pseq AND ${COMES_NO_LATER})`,
    [now, now, id, id, now, now],
  )
  const over = await query.query(
    `${scheduled} AND NOT EXISTS (SELECT 1 FROM target WHERE target.deployment = deployment.id AND target.state = 'waiting')`,
    [id],
  )
  for (const [older] of over)
    await endDeployment(query, Number(older), 'aborted', said('superseded', id, name), now)
}
