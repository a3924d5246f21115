import type { JSX } from 'preact'
import type { InspectionLine, StatusLine, TerminalLine, TerminalsAnswer } from '../api.ts'
import { useAnswer } from '../load.ts'
import { clock, dashed } from '../shown.ts'
import { DEVICE_PARTS, statusName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Empty, Waiting } from './notes.tsx'

/** Of each terminal at once; the older ones on demand. */
const INSPECTIONS_SHOWN = 3

/** 终端: who is at each, its open batch, what it reported of itself, and what engineers found. */
export function TerminalsView({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words } = ui
  const { answer, error } = useAnswer<TerminalsAnswer>('terminals', ui.turn)
  return (
    <>
      <div class="heading">
        <h1>{words.terminals}</h1>
      </div>
      {answer === undefined ? <Waiting ui={ui} error={error} /> : null}
      {answer?.terminals.length === 0 ? <Empty>{words.noTerminals}</Empty> : null}
      <div class="terminals">
        {answer?.terminals.map((terminal) => (
          <Terminal key={terminal.terminal} ui={ui} terminal={terminal} />
        ))}
      </div>
    </>
  )
}

function Terminal({ ui, terminal }: { readonly ui: Ui; readonly terminal: TerminalLine }): JSX.Element {
  const { words } = ui
  const { signedOn, operator, operatorName, date, time, batch, status, inspections } = terminal
  return (
    <section class="panel" data-testid={`terminal-${terminal.terminal}`}>
      <h2>
        <b class="mono">{terminal.terminal}</b>
        <span class={`badge ${signedOn ? 'cleared' : 'due'}`}>
          {signedOn ? words.signedOn : words.signedOff}
        </span>
      </h2>
      <dl>
        <div>
          <dt>{words.operator}</dt>
          <dd>
            {operator} {operatorName}
          </dd>
        </div>
        <div>
          <dt>{words.batch}</dt>
          <dd>{batch === undefined ? '—' : String(batch).padStart(6, '0')}</dd>
        </div>
        {date === '' ? null : (
          <div>
            <dt>{words.since}</dt>
            <dd>
              {dashed(date)} {clock(time)}
            </dd>
          </div>
        )}
      </dl>
      <h3>{words.status}</h3>
      {status === undefined ? <p class="quiet">{words.noStatus}</p> : <Status ui={ui} status={status} />}
      <h3>{words.inspections}</h3>
      {inspections.length === 0 ? <p class="quiet">{words.noInspections}</p> : null}
      <Inspections ui={ui} inspections={inspections.slice(0, INSPECTIONS_SHOWN)} />
      {inspections.length <= INSPECTIONS_SHOWN ? null : (
        <details>
          <summary>{words.more}</summary>
          <Inspections ui={ui} inspections={inspections.slice(INSPECTIONS_SHOWN)} />
        </details>
      )}
    </section>
  )
}

function Status({
  ui: { words, locale },
  status,
}: {
  readonly ui: Ui
  readonly status: StatusLine
}): JSX.Element {
  const others = Object.entries(status.values).filter(
    ([name]) => name !== 'device' && !DEVICE_PARTS.some((part) => part === name),
  )
  return (
    <>
      <p class="quiet">
        {dashed(status.date)} {clock(status.time)} · {status.values.device}
      </p>
      <ul class="parts">
        {DEVICE_PARTS.map((part) => {
          const good = status.values[part] === '0'
          return (
            <li key={part} class={good ? 'good' : 'bad'}>
              {good ? '✓' : '✗'} {statusName(part, locale)}{' '}
              {good ? words.good : `${words.fault} ${status.values[part]}`}
            </li>
          )
        })}
      </ul>
      <details>
        <summary>{words.more}</summary>
        <dl>
          {others.map(([name, value]) => (
            <div key={name}>
              <dt>{statusName(name, locale)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  )
}

function Inspections({
  ui,
  inspections,
}: {
  readonly ui: Ui
  readonly inspections: readonly InspectionLine[]
}): JSX.Element {
  return (
    <>
      {inspections.map((one) => (
        <Inspection key={`${one.date}${one.time}${one.engineer}`} ui={ui} inspection={one} />
      ))}
    </>
  )
}

function Inspection({
  ui: { words },
  inspection: { date, time, engineer, findings },
}: {
  readonly ui: Ui
  readonly inspection: InspectionLine
}): JSX.Element {
  return (
    <div class="inspection">
      <p class="quiet">
        {dashed(date)} {clock(time)} · {words.engineer} {engineer}
      </p>
      <ul>
        {findings.map(({ name, value }) => (
          <li key={name}>
            {name} <b>{value}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}
