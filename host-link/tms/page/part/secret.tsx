import type { JSX } from 'preact'
import { useUi } from '../ui.ts'
import { useDialog } from './act.tsx'

interface SecretProps {
  readonly title: string
  /** One a line, with the name that each is of. */
  readonly secrets: readonly { readonly name: string; readonly secret: string }[]
  /** Forgets them: whoever holds them drops them here. */
  readonly close: () => void
}

/** What the service says once: it is in this dialogue and nowhere else in the page, and gone with it. */
export function Secret({ title, secrets, close }: SecretProps): JSX.Element {
  const { say, tell } = useUi()
  const dialog = useDialog(close)
  const text =
    secrets.length === 1
      ? (secrets[0]?.secret ?? '')
      : secrets.map(({ name, secret }) => `${name},${secret}`).join('\n')
  return (
    <dialog ref={dialog} aria-label={title}>
      <h2>{title}</h2>
      <p class="hot">{say('once')}</p>
      <ul class="secrets" data-testid="secret">
        {secrets.map(({ name, secret }) => (
          <li key={name}>
            <span>{name}</span> <code>{secret}</code>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button
          type="button"
          class="main"
          onClick={() => void navigator.clipboard?.writeText(text).then(() => tell(say('copied')))}
        >
          {say('copy')}
        </button>
        <button type="button" data-testid="secret-close" onClick={close}>
          {say('close')}
        </button>
      </div>
    </dialog>
  )
}
