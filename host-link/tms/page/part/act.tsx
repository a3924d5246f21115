import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isOutside } from '../call.ts'
import { useUi } from '../ui.ts'
import { Fault, Field } from './panel.tsx'

/** As many terminals and more are typed before they are touched. */
export const TYPED_FROM = 10
const REASON_MAX = 200

interface ActProps {
  readonly label: string
  /** What the button that does it says; `label` where absent. */
  readonly yes?: string
  readonly look?: 'main' | 'danger' | 'plain'
  /** What will happen, in a sentence; with how many terminals where some are touched. */
  readonly ask: string
  readonly reason?: 'wanted' | 'optional'
  /** Terminals that are touched; many are typed to confirm. */
  readonly terminals?: number
  readonly id: string
  readonly disabled?: boolean
  /** Does it. What it throws is shown, and the question stays open. */
  readonly go: (reason: string) => Promise<unknown>
  /** More to fill in. */
  readonly children?: ComponentChildren
}

/** A button that asks before it acts, and says there what went wrong. */
export function Act({ label, look, id, disabled = false, ...question }: ActProps): JSX.Element {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        class={look ?? ''}
        data-testid={id}
        disabled={disabled}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {open ? <Question {...{ label, look, id, ...question }} close={() => setOpen(false)} /> : null}
    </>
  )
}

interface QuestionProps extends Omit<ActProps, 'look' | 'disabled'> {
  readonly look: ActProps['look'] | undefined
  readonly close: () => void
}

function Question(props: QuestionProps): JSX.Element {
  const { label, yes = label, look, ask, reason, terminals = 0, id, go, children, close } = props
  const { say, outside } = useUi()
  const dialog = useDialog(close)
  const [why, setWhy] = useState('')
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState('')
  const [fault, setFault] = useState<unknown>()
  const [busy, setBusy] = useState(false)

  async function act(): Promise<void> {
    setFault(undefined)
    if (terminals >= TYPED_FROM && typed.trim() !== String(terminals)) return setWrong(say('countWrong'))
    if (reason === 'wanted' && why.trim() === '') return setWrong(say('reasonWanted'))
    setWrong('')
    setBusy(true)
    try {
      await go(why.trim())
      close()
    } catch (error) {
      if (isOutside(error)) outside()
      else setFault(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <dialog ref={dialog} aria-label={label}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          void act()
        }}
      >
        <h2>{label}</h2>
        <p class="ask" data-testid={`${id}-ask`}>
          {ask}
        </p>
        {children}
        {reason === undefined ? null : (
          <Field label={say(reason === 'wanted' ? 'reason' : 'noteOptional')} hint={say('reasonHint')}>
            <input
              value={why}
              maxLength={REASON_MAX}
              data-testid={`${id}-reason`}
              onInput={(event) => setWhy(event.currentTarget.value)}
            />
          </Field>
        )}
        {terminals < TYPED_FROM ? null : (
          <Field label={say('typeCount', { n: terminals })}>
            <input
              value={typed}
              inputMode="numeric"
              autocomplete="off"
              data-testid={`${id}-count`}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </Field>
        )}
        {wrong === '' ? null : (
          <p class="error" role="alert" data-testid="wrong">
            {wrong}
          </p>
        )}
        <Fault fault={fault} />
        <div class="buttons">
          <button
            type="submit"
            class={look === 'danger' ? 'danger' : 'main'}
            data-testid={`${id}-yes`}
            disabled={busy}
          >
            {yes}
          </button>
          <button type="button" onClick={close}>
            {say('cancel')}
          </button>
        </div>
      </form>
    </dialog>
  )
}

/** Opens a dialogue over the page as soon as it is there; Escape closes it. */
export function useDialog(close: () => void) {
  const dialog = useRef<HTMLDialogElement>(null)
  // Before anything is painted: a key that is pressed next is meant for the dialogue.
  useLayoutEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    const closed = (): void => close()
    shown?.addEventListener('close', closed)
    return () => shown?.removeEventListener('close', closed)
  }, [])
  return dialog
}

/** A form that acts at once: it changes nothing that could not be changed back. */
export function useWork(): {
  readonly fault: unknown
  readonly busy: boolean
  readonly work: (go: () => Promise<unknown>) => Promise<boolean>
} {
  const { outside } = useUi()
  const [fault, setFault] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  return {
    fault,
    busy,
    async work(go) {
      setFault(undefined)
      setBusy(true)
      try {
        await go()
        return true
      } catch (error) {
        if (isOutside(error)) outside()
        else setFault(error)
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
