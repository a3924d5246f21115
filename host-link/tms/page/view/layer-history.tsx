import type { JSX } from 'preact'
import type { LayerVersion } from '../../api-parameters.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Panel, type Tone } from '../part/panel.tsx'
import { linkTo } from '../route.ts'
import { moment, useUi } from '../ui.ts'
import type { LayerProps } from './layer.tsx'

const tones: { readonly [state in LayerVersion['state']]: Tone } = {
  ...{ draft: 'warn', waiting: 'warn', published: 'good', superseded: 'still', rejected: 'bad' },
}

/** 历史: all versions, and the way back to one of them. */
export function LayerHistory({ layer, detail, put }: LayerProps): JSX.Element {
  const { say, may, tell } = useUi()
  return (
    <Panel title={say('history')} id="history">
      {detail.history.length === 0 ? (
        <p class="quiet pad">{say('noHistory')}</p>
      ) : (
        <div class="scroll">
          <table data-testid="history-table">
            <tbody>
              {detail.history.map(({ version, state, by, time, reason, approvals, deployment, content }) => (
                <tr key={version}>
                  <th>v{version}</th>
                  <td>
                    <Badge tone={tones[state]}>{say(`layer.${state}`)}</Badge>
                  </td>
                  <td>
                    {by} <span class="quiet">{moment(time)}</span>
                  </td>
                  <td class="why">
                    {reason}
                    {approvals.map((approval) => (
                      <small key={`${approval.by}${approval.time}`} class="below quiet">
                        {say(`verdict.${approval.verdict}`, {
                          who: approval.by,
                          time: moment(approval.time),
                        })}
                        {approval.note === '' ? '' : ` · ${approval.note}`}
                      </small>
                    ))}
                  </td>
                  <td class="number quiet">{say('nKeys', { n: Object.keys(content.values).length })}</td>
                  <td>
                    {deployment === undefined ? null : (
                      <a href={linkTo(['deployments', String(deployment)])}>{say('deployments')}</a>
                    )}
                  </td>
                  <td class="number">
                    {may('editParameters') && state === 'superseded' ? (
                      <Act
                        id={`revert-${version}`}
                        look="plain"
                        label={say('revert')}
                        ask={say('revertAsk', { version, n: detail.terminals })}
                        reason="wanted"
                        go={async (why) => {
                          put(await call('revertLayer', { query: layer, body: { version, reason: why } }))
                          tell(say('reverted'))
                        }}
                      />
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
