import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../call.ts'
import { useWork } from '../part/act.tsx'
import { Fault, Field, Panel } from '../part/panel.tsx'
import { useUi } from '../ui.ts'

/** 修改密码 of oneself. */
export function ChangePassword({
  done,
  must = false,
}: {
  readonly done: () => void
  readonly must?: boolean
}): JSX.Element {
  const { say, tell } = useUi()
  const { fault, busy, work } = useWork()
  const [differ, setDiffer] = useState(false)
  async function change(form: HTMLFormElement): Promise<void> {
    const given = new FormData(form)
    const text = (name: string): string => String(given.get(name))
    setDiffer(text('fresh') !== text('again'))
    if (text('fresh') !== text('again')) return
    const body = { old: text('old'), fresh: text('fresh') }
    if (!(await work(() => call('changePassword', { body })))) return
    form.reset()
    tell(say('passwordChanged'))
    done()
  }
  const secret = (name: string, autocomplete: 'current-password' | 'new-password') => (
    <input
      type="password"
      required
      maxLength={256}
      {...{ name, autocomplete }}
      data-testid={`password-${name}`}
    />
  )
  return (
    <Panel title={say('changePassword')} hint={must ? say('mustChange') : undefined}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void change(event.currentTarget)
        }}
      >
        <Field label={say('oldPassword')}>{secret('old', 'current-password')}</Field>
        <Field label={say('newPassword')} hint={say('newPasswordHint')}>
          {secret('fresh', 'new-password')}
        </Field>
        <Field label={say('again')}>{secret('again', 'new-password')}</Field>
        {differ ? (
          <p class="error" role="alert">
            {say('differ')}
          </p>
        ) : null}
        <Fault fault={fault} />
        <button type="submit" class="main" disabled={busy} data-testid="password-go">
          {say('changePassword')}
        </button>
      </form>
    </Panel>
  )
}
