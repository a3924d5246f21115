import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { StateAnswer } from './api.ts'
import { type Loaded, useAnswer } from './load.ts'
import { type Route, routeOf } from './route.ts'
import type { Ui } from './ui.ts'
import { CalendarView } from './view/calendar.tsx'
import { DayView } from './view/day.tsx'
import { EntriesView } from './view/entries.tsx'
import { EntryView } from './view/entry.tsx'
import { Header } from './view/header.tsx'
import { Empty, Waiting } from './view/notes.tsx'
import { ReportsView } from './view/reports.tsx'
import { TerminalsView } from './view/terminals.tsx'
import { type Locale, wordsOf } from './words.ts'

const LOCALE = 'shuaka.host.locale'

/** The page of the host: what was cleared, from the month down to one transaction. It only reads. */
export function App(): JSX.Element {
  const [locale, setLocale] = useState<Locale>(() => (localStorage.getItem(LOCALE) === 'en' ? 'en' : 'zh'))
  const [turn, setTurn] = useState(0)
  const route = useRoute()
  const words = wordsOf(locale)
  const state = useAnswer<StateAnswer>('state', turn)
  const merchantName = (merchant: string): string =>
    state.answer?.merchants.find((one) => one.merchant === merchant)?.name ?? ''
  const main = useRef<HTMLElement>(null)
  const hash = useRef(location.hash)
  useEffect(() => {
    localStorage.setItem(LOCALE, locale)
    document.documentElement.lang = locale
    document.title = `Shuaka 刷卡 · ${words.title}`
  }, [locale, words])
  // Who follows a link by keyboard goes on reading where it leads.
  useEffect(() => {
    if (hash.current === location.hash) return
    hash.current = location.hash
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [route])

  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {words.skip}
      </button>
      <Header
        words={words}
        route={route}
        state={state.answer}
        refresh={() => setTurn(turn + 1)}
        changeLanguage={() => setLocale(locale === 'zh' ? 'en' : 'zh')}
      />
      <main id="main" ref={main} tabIndex={-1}>
        <Body route={route} state={state} ui={{ locale, words, turn, merchantName }} />
      </main>
      <footer>{words.readOnly}</footer>
    </>
  )
}

interface BodyProps {
  readonly route: Route
  readonly state: Loaded<StateAnswer>
  readonly ui: Ui
}

function Body({ route, state: { answer, error, loading }, ui }: BodyProps): JSX.Element {
  if (answer === undefined) return <Waiting ui={ui} error={error} loading={loading} />
  const last = answer.latest ?? answer.businessDate
  switch (route.view) {
    case 'calendar':
      if (answer.latest === undefined) return <Empty>{ui.words.noEntriesYet}</Empty>
      return <CalendarView ui={ui} month={route.month ?? monthOf(last)} latest={last} />
    case 'day':
      return <DayView ui={ui} date={route.date} cutOver={answer.cutOver} />
    case 'entries':
      return <EntriesView ui={ui} of={route} />
    case 'entry':
      return <EntryView ui={ui} sequence={route.sequence} />
    case 'reports':
      return <ReportsView ui={ui} kind={route.kind} unit={route.unit} of={route.of} latest={last} />
    case 'terminals':
      return <TerminalsView ui={ui} />
  }
}

const monthOf = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}`

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash))
  useEffect(() => {
    const changed = (): void => setRoute(routeOf(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
