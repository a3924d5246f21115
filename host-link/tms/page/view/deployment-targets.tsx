import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TargetRow, WaveView } from '../../api-releases.ts'
import { targetStates } from '../../states.ts'
import { Badge, Loaded, Panel, Progress } from '../part/panel.tsx'
import { targetTone, waitingText } from '../part/shown.ts'
import { codeText } from '../part/terminal-words.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'
import { Pager } from './fleet.tsx'

const PAGE = 50
const REFRESH_MS = 3_000

/** Terminals of a deployment, with why each does not go on. */
export function Targets({
  id,
  waves,
}: {
  readonly id: string
  readonly waves: readonly WaveView[]
}): JSX.Element {
  const { say, pick } = useUi()
  const [narrowed, setNarrowed] = useState({ state: '', wave: '' })
  const [after, setAfter] = useState<readonly string[]>([])
  const last = after.at(-1)
  const asked = useCall(
    'targets',
    { path: id, query: { limit: String(PAGE), ...narrowed, ...(last !== undefined && { after: last }) } },
    REFRESH_MS,
  )
  const narrow = (change: Partial<typeof narrowed>): void => {
    setAfter([])
    setNarrowed({ ...narrowed, ...change })
  }
  return (
    <Panel
      title={say('targets')}
      side={
        <>
          <select
            aria-label={say('state')}
            value={narrowed.state}
            data-testid="target-state"
            onChange={(event) => narrow({ state: event.currentTarget.value })}
          >
            <option value="">{say('all')}</option>
            {Object.entries(targetStates).map(([state, names]) => (
              <option key={state} value={state}>
                {pick(names)}
              </option>
            ))}
          </select>
          <select
            aria-label={say('wave')}
            value={narrowed.wave}
            onChange={(event) => narrow({ wave: event.currentTarget.value })}
          >
            <option value="">{say('all')}</option>
            {waves.map(({ index }) => (
              <option key={index} value={String(index)}>
                {say('waveNo', { n: index + 1 })}
              </option>
            ))}
          </select>
        </>
      }
    >
      <Loaded asked={asked}>
        {(page) => (
          <>
            {page.rows.length === 0 ? (
              <p class="quiet pad">{say('noTerminals')}</p>
            ) : (
              <TargetTable rows={page.rows} />
            )}
            <Pager {...{ after, next: page.next }} go={setAfter} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function TargetTable({ rows }: { readonly rows: readonly TargetRow[] }): JSX.Element {
  const ui = useUi()
  const { say, pick } = ui
  return (
    <div class="scroll">
      <table data-testid="targets">
        <thead>
          <tr>
            <th>{say('serial')}</th>
            <th class="number">{say('wave')}</th>
            <th>{say('state')}</th>
            <th>{say('why')}</th>
            <th>{say('since')}</th>
            <th>{say('lastSeen')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ serial, wave, state, code, percent, waiting, since, lastSeen }) => (
            <tr key={serial} data-testid={`target-${serial}`}>
              <th>
                <a class="mono" href={linkTo(['terminals', serial])}>
                  {serial}
                </a>
              </th>
              <td class="number">{wave + 1}</td>
              <td>
                <Badge tone={targetTone(state)}>{pick(targetStates[state])}</Badge>{' '}
                {state === 'downloading' ? <Progress percent={percent} label={serial} /> : null}
              </td>
              <td class="why">
                {code === 0 ? null : <span class="bad">{codeText(ui, code)} </span>}
                {waiting.length === 0 ? null : (
                  <span class="hot">{say('waiting', { list: waitingText(ui, waiting) })}</span>
                )}
              </td>
              <td class="quiet">{moment(since)}</td>
              <td class="quiet">{moment(lastSeen)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
