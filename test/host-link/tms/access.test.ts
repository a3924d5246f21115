import { describe, expect, it } from 'vitest'
import { ACTIONS, type Action, mayDo, USER_ROLES, type UserRole } from '../../../host-link/tms/access.ts'
import { approvals, layerNeedsSecond, mayApprove } from '../../../host-link/tms/approval.ts'
import { isWithin } from '../../../host-link/tms/node/people-sessions.ts'

/** Who may do what, said once more and by role: v viewer, o operator, r releaser, a approver, A administrator. */
const wanted: Readonly<Record<Action, string>> = {
  read: 'voraA',
  readAudit: 'aA',
  ownAccount: 'voraA',
  editTerminals: 'oA',
  editGroups: 'or',
  command: 'o',
  lock: 'oa',
  uploadRelease: 'r',
  approveRelease: 'a',
  withdrawRelease: 'ra',
  planDeployment: 'r',
  approveDeployment: 'a',
  runDeployment: 'or',
  haltDeployment: 'ora',
  editParameters: 'or',
  approveParameters: 'a',
  manageUsers: 'A',
  manageService: 'A',
}
const letters: Readonly<Record<UserRole, string>> = {
  viewer: 'v',
  operator: 'o',
  releaser: 'r',
  approver: 'a',
  administrator: 'A',
}

describe('roles 角色', () => {
  it('each of 5 roles × 18 actions → as the list says', () => {
    for (const action of ACTIONS)
      for (const role of USER_ROLES)
        expect(mayDo(role, action), `${role} ${action}`).toBe(wanted[action].includes(letters[role]))
  })

  it('nobody alone can both make and approve anything, and who makes users can do neither', () => {
    const makes: readonly Action[] = ['uploadRelease', 'planDeployment', 'editParameters']
    for (const role of USER_ROLES) {
      const agrees = Object.values(approvals).some(({ action }) => mayDo(role, action))
      expect(agrees && makes.some((action) => mayDo(role, action)), role).toBe(false)
      expect(
        mayDo(role, 'manageUsers') && (agrees || makes.some((action) => mayDo(role, action))),
        role,
      ).toBe(false)
    }
  })

  it('a token’s role within its owner’s: every pair → only where it gives nothing more', () => {
    for (const role of USER_ROLES)
      for (const owner of USER_ROLES)
        expect(isWithin(role, owner), `${role} of ${owner}`).toBe(
          ACTIONS.every((action) => !mayDo(role, action) || mayDo(owner, action)),
        )
    expect(isWithin('viewer', 'operator')).toBe(true)
    expect(isWithin('operator', 'viewer')).toBe(false)
    expect(isWithin('operator', 'releaser')).toBe(false)
  })
})

describe('a second person 双人复核', () => {
  it.each([
    ['Berta', 'approver', ['Anna'], true, 'yes'],
    ['Anna', 'approver', ['Anna'], true, 'ownWork'],
    ['anna', 'approver', ['Anna'], true, 'ownWork'],
    ['Berta', 'approver', ['Anna', 'Berta'], true, 'ownWork'],
    ['Berta', 'releaser', ['Anna'], true, 'role'],
    ['Berta', 'administrator', ['Anna'], true, 'role'],
    ['Berta', 'approver', ['Anna'], false, 'state'],
  ] as const)('%s as %s of the work of %j, waiting %s → %s', (name, role, workers, waiting, verdict) => {
    for (const subject of ['release', 'deployment', 'layer'] as const)
      expect(mayApprove({ name, role }, subject, workers, waiting)).toBe(verdict)
  })

  it('policy of parameters × layer → always, shared without terminals, never', () => {
    const layers = ['product', 'model', 'acquirer', 'merchant', 'store', 'terminal'] as const
    for (const kind of layers) {
      expect(layerNeedsSecond('always', { kind, name: 'x' })).toBe(true)
      expect(layerNeedsSecond('shared', { kind, name: 'x' })).toBe(kind !== 'terminal')
      expect(layerNeedsSecond('never', { kind, name: 'x' })).toBe(false)
    }
  })
})
