import { type DeploymentAction, isTooLate, moveDeployment } from '../deployment.ts'
import type { Deployment, Done, Refused } from '../model.ts'
import { tallyOf } from '../rollout.ts'
import { targetStatesOf } from '../states.ts'
import type { Deployments } from '../store.ts'
import { inList, lots, type Query, type TmsDatabase } from './database.ts'
import { createDeployment } from './deployment-create.ts'
import { endDeployment, tellOpen } from './deployment-ends.ts'
import { DONE, paged, refused } from './fleet-store.ts'
import { DEPLOYMENT_COLUMNS, deploymentOf, TARGET_COLUMNS, targetOf, WAVE_COLUMNS, waveOf } from './rows.ts'
import { dropScheduled } from './supersede.ts'
import { countsIn } from './wave-state.ts'

const TOO_LATE = refused('the deadline has passed: make another deployment, with a later one')

/** The part of the store about deployments, for people. What the service itself does with them: `conductor.ts`. */
export function deploymentStore(database: TmsDatabase): Deployments {
  const { reads } = database
  const act = (
    id: number,
    action: DeploymentAction,
    who: string,
    work: (query: Query, deployment: Deployment, state: Deployment['state']) => Promise<Done | Refused>,
  ): Promise<Done | Refused> =>
    database.write(async (query) => {
      const deployment = await deploymentIn(query, id)
      if (deployment === undefined) return refused('there is no such deployment')
      const moved = moveDeployment(deployment.state, action, { who, createdBy: deployment.createdBy })
      return moved.kind === 'refused' ? moved : work(query, deployment, moved.state)
    })
  const set = async (query: Query, id: number, state: Deployment['state'], reason = ''): Promise<Done> => {
    await query.run('UPDATE deployment SET state = ?, reason = ? WHERE id = ?', [state, reason, id])
    await tellOpen(query, id)
    return DONE
  }
  return {
    createDeployment: (deployment, targets, now) =>
      database.write((query) => createDeployment(database, query, deployment, targets, now)),
    submitDeployment: (id, who, now) =>
      act(id, 'submit', who, async (query, { policy }, state) =>
        isTooLate(policy, now) ? TOO_LATE : set(query, id, state),
      ),
    approveDeployment: (id, who, now) =>
      act(id, 'approve', who, async (query, deployment, state) => {
        if (isTooLate(deployment.policy, now)) return TOO_LATE
        await query.run('UPDATE deployment SET approved_by = ?, approved_at = ? WHERE id = ?', [who, now, id])
        if (deployment.kind === 'parameters') await dropScheduled(query, deployment, now)
        return set(query, id, state)
      }),
    pauseDeployment: (id, who, reason) =>
      act(id, 'pause', who, (query, _, state) => set(query, id, state, `${who}: ${reason}`)),
    resumeDeployment: (id, who) =>
      act(id, 'resume', who, async (query, _, state) => {
        await forgive(query, id)
        await query.run(`UPDATE wave SET state = 'running' WHERE deployment = ? AND state = 'failed'`, [id])
        return set(query, id, state)
      }),
    abortDeployment: (id, who, reason, now) =>
      act(id, 'abort', who, async (query) => {
        await endDeployment(query, id, 'aborted', `${who}: ${reason}`, now)
        return DONE
      }),
    nextWave: (id, who, now) =>
      act(id, 'nextWave', who, async (query, deployment, state) => {
        const next = deployment.waves.find((wave) => wave.state === 'waiting')
        if (next === undefined) return refused('there is no further wave')
        await forgive(query, id)
        await beginWave(query, id, next.index, now)
        return set(query, id, state)
      }),
    retryTargets: (id, serials, _who, now) =>
      database.write((query) => retryTargets(query, id, serials, now)),
    deployment: (id) => deploymentIn(reads, id),
    async deployments() {
      const rows = await reads.query(`SELECT ${DEPLOYMENT_COLUMNS} FROM deployment ORDER BY id DESC`)
      const waves = await reads.query(
        `SELECT deployment, ${WAVE_COLUMNS} FROM wave ORDER BY deployment, number`,
      )
      return rows.map((row) =>
        deploymentOf(
          row,
          waves.filter((wave) => wave[0] === row[0]).map((wave) => waveOf(wave.slice(1))),
        ),
      )
    },
    counts: (id) => countsIn(reads, id),
    async targets({ deployment, state, wave, after = '', limit }) {
      const rows = await reads.query(
        `SELECT ${TARGET_COLUMNS} FROM target WHERE deployment = ? AND serial > ?
          ${state === undefined ? '' : 'AND state = ?'} ${wave === undefined ? '' : 'AND wave = ?'} ORDER BY serial LIMIT ?`,
        [
          deployment,
          after,
          ...(state === undefined ? [] : [state]),
          ...(wave === undefined ? [] : [wave]),
          limit,
        ],
      )
      return paged(rows.map(targetOf), limit)
    },
    async targetsOf(serial) {
      const rows = await reads.query(
        `SELECT ${TARGET_COLUMNS} FROM target WHERE serial = ? ORDER BY deployment DESC`,
        [serial],
      )
      return rows.map(targetOf)
    },
  }
}

export async function deploymentIn({ query }: Query, id: number): Promise<Deployment | undefined> {
  const [row] = await query(`SELECT ${DEPLOYMENT_COLUMNS} FROM deployment WHERE id = ?`, [id])
  if (row === undefined) return undefined
  const waves = await query(`SELECT ${WAVE_COLUMNS} FROM wave WHERE deployment = ? ORDER BY number`, [id])
  return deploymentOf(row, waves.map(waveOf))
}

/** Who lets a deployment go on has seen the failures so far: the gate counts from here. */
async function forgive(query: Query, id: number): Promise<void> {
  const { good, bad } = tallyOf(await countsIn(query, id))
  await query.run('UPDATE deployment SET forgiven_ends = ?, forgiven_bad = ? WHERE id = ?', [
    good + bad,
    bad,
    id,
  ])
}

/** Begins a wave; those before it are over. */
export async function beginWave({ run }: Query, id: number, index: number, now: number): Promise<void> {
  await run(
    `UPDATE wave SET state = 'passed', passed_at = ? WHERE deployment = ? AND number < ? AND state <> 'passed'`,
    [now, id, index],
  )
  await run(`UPDATE wave SET state = 'running', started_at = ? WHERE deployment = ? AND number = ?`, [
    now,
    id,
    index,
  ])
}

async function retryTargets(
  query: Query,
  id: number,
  serials: readonly string[] | 'all',
  now: number,
): Promise<number> {
  const deployment = await deploymentIn(query, id)
  if (deployment?.state !== 'running' && deployment?.state !== 'paused') return 0
  const bad = inList(targetStatesOf('bad'))
  // Told again at the rate of the deployment, under a new order number: a terminal tries nothing twice under one.
  const again = (which: string, values: readonly string[]) =>
    query.run(
      `UPDATE target SET state = 'waiting', code = 0, percent = 0, waiting = 0, order_no = 0, ended_at = 0, updated_at = ?
      WHERE deployment = ? AND state IN (${bad.marks}) ${which}`,
      [now, id, ...bad.values, ...values],
    )
  let retried = serials === 'all' ? await again('', []) : 0
  for (const lot of serials === 'all' ? [] : lots(serials)) {
    const { marks, values } = inList(lot)
    retried += await again(`AND serial IN (${marks})`, values)
  }
  await blame(query, id, retried)
  return retried
}

/** What is tried again was not seen to fail yet: its next failure counts for the gate, also where the one before was let go. */
async function blame({ query, run }: Query, id: number, retried: number): Promise<void> {
  const [row] = await query('SELECT forgiven_ends, forgiven_bad FROM deployment WHERE id = ?', [id])
  const [ends, bad] = [Number(row?.[0]), Number(row?.[1])]
  const again = Math.min(retried, bad)
  await run('UPDATE deployment SET forgiven_ends = ?, forgiven_bad = ? WHERE id = ?', [
    ends - again,
    bad - again,
    id,
  ])
}
