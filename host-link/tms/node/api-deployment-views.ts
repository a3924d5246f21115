import type { WaveView } from '../api-releases.ts'
import type { WaitingFor } from '../api-terminals.ts'
import type { Deployment, TargetState } from '../model.ts'
import { tallyOf } from '../rollout.ts'
import { targetStatesOf } from '../states.ts'
import type { Face } from './api-face.ts'
import { waitingWords } from './api-terminal-views.ts'
import { inList } from './database.ts'
import { bakesFrom } from './wave-state.ts'

/** 实时 figures of each wave: by state, by code, and what its open terminals wait for. */
export async function waveViews(face: Face, deployment: Deployment): Promise<readonly WaveView[]> {
  const { id, waves, gate, state } = deployment
  const counts = await face.store.counts(id)
  const waiting = await waitingBy(face, id, state === 'paused')
  const baking = waves.find((wave) => wave.state === 'baking')
  const from = baking === undefined ? 0 : await bakesFrom(face.query, id, baking.index)
  return waves.map(({ index, size, state: waveState, startedAt }) => {
    const own = counts.filter(({ wave }) => wave === index)
    const { good, bad } = tallyOf(own)
    const answered = good + bad
    const percent = (part: number): number => (answered === 0 ? 0 : Math.round((1000 * part) / answered) / 10)
    return {
      ...{ index, state: waveState, terminals: size, answered },
      byState: totals(own.map(({ state: name, count }) => [name, count])),
      byCode: byCode(own),
      byWaiting: totals(
        waiting
          .filter(({ wave }) => wave === index)
          .flatMap(({ words, count }) => words.map((word): [WaitingFor, number] => [word, count])),
      ),
      ...(startedAt > 0 && { startedAt }),
      ...(waveState === 'baking' && { bakeUntil: from + gate.bakeSeconds }),
      confirmedPercent: percent(good),
      failurePercent: percent(bad),
    }
  })
}

/** Seconds from the start until 95 % of all terminals of a deployment had confirmed; undefined while they have not. */
export async function secondsTo95(
  { query }: Face,
  { id, startedAt, waves }: Deployment,
): Promise<number | undefined> {
  const terminals = waves.reduce((sum, { size }) => sum + size, 0)
  const [row] = await query.query(
    `SELECT ended_at FROM target WHERE deployment = ? AND state = 'confirmed' ORDER BY ended_at LIMIT 1 OFFSET ?`,
    [id, Math.max(0, Math.ceil(terminals * 0.95) - 1)],
  )
  return row === undefined || startedAt === 0 ? undefined : Math.max(0, Number(row[0]) - startedAt)
}

function totals<Name extends string>(rows: readonly (readonly [Name, number])[]): { [N in Name]?: number } {
  const sums: { [N in Name]?: number } = {}
  for (const [name, count] of rows) sums[name] = (sums[name] ?? 0) + count
  return sums
}

function byCode(rows: readonly { readonly code: number; readonly count: number }[]): WaveView['byCode'] {
  const sums = new Map<number, number>()
  for (const { code, count } of rows) if (code !== 0) sums.set(code, (sums.get(code) ?? 0) + count)
  return [...sums]
    .map(([code, terminals]) => ({ code, terminals }))
    .sort((a, b) => b.terminals - a.terminals || a.code - b.code)
}

async function waitingBy({ query }: Face, id: number, paused: boolean) {
  const open = inList(targetStatesOf('open'))
  const rows = await query.query(
    `SELECT target.wave, target.state, target.waiting, terminal.online, count(*) FROM target
     JOIN terminal ON terminal.serial = target.serial WHERE target.deployment = ? AND target.state IN (${open.marks})
     GROUP BY target.wave, target.state, target.waiting, terminal.online`,
    [id, ...open.values],
  )
  return rows.map(([wave, state, bits, online, count]) => ({
    wave: Number(wave),
    count: Number(count),
    words: wordsOf(String(state), Number(bits), online === 1, paused),
  }))
}

function wordsOf(state: string, bits: number, online: boolean, paused: boolean): readonly WaitingFor[] {
  return [
    ...(state === 'waiting' ? (['wave'] as const) : []),
    ...(state === 'queued' && online ? (['rate'] as const) : []),
    ...(paused ? (['paused'] as const) : []),
    ...(online ? [] : (['offline'] as const)),
    ...waitingWords(bits),
  ]
}

/** How many targets a list has. */
export async function targetCounts(
  { store }: Face,
  id: number,
  { state, wave }: { readonly state?: TargetState; readonly wave?: number },
): Promise<number> {
  return (await store.counts(id))
    .filter(
      (one) => (state === undefined || one.state === state) && (wave === undefined || one.wave === wave),
    )
    .reduce((sum, { count }) => sum + count, 0)
}
