import { moveDeployment } from '../deployment.ts'
import { FilterError } from '../filter.ts'
import type { Deployment } from '../model.ts'
import { judgeGate, mayTell, shortOf, type Tally, tallyOf } from '../rollout.ts'
import { said } from '../said.ts'
import { releaseIn } from './catalogue-store.ts'
import { inList, lots, type Query, type TmsDatabase, TmsError } from './database.ts'
import { insertTarget, type Member } from './deployment-create.ts'
import { endDeployment, endWave, expireDeployment, isOver, tellOpen } from './deployment-ends.ts'
import { beginWave, deploymentIn } from './deployment-store.ts'
import { whereOf } from './fleet-store.ts'
import { CONDUCTOR, fenced, type Lease } from './leases.ts'
import { dropOlder, dropOutdated } from './supersede.ts'
import { bakesFrom, countsIn, queuedOnline } from './wave-state.ts'

/** Terminals that one step queues, at most: a transaction stays short. */
const STEP_MAX = 5_000
/** Told, but no answer: told again after so long. */
const AGAIN_SECONDS = 60
/** A command without a result: told again after as long as it has been there, so that one for which a person is awaited is no load. */
const COMMAND_SECONDS_MAX = 900
/** Terminals with such commands, of one step. */
const AGAIN_MAX = 1_000

export interface Conducted {
  /** Lines for the alarm and the log. */
  readonly alarms: readonly string[]
  /** Of deployments that could not be conducted this time, for the log: tried again with the next step. */
  readonly faults: readonly string[]
  /** Terminals that are to be told now. */
  readonly queued: number
}

/**
 * One step of all deployments: starts those that are due, judges gates, begins waves, queues terminals at the allowed rate,
 * takes late joiners, ends what is complete. One transaction each, only while this worker holds the conductor's lease.
 */
export async function conduct(
  database: TmsDatabase,
  worker: string,
  lease: Lease,
  now: number,
): Promise<Conducted> {
  const rows = await database.reads.query(
    `SELECT id FROM deployment WHERE state = 'running' OR (state = 'scheduled' AND start_at <= ?) ORDER BY id`,
    [now],
  )
  const alarms: string[] = []
  const faults: string[] = []
  let queued = 0
  for (const [id] of rows) {
    const held = (work: (query: Query) => Promise<Step>) =>
      database.write(async (query) =>
        (await fenced(database, query, worker, [lease])).has(CONDUCTOR) ? work(query) : NOTHING,
      )
    // Each by itself: one that cannot go on stops none of the others.
    const done = await held((query) => step(database, query, Number(id), now))
      .catch((error: unknown) => {
        if (error instanceof TmsError || error instanceof FilterError)
          return held((query) => halt(query, Number(id), error.message, now))
        throw error
      })
      .catch((error: unknown) => {
        faults.push(`deployment ${id}: ${error instanceof Error ? error.message : String(error)}`)
        return NOTHING
      })
    if (done.alarm !== undefined) alarms.push(done.alarm)
    queued += done.queued
  }
  return { alarms, faults, queued }
}

const NOTHING: Step = { queued: 0 }

/** Paused with an alarm, for what a step of it cannot get over: the group of a dynamic one has gone, or its filter is none. */
async function halt(query: Query, id: number, why: string, now: number): Promise<Step> {
  const deployment = await deploymentIn(query, id)
  if (deployment === undefined) return NOTHING
  const begun = deployment.waves.filter(({ state }) => state !== 'waiting').length
  return { alarm: await pause(query, deployment, Math.max(0, begun - 1), why, now), queued: 0 }
}

interface Step {
  readonly alarm?: string
  readonly queued: number
}

async function step(database: TmsDatabase, query: Query, id: number, now: number): Promise<Step> {
  const found = await deploymentIn(query, id)
  if (found === undefined) return { queued: 0 }
  const deployment = found.state === 'scheduled' ? await begin(query, found, now) : found
  if (deployment.state !== 'running') return { queued: 0 }
  if (isOver(deployment, now)) return { queued: 0, ...(await expireDeployment(query, deployment, now)) }
  if (deployment.dynamic) await lateJoiners(database, query, deployment, now)
  const alarm = await judge(query, deployment, now)
  if (alarm !== undefined) return { alarm, queued: 0 }
  return { queued: await queueTargets(query, deployment, now) }
}

async function begin(query: Query, deployment: Deployment, now: number): Promise<Deployment> {
  const { id, state, createdBy } = deployment
  const moved = moveDeployment(state, 'start', { who: '', createdBy })
  if (moved.kind === 'refused') return deployment
  if (deployment.kind === 'program' && (await releaseIn(query, deployment.release))?.state !== 'approved')
    return deployment
  await query.run(
    `UPDATE deployment SET state = 'running', started_at = ?, rank = (SELECT coalesce(max(rank), 0) + 1 FROM deployment) WHERE id = ?`,
    [now, id],
  )
  await beginWave(query, id, 0, now)
  const begun = await deploymentIn(query, id)
  if (begun === undefined) throw new TmsError('a deployment went away')
  return begun
}

/** Into the last wave: the sizes of the others were fixed when it was made. */
async function lateJoiners(
  database: TmsDatabase,
  query: Query,
  deployment: Deployment,
  now: number,
): Promise<void> {
  const release = await releaseIn(query, deployment.release)
  if (release === undefined) return
  const { sql, values } = await whereOf(database, { group: deployment.group }, query)
  const rows = await query.query(
    `SELECT serial, model, labels FROM terminal WHERE status <> 'retired' AND (${sql})
      AND serial NOT IN (SELECT serial FROM target WHERE deployment = ?) ORDER BY serial LIMIT ?`,
    [...values, deployment.id, STEP_MAX],
  )
  const last = deployment.waves.length - 1
  const members = rows
    .map(
      ([serial, model, labels]): Member => ({
        ...{ serial: String(serial), model: String(model), labels: String(labels) },
        ...{ object: release.manifest, size: release.manifestSize, pseq: 0, effective: 0 },
      }),
    )
    .filter(({ model }) => release.models.includes(model))
  for (const member of members) await insertTarget(query, deployment.id, deployment, member, last, now)
  if (members.length > 0)
    await query.run('UPDATE wave SET size = size + ? WHERE deployment = ? AND number = ?', [
      members.length,
      deployment.id,
      last,
    ])
}

/** Moves the waves on; an alarm where the deployment was paused. */
async function judge(query: Query, deployment: Deployment, now: number): Promise<string | undefined> {
  const { id, waves, gate } = deployment
  const counts = await countsIn(query, id)
  const all = tallyOf(counts)
  const current = [...waves].reverse().find(({ state }) => state === 'running' || state === 'baking')
  if (current === undefined) return undefined
  const told = tallyOf(counts.filter((count) => count.wave === current.index))
  const wave = { ...told, untold: told.untold + (await queuedOnline(query, id, current.index)) }
  const from = await bakesFrom(query, id, current.index)
  const isLast = current.index === waves.length - 1
  const fresh = await unforgiven(query, id, all)
  const verdict = judgeGate(fresh, isLast ? wholeWave(wave) : wave, gate, from === 0 ? 0 : now - from)
  if (verdict.kind === 'breach') return pause(query, deployment, current.index, verdict.why, now)
  if (isLast) {
    const why = shortOf(all, wave, gate)
    return all.open === 0
      ? lastEnds(query, deployment, current.index, { why, seen: fresh.bad === 0 }, now)
      : undefined
  }
  if (verdict.kind === 'bake' && current.state === 'running')
    await query.run(`UPDATE wave SET state = 'baking' WHERE deployment = ? AND number = ?`, [
      id,
      current.index,
    ])
  if (verdict.kind === 'pass') await beginWave(query, id, current.index + 1, now)
  return undefined
}

/**
 * Nobody is open any more. Where the gate is not met a person has to look, who may have them try again; who let it go on has
 * seen these failures: then it ends, and says how.
 */
async function lastEnds(
  query: Query,
  deployment: Deployment,
  wave: number,
  { why, seen }: { readonly why: string; readonly seen: boolean },
  now: number,
): Promise<string | undefined> {
  if (why !== '' && !seen) return pause(query, deployment, wave, why, now)
  if (deployment.dynamic) return undefined
  await endWave(query, deployment.id, wave, why === '' ? 'passed' : 'failed', now)
  await endDeployment(query, deployment.id, 'finished', why, now)
  return undefined
}

/** What follows the last wave is judged when nobody is open any more, in any wave. */
function wholeWave(wave: Tally): Tally {
  return { ...wave, open: wave.open + 1 }
}

/** Without the ends that a person had seen who let it go on. */
async function unforgiven({ query }: Query, id: number, all: Tally): Promise<Tally> {
  const [row] = await query('SELECT forgiven_ends, forgiven_bad FROM deployment WHERE id = ?', [id])
  const bad = Number(row?.[1] ?? 0)
  const good = Number(row?.[0] ?? 0) - bad
  return { ...all, good: Math.max(0, all.good - good), bad: Math.max(0, all.bad - bad) }
}

async function pause(
  query: Query,
  { id, name }: Deployment,
  wave: number,
  why: string,
  now: number,
): Promise<string> {
  const { run } = query
  const line = said('paused', name, wave + 1, why)
  await tellOpen(query, id)
  await run(`UPDATE deployment SET state = 'paused', reason = ? WHERE id = ?`, [why, id])
  await run(`UPDATE wave SET state = 'failed' WHERE deployment = ? AND number = ?`, [id, wave])
  await run('INSERT INTO alarm (at, deployment, text) VALUES (?, ?, ?)', [now, id, line])
  return line
}

/** waiting → queued, in the waves that have begun; the terminals of it are to be told. */
async function queueTargets(query: Query, deployment: Deployment, now: number): Promise<number> {
  const { id, ratePerMinute } = deployment
  const { run } = query
  const [told] = await query.query('SELECT count(*) FROM target WHERE deployment = ? AND queued_at > ?', [
    id,
    now - 60,
  ])
  const limit = Math.min(STEP_MAX, mayTell(ratePerMinute, Number(told?.[0] ?? 0)))
  const [wave] = await query.query(
    `SELECT max(number) FROM wave WHERE deployment = ? AND state IN ('running', 'baking', 'passed')`,
    [id],
  )
  if (limit === 0 || wave?.[0] == null) return 0
  const next = await query.query(
    `SELECT serial FROM target WHERE deployment = ? AND state = 'waiting' AND wave <= ? ORDER BY wave, serial LIMIT ?`,
    [id, wave[0], limit],
  )
  const serials = next.map(([serial]) => String(serial))
  for (const lot of lots(serials)) {
    await dropOutdated(query, deployment, lot, now)
    const { marks, values } = inList(lot)
    await run(
      `UPDATE target SET state = 'queued', queued_at = ?, updated_at = ? WHERE deployment = ? AND state = 'waiting' AND serial IN (${marks})`,
      [...[now, now, id], ...values],
    )
    await dropOlder(query, deployment, lot, now)
    await run(`UPDATE terminal SET tell = 1 WHERE serial IN (${marks})`, values)
  }
  return serials.length
}

/** Online, told, and silent since, or with a command that has no result: told again. Re-sending is always safe. */
export async function tellAgain(
  database: TmsDatabase,
  worker: string,
  lease: Lease,
  now: number,
): Promise<number> {
  return database.write(async (query) => {
    const held = await fenced(database, query, worker, [lease])
    if (!held.has(CONDUCTOR)) return 0
    const silent = await query.run(
      `UPDATE terminal SET tell = 1 WHERE online = 1 AND tell = 0 AND told_at < ?
        AND serial IN (SELECT target.serial FROM target JOIN deployment ON deployment.id = target.deployment
          WHERE target.state = 'notified' AND deployment.state <> 'paused')`,
      [now - AGAIN_SECONDS],
    )
    const undone = await query.run(
      `UPDATE terminal SET tell = 1 WHERE serial IN (
        SELECT terminal.serial FROM command JOIN terminal ON terminal.serial = command.serial
        WHERE command.state = 'sent' AND terminal.online = 1 AND terminal.tell = 0 AND terminal.told_at < ?
          AND (terminal.told_at < ? OR 2 * terminal.told_at - command.created_at <= ?)
        ORDER BY terminal.told_at LIMIT ${AGAIN_MAX})`,
      [now - AGAIN_SECONDS, now - COMMAND_SECONDS_MAX, now],
    )
    return silent + undone
  })
}
