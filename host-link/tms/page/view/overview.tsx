import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AlarmView } from '../../api-terminals.ts'
import { call } from '../call.ts'
import { useWork } from '../part/act.tsx'
import { Badge, Bar, Fault, Loaded, Panel } from '../part/panel.tsx'
import { layerTitle } from '../part/shown.ts'
import { codeText } from '../part/terminal-words.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'

const REFRESH_MS = 5_000
const SLOW_MS = 30_000

/** 概览: figures, and what wants a person. */
export function Overview(): JSX.Element {
  return (
    <>
      <Figures />
      <div class="bench">
        <div>
          <WaitingApprovals />
          <Spread />
        </div>
        <div>
          <Alarms />
          <Failures />
          <Silent />
        </div>
      </div>
    </>
  )
}

function Figures(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('overview', {}, REFRESH_MS)
  return (
    <Loaded asked={asked}>
      {({ terminals, online, silent, drift, running, paused, waitingApproval }) => (
        <ul class="figures" data-testid="figures">
          {(
            [
              ['figureTerminals', terminals, linkTo(['terminals']), ''],
              ['figureOnline', online, linkTo(['terminals'], { filter: 'online = yes' }), 'good'],
              ['figureSilent', silent, linkTo(['terminals'], { filter: SILENT }), silent > 0 ? 'hot' : ''],
              ['figureDrift', drift, linkTo(['terminals'], { filter: 'drift > 0' }), drift > 0 ? 'hot' : ''],
              ['figureRunning', running, linkTo(['deployments']), ''],
              ['figurePaused', paused, linkTo(['deployments']), paused > 0 ? 'bad' : ''],
              ['figureWaiting', waitingApproval, '#/overview', waitingApproval > 0 ? 'hot' : ''],
            ] as const
          ).map(([word, count, href, look]) => (
            <li key={word}>
              <a href={href} class={look}>
                <b>{count}</b>
                <span>{say(word)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}

const SILENT = 'not online = yes and silentHours >= 168 and not status = retired'

/** Everything that waits for a second person, with the place where it is agreed to. */
function WaitingApprovals(): JSX.Element {
  const ui = useUi()
  const { say, said } = ui
  const releases = useCall('releases', {}, SLOW_MS)
  const deployments = useCall('deployments', {}, REFRESH_MS)
  const layers = useCall('layers', {}, SLOW_MS)
  const waits = [
    ...(releases.data ?? [])
      .filter(({ state }) => state === 'draft')
      .map(({ id, version, uploadedBy, uploadedAt }) => ({
        ...{ what: say('version'), name: version, href: linkTo(['releases', String(id)]) },
        ...{ by: uploadedBy, time: uploadedAt },
      })),
    ...(deployments.data ?? [])
      .filter(({ state }) => state === 'waitingApproval')
      .map(({ id, name, createdBy, createdAt, terminals }) => ({
        ...{ what: `${say('deployments')} · ${say('nTerminals', { n: terminals })}`, name: said(name) },
        ...{ href: linkTo(['deployments', String(id)]), by: createdBy, time: createdAt },
      })),
    ...(layers.data ?? [])
      .filter(({ waiting }) => waiting)
      .map(({ layer, terminals, by, time }) => ({
        ...{
          what: `${say('parameters')} · ${say('nTerminals', { n: terminals })}`,
          name: layerTitle(ui, layer),
        },
        ...{ href: linkTo(['parameters', layer.kind, layer.name]), by, time },
      })),
  ]
  const known = releases.data !== undefined && deployments.data !== undefined && layers.data !== undefined
  return (
    <Panel title={say('waitingApprovals')} id="waiting">
      {[releases, deployments, layers].map(({ fault }, at) => (
        <Fault key={['releases', 'deployments', 'layers'][at]} fault={fault} />
      ))}
      {waits.length === 0 ? (
        <p class="quiet pad">{say(known ? 'nothingWaits' : 'loading')}</p>
      ) : (
        <ul class="lines">
          {waits.map(({ what, name, href, by, time }) => (
            <li key={href}>
              <a href={href}>{name}</a> <span class="badge warn">{what}</span>
              <span class="quiet">
                {by} {moment(time)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Spread(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('versions', { query: {} }, SLOW_MS)
  return (
    <Panel title={say('spread')} hint={say('spreadHint')} id="spread">
      <Loaded asked={asked}>
        {({ rows, terminals }) => (
          <ul class="cards">
            {rows.map(({ version, model, terminals: count, online }) => (
              <li key={`${version} ${model}`}>
                <p>
                  <a
                    href={linkTo(['terminals'], { filter: `version = "${version}" and model = "${model}"` })}
                  >
                    <b>{version === '' ? say('notReported') : version}</b>
                  </a>{' '}
                  <span class="quiet">
                    {model} · {say('nTerminals', { n: count })}
                  </span>
                </p>
                <Bar
                  label={version}
                  total={terminals}
                  parts={[
                    { name: say('online'), tone: 'good', count: online },
                    { name: say('offline'), tone: 'still', count: count - online },
                  ]}
                />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  )
}

function Alarms(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('alarms', {}, REFRESH_MS)
  const [all, setAll] = useState(false)
  return (
    <Panel
      title={say('alarms')}
      id="alarms"
      side={
        <label class="tick">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
          {say('allAlarms')}
        </label>
      }
    >
      <Loaded asked={asked}>
        {(alarms) => {
          const shown = alarms.filter(({ seenBy }) => all || seenBy === '')
          return shown.length === 0 ? (
            <p class="quiet pad">{say('noAlarms')}</p>
          ) : (
            <ul class="lines">
              {shown.map((alarm) => (
                <Alarm key={alarm.id} alarm={alarm} reload={asked.reload} />
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function Alarm({
  alarm,
  reload,
}: {
  readonly alarm: AlarmView
  readonly reload: () => Promise<void>
}): JSX.Element {
  const { say, may, said } = useUi()
  const { fault, busy, work } = useWork()
  const { id, time, deployment, text, seenBy } = alarm
  const see = (): Promise<boolean> =>
    work(async () => {
      await call('seeAlarm', { path: String(id) })
      await reload()
    })
  return (
    <li data-testid={`alarm-${id}`}>
      <a href={linkTo(['deployments', String(deployment)])} class={seenBy === '' ? 'bad' : 'quiet'}>
        {said(text)}
      </a>
      <span class="quiet">{moment(time)}</span>
      {seenBy !== '' ? (
        <span class="quiet">{say('seenBy', { who: seenBy })}</span>
      ) : may('haltDeployment') ? (
        <button type="button" disabled={busy} onClick={() => void see()}>
          {say('seen')}
        </button>
      ) : null}
      <Fault fault={fault} />
    </li>
  )
}

function Failures(): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const asked = useCall('failures', { query: {} }, SLOW_MS)
  return (
    <Panel title={say('failures')} id="failures">
      <Loaded asked={asked}>
        {(rows) =>
          rows.length === 0 ? (
            <p class="quiet pad">{say('noFailures')}</p>
          ) : (
            <ul class="lines">
              {rows.map(({ code, model, version, state, terminals, examples }) => (
                <li key={`${code} ${model} ${version} ${state}`}>
                  <span class="bad">{codeText(ui, code)}</span>{' '}
                  <Badge tone="bad">{say('nTerminals', { n: terminals })}</Badge>
                  <span class="quiet">
                    {model} {version} · {say('examples', { list: examples.join(' ') })}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Silent(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('silent', { query: { limit: '10' } }, SLOW_MS)
  return (
    <Panel title={say('silentTerminals')} id="silent">
      <Loaded asked={asked}>
        {({ rows, total }) =>
          rows.length === 0 ? (
            <p class="quiet pad">{say('noSilent')}</p>
          ) : (
            <>
              <ul class="lines">
                {rows.map(({ serial, model, merchant, days, lastSeen, batchOpen }) => (
                  <li key={serial}>
                    <a class="mono" href={linkTo(['terminals', serial])}>
                      {serial}
                    </a>
                    <span class="quiet">
                      {model} {merchant ?? ''}
                    </span>
                    <Badge tone="warn">{say('days', { n: days })}</Badge>
                    {batchOpen ? <Badge tone="bad">{say('openBatch')}</Badge> : null}
                    <span class="quiet">{moment(lastSeen)}</span>
                  </li>
                ))}
              </ul>
              {total > rows.length ? (
                <p class="pad">
                  <a href={linkTo(['terminals'], { filter: SILENT })}>{say('nTerminals', { n: total })}</a>
                </p>
              ) : null}
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}
