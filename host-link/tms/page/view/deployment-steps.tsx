import type { JSX } from 'preact'
import type { DeploymentDetail } from '../../api-releases.ts'
import type { TargetState } from '../../model.ts'
import { targetStatesOf } from '../../states.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { moment, useUi } from '../ui.ts'

interface Props {
  readonly deployment: DeploymentDetail
  readonly put: (deployment: DeploymentDetail) => void
}

/** 暂停、继续、放行、中止: only what the one who looks may do now, each with how many terminals it touches. */
export function DeploymentSteps({ deployment, put }: Props): JSX.Element {
  const { say, may, tell, said } = useUi()
  const { row, plan, waves, steps } = deployment
  const path = String(row.id)
  const open = countOf(deployment, targetStatesOf('open'))
  const good = countOf(deployment, targetStatesOf('good'))
  const bad = countOf(deployment, targetStatesOf('bad'))
  const next = waves.find(({ state }) => state === 'waiting')
  const what = plan.kind === 'program' ? `${say('kind.program')} ${row.version}` : say('kind.parameters')
  const done = (fresh: DeploymentDetail): void => {
    put(fresh)
    tell(say('done'))
  }
  const has = (step: (typeof steps)[number]): boolean => steps.includes(step)
  return (
    <>
      {has('submit') ? (
        <Act
          id="submit"
          look="main"
          label={say('submit')}
          ask={say('submitAsk', { n: row.terminals })}
          go={async () => done(await call('submitDeployment', { path }))}
        />
      ) : null}
      {has('approve') ? (
        <Act
          id="approve"
          look="main"
          label={say('approve')}
          ask={say('approveDeploymentAsk', {
            ...{ name: said(row.name), what, n: row.terminals },
            start: plan.startAt === 0 ? say('startsNow') : say('startsAt', { time: moment(plan.startAt) }),
          })}
          reason="optional"
          terminals={row.terminals}
          go={async (note) => done(await call('approveDeployment', { path, body: { note } }))}
        />
      ) : null}
      {has('resume') ? (
        <Act
          id="resume"
          look="main"
          label={say('resume')}
          ask={`${say('resumeAsk', { n: open })}${row.why === undefined ? '' : ` ${say('resumeWhy', { why: said(row.why) })}`}`}
          terminals={open}
          go={async () => done(await call('resumeDeployment', { path }))}
        />
      ) : null}
      {has('nextWave') && next !== undefined ? (
        <Act
          id="next-wave"
          label={say('nextWave')}
          ask={say('nextWaveAsk', { wave: next.index + 1, n: next.terminals })}
          terminals={next.terminals}
          go={async () => done(await call('nextWave', { path }))}
        />
      ) : null}
      {bad > 0 && may('runDeployment') && (row.state === 'running' || row.state === 'paused') ? (
        <Act
          id="retry"
          label={say('retry')}
          ask={say('retryAsk', { n: bad })}
          terminals={bad}
          go={async () => {
            const { retried } = await call('retryDeployment', { path, body: {} })
            tell(say('retried', { n: retried }))
          }}
        />
      ) : null}
      {has('pause') ? (
        <Act
          id="pause"
          label={say('pause')}
          ask={say('pauseAsk', { n: open })}
          reason="wanted"
          go={async (reason) => done(await call('pauseDeployment', { path, body: { reason } }))}
        />
      ) : null}
      {has('abort') ? (
        <Act
          id="abort"
          look="danger"
          label={say('abort')}
          ask={say('abortAsk', { n: open, done: good })}
          reason="wanted"
          terminals={open}
          go={async (reason) => done(await call('abortDeployment', { path, body: { reason } }))}
        />
      ) : null}
    </>
  )
}

function countOf({ waves }: DeploymentDetail, states: readonly TargetState[]): number {
  return waves.reduce(
    (sum, { byState }) => sum + states.reduce((inner, state) => inner + (byState[state] ?? 0), 0),
    0,
  )
}
