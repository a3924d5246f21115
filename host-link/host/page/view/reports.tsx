import type { JSX } from 'preact'
import type { TableAnswer, TableCell, TableColumn } from '../api.ts'
import { ask, useAnswer } from '../load.ts'
import { hrefOf, UNITS, type Unit } from '../route.ts'
import { clock, counted, dashed, yuan } from '../shown.ts'
import { cellName, columnName, REPORT_KINDS, reportHint, reportName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Empty, Waiting } from './notes.tsx'

interface Props {
  readonly ui: Ui
  readonly kind: string
  readonly unit: Unit
  /** `2026-11-21`, of a month `2026-11`; absent: the latest. */
  readonly of: string | undefined
  /** The last date with entries, `20261121`. */
  readonly latest: string
}

/** The books are fine, but the day is not cleared. */
const NOT_NOW = 409
const FORMATS = ['csv', 'xlsx', 'json'] as const

/** A report of a day, week or month: to be looked at, and to be downloaded. */
export function ReportsView({ ui, kind, unit, of, latest }: Props): JSX.Element {
  const { words, locale } = ui
  const value = of ?? (unit === 'month' ? dashed(latest).slice(0, 7) : dashed(latest))
  const { answer, error, status } = useAnswer<TableAnswer>(ask('table', { kind, [unit]: value }), ui.turn)
  return (
    <>
      <div class="heading">
        <h1>{reportName(kind, locale)}</h1>
        <p class="hint">{reportHint(kind, locale)}</p>
      </div>
      <nav class="kinds" aria-label={words.reports}>
        {REPORT_KINDS.map((one) => (
          <a
            key={one}
            href={hrefOf({ view: 'reports', kind: one, unit, of })}
            {...(one === kind && { 'aria-current': 'page' as const })}
          >
            {reportName(one, locale)}
          </a>
        ))}
      </nav>
      <div class="tools">
        <Period ui={ui} kind={kind} unit={unit} value={value} />
        {answer === undefined || answer.rows.length === 0 ? null : (
          <span class="downloads">
            {words.download}
            {FORMATS.map((format) => (
              <a key={format} href={`api/${ask('download', { kind, [unit]: value, format })}`} download>
                {format.toUpperCase()}
              </a>
            ))}
          </span>
        )}
      </div>
      {status === NOT_NOW ? (
        <p class="note due">
          {words.nothingCleared} <code>shuaka host clear --date {value.padEnd(10, '-01')}</code>
        </p>
      ) : null}
      {answer === undefined && status !== NOT_NOW ? <Waiting ui={ui} error={error} /> : null}
      {answer === undefined ? null : <Report ui={ui} answer={answer} />}
    </>
  )
}

function Period({
  ui: { words },
  kind,
  unit,
  value,
}: {
  readonly ui: Ui
  readonly kind: string
  readonly unit: Unit
  readonly value: string
}): JSX.Element {
  const go = (of: string): void => {
    if (/^\d{4}-\d\d(-\d\d)?$/.test(of)) location.hash = hrefOf({ view: 'reports', kind, unit, of })
  }
  const otherOf = (other: Unit): string => (other === 'month' ? value.slice(0, 7) : value.padEnd(10, '-01'))
  return (
    <span class="period">
      {UNITS.map((one) => (
        <a
          key={one}
          href={hrefOf({ view: 'reports', kind, unit: one, of: otherOf(one) })}
          {...(one === unit && { 'aria-current': 'true' as const })}
        >
          {words[one]}
        </a>
      ))}
      <label>
        <span class="unseen">{words.of}</span>
        <input
          key={`${unit}`}
          type={unit === 'month' ? 'month' : 'date'}
          value={value}
          onChange={(event) => go(event.currentTarget.value)}
        />
      </label>
    </span>
  )
}

function Report({ ui, answer }: { readonly ui: Ui; readonly answer: TableAnswer }): JSX.Element {
  const { words } = ui
  const notCleared = answer.notCleared.map(dashed).join(', ')
  return (
    <>
      {notCleared === '' ? null : (
        <p class="note due">
          {words.notClearedDays} {notCleared}
        </p>
      )}
      {answer.rows.length === 0 ? <Empty>{words.noRows}</Empty> : <Rows ui={ui} answer={answer} />}
      {answer.more ? <p class="note">{words.firstRows}</p> : null}
      {answer.total === undefined ? <p class="note">{words.notCounted}</p> : null}
    </>
  )
}

function Rows({ ui, answer: { columns, rows, total } }: { readonly ui: Ui; readonly answer: TableAnswer }) {
  // A narrow screen has no room for columns without a word.
  const empty = columns.map((_, at) => rows.every((row) => row[at] === ''))
  const wide = (at: number): string => (empty[at] ? ' wide' : '')
  return (
    <section class="panel">
      <div class="scroll">
        <table class="report" data-testid="report">
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={column.key} scope="col" class={(isNumber(column) ? 'number' : '') + wide(at)}>
                  {columnName(column, ui.locale)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, at) => (
                  <Cell
                    key={columns[at]?.key}
                    ui={ui}
                    column={columns[at]}
                    cell={cell}
                    wide={empty[at] === true}
                  />
                ))}
              </tr>
            ))}
          </tbody>
          {total === undefined ? null : (
            <tfoot>
              <tr>
                {total.map((cell, at) => (
                  <Cell
                    key={columns[at]?.key}
                    ui={ui}
                    column={columns[at]}
                    cell={at === 0 ? ui.words.total : cell}
                    wide={empty[at] === true}
                  />
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
    </section>
  )
}

const isNumber = ({ as }: TableColumn): boolean => as === 'fen' || as === 'count'

function Cell({
  ui,
  column,
  cell,
  wide,
}: {
  readonly ui: Ui
  readonly column: TableColumn | undefined
  readonly cell: TableCell
  /** Whether the whole column is empty. */
  readonly wide: boolean
}): JSX.Element {
  if (column === undefined) return <td />
  if (cell === '') return <td class={wide ? 'wide' : ''} />
  const { as, key } = column
  if (as === 'fen' && typeof cell === 'number')
    return <td class={`number ${cell < 0 ? 'minus' : ''}`}>{yuan(cell)}</td>
  if (as === 'count' && typeof cell === 'number') return <td class="number">{counted(cell)}</td>
  const text = String(cell)
  if (as === 'date') return <td>{dashed(text)}</td>
  if (as === 'time') return <td>{clock(text)}</td>
  if (key === 'reference' && /^\d{12}$/.test(text))
    return (
      <td>
        <a href={hrefOf({ view: 'entry', sequence: Number(text.slice(4)) })}>{text}</a>
      </td>
    )
  return <td>{cellName(key, text, ui.locale)}</td>
}
