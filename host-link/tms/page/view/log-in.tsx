import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Me } from '../../api-people.ts'
import { call, faultText } from '../call.ts'
import { Field } from '../part/panel.tsx'
import type { Locale, Say } from '../words.ts'

interface Props {
  readonly locale: Locale
  readonly say: Say
  /** A session has ended by itself. */
  readonly over: boolean
  readonly enter: (me: Me) => void
}

export function LogIn({ locale, say, over, enter }: Props): JSX.Element {
  const [fault, setFault] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  async function logIn(form: HTMLFormElement): Promise<void> {
    const given = new FormData(form)
    const body = { name: String(given.get('name')), password: String(given.get('password')) }
    setBusy(true)
    setFault(undefined)
    try {
      enter(await call('logIn', { body }))
    } catch (error) {
      setFault(error)
      form.querySelector<HTMLInputElement>('[name=password]')?.select()
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      class="panel log-in"
      onSubmit={(event) => {
        event.preventDefault()
        void logIn(event.currentTarget)
      }}
    >
      <h2>
        <b>{say('logIn')}</b>
      </h2>
      {over ? <p class="error warning">{say('sessionOver')}</p> : null}
      <Field label={say('name')}>
        <input
          name="name"
          autocomplete="username"
          autofocus
          required
          maxLength={40}
          data-testid="log-in-name"
        />
      </Field>
      <Field label={say('password')}>
        <input
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxLength={256}
          data-testid="log-in-password"
        />
      </Field>
      {fault === undefined ? null : (
        <p class="error" role="alert" data-testid="error">
          {faultText(fault, locale)}
        </p>
      )}
      <button type="submit" class="main" disabled={busy} data-testid="log-in-go">
        {say('logIn')}
      </button>
      <p class="hint">{say('logInHint')}</p>
    </form>
  )
}
