import type { JSX } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { StateAnswer } from './api.ts'
import { ask, faultOf, isOutside } from './ask.ts'
import type { Ui } from './ui.ts'
import { AuditView } from './view/audit.tsx'
import { BatchPanel } from './view/batch.tsx'
import { Header } from './view/header.tsx'
import { KeysPanel } from './view/keys.tsx'
import { LabelsView } from './view/labels.tsx'
import { LinesPanel } from './view/lines.tsx'
import { NextBanner } from './view/next-banner.tsx'
import { PeoplePanel } from './view/people.tsx'
import { TerminalsView } from './view/terminals.tsx'
import { type Locale, type Words, wordsOf } from './words.ts'

const LOCALE = 'shuaka.station.locale'
const REFRESH_MS = 1_000
/** What went well is told for so long. */
const GOOD_MS = 10_000

export const TABS = ['work', 'terminals', 'labels', 'audit'] as const
export type Tab = (typeof TABS)[number]

/** The page of the key injection station: it shows what `StationView` holds, and no secret is in that. */
export function App(): JSX.Element {
  const [locale, setLocale] = useState<Locale>(() => (localStorage.getItem(LOCALE) === 'en' ? 'en' : 'zh'))
  const words = wordsOf(locale)
  const tab = useTab()
  const [good, setGood] = useState('')
  const [wrong, setWrong] = useState('')
  const { state, fault, refresh } = useStation()
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    localStorage.setItem(LOCALE, locale)
    document.documentElement.lang = locale
    document.title = `Shuaka 刷卡 · ${words.title}`
  }, [locale, words])

  const act = useCallback(
    async (work: () => Promise<unknown>): Promise<boolean> => {
      setGood('')
      setWrong('')
      try {
        await work()
        return true
      } catch (error) {
        setWrong(faultOf(error, words, locale))
        return false
      } finally {
        await refresh()
      }
    },
    [words, locale, refresh],
  )
  const ui = useMemo<Ui | undefined>(
    () => state && { locale, words, state, view: state.view, act, say: setGood },
    [locale, words, state, act],
  )
  useEffect(() => {
    if (good === '') return undefined
    const timer = setTimeout(() => setGood(''), GOOD_MS)
    return () => clearTimeout(timer)
  }, [good])
  const outside = fault !== undefined && isOutside(fault)
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {words.skip}
      </button>
      <Header
        words={words}
        tab={tab}
        ui={outside ? undefined : ui}
        changeLanguage={() => setLocale(locale === 'zh' ? 'en' : 'zh')}
      />
      <main id="main" ref={main} tabIndex={-1}>
        {fault === undefined ? null : (
          <p class="error" role="alert" data-testid="fault">
            {faultOf(fault, words, locale)}
          </p>
        )}
        {outside ? null : (
          <>
            <NextBanner ui={ui} good={good} wrong={wrong} forget={() => setWrong('')} />
            {ui === undefined ? <Waiting words={words} /> : <Body tab={tab} ui={ui} />}
          </>
        )}
      </main>
      <footer>{words.footer}</footer>
    </>
  )
}

function Waiting({ words }: { readonly words: Words }): JSX.Element {
  return <p class="waiting">{words.loading}</p>
}

function Body({ tab, ui }: { readonly tab: Tab; readonly ui: Ui }): JSX.Element {
  switch (tab) {
    case 'work':
      return (
        <div class="bench">
          <div>
            <PeoplePanel ui={ui} />
            <KeysPanel ui={ui} />
          </div>
          <div>
            <BatchPanel ui={ui} />
            <LinesPanel ui={ui} />
          </div>
        </div>
      )
    case 'terminals':
      return <TerminalsView ui={ui} />
    case 'labels':
      return <LabelsView ui={ui} />
    case 'audit':
      return <AuditView ui={ui} />
  }
}

interface Watched {
  readonly state: StateAnswer | undefined
  readonly fault: unknown
  readonly refresh: () => Promise<void>
}

/** The state of the station, read again each second: reading counts for nothing, the idle time goes on. */
function useStation(): Watched {
  const [state, setState] = useState<StateAnswer>()
  const [fault, setFault] = useState<unknown>()
  const refresh = useCallback(async (): Promise<void> => {
    try {
      setState(await ask<StateAnswer>('state'))
      setFault(undefined)
    } catch (error) {
      setFault(error ?? 'fault')
    }
  }, [])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let wanted = true
    const again = async (): Promise<void> => {
      await refresh()
      if (wanted) timer = setTimeout(again, REFRESH_MS)
    }
    void again()
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [refresh])
  return { state, fault, refresh }
}

function useTab(): Tab {
  const here = (): Tab => TABS.find((tab) => location.hash === `#/${tab}`) ?? 'work'
  const [tab, setTab] = useState<Tab>(here)
  useEffect(() => {
    const changed = (): void => setTab(here())
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return tab
}
