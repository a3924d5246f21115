import type { DeploymentState, Policy } from './model.ts'
import { deploymentStates } from './states.ts'

/** What is done to a deployment, by a person or by the service itself (`start`, `finish`, `breach`). */
export type DeploymentAction =
  | 'submit'
  | 'approve'
  | 'start'
  | 'pause'
  | 'breach'
  | 'resume'
  | 'nextWave'
  | 'finish'
  | 'abort'

type Moves = { readonly [action in DeploymentAction]?: DeploymentState }

// biome-ignore format: one row a state
const moves: { readonly [state in DeploymentState]: Moves } = {
  draft:           { submit: 'waitingApproval', abort: 'aborted' },
  waitingApproval: { approve: 'scheduled', abort: 'aborted' },
  scheduled:       { start: 'running', abort: 'aborted' },
  running:         { pause: 'paused', breach: 'paused', nextWave: 'running', finish: 'finished', abort: 'aborted' },
  paused:          { resume: 'running', nextWave: 'running', abort: 'aborted' },
  finished:        {},
  aborted:         {},
}

export type Moved =
  | { readonly kind: 'moved'; readonly state: DeploymentState }
  | { readonly kind: 'refused'; readonly why: string }

/** 截止已过: what nobody may put off any more is not begun, for terminals would settle and restart at once. `now`: Unix seconds. */
export function isTooLate({ deadline }: Pick<Policy, 'deadline'>, now: number): boolean {
  return deadline !== 0 && deadline <= now
}

/** 未达标: it is finished, and without what its gate asked for, as its reason says. */
export function endedShort({
  state,
  why,
}: {
  readonly state: DeploymentState
  readonly why?: string
}): boolean {
  return state === 'finished' && why !== undefined
}

/** The state after an action. `who` approves what `createdBy` made: never the same person (双人). */
export function moveDeployment(
  state: DeploymentState,
  action: DeploymentAction,
  people: { readonly who: string; readonly createdBy: string },
): Moved {
  const to = moves[state][action]
  if (to === undefined)
    return {
      kind: 'refused',
      why: `${action} is not possible: the deployment is ${deploymentStates[state].en}`,
    }
  if (action === 'approve' && people.who === people.createdBy)
    return { kind: 'refused', why: 'who made a deployment cannot approve it: a second person is wanted' }
  return { kind: 'moved', state: to }
}
