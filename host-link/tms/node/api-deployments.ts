import type {
  ApprovalView,
  DeploymentDetail,
  DeploymentPlan,
  DeploymentRow,
  DeploymentStep,
  TargetRow,
} from '../api-releases.ts'
import { mayApprove } from '../approval.ts'
import type { DeploymentAction } from '../deployment.ts'
import { moveDeployment } from '../deployment.ts'
import type { Deployment, Done, NewDeployment, Refused, Target, TargetState } from '../model.ts'
import { tallyOf } from '../rollout.ts'
import { targetStates } from '../states.ts'
import { handsIn, noteHand } from './api-approvals.ts'
import { emptyBody, planOf, serialsOf } from './api-deployment-input.ts'
import { chosenBy, previewOf } from './api-deployment-plan.ts'
import { secondsTo95, targetCounts, waveViews } from './api-deployment-views.ts'
import { documentsOf, wantedDocument } from './api-documents.ts'
import { accepted, type Face, type Handlers, notFound, REASON_MAX } from './api-face.ts'
import { ApiFault, inputOf, numberOf } from './api-input.ts'
import { lastSeen, targetWaiting } from './api-terminal-views.ts'
import { listOf } from './api-terminals.ts'

type DeploymentCalls =
  | 'previewDeployment'
  | 'deployments'
  | 'deployment'
  | 'createDeployment'
  | 'submitDeployment'
  | 'approveDeployment'
  | 'pauseDeployment'
  | 'resumeDeployment'
  | 'nextWave'
  | 'abortDeployment'
  | 'retryDeployment'
  | 'targets'

/** 下发: plan, second person, waves, stop and go. */
export const deploymentHandlers: Handlers<DeploymentCalls> = {
  previewDeployment: ({ body }) => {
    const plan = planOf(body)
    return (face) => previewOf(face, plan)
  },

  deployments: () => async (face) => {
    const versions = new Map((await face.store.releases()).map(({ id, version }) => [id, version]))
    const rows: DeploymentRow[] = []
    for (const one of await face.store.deployments())
      rows.push(await rowOf(face, one, versions.get(one.release) ?? ''))
    return rows
  },

  deployment: ({ path }) => {
    const id = numberOf(path)
    return (face) => detailAt(face, id)
  },

  createDeployment: ({ body }) => {
    const plan = planOf(body)
    return async (face) => {
      const id = await created(face, plan)
      const { name, kind, release, reason } = plan
      await face.audit('deploymentCreated', `deployment ${id}`, {
        name,
        kind,
        release,
        reason,
        plan: JSON.stringify(plan),
      })
      return detailAt(face, id)
    }
  },

  submitDeployment: ({ path, body }) => {
    emptyBody(body)
    return step(
      path,
      (face, id) => face.store.submitDeployment(id, face.who.name, face.now),
      async (face, id) => {
        await noteHand(face.query, `deployment ${id}`, face.who.name, 'worked', '', face.now)
        await face.audit('deploymentSubmitted', `deployment ${id}`)
      },
    )
  },

  approveDeployment: ({ path, body }) => {
    const note = inputOf(body, ['note']).text('note', REASON_MAX, 0)
    const id = numberOf(path)
    return async (face) => {
      const deployment = await deploymentAt(face, id)
      const { workers } = await handsIn(face.query, `deployment ${id}`)
      if (mayApprove(face.who, 'deployment', [deployment.createdBy, ...workers], true) === 'ownWork')
        throw new ApiFault(
          'secondPerson',
          'Who made a deployment cannot approve it: a second person is wanted.',
        )
      accepted(await face.store.approveDeployment(id, face.who.name, face.now))
      await noteHand(face.query, `deployment ${id}`, face.who.name, 'approved', note, face.now)
      await face.audit('deploymentApproved', `deployment ${id}`, { name: deployment.name, note })
      face.wake()
      return detailAt(face, id)
    }
  },

  pauseDeployment: ({ path, body }) => {
    const reason = inputOf(body, ['reason']).text('reason', REASON_MAX)
    return step(
      path,
      (face, id) => face.store.pauseDeployment(id, face.who.name, reason, face.now),
      (face, id) => face.audit('deploymentPaused', `deployment ${id}`, { reason }),
    )
  },

  resumeDeployment: ({ path, body }) => {
    emptyBody(body)
    return step(
      path,
      (face, id) => face.store.resumeDeployment(id, face.who.name, face.now),
      (face, id) => face.audit('deploymentResumed', `deployment ${id}`),
    )
  },

  nextWave: ({ path, body }) => {
    emptyBody(body)
    return step(
      path,
      (face, id) => face.store.nextWave(id, face.who.name, face.now),
      (face, id) => face.audit('deploymentNextWave', `deployment ${id}`),
    )
  },

  abortDeployment: ({ path, body }) => {
    const reason = inputOf(body, ['reason']).text('reason', REASON_MAX)
    return step(
      path,
      (face, id) => face.store.abortDeployment(id, face.who.name, reason, face.now),
      (face, id) => face.audit('deploymentAborted', `deployment ${id}`, { reason }),
    )
  },

  retryDeployment: ({ path, body }) => {
    const id = numberOf(path)
    const input = inputOf(body, ['serials'])
    const serials = input.has('serials') ? serialsOf(input, 'serials') : 'all'
    return async (face) => {
      const { state } = await deploymentAt(face, id)
      if (state !== 'running' && state !== 'paused')
        throw new ApiFault('refused', `The deployment is ${state}: nothing can be tried again.`)
      const retried = await face.store.retryTargets(id, serials, face.who.name, face.now)
      await face.audit('deploymentRetried', `deployment ${id}`, { retried })
      face.wake()
      return { retried }
    }
  },

  targets: ({ path, question }) => {
    const id = numberOf(path)
    const asked = question(['after', 'limit', 'state', 'wave'])
    const [list, state] = [listOf(asked), stateOf(asked.text('state', 20))]
    const wave = asked.text('wave', 4) === undefined ? undefined : asked.whole('wave', 0, 999, 0)
    return async (face) => {
      const deployment = await deploymentAt(face, id)
      const narrowed = { ...(state !== undefined && { state }), ...(wave !== undefined && { wave }) }
      const page = await face.store.targets({ deployment: id, ...list, ...narrowed })
      const rows: TargetRow[] = []
      for (const target of page.rows) rows.push(await targetRow(face, deployment, target))
      const total = await targetCounts(face, id, narrowed)
      return { rows, total, ...(page.next !== undefined && { next: page.next }) }
    }
  },
}

function stateOf(word: string | undefined): TargetState | undefined {
  if (word === undefined) return undefined
  const found = (Object.keys(targetStates) as TargetState[]).find((state) => state === word)
  if (found === undefined)
    throw new ApiFault(
      'badInput',
      `state: one of ${Object.keys(targetStates).join(', ')} is wanted.`,
      'state',
    )
  return found
}

/** One step of a deployment, with what is recorded of it. */
function step(
  path: string,
  act: (face: Face, id: number) => Promise<Done | Refused>,
  record: (face: Face, id: number) => Promise<void>,
) {
  const id = numberOf(path)
  return async (face: Face): Promise<DeploymentDetail> => {
    await deploymentAt(face, id)
    accepted(await act(face, id))
    await record(face, id)
    face.wake()
    return detailAt(face, id)
  }
}

/** A draft. Terminals that could never take it are left out, unless a dynamic group is meant, which is a rule and no list. */
async function created(face: Face, plan: DeploymentPlan): Promise<number> {
  const { name, kind, release, dynamic, waves, gate, policy, ratePerMinute, startAt, target } = plan
  const group = dynamic && target.kind === 'group' ? target.name : ''
  const { fit } = await chosenBy(face, plan)
  const wanted: NewDeployment = {
    ...{ name, kind, release, group, dynamic, waves, gate, policy, ratePerMinute, startAt },
    createdBy: face.who.name,
  }
  const serials = fit.map(({ serial }) => serial)
  const targets = dynamic
    ? 'group'
    : kind === 'parameters'
      ? { documents: await documents(face, serials) }
      : { serials }
  const made = accepted(await face.store.createDeployment(wanted, targets, face.now))
  if (made.kind !== 'created') throw new Error('deployment: made and yet not there')
  return made.id
}

async function documents(face: Face, serials: readonly string[]) {
  const found = []
  for (const serial of serials) {
    const wanted = wantedDocument(await documentsOf(face.query, serial), face.now)
    const [row] = await face.query.query('SELECT envelope FROM tms_document WHERE serial = ? AND pseq = ?', [
      serial,
      wanted?.pseq ?? 0,
    ])
    if (row?.[0] instanceof Uint8Array) found.push({ serial, envelope: new Uint8Array(row[0]) })
  }
  return found
}

async function deploymentAt({ store }: Face, id: number): Promise<Deployment> {
  const deployment = await store.deployment(id)
  if (deployment === undefined) throw notFound('deployment')
  return deployment
}

async function rowOf(face: Face, deployment: Deployment, version: string): Promise<DeploymentRow> {
  const { id, name, kind, release, state, createdBy, createdAt, waves, reason } = deployment
  const tally = tallyOf(await face.store.counts(id))
  const begun = waves.filter((wave) => wave.state !== 'waiting').length
  return {
    ...{ id, name, kind, release, version, state, createdBy, createdAt, waves: waves.length },
    terminals: waves.reduce((sum, { size }) => sum + size, 0),
    ...{ confirmed: tally.good, failed: tally.bad, wave: Math.max(0, begun - 1) },
    ...(reason !== '' && { why: reason }),
  }
}

async function detailAt(face: Face, id: number): Promise<DeploymentDetail> {
  const deployment = await deploymentAt(face, id)
  const { name, kind, release, group, dynamic, gate, policy, ratePerMinute, startAt, createdBy, state } =
    deployment
  const version = kind === 'program' ? ((await face.store.release(release))?.version ?? '') : ''
  const { workers, approvals } = await handsIn(face.query, `deployment ${id}`)
  const all = [createdBy, ...workers]
  const to95 = await secondsTo95(face, deployment)
  const [made] = await face.query.query(
    `SELECT record FROM tms_audit WHERE subject = ? AND event = 'deploymentCreated' ORDER BY number LIMIT 1`,
    [`deployment ${id}`],
  )
  return {
    row: await rowOf(face, deployment, version),
    plan: {
      ...{ name, kind, release, group, dynamic, gate, policy, ratePerMinute, startAt },
      reason: reasonIn(made?.[0]),
    },
    waves: await waveViews(face, deployment),
    approvals: approvalsOf(deployment, approvals),
    mayApprove: mayApprove(face.who, 'deployment', all, state === 'waitingApproval'),
    steps: stepsOf(face, deployment, all),
    ...(to95 !== undefined && { secondsTo95: to95 }),
  }
}

function reasonIn(record: unknown): string {
  if (typeof record !== 'string') return ''
  const { detail } = JSON.parse(record) as { readonly detail?: { readonly reason?: unknown } }
  return typeof detail?.reason === 'string' ? detail.reason : ''
}

/** Those of parameters are agreed to with their layer. */
function approvalsOf(
  { approvedBy, approvedAt }: Deployment,
  noted: readonly ApprovalView[],
): readonly ApprovalView[] {
  if (noted.length > 0 || approvedBy === '') return noted
  return [{ by: approvedBy, time: approvedAt, verdict: 'approved', note: '' }]
}

// biome-ignore format: one row a step
const steps: readonly { readonly step: DeploymentStep; readonly action: DeploymentAction; readonly right: Parameters<Face['who']['may']>[0] }[] = [
  { step: 'submit',   action: 'submit',   right: 'planDeployment'    },
  { step: 'approve',  action: 'approve',  right: 'approveDeployment' },
  { step: 'pause',    action: 'pause',    right: 'haltDeployment'    },
  { step: 'resume',   action: 'resume',   right: 'runDeployment'     },
  { step: 'nextWave', action: 'nextWave', right: 'runDeployment'     },
  { step: 'abort',    action: 'abort',    right: 'haltDeployment'    },
]

function stepsOf(
  { who }: Face,
  { state, createdBy, waves }: Deployment,
  workers: readonly string[],
): readonly DeploymentStep[] {
  return steps
    .filter(({ action, right }) => {
      if (!who.may(right) || moveDeployment(state, action, { who: who.name, createdBy }).kind === 'refused')
        return false
      if (action === 'approve') return mayApprove(who, 'deployment', workers, true) === 'yes'
      return action !== 'nextWave' || waves.some((wave) => wave.state === 'waiting')
    })
    .map(({ step: name }) => name)
}

async function targetRow(
  face: Face,
  { state: deploymentState }: Deployment,
  target: Target,
): Promise<TargetRow> {
  const { serial, wave, state, code, percent, updatedAt } = target
  const terminal = await face.store.terminal(serial)
  const seen = terminal === undefined ? 0 : lastSeen(terminal)
  return {
    ...{ serial, wave, state, code, percent, since: updatedAt },
    waiting: targetWaiting(target, terminal?.presence.online === true, deploymentState === 'paused'),
    ...(seen > 0 && { lastSeen: seen }),
  }
}
