import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { DayAnswer, EntriesAnswer, EntryLine } from '../api.ts'
import { hourBars } from '../hours.ts'
import { ask, faultOf, fetchAnswer, useAnswer } from '../load.ts'
import { hrefOf, type Route } from '../route.ts'
import { clock, counted, dashed, yuan } from '../shown.ts'
import { answerName, kindName, partyName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Chart } from './chart.tsx'
import { Empty, Figure, Waiting } from './notes.tsx'

type Of = Extract<Route, { readonly view: 'entries' }>

interface Props {
  readonly ui: Ui
  readonly of: Of
}

/** Transactions of a store, or of another party, of one day. */
export function EntriesView({ ui, of }: Props): JSX.Element {
  const { words, locale } = ui
  const { date, merchant, party, name } = of
  const question = { date, merchant, party, name }
  const first = useAnswer<EntriesAnswer>(ask('entries', question), ui.turn)
  const day = useAnswer<DayAnswer>(ask('day', { date }), ui.turn)
  const { answer, error } = first
  const title = party === 'all' ? words.all : party === 'store' ? '' : partyName(party, locale)
  const unnamed = party === 'suspense' && name === '' ? words.noStore : name
  return (
    <>
      <div class="heading">
        <a class="up" href={hrefOf({ view: 'day', date })}>
          {date}
        </a>
        <h1>
          {title} {unnamed} {answer?.storeName ?? ''}
          <small> {answer?.merchantName || merchant}</small>
        </h1>
        {answer?.sum === undefined ? null : <Sums ui={ui} of={of} answer={answer} day={day.answer} />}
      </div>
      {party === 'suspense' ? <p class="note due">{words.suspenseNote}</p> : null}
      {answer === undefined ? <Waiting ui={ui} error={error} /> : null}
      {answer !== undefined && answer.entries.length === 0 ? <Empty>{words.noEntriesOf}</Empty> : null}
      {answer !== undefined && answer.entries.length > 0 ? (
        <>
          {answer.sum === undefined ? (
            <p class="note">{words.moreSum}</p>
          ) : (
            <Chart ui={ui} title={words.netByHour} bars={hourBars(answer.sum.hours)} />
          )}
          <List key={ask('', question)} ui={ui} first={answer} question={question} />
        </>
      ) : null}
    </>
  )
}

/** The sums of the entries, and whether they are what the day's lines say. */
function Sums({
  ui: { words },
  of,
  answer: { sum },
  day,
}: {
  readonly ui: Ui
  readonly of: Of
  readonly answer: EntriesAnswer
  readonly day: DayAnswer | undefined
}): JSX.Element | null {
  if (sum === undefined) return null
  const merchant = day?.merchants.find((one) => one.merchant === of.merchant)
  const lines = merchant?.lines.filter(
    (line) => of.party === 'all' || (line.party === of.party && line.name === of.name),
  )
  const net = lines?.reduce((total, { netFen }) => total + netFen, 0)
  const gross = lines?.reduce((total, { grossFen }) => total + grossFen, 0)
  const equal = net === sum.netFen && gross === sum.grossFen
  return (
    <div class="figures">
      <Figure name={words.gross} value={yuan(sum.grossFen)} />
      <Figure name={words.fee} value={yuan(sum.feeFen)} />
      <Figure name={words.payOut} value={yuan(sum.netFen)} tone="main" />
      <Figure name={words.count} value={counted(sum.count)} />
      {merchant === undefined || day?.fault !== undefined ? null : (
        <p class={equal ? 'agrees' : 'differs'} data-testid="agrees">
          {equal ? `✓ ${words.sumEqual}` : `✗ ${words.sumUnequal}`}
        </p>
      )}
    </div>
  )
}

interface ListProps {
  readonly ui: Ui
  readonly first: EntriesAnswer
  readonly question: { readonly [name: string]: string }
}

function List({ ui, first, question }: ListProps): JSX.Element {
  const { words } = ui
  const [more, setMore] = useState<readonly EntriesAnswer[]>([])
  const [error, setError] = useState<string>()
  // Read again, the list begins anew.
  useEffect(() => setMore([]), [first])
  const { next } = more.at(-1) ?? first
  const entries = [first, ...more].flatMap((part) => part.entries)
  const load = async (): Promise<void> => {
    try {
      const part = await fetchAnswer<EntriesAnswer>(ask('entries', { ...question, after: next ?? 0 }))
      setMore((parts) => [...parts, part])
      setError(undefined)
    } catch (problem) {
      setError(faultOf(problem))
    }
  }
  return (
    <section class="panel">
      <div class="scroll">
        <table class="entries">
          <thead>
            <tr>
              <th scope="col">{words.time}</th>
              <th scope="col">{words.kind}</th>
              <th scope="col" class="wide">
                {words.card}
              </th>
              <th scope="col" class="wide">
                {words.terminal} · {words.trace}
              </th>
              <th scope="col" class="wide">
                {words.result}
              </th>
              <th scope="col" class="number">
                {words.amount}
              </th>
              <th scope="col" class="number wide">
                {words.gross}
              </th>
              <th scope="col" class="number wide">
                {words.fee}
              </th>
              <th scope="col" class="number">
                {words.payOut}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Row key={entry.sequence} ui={ui} date={first.date} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      {error === undefined ? null : <Waiting ui={ui} error={error} />}
      {next === undefined ? null : (
        <button type="button" class="more" onClick={() => void load()}>
          {words.more}
        </button>
      )}
    </section>
  )
}

function Row({
  ui: { words, locale },
  date,
  entry,
}: {
  readonly ui: Ui
  readonly date: string
  readonly entry: EntryLine
}): JSX.Element {
  const moved = entry.grossFen !== 0 || entry.feeFen !== 0
  return (
    <tr class={moved ? '' : 'still'} data-testid={`entry-${entry.sequence}`}>
      <th scope="row">
        <a href={hrefOf({ view: 'entry', sequence: entry.sequence })}>
          {entry.date === date ? '' : `${dashed(entry.date).slice(5)} `}
          {clock(entry.time)}
        </a>
      </th>
      <td>
        {kindName(entry.kind, locale)}
        {entry.fault === undefined ? null : <em> {entry.fault}</em>}
      </td>
      <td class="wide mono">{entry.pan ?? (entry.cardKind === 'cash' ? words.cash : '')}</td>
      <td class="wide mono">
        {entry.terminal} {String(entry.trace).padStart(6, '0')}
      </td>
      <td class="wide">{answerName(entry.code, locale)}</td>
      <td class="number">{yuan(entry.amountFen)}</td>
      <td class="number wide">{moved ? yuan(entry.grossFen) : '—'}</td>
      <td class="number wide">{moved ? yuan(entry.feeFen) : '—'}</td>
      <td class={`number strong ${entry.netFen < 0 ? 'minus' : ''}`}>{moved ? yuan(entry.netFen) : '—'}</td>
    </tr>
  )
}
