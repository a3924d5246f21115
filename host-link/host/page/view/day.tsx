import type { JSX } from 'preact'
import type { Party } from '../../clearing/shares.ts'
import type { DayAnswer, MerchantDay, PageLine } from '../api.ts'
import { hourBars } from '../hours.ts'
import { ask, useAnswer } from '../load.ts'
import { hrefOf } from '../route.ts'
import { counted, dashed, daysFrom, weekday, yuan } from '../shown.ts'
import { partyName } from '../terms.ts'
import type { Ui } from '../ui.ts'
import { Chart } from './chart.tsx'
import { ThreeWays } from './check.tsx'
import { Badge, Empty, Figure, Waiting } from './notes.tsx'
import { StoreBars } from './store-bars.tsx'

interface Props {
  readonly ui: Ui
  /** `2026-11-21`. */
  readonly date: string
  readonly cutOver: string
}

/** A business date: hours, and each merchant with its stores and other parties. */
export function DayView({ ui, date, cutOver }: Props): JSX.Element {
  const { words } = ui
  const { answer, error } = useAnswer<DayAnswer>(ask('day', { date }), ui.turn)
  return (
    <>
      <Heading ui={ui} date={date} day={answer} />
      {answer === undefined ? <Waiting ui={ui} error={error} /> : null}
      {answer?.state === 'due' ? (
        <p class="note due" data-testid="not-cleared">
          {words.dueHint} <code>shuaka host clear --date {dashed(answer.date)}</code>
        </p>
      ) : null}
      {answer?.state === 'open' && answer.entries > 0 ? (
        <p class="note open" data-testid="not-over">
          {words.openHint} {cutOver}
        </p>
      ) : null}
      {answer?.fault === undefined ? null : (
        <p class="error" role="alert">
          {answer.fault}
        </p>
      )}
      {answer?.entries === 0 ? <Empty>{words.noEntriesOfDay}</Empty> : null}
      {answer !== undefined && answer.entries > 0 ? (
        <div class="beside-charts">
          <div>
            {answer.merchants.map((merchant) => (
              <Merchant key={merchant.merchant} ui={ui} date={dashed(answer.date)} merchant={merchant} />
            ))}
          </div>
          <div>
            <Chart ui={ui} title={words.netByHour} bars={hourBars(answer.hours)} />
            <StoreBars title={words.payByStore} bars={storeBars(ui, answer)} />
          </div>
        </div>
      ) : null}
    </>
  )
}

function Heading({
  ui,
  date,
  day,
}: {
  readonly ui: Ui
  readonly date: string
  readonly day: DayAnswer | undefined
}): JSX.Element {
  const { words, locale } = ui
  const digits = date.replaceAll('-', '')
  const isDate = /^\d{8}$/.test(digits)
  const name = new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', {
    weekday: 'long',
    timeZone: 'UTC',
  })
  const to = (days: number) => hrefOf({ view: 'day', date: dashed(daysFrom(digits, days)) })
  return (
    <div class="heading">
      <a class="up" href={hrefOf({ view: 'calendar', month: date.slice(0, 7) })}>
        {words.calendar}
      </a>
      <h1>
        {date}
        {isDate && day ? (
          <small> {name.format(new Date(Date.UTC(2023, 0, 1 + weekday(digits))))}</small>
        ) : null}
      </h1>
      {isDate && day ? (
        <span class="turn">
          <a href={to(-1)} aria-label={words.previousDay}>
            ‹
          </a>
          <a href={to(1)} aria-label={words.nextDay}>
            ›
          </a>
        </span>
      ) : null}
      {day && day.entries > 0 ? <Badge ui={ui} state={day.state} /> : null}
    </div>
  )
}

/** A store or another party, all sources of money together. */
interface Sum {
  readonly party: Party
  readonly name: string
  readonly storeName: string
  readonly count: number
  readonly fen: number
  readonly discountFen: number
  readonly cashBackFen: number
  readonly grossFen: number
  readonly feeFen: number
  readonly netFen: number
}

const NOTHING = { count: 0, fen: 0, discountFen: 0, cashBackFen: 0, grossFen: 0, feeFen: 0, netFen: 0 }

function added(sum: Sum, line: PageLine): Sum {
  return {
    ...{ party: sum.party, name: sum.name, storeName: sum.storeName },
    count: sum.count + line.plusCount + line.minusCount,
    fen: sum.fen + line.plusFen + line.minusFen,
    discountFen: sum.discountFen + line.discountFen,
    cashBackFen: sum.cashBackFen + line.cashBackFen,
    grossFen: sum.grossFen + line.grossFen,
    feeFen: sum.feeFen + line.feeFen,
    netFen: sum.netFen + line.netFen,
  }
}

function sumsOf(lines: readonly PageLine[]): readonly Sum[] {
  const sums = new Map<string, Sum>()
  for (const line of lines) {
    const id = `${line.party}/${line.name}`
    const { party, name, storeName } = line
    sums.set(id, added(sums.get(id) ?? { party, name, storeName, ...NOTHING }, line))
  }
  return [...sums.values()]
}

interface MerchantProps {
  readonly ui: Ui
  /** `2026-11-21`. */
  readonly date: string
  readonly merchant: MerchantDay
}

function Merchant({ ui, date, merchant }: MerchantProps): JSX.Element {
  const { words, locale } = ui
  const sums = sumsOf(merchant.lines)
  const total = merchant.lines.reduce<Sum>(added, { party: 'own', name: '', storeName: '', ...NOTHING })
  const stores = sums.filter(({ party }) => party === 'store' || party === 'own')
  const others = sums.filter(({ party }) => party !== 'store' && party !== 'own')
  const paid = stores.reduce((sum, { netFen }) => sum + netFen, 0)
  const suspense = sums
    .filter(({ party }) => party === 'suspense')
    .reduce((sum, { grossFen }) => sum + grossFen, 0)
  const all = hrefOf({ view: 'entries', date, merchant: merchant.merchant, party: 'all', name: '' })
  return (
    <section class="panel" data-testid={`merchant-${merchant.merchant}`}>
      <h2>
        {merchant.name === '' ? null : <b>{merchant.name}</b>} <span>{merchant.merchant}</span>
        <a href={all}>
          {counted(merchant.entries)} {words.entries} ›
        </a>
      </h2>
      <div class="figures">
        <Figure name={words.merchantTotal} value={yuan(merchant.check.ledgerFen)} tone="main" />
        <Figure name={`${words.stores} ${words.payOut}`} value={yuan(paid)} />
        <Figure name={words.fee} value={yuan(total.feeFen)} />
        {suspense === 0 ? null : (
          <Figure name={partyName('suspense', locale)} value={yuan(suspense)} tone="bad" />
        )}
      </div>
      {merchant.lines.length === 0 ? null : (
        <>
          <ThreeWays ui={ui} merchant={merchant} />
          <Table
            ui={ui}
            date={date}
            merchant={merchant.merchant}
            stores={stores}
            others={others}
            total={total}
          />
        </>
      )}
    </section>
  )
}

interface TableProps {
  readonly ui: Ui
  readonly date: string
  readonly merchant: string
  readonly stores: readonly Sum[]
  readonly others: readonly Sum[]
  readonly total: Sum
}

function Table({ ui, date, merchant, stores, others, total }: TableProps): JSX.Element {
  const { words } = ui
  const row = (sum: Sum): JSX.Element => (
    <Row key={`${sum.party}/${sum.name}`} ui={ui} date={date} merchant={merchant} sum={sum} />
  )
  return (
    <div class="scroll">
      <table class="sums">
        <thead>
          <tr>
            <th scope="col">{words.store}</th>
            <th scope="col" class="number wide">
              {words.count}
            </th>
            <th scope="col" class="number wide">
              {words.amount}
            </th>
            <th scope="col" class="number wide">
              {words.discount}
            </th>
            <th scope="col" class="number wide">
              {words.cashBack}
            </th>
            <th scope="col" class="number">
              {words.gross}
            </th>
            <th scope="col" class="number">
              {words.fee}
            </th>
            <th scope="col" class="number">
              {words.payOut}
            </th>
          </tr>
        </thead>
        <tbody>{stores.map(row)}</tbody>
        {others.length === 0 ? null : (
          <tbody>
            <tr class="group">
              <th colSpan={8} scope="rowgroup">
                {words.otherParties}
              </th>
            </tr>
            {others.map(row)}
          </tbody>
        )}
        <tfoot>
          <tr>
            <th scope="row">{words.total}</th>
            <Cells sum={total} />
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

function Row({
  ui: { words, locale },
  date,
  merchant,
  sum,
}: {
  readonly ui: Ui
  readonly date: string
  readonly merchant: string
  readonly sum: Sum
}): JSX.Element {
  const { party, name, storeName } = sum
  return (
    <tr class={party} data-testid={`${party}-${name}`}>
      <th scope="row">
        <a href={hrefOf({ view: 'entries', date, merchant, party, name })}>
          {party === 'store' ? null : `${partyName(party, locale)} `}
          {name === '' && party === 'suspense' ? words.noStore : <i>{name}</i>} {storeName}
        </a>
      </th>
      <Cells sum={sum} />
    </tr>
  )
}

/** A column of mostly nothing is read by what is not. */
const orNone = (fen: number): string => (fen === 0 ? '—' : yuan(fen))

function Cells({ sum }: { readonly sum: Sum }): JSX.Element {
  return (
    <>
      <td class="number wide">{counted(sum.count)}</td>
      <td class="number wide">{yuan(sum.fen)}</td>
      <td class="number wide">{orNone(sum.discountFen)}</td>
      <td class="number wide">{orNone(sum.cashBackFen)}</td>
      <td class="number">{yuan(sum.grossFen)}</td>
      <td class="number">{orNone(sum.feeFen)}</td>
      <td class="number strong">{yuan(sum.netFen)}</td>
    </>
  )
}

function storeBars({ locale }: Ui, { merchants, date }: DayAnswer) {
  return merchants.flatMap(({ merchant, name: merchantName, lines }) =>
    sumsOf(lines)
      .filter(({ party }) => party === 'store' || party === 'own' || party === 'suspense')
      .map(({ party, name, storeName, netFen }) => ({
        number: name === '' ? '—' : name,
        name: party === 'own' ? merchantName : party === 'suspense' ? partyName(party, locale) : storeName,
        fen: netFen,
        href: hrefOf({ view: 'entries', date: dashed(date), merchant, party, name }),
        ...(party === 'suspense' && { tone: 'bad' as const }),
      })),
  )
}
