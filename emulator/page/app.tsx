import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts'
import type { FromWorker, TerminalSetup } from './protocol.ts'
import type { PageSetup } from './setup.ts'
import { makeBeeper } from './sound.ts'
import { textOf } from './text.ts'
import { useHands } from './use-hands.ts'
import { useKeyboard } from './use-keyboard.ts'
import { useLock } from './use-lock.ts'
import { useRecorder } from './use-recorder.ts'
import { useTerminal } from './use-terminal.ts'
import { Device } from './view/device.tsx'
import { Lab } from './view/lab.tsx'
import { Side } from './view/side.tsx'
import { Wallet } from './view/wallet.tsx'

/** The page: the bench with the terminal that was used last. Another terminal is another bench. */
export function App({ setup }: { readonly setup: PageSetup }): JSX.Element {
  const [preferences, setPreferences] = useState(() => loadPreferences(localStorage))
  useEffect(() => savePreferences(localStorage, preferences), [preferences])
  const terminal = setup.terminals.find((one) => one.serial === preferences.serial) ?? setup.terminals[0]
  if (!terminal) return <p class="failure">The server knows no terminal.</p>
  const prefer = (change: Partial<Preferences>): void => setPreferences((old) => ({ ...old, ...change }))
  return (
    <Bench
      key={terminal.serial}
      setup={setup}
      terminal={terminal}
      preferences={preferences}
      prefer={prefer}
    />
  )
}

interface BenchProps {
  readonly setup: PageSetup
  readonly terminal: TerminalSetup
  readonly preferences: Preferences
  prefer(change: Partial<Preferences>): void
}

/** Wallet and lab at the left, the device in the middle, wire log, books and slips at the right. */
function Bench({ setup, terminal, preferences, prefer }: BenchProps): JSX.Element {
  const { locale, sound } = preferences
  const text = textOf(locale)
  const lock = useLock(terminal.serial)
  const recording = useRecorder()
  const [answers, setAnswers] = useState(0)
  const beeper = useRef(makeBeeper())

  const heard = (message: FromWorker): void => {
    if (message.kind === 'beep' && sound) beeper.current.beep(message.sound)
    if (message.kind === 'screen') recording.note((into) => into.seen(message.picture))
    if (message.kind === 'wire' && message.direction === 'in') setAnswers((count) => count + 1)
  }
  const worker = useTerminal({
    terminal,
    choice: preferences,
    hostUrl: addressOf(setup.hostPath).replace(/^http/, 'ws'),
    programUrl: addressOf(setup.programPath),
    engineUrl: addressOf(setup.enginePath),
    mine: lock === 'mine',
    heard,
  })
  const { state, change } = worker
  const hands = useHands(worker, recording, locale)
  const held = useKeyboard({
    press: hands.press,
    swipeAt(index) {
      const card = setup.cards[index]
      if (card) hands.swipe(card, false)
    },
  })
  useEffect(() => {
    document.documentElement.lang = locale
    document.title = `Shuaka 刷卡 · ${text.title}`
  }, [locale, text])

  const failed = state.failed === undefined ? undefined : `${text.failed}: ${state.failed}`
  const notice = lock === 'theirs' ? text.twoTabs.replace('{serial}', terminal.serial) : failed
  return (
    <div class="page">
      <aside class="side-left">
        <h1>
          <b>Shuaka</b> 刷卡 <span>{text.title}</span>
        </h1>
        <Wallet cards={setup.cards} text={text} swipe={hands.swipe} />
        <Lab
          text={text}
          hands={hands}
          state={state}
          preferences={preferences}
          serial={terminal.serial}
          serials={setup.terminals.map((one) => one.serial)}
          recorded={recording.steps}
          prefer={prefer}
          record={() => recording.toggle(titleNow(terminal.serial), locale, state.picture)}
        />
      </aside>
      <main class="middle">
        {notice === undefined ? null : (
          <div class="notice" role="alert" data-testid="notice">
            {notice}
          </div>
        )}
        <Device
          state={state}
          model={preferences.model}
          locale={locale}
          text={text}
          held={held}
          swipe={hands.lastSwipe}
          press={hands.press}
          tear={() => change({ kind: 'torn', at: Date.now() })}
        />
      </main>
      <Side
        text={text}
        locale={locale}
        state={state}
        answers={answers}
        serial={terminal.serial}
        deskPath={terminal.tms?.deskPath}
        security={terminal.security ?? 'plain'}
        clearLog={() => change({ kind: 'logCleared' })}
        removeSlip={(id) => change({ kind: 'slipRemoved', id })}
      />
    </div>
  )
}

function addressOf(path: string): string {
  return new URL(path, location.href).href
}

/** First line of a recorded scenario. */
function titleNow(serial: string): string {
  return `${serial} ${new Date().toISOString().slice(0, 16)}`
}
