import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TerminalRow, TerminalState } from '../../station.ts'
import { order } from '../ask.ts'
import { moment, type Ui } from '../ui.ts'
import { useTerminals } from '../use-terminals.ts'
import { keyOf, STATES } from './batch.tsx'

/** Rows that are drawn at once; a search finds the others. */
const ROWS_MAX = 500

/** 终端: every terminal of the list, to be searched and filtered. */
export function TerminalsView({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view } = ui
  const { terminals } = useTerminals(ui)
  const [search, setSearch] = useState('')
  const [state, setState] = useState<TerminalState | 'all'>('all')
  const rows = found(terminals, search, state)
  return (
    <section class="panel" data-testid="terminals">
      <div class="tools">
        <input
          type="search"
          value={search}
          placeholder={words.search}
          aria-label={words.search}
          data-testid="search"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <fieldset class="filters" aria-label={words.state}>
          {(['all', ...STATES] as const).map((name) => (
            <button
              key={name}
              type="button"
              class={name}
              aria-pressed={state === name}
              data-testid={`filter-${name}`}
              onClick={() => setState(name)}
            >
              {words[name]} <b>{name === 'all' ? terminals.length : view.counts[name]}</b>
            </button>
          ))}
        </fieldset>
        <span class="hint" data-testid="shown">
          {words.shown(rows.length, terminals.length)}
        </span>
      </div>
      {rows.length === 0 ? (
        <p class="quiet">{terminals.length === 0 ? words.noList : words.none}</p>
      ) : (
        <Table ui={ui} rows={rows.slice(0, ROWS_MAX)} />
      )}
    </section>
  )
}

/** Rows whose serial or terminal number has the text in it. */
export function found(
  terminals: readonly TerminalRow[],
  search: string,
  state: TerminalState | 'all',
): readonly TerminalRow[] {
  const text = search.trim().toUpperCase()
  return terminals.filter(
    (row) =>
      (state === 'all' || row.state === state) &&
      (row.serial.toUpperCase().includes(text) || (row.terminalId ?? '').toUpperCase().includes(text)),
  )
}

function Table({ ui, rows }: { readonly ui: Ui; readonly rows: readonly TerminalRow[] }): JSX.Element {
  const { words } = ui
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>{words.serial}</th>
            <th>{words.terminalId}</th>
            <th class="number">{words.slot}</th>
            <th>{words.algorithm}</th>
            <th>{words.state}</th>
            <th>{words.checkValue}</th>
            <th class="number">{words.version}</th>
            <th>{words.time}</th>
            <th>{words.why}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={keyOf(row)} ui={ui} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Row({ ui: { words, view, act }, row }: { readonly ui: Ui; readonly row: TerminalRow }): JSX.Element {
  const { serial, slot, state } = row
  const open = view.state === 'open'
  return (
    <tr data-testid={`row-${serial}`}>
      <th scope="row" class="mono">
        {serial}
      </th>
      <td class="mono">{row.terminalId ?? ''}</td>
      <td class="number">{slot}</td>
      <td>{row.algorithm}</td>
      <td>
        <span class={`state ${state}`}>{words[state]}</span>
        {row.again ? <span class="badge due">{words.againAllowed}</span> : null}
      </td>
      <td class="mono">{row.checkValue ?? ''}</td>
      <td class="number">{row.keyVersion}</td>
      <td class="quiet">{state === 'expected' ? '' : moment(row.time)}</td>
      <td class="why">
        {row.code === undefined ? '' : (words.codes[row.code] ?? row.code)}
        {open && state === 'loaded' && !row.again ? (
          <button
            type="button"
            class="plain"
            title={words.againHint}
            onClick={() => void act(() => order('again', { serial, slot }))}
          >
            {words.again}
          </button>
        ) : null}
        {open && state === 'expected' && row.checkValue === undefined ? (
          <button
            type="button"
            class="plain"
            onClick={() => void act(() => order('forget', { serial, slot }))}
          >
            {words.forget}
          </button>
        ) : null}
      </td>
    </tr>
  )
}
