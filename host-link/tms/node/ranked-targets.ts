import type { Policy } from '../model.ts'
import type { RankedTarget } from '../order.ts'
import { inList, type Query } from './database.ts'
import { TARGET_COLUMN_COUNT, TARGET_COLUMNS, targetOf } from './rows.ts'

/** A target with what its release makes run; '' for parameters. */
export interface HeldTarget {
  readonly ranked: RankedTarget
  readonly program: string
}

/** All targets that have begun of these terminals, by serial. */
export async function rankedTargets(
  { query }: Query,
  serials: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldTarget[]>> {
  const held = new Map<string, HeldTarget[]>()
  const policies = new Map<string, Policy>()
  for (let at = 0; at < serials.length; at += 512) {
    const { marks, values } = inList(serials.slice(at, at + 512))
    const rows = await query(
      `SELECT ${TARGET_COLUMNS}, deployment.rank, deployment.policy, coalesce(release.program, ''),
        target.pseq, target.effective, deployment.state
      FROM target JOIN deployment ON deployment.id = target.deployment
      LEFT JOIN release ON release.id = deployment.release AND deployment.kind = 'program'
      WHERE target.serial IN (${marks}) AND target.state <> 'waiting'`,
      values,
    )
    for (const row of rows) {
      const [rank, policyText, program, pseq, effective, state] = row.slice(TARGET_COLUMN_COUNT)
      const policy = policies.get(String(policyText)) ?? (JSON.parse(String(policyText)) as Policy)
      policies.set(String(policyText), policy)
      const ranked: RankedTarget = {
        ...targetOf(row),
        ...{
          rank: Number(rank),
          policy,
          paused: state === 'paused',
          pseq: Number(pseq),
          effective: Number(effective),
        },
      }
      const own = held.get(ranked.serial) ?? []
      own.push({ ranked, program: String(program) })
      held.set(ranked.serial, own)
    }
  }
  return held
}
