import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ExplainRow, TerminalParameters } from '../../api-parameters.ts'
import { Badge, Loaded, Panel, type Tone } from '../part/panel.tsx'
import { layerTitle } from '../part/shown.ts'
import { linkTo } from '../route.ts'
import { bytesText, moment, useCall, useUi } from '../ui.ts'

/** 参数来源: which layer gives each key of a terminal, who locked it, what it hides, and what the terminal has. */
export function Explain({ serial }: { readonly serial: string }): JSX.Element {
  const { say } = useUi()
  const [all, setAll] = useState(false)
  const asked = useCall('terminalParameters', { path: serial }, 10_000)
  return (
    <Panel
      id="explain"
      title={say('explain')}
      hint={say('explainHint')}
      side={
        <label class="tick">
          <input
            type="checkbox"
            checked={!all}
            data-testid="explain-given"
            onChange={(event) => setAll(!event.currentTarget.checked)}
          />
          {say('onlySet')}
        </label>
      }
    >
      <Loaded asked={asked}>
        {(answer) => (
          <>
            <SetLine answer={answer} />
            <ExplainTable
              rows={answer.rows.filter((row) => all || row.layer !== undefined || row.reported === 'drift')}
            />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function SetLine({
  answer: { document, reportedPseq, flags },
}: {
  readonly answer: TerminalParameters
}): JSX.Element {
  const { say, pick } = useUi()
  return (
    <>
      <p class="pad quiet">
        {document === undefined
          ? say('noSet')
          : say('setOf', {
              ...{ pseq: document.pseq, bytes: bytesText(document.bytes), time: moment(document.made) },
            })}
        {document === undefined || document.effective === 0
          ? ''
          : ` · ${say('effectiveFrom', { time: moment(document.effective) })}`}
        {reportedPseq === undefined ? '' : ` · ${say('setReported', { pseq: reportedPseq })}`}
      </p>
      {flags.map((flag) => (
        <p key={`${flag.layer.kind}${flag.layer.name}${flag.key}`} class="error warning">
          {pick(flag)}
        </p>
      ))}
    </>
  )
}

const tones: { readonly [reported in ExplainRow['reported']]: Tone } = {
  ...{ same: 'good', drift: 'warn', waiting: 'open', unknown: 'still' },
}

function ExplainTable({ rows }: { readonly rows: readonly ExplainRow[] }): JSX.Element {
  const { say } = useUi()
  if (rows.length === 0) return <p class="quiet pad">{say('allDefaults')}</p>
  return (
    <div class="scroll">
      <table data-testid="explain-table">
        <thead>
          <tr>
            <th>{say('key')}</th>
            <th>{say('value')}</th>
            <th>{say('from')}</th>
            <th>{say('reported')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ExplainLine key={row.key} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ExplainLine({ row }: { readonly row: ExplainRow }): JSX.Element {
  const ui = useUi()
  const { say, pick } = ui
  const { key, value, layer, version, lockedBy, overrides, variables, reported, emptyBatch } = row
  return (
    <tr data-testid={`explain-${key}`}>
      <th>
        {pick(row)} <span class="mono quiet">{key}</span>
        {emptyBatch ? <small class="quiet"> · {say('needsEmptyBatch')}</small> : null}
      </th>
      <td class="value mono">{valueText(say, value)}</td>
      <td class="why">
        {layer === undefined ? (
          <span class="quiet">{say('fromDefault')}</span>
        ) : (
          <a href={linkTo(['parameters', layer.kind, layer.name])}>{layerTitle(ui, layer)}</a>
        )}
        {version === undefined ? '' : <span class="quiet"> v{version}</span>}{' '}
        {lockedBy === undefined ? null : (
          <Badge tone="warn">{say('lockedBy', { layer: layerTitle(ui, lockedBy) })}</Badge>
        )}
        {variables.length === 0 ? null : (
          <span class="quiet mono"> {variables.map((name) => `#{${name}}`).join(' ')}</span>
        )}
        {overrides.map((other) => (
          <small key={`${other.layer.kind}${other.layer.name}`} class="below quiet">
            {say(other.locked ? 'ignores' : 'hides', {
              layer: layerTitle(ui, other.layer),
              value: valueText(say, other.value),
            })}
          </small>
        ))}
      </td>
      <td>
        {layer === undefined && reported !== 'drift' ? null : (
          <Badge tone={tones[reported]}>{say(`reported.${reported}`)}</Badge>
        )}
      </td>
    </tr>
  )
}

/** A value of a parameter for people; an empty text is said to be one. */
export function valueText(
  say: ReturnType<typeof useUi>['say'],
  value: string | number | boolean | undefined,
): string {
  if (value === undefined) return '–'
  if (typeof value === 'boolean') return say(value ? 'yes' : 'no')
  return value === '' ? '""' : String(value)
}
