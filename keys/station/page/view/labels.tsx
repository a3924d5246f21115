import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { TerminalRow } from '../../station.ts'
import { order } from '../ask.ts'
import { code39 } from '../code39.ts'
import { moment, type Ui } from '../ui.ts'
import { useTerminals } from '../use-terminals.ts'
import { keyOf } from './batch.tsx'
import { found } from './terminals.tsx'

/** 标签: one for each loaded terminal, 62 × 29 mm on paper; nothing on it is secret. */
export function LabelsView({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view, act } = ui
  const { terminals } = useTerminals(ui)
  const [search, setSearch] = useState('')
  const [printing, setPrinting] = useState<readonly TerminalRow[]>()
  const loaded = found(terminals, search, 'loaded')
  const waiting = loaded.filter(({ labelled }) => !labelled)
  useEffect(() => {
    if (printing !== undefined) window.print()
  }, [printing])
  /** No serials: all that wait. Exactly what the station has written down as printed goes on paper. */
  async function print(serials: readonly string[]): Promise<void> {
    await act(async () => setPrinting((await order('labels', { serials })).labels))
  }
  if (printing !== undefined) return <Printing ui={ui} rows={printing} done={() => setPrinting(undefined)} />
  return (
    <section class="panel" data-testid="labels">
      <div class="tools">
        <input
          type="search"
          value={search}
          placeholder={words.search}
          aria-label={words.search}
          data-testid="label-search"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <button
          type="button"
          class="main"
          disabled={waiting.length === 0 || view.state !== 'open'}
          data-testid="print"
          onClick={() =>
            void print(search.trim() === '' ? [] : [...new Set(waiting.map(({ serial }) => serial))])
          }
        >
          {words.print} ({waiting.length})
        </button>
        <span class="hint">{words.printHint}</span>
      </div>
      {loaded.length === 0 ? (
        <p class="quiet">{view.counts.loaded === 0 ? words.noLabels : words.none}</p>
      ) : waiting.length === 0 ? (
        <p class="quiet">{words.allPrinted}</p>
      ) : (
        <Labels ui={ui} rows={waiting} />
      )}
      <Printed
        ui={ui}
        rows={loaded.filter(({ labelled }) => labelled)}
        again={(serial) => void print([serial])}
      />
    </section>
  )
}

/** What was marked as printed a moment ago; it stays until somebody has seen the paper. */
function Printing({
  ui,
  rows,
  done,
}: {
  readonly ui: Ui
  readonly rows: readonly TerminalRow[]
  readonly done: () => void
}): JSX.Element {
  const { words } = ui
  return (
    <section class="panel" data-testid="labels">
      <div class="tools">
        <b data-testid="printed-now">{words.printedNow(rows.length)}</b>
        <button type="button" onClick={() => window.print()}>
          {words.printAgain}
        </button>
        <button type="button" class="main" data-testid="labels-back" onClick={done}>
          {words.labelsBack}
        </button>
      </div>
      <Labels ui={ui} rows={rows} paper />
    </section>
  )
}

function Labels({
  ui,
  rows,
  paper = false,
}: {
  readonly ui: Ui
  readonly rows: readonly TerminalRow[]
  readonly paper?: boolean
}): JSX.Element {
  return (
    <ul class={paper ? 'labels paper' : 'labels'}>
      {rows.map((row) => (
        <Label key={keyOf(row)} ui={ui} row={row} />
      ))}
    </ul>
  )
}

/** Those that have a label, one button each for one that was spoilt. */
function Printed({
  ui: { words, view },
  rows,
  again,
}: {
  readonly ui: Ui
  readonly rows: readonly TerminalRow[]
  readonly again: (serial: string) => void
}): JSX.Element | null {
  if (rows.length === 0) return null
  const serials = [...new Set(rows.map(({ serial }) => serial))]
  return (
    <>
      <h3 class="printed-head">
        {words.printed} ({serials.length})
      </h3>
      <ul class="printed" data-testid="printed">
        {serials.map((serial) => (
          <li key={serial}>
            <span class="mono">{serial}</span>
            <button
              type="button"
              disabled={view.state !== 'open'}
              data-testid={`again-${serial}`}
              onClick={() => again(serial)}
            >
              {words.printAgain}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

function Label({ ui: { words, view }, row }: { readonly ui: Ui; readonly row: TerminalRow }): JSX.Element {
  return (
    <li class="label" data-testid={`label-${row.serial}`}>
      <p class="label-head">
        <b>{row.terminalId ?? words.masterKey}</b>
        <span>{view.identity?.id}</span>
      </p>
      <Bars text={row.serial} />
      <p class="label-serial mono">{row.serial}</p>
      <p class="label-foot">
        <span>
          TMK {row.slot} · {row.algorithm} · {row.keyVersion}
        </span>
        <b class="mono">{row.checkValue}</b>
        <span>{moment(row.time).slice(0, 10)}</span>
      </p>
    </li>
  )
}

/** The serial number for a scanner. */
function Bars({ text }: { readonly text: string }): JSX.Element | null {
  const barcode = code39(text)
  if (barcode === undefined) return null
  return (
    <svg viewBox={`0 0 ${barcode.width} 10`} preserveAspectRatio="none" role="img" aria-label={text}>
      {barcode.bars.map(({ x, width }) => (
        <rect key={x} x={x} y={0} width={width} height={10} />
      ))}
    </svg>
  )
}
