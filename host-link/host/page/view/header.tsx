import type { JSX } from 'preact'
import type { StateAnswer } from '../api.ts'
import { hrefOf, type Route } from '../route.ts'
import { clock, dashed } from '../shown.ts'
import type { Words } from '../words.ts'

interface Props {
  readonly words: Words
  readonly route: Route
  readonly state: StateAnswer | undefined
  refresh(): void
  changeLanguage(): void
}

export function Header({ words, route, state, refresh, changeLanguage }: Props): JSX.Element {
  const isDays = ['calendar', 'day', 'entries', 'entry'].includes(route.view)
  return (
    <header>
      <a class="brand" href={hrefOf({ view: 'calendar', month: undefined })}>
        <b>Shuaka</b> 刷卡 <span>{words.title}</span>
      </a>
      <nav aria-label={words.title}>
        <Tab here={isDays} to={{ view: 'calendar', month: undefined }} name={words.calendar} />
        <Tab
          here={route.view === 'reports'}
          to={{ view: 'reports', kind: 'merchant', unit: 'date', of: undefined }}
          name={words.reports}
        />
        <Tab here={route.view === 'terminals'} to={{ view: 'terminals' }} name={words.terminals} />
      </nav>
      <p class="now">
        {state ? (
          <>
            {words.businessDate} <b>{dashed(state.businessDate)}</b>
            <span>
              {' '}
              · {words.cutOver} {state.cutOver} · {clock(state.time)}
            </span>
          </>
        ) : null}
      </p>
      <button type="button" onClick={refresh} data-testid="refresh">
        {words.refresh}
      </button>
      <button type="button" onClick={changeLanguage} data-testid="language">
        {words.language}
      </button>
    </header>
  )
}

function Tab({
  here,
  to,
  name,
}: {
  readonly here: boolean
  readonly to: Route
  readonly name: string
}): JSX.Element {
  return (
    <a href={hrefOf(to)} {...(here && { 'aria-current': 'page' as const })}>
      {name}
    </a>
  )
}
