import type { JSX } from 'preact'
import type { DeploymentRow } from '../../api-releases.ts'
import { endedShort } from '../../deployment.ts'
import { deploymentStates } from '../../states.ts'
import { Badge, Bar, Loaded, Panel } from '../part/panel.tsx'
import { deploymentTone } from '../part/shown.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'

/** 下发: all of them, the newest first. */
export function Deployments(): JSX.Element {
  const { say, may } = useUi()
  const asked = useCall('deployments', {}, 5_000)
  return (
    <Panel
      title={say('deployments')}
      side={
        may('planDeployment') ? (
          <a class="button main" href={linkTo(['deployments', 'new'])} data-testid="new-deployment">
            {say('newDeployment')}
          </a>
        ) : undefined
      }
    >
      <Loaded asked={asked}>
        {(rows) =>
          rows.length === 0 ? (
            <p class="quiet pad">{say('noDeploymentsYet')}</p>
          ) : (
            <ul class="cards" data-testid="deployments">
              {[...rows]
                .sort((a, b) => b.id - a.id)
                .map((row) => (
                  <Card key={row.id} row={row} />
                ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Card({ row }: { readonly row: DeploymentRow }): JSX.Element {
  const { say, pick, said } = useUi()
  const {
    id,
    name,
    kind,
    version,
    state,
    terminals,
    confirmed,
    failed,
    wave,
    waves,
    createdBy,
    createdAt,
    why,
  } = row
  return (
    <li>
      <p>
        <a href={linkTo(['deployments', String(id)])} data-testid={`deployment-${id}`}>
          <b>{said(name)}</b>
        </a>{' '}
        <Badge tone={deploymentTone(row)}>{pick(deploymentStates[state])}</Badge>{' '}
        <span class="quiet">
          {kind === 'program' ? `${say('kind.program')} ${version}` : say('kind.parameters')} · {say('wave')}{' '}
          {say('waveOf', { wave: wave + 1, waves })} · {createdBy} {moment(createdAt)}
        </span>
      </p>
      {state === 'paused' && why !== undefined ? (
        <p class="bad">{say('pausedWhy', { why: said(why) })}</p>
      ) : endedShort(row) && why !== undefined ? (
        <p class="quiet">{say('endedWhy', { why: said(why) })}</p>
      ) : null}
      <Bar
        label={said(name)}
        total={terminals}
        parts={[
          { name: say('confirmed'), tone: 'good', count: confirmed },
          { name: say('failed'), tone: 'bad', count: failed },
          { name: say('remaining'), tone: 'still', count: Math.max(0, terminals - confirmed - failed) },
        ]}
      />
    </li>
  )
}
