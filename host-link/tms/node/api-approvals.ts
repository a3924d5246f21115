import type { ApprovalView } from '../api-releases.ts'
import type { Query } from './database.ts'

/** 'worked': had a hand in it, and so cannot agree to it. */
export type Hand = ApprovalView['verdict'] | 'worked'

export async function noteHand(
  { run }: Query,
  subject: string,
  who: string,
  verdict: Hand,
  note: string,
  now: number,
): Promise<void> {
  await run('INSERT INTO tms_approval (subject, who, at, verdict, note) VALUES (?, ?, ?, ?, ?)', [
    subject,
    who,
    now,
    verdict,
    note,
  ])
}

/** All who had a hand in it, and what others said of it. */
export async function handsIn(
  { query }: Pick<Query, 'query'>,
  subject: string,
): Promise<{ readonly workers: readonly string[]; readonly approvals: readonly ApprovalView[] }> {
  const rows = await query('SELECT who, at, verdict, note FROM tms_approval WHERE subject = ? ORDER BY id', [
    subject,
  ])
  const workers: string[] = []
  const approvals: ApprovalView[] = []
  for (const [who, at, verdict, note] of rows) {
    if (verdict === 'worked') workers.push(String(who))
    else
      approvals.push({
        by: String(who),
        time: Number(at),
        verdict: verdict === 'approved' ? 'approved' : 'rejected',
        note: String(note),
      })
  }
  return { workers, approvals }
}
