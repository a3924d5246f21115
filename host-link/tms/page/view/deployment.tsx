import type { JSX } from 'preact'
import type { DeploymentDetail, WaveView } from '../../api-releases.ts'
import type { WaitingFor } from '../../api-terminals.ts'
import type { TargetState } from '../../model.ts'
import { deploymentStates, targetStates, waveStates } from '../../states.ts'
import { Badge, Bar, Facts, Loaded, Panel } from '../part/panel.tsx'
import { deploymentTone, targetParts, toneOf } from '../part/shown.ts'
import { codeText } from '../part/terminal-words.ts'
import { clockOf } from '../plan.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'
import { sayAny } from '../words.ts'
import { DeploymentSteps } from './deployment-steps.tsx'
import { Targets } from './deployment-targets.tsx'
import { Approvals } from './release.tsx'

const REFRESH_MS = 2_000

/** One deployment 下发, as it goes: it looks again by itself. */
export function Deployment({ id }: { readonly id: string }): JSX.Element {
  const asked = useCall('deployment', { path: id }, REFRESH_MS)
  return (
    <Loaded asked={asked}>
      {(deployment) => (
        <>
          <Head deployment={deployment} put={asked.put} />
          <Waves deployment={deployment} />
          <Targets id={id} waves={deployment.waves} />
        </>
      )}
    </Loaded>
  )
}

interface Props {
  readonly deployment: DeploymentDetail
  readonly put: (deployment: DeploymentDetail) => void
}

function Head({ deployment, put }: Props): JSX.Element {
  const { say, pick, said } = useUi()
  const { row, plan, waves, secondsTo95 } = deployment
  const { policy } = plan
  const any = policy.windowFrom === policy.windowTo
  return (
    <>
      <p class="crumbs">
        <a href="#/deployments">{say('deployments')}</a> / {said(row.name)}
      </p>
      <Panel id="deployment" title={said(row.name)} side={<DeploymentSteps {...{ deployment, put }} />}>
        <p class="state-line">
          <span data-testid="deployment-state">
            <Badge tone={deploymentTone(row)}>{pick(deploymentStates[row.state])}</Badge>
          </span>{' '}
          {row.state === 'draft' ? say('draftHint') : row.state === 'waitingApproval' ? say('waitsHint') : ''}
          {row.why === undefined ? null : (
            <b class={row.state === 'paused' ? 'bad' : 'quiet'} data-testid="why">
              {say(row.state === 'paused' ? 'pausedWhy' : 'endedWhy', { why: said(row.why) })}
            </b>
          )}
        </p>
        <Bar label={said(row.name)} total={row.terminals} parts={targetParts({ say, pick }, summed(waves))} />
        <Facts
          rows={[
            [
              say('what'),
              plan.kind === 'program' ? (
                <a key="release" href={linkTo(['releases', String(plan.release)])}>
                  {`${say('kind.program')} ${row.version}`}
                </a>
              ) : (
                say('kind.parameters')
              ),
            ],
            [
              say('target'),
              `${say('nTerminals', { n: row.terminals })}${plan.group === '' ? '' : ` · ${plan.group}`}`,
            ],
            [say('createdBy'), `${row.createdBy} ${moment(row.createdAt)}`],
            [say('reason'), plan.reason],
            [say('startAt'), plan.startAt === 0 ? say('startsNow') : moment(plan.startAt)],
            [say('when'), any ? '' : `${clockOf(policy.windowFrom)}–${clockOf(policy.windowTo)}`],
            [say('earliest'), moment(policy.earliest)],
            [say('deadline'), policy.deadline === 0 ? say('noDeadline') : moment(policy.deadline)],
            ...(plan.kind === 'program' ? programRows(policy, say) : []),
            [say('rate'), String(plan.ratePerMinute)],
            [
              say('to95'),
              secondsTo95 === undefined ? '' : say('minutes', { n: Math.ceil(secondsTo95 / 60) }),
            ],
          ]}
        />
        <Approvals approvals={deployment.approvals} may={deployment.mayApprove} />
      </Panel>
    </>
  )
}

/** What only a program has: parameters come into force at the time of their layer. */
function programRows(
  { deferrals, allowOpenBatch, automatic }: DeploymentDetail['plan']['policy'],
  say: ReturnType<typeof useUi>['say'],
): readonly (readonly [string, string])[] {
  return [
    [say('deferrals'), String(deferrals)],
    [say('openBatchField'), say(allowOpenBatch ? 'yes' : 'no')],
    [say('automatic'), say(automatic ? 'yes' : 'no')],
  ]
}

/** Of all waves together. */
function summed(waves: readonly WaveView[]): { readonly [S in TargetState]?: number } {
  const sums: { [S in TargetState]?: number } = {}
  for (const state of Object.keys(targetStates) as TargetState[])
    sums[state] = waves.reduce((sum, { byState }) => sum + (byState[state] ?? 0), 0)
  return sums
}

function Waves({ deployment: { waves, plan } }: { readonly deployment: DeploymentDetail }): JSX.Element {
  const { say } = useUi()
  return (
    <Panel title={say('waves')} hint={String(waves.length)}>
      <ol class="cards" data-testid="waves">
        {waves.map((wave) => (
          <Wave key={wave.index} {...{ wave, plan }} />
        ))}
      </ol>
    </Panel>
  )
}

function Wave({
  wave,
  plan: { gate },
}: {
  readonly wave: WaveView
  readonly plan: DeploymentDetail['plan']
}): JSX.Element {
  const ui = useUi()
  const { say, pick } = ui
  const { index, state, terminals, byState, byCode, byWaiting, answered, confirmedPercent, failurePercent } =
    wave
  // A wave that has not begun waits for that, whatever its terminals do meanwhile.
  const begun = state === 'waiting' ? [] : (Object.entries(byWaiting) as [WaitingFor, number][])
  const waits = begun.filter(([why, count]) => count > 0 && why !== 'wave')
  return (
    <li data-testid={`wave-${index}`}>
      <p>
        <b>{say('waveNo', { n: index + 1 })}</b> <Badge tone={toneOf(state)}>{pick(waveStates[state])}</Badge>{' '}
        <span class="quiet">
          {say('nTerminals', { n: terminals })}
          {wave.startedAt === undefined ? '' : ` · ${say('startedAt', { time: moment(wave.startedAt) })}`}
          {state === 'baking' && wave.bakeUntil !== undefined
            ? ` · ${say('bakeUntil', { time: moment(wave.bakeUntil) })}`
            : ''}
        </span>
      </p>
      <Bar label={say('waveNo', { n: index + 1 })} total={terminals} parts={targetParts(ui, byState)} />
      {answered === 0 ? null : (
        <p class="hint" data-testid={`gate-${index}`}>
          {say('gateText', {
            ...{ answered, wanted: gate.confirmedPercent, limit: gate.failurePercent, sample: gate.sample },
            ...{ confirmed: rounded(confirmedPercent), failed: rounded(failurePercent) },
          })}
        </p>
      )}
      {byCode.length === 0 ? null : (
        <p class="bad">
          {say('failureCodes')}:{' '}
          {byCode.map(({ code, terminals: n }) => `${codeText(ui, code)} × ${n}`).join(say('listComma'))}
        </p>
      )}
      {waits.length === 0 ? null : (
        <p class="hot">
          {say('whyWaiting')}:{' '}
          {waits.map(([why, n]) => `${sayAny(say, `wait.${why}`)} × ${n}`).join(say('listComma'))}
        </p>
      )}
    </li>
  )
}

const rounded = (percent: number): number => Math.round(percent * 10) / 10
