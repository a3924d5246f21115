import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { Action } from '../access.ts'
import type { AnswerOf, CallName, InputOf } from '../api.ts'
import type { Me } from '../api-people.ts'
import { call, isOutside } from './call.ts'
import type { Locale, Say } from './words.ts'

/** What every view is handed. */
export interface Ui {
  readonly locale: Locale
  readonly say: Say
  readonly me: Me
  readonly may: (action: Action) => boolean
  /** Of two texts that the service or a table gives. */
  readonly pick: (both: { readonly zh: string; readonly en: string }) => string
  /** What the service said of a deployment, as it keeps it (`said.ts`). */
  readonly said: (text: string) => string
  /** The session is over: back to the log-in. */
  readonly outside: () => void
  /** Tells for a moment what went well. */
  readonly tell: (sentence: string) => void
}

export const UiContext = createContext<Ui | undefined>(undefined)

export function useUi(): Ui {
  const ui = useContext(UiContext)
  if (ui === undefined) throw new TypeError('ui: outside of the page')
  return ui
}

/** Questions repeat themselves only while somebody is there: an open page must not keep a session alive. */
const PRESENT_MS = 10 * 60_000

/** Whether somebody used this page lately. */
export interface Presence {
  readonly isHere: () => boolean
}

export function watchPresence(): Presence {
  let lastMs = Date.now()
  for (const event of ['pointerdown', 'keydown', 'wheel'])
    addEventListener(event, () => {
      lastMs = Date.now()
    })
  return { isHere: () => !document.hidden && Date.now() - lastMs < PRESENT_MS }
}

export const PresenceContext = createContext<Presence>({ isHere: () => true })

export interface Asked<Answer> {
  readonly data: Answer | undefined
  readonly fault: unknown
  readonly reload: () => Promise<void>
  /** Puts in what a change has answered. */
  readonly put: (answer: Answer) => void
}

/** What the service says to a question; asked again when it changes, and every `everyMs` where that is given. */
export function useCall<Name extends CallName>(
  name: Name,
  input: InputOf<Name> & { readonly path?: string; readonly query?: object; readonly body?: unknown },
  everyMs = 0,
): Asked<AnswerOf<Name>> {
  const { outside } = useUi()
  const presence = useContext(PresenceContext)
  const key = JSON.stringify([name, input])
  const [state, setState] = useState<{ key: string; data?: AnswerOf<Name>; fault?: unknown }>({ key })
  const latest = useRef({ key, turn: 0 })
  latest.current.key = key
  const reload = useCallback(async () => {
    const turn = ++latest.current.turn
    const isLatest = (): boolean => latest.current.turn === turn && latest.current.key === key
    try {
      const data = await call(name, input)
      if (isLatest()) setState({ key, data })
    } catch (fault) {
      if (isOutside(fault)) outside()
      else if (isLatest()) setState((held) => ({ ...(held.key === key ? held : { key }), fault }))
    }
  }, [key, outside])
  useEffect(() => {
    void reload()
    if (everyMs === 0) return undefined
    const timer = setInterval(() => {
      if (presence.isHere()) void reload()
    }, everyMs)
    return () => {
      clearInterval(timer)
      latest.current.turn++ // what is still under way is no longer wanted
    }
  }, [reload, everyMs, presence])
  const put = useCallback(
    (data: AnswerOf<Name>) => {
      latest.current.turn++
      setState({ key, data })
    },
    [key],
  )
  const held = state.key === key ? state : undefined
  return { data: held?.data, fault: held?.fault, reload, put }
}

/** `2026-11-22 12:11`, by the clock of this machine; empty for none. */
export function moment(seconds: number | undefined): string {
  if (seconds === undefined || seconds === 0) return ''
  const date = new Date(seconds * 1000)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

const two = (part: number): string => String(part).padStart(2, '0')

/** Of `<input type="datetime-local">`, in seconds; 0 for an empty one. */
export function secondsOf(local: string): number {
  const ms = local === '' ? 0 : new Date(local).getTime()
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000)
}

/** The other way. */
export function localOf(seconds: number): string {
  return moment(seconds).replace(' ', 'T')
}

/** `1.4 MB`, `12 kB`, `310 B`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1_000_000_000) return `${(bytes / 1_000_000_000).toFixed(1)} GB`
  if (bytes >= 1_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return bytes >= 1_000 ? `${Math.round(bytes / 1_000)} kB` : `${bytes} B`
}

/** First digits of a hash. */
export function short(hash: string | undefined): string {
  return hash === undefined || /^0*$/.test(hash) ? '' : hash.slice(0, 12)
}
