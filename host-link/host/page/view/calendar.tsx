import type { JSX } from 'preact'
import type { MonthAnswer, MonthDay, TableAnswer } from '../api.ts'
import { ask, useAnswer } from '../load.ts'
import { hrefOf } from '../route.ts'
import { counted, dashed, daysOf, monthsFrom, weekday, yuan } from '../shown.ts'
import { partyName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Chart } from './chart.tsx'
import { Badge, Empty, Figure, Waiting } from './notes.tsx'
import { StoreBars } from './store-bars.tsx'

interface Props {
  readonly ui: Ui
  /** `2026-11`. */
  readonly month: string
  /** The last date with entries. */
  readonly latest: string
}

/** A month: what each day settled, and whether it is cleared. */
export function CalendarView({ ui, month, latest }: Props): JSX.Element {
  const { words } = ui
  const { answer, error } = useAnswer<MonthAnswer>(ask('month', { month }), ui.turn)
  const stores = useAnswer<TableAnswer>(
    answer?.days.some(({ state }) => state === 'cleared')
      ? ask('table', { kind: 'stores', month })
      : undefined,
    ui.turn,
  )
  const days = answer?.days ?? []
  return (
    <>
      <div class="heading">
        <h1 data-testid="month">{month}</h1>
        <span class="turn">
          <a
            href={hrefOf({ view: 'calendar', month: monthsFrom(month, -1) })}
            aria-label={words.previousMonth}
          >
            ‹
          </a>
          <a href={hrefOf({ view: 'calendar', month: monthsFrom(month, 1) })} aria-label={words.nextMonth}>
            ›
          </a>
        </span>
        <MonthFigures ui={ui} days={days} />
      </div>
      {answer === undefined ? <Waiting ui={ui} error={error} /> : null}
      {answer !== undefined && days.length === 0 ? <NoDays ui={ui} latest={latest} /> : null}
      {days.length > 0 ? (
        <>
          <Grid ui={ui} month={month} days={days} />
          <div class="pair">
            <Chart
              ui={ui}
              title={words.netByDay}
              bars={daysOf(month).map((date) =>
                barOf(
                  date,
                  days.find((day) => day.date === date),
                ),
              )}
            />
            {stores.answer && stores.answer.rows.length > 0 ? (
              <StoreBars title={words.payByStore} bars={storeBars(ui, stores.answer)} />
            ) : null}
          </div>
        </>
      ) : null}
    </>
  )
}

function MonthFigures({
  ui: { words, locale },
  days,
}: {
  readonly ui: Ui
  readonly days: readonly MonthDay[]
}) {
  const sum = (of: (day: MonthDay) => number) => days.reduce((total, day) => total + of(day), 0)
  const suspense = sum((day) => day.suspenseFen ?? 0)
  const cleared = days.filter(({ state }) => state === 'cleared').length
  return (
    <div class="figures">
      <Figure name={words.net} value={yuan(sum((day) => day.settleFen))} tone="main" />
      <Figure name={words.fee} value={yuan(sum((day) => day.feeFen ?? 0))} />
      <Figure name={words.count} value={counted(sum((day) => day.entries))} />
      <Figure name={words.cleared} value={`${cleared} / ${days.length}`} />
      {suspense === 0 ? null : (
        <Figure name={partyName('suspense', locale)} value={yuan(suspense)} tone="bad" />
      )}
    </div>
  )
}

function NoDays({ ui: { words }, latest }: { readonly ui: Ui; readonly latest: string }): JSX.Element {
  const month = `${latest.slice(0, 4)}-${latest.slice(4, 6)}`
  return (
    <Empty>
      <b>{words.noDays}</b>
      <p>
        {words.noDaysHint} <a href={hrefOf({ view: 'calendar', month })}>{month}</a>
      </p>
    </Empty>
  )
}

interface GridProps {
  readonly ui: Ui
  readonly month: string
  readonly days: readonly MonthDay[]
}

/** Weeks begin on Monday. On a narrow screen the days without entries go, and it is a list. */
function Grid({ ui, month, days }: GridProps): JSX.Element {
  const dates = daysOf(month)
  const before = (weekday(dates[0] ?? '') + 6) % 7
  return (
    <div class="calendar">
      {[1, 2, 3, 4, 5, 6, 0].map((day) => (
        <span key={day} class="weekday" aria-hidden="true">
          {ui.words.weekdays[day]}
        </span>
      ))}
      {Array.from({ length: before }, (_, blank) => (
        <span key={`blank-${blank}`} class="blank" />
      ))}
      {dates.map((date) => (
        <Day key={date} ui={ui} date={date} day={days.find((one) => one.date === date)} />
      ))}
    </div>
  )
}

function Day({
  ui,
  date,
  day,
}: {
  readonly ui: Ui
  readonly date: string
  readonly day: MonthDay | undefined
}): JSX.Element {
  const number = Number(date.slice(6))
  if (day === undefined) return <span class="day none">{number}</span>
  const { words } = ui
  return (
    <a
      class={`day ${day.state}`}
      href={hrefOf({ view: 'day', date: dashed(date) })}
      data-testid={`day-${date}`}
    >
      <span class="date">{number}</span>
      <Badge ui={ui} state={day.state} />
      <b>{yuan(day.settleFen)}</b>
      <small>
        {counted(day.entries)} {words.entries}
        {day.suspenseFen ? (
          <em>
            {partyName('suspense', ui.locale)} {yuan(day.suspenseFen)}
          </em>
        ) : null}
      </small>
    </a>
  )
}

function barOf(date: string, day: MonthDay | undefined) {
  return {
    name: String(Number(date.slice(6))),
    title: dashed(date),
    fen: day?.settleFen ?? 0,
    count: day?.entries ?? 0,
    ...(day && { href: hrefOf({ view: 'day', date: dashed(date) }) }),
  }
}

function storeBars({ merchantName }: Ui, { columns, rows }: TableAnswer) {
  const at = (key: string) => columns.findIndex((column) => column.key === key)
  return rows.map((row) => ({
    number: String(row[at('store')] || '—'),
    name: String(row[at('name')] || merchantName(String(row[at('merchant')]))),
    fen: Number(row[at('net_fen')]),
  }))
}
