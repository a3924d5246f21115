import type { JSX } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Me } from '../api-people.ts'
import { inBoth } from '../said.ts'
import { call, faultText, isOutside } from './call.ts'
import { useRoute } from './route.ts'
import { PresenceContext, type Ui, UiContext, watchPresence } from './ui.ts'
import { Body } from './view/body.tsx'
import { Header } from './view/header.tsx'
import { LogIn } from './view/log-in.tsx'
import { ChangePassword } from './view/password.tsx'
import { type Locale, sayIn } from './words.ts'

const LOCALE = 'shuaka.tms.locale'
/** What went well is told for so long. */
const TOLD_MS = 4_000

/** The console of the download service. It keeps the language, and nothing else. */
export function App(): JSX.Element {
  const [locale, setLocale] = useState<Locale>(() => (localStorage.getItem(LOCALE) === 'en' ? 'en' : 'zh'))
  const say = useMemo(() => sayIn(locale), [locale])
  const route = useRoute()
  const session = useSession()
  const { told, tell } = useTold()
  const presence = useMemo(watchPresence, [])
  const main = useRef<HTMLElement>(null)
  const { me, outside } = session
  useEffect(() => {
    localStorage.setItem(LOCALE, locale)
    document.documentElement.lang = locale
    document.title = `Shuaka 刷卡 · ${say('title')}`
  }, [locale, say])
  // Who comes next, or looks elsewhere, is not told what was done before.
  useEffect(() => {
    if (me === undefined) tell('')
  }, [me, tell])
  const ui = useMemo<Ui | undefined>(
    () =>
      me && {
        ...{ locale, say, me, outside, tell },
        may: (action) => me.actions.includes(action),
        pick: (both) => (locale === 'zh' ? both.zh : both.en),
        said: (text) => inBoth(text)[locale],
      },
    [locale, say, me, outside, tell],
  )
  const language = (
    <button type="button" onClick={() => setLocale(locale === 'zh' ? 'en' : 'zh')} data-testid="language">
      {say('language')}
    </button>
  )
  const fault = session.fault === undefined ? '' : faultText(session.fault, locale)
  return (
    <UiContext.Provider value={ui}>
      <PresenceContext.Provider value={presence}>
        <button type="button" class="skip" onClick={() => main.current?.focus()}>
          {say('skip')}
        </button>
        <Header say={say} route={route} ui={ui} language={language} leave={session.enter} />
        <main id="main" ref={main} tabIndex={-1}>
          {fault === '' ? null : (
            <p class="error" role="alert">
              {fault}
            </p>
          )}
          {session.asked && ui === undefined ? (
            <LogIn {...{ locale, say }} over={session.over} enter={session.enter} />
          ) : null}
          {ui === undefined ? null : ui.me.mustChange ? (
            <ChangePassword done={() => void session.ask()} must />
          ) : (
            <Body route={route} />
          )}
        </main>
        <p class={told === '' ? 'told' : 'told shown'} role="status" data-testid="told">
          {told}
        </p>
        <footer>
          {say('footer')} {ui === undefined ? '' : `${ui.me.version} · ${ui.me.tenant}`}
        </footer>
      </PresenceContext.Provider>
    </UiContext.Provider>
  )
}

interface Session {
  readonly me: Me | undefined
  /** Whether we know if somebody has logged in. */
  readonly asked: boolean
  /** Somebody had, and has no more. */
  readonly over: boolean
  readonly fault: unknown
  readonly ask: () => Promise<void>
  readonly enter: (me: Me | undefined) => void
  readonly outside: () => void
}

function useSession(): Session {
  const [state, setState] = useState<Pick<Session, 'me' | 'asked' | 'over' | 'fault'>>({
    ...{ me: undefined, asked: false, over: false, fault: undefined },
  })
  const enter = useCallback((me: Me | undefined) => {
    setState({ me, asked: true, over: false, fault: undefined })
  }, [])
  const outside = useCallback(() => {
    setState({ me: undefined, asked: true, over: true, fault: undefined })
  }, [])
  const ask = useCallback(async () => {
    try {
      enter(await call('me', {}))
    } catch (fault) {
      setState({ me: undefined, asked: true, over: false, fault: isOutside(fault) ? undefined : fault })
    }
  }, [enter])
  useEffect(() => void ask(), [ask])
  return { ...state, ask, enter, outside }
}

function useTold(): { readonly told: string; readonly tell: (sentence: string) => void } {
  const [told, setTold] = useState('')
  useEffect(() => {
    if (told === '') return undefined
    const timer = setTimeout(() => setTold(''), TOLD_MS)
    return () => clearTimeout(timer)
  }, [told])
  return { told, tell: setTold }
}
