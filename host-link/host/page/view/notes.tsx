import type { ComponentChildren, JSX } from 'preact'
import type { DayState } from '../api.ts'
import { OFFLINE } from '../load.ts'
import type { Ui } from '../ui.ts'

/** Nothing is there: what to do. */
export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <div class="empty">{children}</div>
}

/** Until there is an answer: that it comes, or why not. */
export function Waiting({
  ui: { words },
  error,
}: {
  readonly ui: Ui
  readonly error: string | undefined
  readonly loading?: boolean
}): JSX.Element {
  if (error === undefined) return <p class="waiting">{words.loading}</p>
  return (
    <p class="error" role="alert" data-testid="error">
      {error === OFFLINE ? (
        words.offline
      ) : (
        <>
          <b>{words.error}</b> {error}
        </>
      )}
    </p>
  )
}

const MARKS: { readonly [State in DayState]: string } = { cleared: '✓', due: '!', open: '…' }

/** Whether a day is cleared: by sign and word, not by colour alone. */
export function Badge({ ui: { words }, state }: { readonly ui: Ui; readonly state: DayState }): JSX.Element {
  return (
    <span class={`badge ${state}`}>
      <i aria-hidden="true">{MARKS[state]}</i>
      {words[state]}
    </span>
  )
}

/** One figure with its name. */
export function Figure({
  name,
  value,
  more,
  tone,
}: {
  readonly name: string
  readonly value: string
  readonly more?: string
  readonly tone?: 'bad' | 'main'
}): JSX.Element {
  return (
    <div class={`figure ${tone ?? ''}`}>
      <span>{name}</span>
      <b>{value}</b>
      {more === undefined ? null : <small>{more}</small>}
    </div>
  )
}
