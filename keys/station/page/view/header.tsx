import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { RENEW_DAYS } from '../../station.ts'
import { TABS, type Tab } from '../app.tsx'
import { order } from '../ask.ts'
import { day, type Ui } from '../ui.ts'
import type { Words } from '../words.ts'

interface Props {
  readonly words: Words
  readonly tab: Tab
  readonly ui: Ui | undefined
  changeLanguage(): void
}

export function Header({ words, tab, ui, changeLanguage }: Props): JSX.Element {
  return (
    <header>
      <a class="brand" href="#/work">
        <b>Shuaka</b> 刷卡 <span>{words.title}</span>
      </a>
      <nav aria-label={words.title}>
        {TABS.map((name) => (
          <a
            key={name}
            href={`#/${name}`}
            data-testid={`tab-${name}`}
            {...(tab === name && { 'aria-current': 'page' as const })}
          >
            {words[name]}
          </a>
        ))}
      </nav>
      {ui?.view.identity === undefined ? null : (
        <p class="now" title={words.identityUntil(day(ui.view.identity.notAfter))}>
          <b>{ui.view.identity.id}</b>
          {ui.view.identity.daysLeft > RENEW_DAYS ? null : (
            <span class={ui.view.identity.daysLeft < 0 ? 'badge declined' : 'badge due'}>
              {words.daysLeft(ui.view.identity.daysLeft)}
            </span>
          )}{' '}
          {ui.view.identity.development ? <span class="badge due">{words.development}</span> : null}
        </p>
      )}
      {ui?.view.state === 'open' ? <CloseSession ui={ui} /> : null}
      <button type="button" onClick={changeLanguage} data-testid="language">
        {words.language}
      </button>
    </header>
  )
}

/** Asks once more: it logs both people out. */
function CloseSession({ ui: { words, act, say } }: { readonly ui: Ui }): JSX.Element {
  const [sure, setSure] = useState(false)
  async function close(): Promise<void> {
    setSure(false)
    if (await act(() => order('close'))) say(words.closed)
  }
  if (!sure)
    return (
      <button type="button" class="strong" data-testid="close" onClick={() => setSure(true)}>
        {words.close}
      </button>
    )
  return (
    <span class="sure" role="alertdialog" aria-label={words.closeSure}>
      {words.closeSure}
      <button type="button" class="main" data-testid="close-yes" onClick={() => void close()}>
        {words.yes}
      </button>
      <button type="button" onClick={() => setSure(false)}>
        {words.no}
      </button>
    </span>
  )
}
