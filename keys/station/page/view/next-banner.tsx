import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type Next, nextOf, nextWords, warningWords } from '../next.ts'
import { left, type Ui } from '../ui.ts'

interface Props {
  readonly ui: Ui | undefined
  readonly good: string
  readonly wrong: string
  forget(): void
}

const GRAVE: readonly Next['kind'][] = ['audit', 'retry', 'noLine', 'renewIdentity']

/** What to do now, in one sentence; when the session ends; and what came of the last order. */
export function NextBanner({ ui, good, wrong, forget }: Props): JSX.Element {
  const next = ui && nextOf(ui.view)
  const grave = next !== undefined && GRAVE.includes(next.kind)
  const warning = ui && warningWords(ui.view, ui.locale)
  // While nobody is logged in the next step is to log in: what is wrong is said beside it.
  const broken = ui?.view.audit.state === 'broken' && next?.kind !== 'audit'
  return (
    <div class="top">
      {ui && next ? (
        <div class={`next ${grave ? 'grave' : next.kind === 'finish' ? 'done' : ''}`}>
          <span class="tag">{ui.words.next}</span>
          <p role="status" data-testid="next">
            {nextWords(next, ui.locale)}
          </p>
          <Countdown ui={ui} />
        </div>
      ) : null}
      {ui && broken ? (
        <p class="error" role="alert" data-testid="audit-broken">
          {nextWords({ kind: 'audit' }, ui.locale)}
        </p>
      ) : null}
      {warning === undefined ? null : (
        <p class="note warning" role="status" data-testid="warning">
          {warning}
        </p>
      )}
      {good === '' || wrong !== '' ? null : (
        <p class="note" role="status" data-testid="good">
          ✓ {good}
        </p>
      )}
      {wrong === '' ? null : (
        <p class="error" role="alert" data-testid="error">
          <span>{wrong}</span>
          <button type="button" class="plain" aria-label={ui?.words.no} onClick={forget}>
            ×
          </button>
        </p>
      )}
    </div>
  )
}

const SOON_MS = 60_000

/** Counts down by the server's clock, whatever this browser's says. */
function Countdown({ ui: { view, state, words } }: { readonly ui: Ui }): JSX.Element | null {
  const [read, setRead] = useState(() => ({ of: state, at: performance.now() }))
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => setRead({ of: state, at: performance.now() }), [state])
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250)
    return () => clearInterval(timer)
  }, [])
  if (view.session === undefined) return null
  const nowMs = state.nowMs + (read.of === state ? Math.max(0, now - read.at) : 0)
  const idle = view.session.idleEndsMs - nowMs
  return (
    <p class="clock">
      <span class={idle < SOON_MS ? 'soon' : ''}>
        {words.idleEnds} <b data-testid="idle">{left(idle)}</b>
      </span>
      <span>
        {words.totalEnds} <b>{left(view.session.totalEndsMs - nowMs)}</b>
      </span>
    </p>
  )
}
