import { useCallback, useEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import { makeWireReader } from './frames.ts'
import { loadPaper, savePaper } from './preferences.ts'
import type { Choice, FromWorker, TerminalSetup, ToWorker } from './protocol.ts'
import { type Change, changed, initialState, type PageState } from './state.ts'

export interface Terminal {
  readonly state: PageState
  send(message: ToWorker): void
  change(change: Change): void
}

export interface TerminalOptions {
  readonly terminal: TerminalSetup
  readonly choice: Choice
  readonly hostUrl: string
  readonly programUrl: string
  readonly engineUrl: string
  /** False while another tab has this terminal: no worker runs then. */
  readonly mine: boolean
  /** Everything the worker says, beside what goes into the state. */
  heard(message: FromWorker): void
}

/** The worker with the terminal in it, as state and a way to send. A new terminal is a new worker. */
export function useTerminal(options: TerminalOptions): Terminal {
  const { terminal, hostUrl, programUrl, engineUrl, mine } = options
  const [state, change] = useReducer(changed, undefined, () =>
    initialState(loadPaper(localStorage, terminal.serial)),
  )
  const worker = useRef<Worker>()
  const latest = useRef(options)
  latest.current = options
  const reader = useMemo(makeWireReader, [])

  useEffect(() => {
    if (!mine) return
    const made = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' })
    worker.current = made
    made.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'wire')
        change({ kind: 'logged', entries: reader.take(data.direction, data.bytes, data.wallMs) })
      else change({ kind: 'fromWorker', message: data, choice: latest.current.choice })
      latest.current.heard(data)
    }
    made.onerror = (event) => {
      const message = { kind: 'failed', why: event.message || 'the worker cannot be loaded' } as const
      change({ kind: 'fromWorker', message, choice: latest.current.choice })
    }
    const begin: ToWorker = {
      kind: 'begin',
      terminal,
      choice: choiceOf(latest.current.choice),
      hostUrl,
      programUrl,
      engineUrl,
    }
    made.postMessage(begin)
    return () => {
      made.terminate()
      worker.current = undefined
    }
  }, [mine, terminal, hostUrl, programUrl, engineUrl, reader])

  useEffect(() => savePaper(localStorage, terminal.serial, state.paper), [terminal.serial, state.paper])

  const send = useCallback((message: ToWorker) => worker.current?.postMessage(message), [])
  return { state, send, change }
}

/** Without what else the page prefers. */
function choiceOf({ model, locale, dialect }: Choice): Choice {
  return { model, locale, dialect }
}
