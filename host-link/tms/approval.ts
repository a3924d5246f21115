import { mayDo, type UserRole } from './access.ts'
import type { LayerName } from './api-parameters.ts'
import type { ServicePolicy } from './api-people.ts'

/**
 * 双人复核: a second person. Whoever made, changed or handed in something cannot be the one who agrees to it; a token is
 * its owner. Names are compared without case, as nobody can have a name that differs by case alone.
 */

/** What can want a second person, with the action that agrees to it. */
// biome-ignore format: one row a subject
export const approvals = {
  release:    { action: 'approveRelease',    zh: '版本' },
  deployment: { action: 'approveDeployment', zh: '下发' },
  layer:      { action: 'approveParameters', zh: '参数' },
} as const
export type ApprovalSubject = keyof typeof approvals

/** Agrees where the policy wants nobody: no person can have this name. */
export const BY_POLICY = 'policy'

export type ApprovalVerdict = 'yes' | 'role' | 'ownWork' | 'state'

/** Whether a person may agree. `workers`: all who had a hand in it; `waiting`: whether it waits for somebody at all. */
export function mayApprove(
  who: { readonly name: string; readonly role: UserRole },
  subject: ApprovalSubject,
  workers: readonly string[],
  waiting: boolean,
): ApprovalVerdict {
  if (!waiting) return 'state'
  if (!mayDo(who.role, approvals[subject].action)) return 'role'
  return workers.some((worker) => samePerson(worker, who.name)) ? 'ownWork' : 'yes'
}

/** Whether two names are one person. */
export function samePerson(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Whether new sets that follow from the data of so many terminals are sent only after a second person agreed. */
export function setsNeedSecond(policy: ServicePolicy['parameters'], terminals: number): boolean {
  return policy === 'always' || (policy === 'shared' && terminals > 1)
}

/** Whether a layer counts only after a second person agreed. 'shared': where more than one terminal has it. */
export function layerNeedsSecond(policy: ServicePolicy['parameters'], { kind }: LayerName): boolean {
  return policy === 'always' || (policy === 'shared' && kind !== 'terminal')
}
