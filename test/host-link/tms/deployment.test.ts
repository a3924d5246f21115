import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DeploymentAction,
  endedShort,
  isTooLate,
  moveDeployment,
} from '../../../host-link/tms/deployment.ts'
import type { DeploymentState } from '../../../host-link/tms/model.ts'
import { deploymentStates } from '../../../host-link/tms/states.ts'

const STATES = Object.keys(deploymentStates) as DeploymentState[]
const ACTIONS: readonly DeploymentAction[] = [
  'submit',
  'approve',
  'start',
  'pause',
  'breach',
  'resume',
  'nextWave',
  'finish',
  'abort',
]
const people = { who: 'bert', createdBy: 'anna' }

describe('deployment 部署', () => {
  test('moves as the table says, and in no other way', () => {
    const moves = STATES.flatMap((state) =>
      ACTIONS.flatMap((action) => {
        const moved = moveDeployment(state, action, people)
        return moved.kind === 'moved' ? [`${state} ${action} ${moved.state}`] : []
      }),
    )
    expect(moves).toEqual([
      'draft submit waitingApproval',
      'draft abort aborted',
      'waitingApproval approve scheduled',
      'waitingApproval abort aborted',
      'scheduled start running',
      'scheduled abort aborted',
      'running pause paused',
      'running breach paused',
      'running nextWave running',
      'running finish finished',
      'running abort aborted',
      'paused resume running',
      'paused nextWave running',
      'paused abort aborted',
    ])
  })

  test('finished with a reason → without what its gate asked for; a pause has its own colour', () => {
    const why = 'only 0 of 9 of the wave confirmed, fewer than 95 %'
    expect([endedShort({ state: 'finished', why }), endedShort({ state: 'finished' })]).toEqual([true, false])
    expect([endedShort({ state: 'paused', why }), endedShort({ state: 'aborted', why })]).toEqual([
      false,
      false,
    ])
  })

  test('a deadline has passed from its own second on; none never passes', () => {
    expect([9, 10, 11].map((deadline) => isTooLate({ deadline }, 10))).toEqual([true, true, false])
    expect(isTooLate({ deadline: 0 }, 10)).toBe(false)
  })

  test('who made it cannot approve it 双人', () => {
    expect(moveDeployment('waitingApproval', 'approve', { who: 'anna', createdBy: 'anna' })).toMatchObject({
      kind: 'refused',
    })
  })

  test('whatever is done, it runs only after a second person approved it, and an end is an end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ action: fc.constantFrom(...ACTIONS), who: fc.constantFrom('anna', 'bert') })),
        (steps) => {
          let state: DeploymentState = 'draft'
          let approved = false
          for (const { action, who } of steps) {
            const ended = state === 'finished' || state === 'aborted'
            const moved = moveDeployment(state, action, { who, createdBy: 'anna' })
            if (moved.kind === 'refused') continue
            expect(ended).toBe(false)
            if (action === 'approve') approved = who === 'bert'
            state = moved.state
            if (['scheduled', 'running', 'paused', 'finished'].includes(state)) expect(approved).toBe(true)
          }
        },
      ),
    )
  })
})
