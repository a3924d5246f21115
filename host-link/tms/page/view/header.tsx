import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { userRoles } from '../../access.ts'
import type { Me } from '../../api-people.ts'
import { call } from '../call.ts'
import { linkTo, type Route } from '../route.ts'
import type { Ui } from '../ui.ts'
import type { Say, Word } from '../words.ts'

interface Props {
  readonly say: Say
  readonly route: Route
  readonly ui: Ui | undefined
  readonly language: ComponentChildren
  readonly leave: (me: Me | undefined) => void
}

const TABS = [
  'overview',
  'terminals',
  'groups',
  'releases',
  'deployments',
  'parameters',
  'audit',
  'people',
] as const satisfies readonly Word[]

export function Header({ say, route, ui, language, leave }: Props): JSX.Element {
  const [tab = 'overview'] = route.parts
  const nav = useRef<HTMLElement>(null)
  // On a narrow screen the tabs scroll: the one that is open is in sight.
  useEffect(() => {
    const show = (): void =>
      nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
    show()
    addEventListener('resize', show)
    return () => removeEventListener('resize', show)
  }, [tab, ui])
  // Who may not look there is not sent there.
  const shown = TABS.filter(
    (name) =>
      (name !== 'audit' || ui?.may('readAudit') === true) &&
      (name !== 'people' || ui?.may('manageUsers') === true),
  )
  async function logOut(): Promise<void> {
    await call('logOut', {}).catch(() => undefined)
    leave(undefined)
  }
  return (
    <header>
      <a class="brand" href="#/overview">
        <b>Shuaka</b> 刷卡 <span>{say('title')}</span>
      </a>
      {ui === undefined || ui.me.mustChange ? (
        <nav />
      ) : (
        <nav ref={nav} aria-label={say('title')}>
          {shown.map((name) => (
            <a
              key={name}
              href={linkTo([name])}
              data-testid={`tab-${name}`}
              {...(tab === name && { 'aria-current': 'page' as const })}
            >
              {say(name)}
            </a>
          ))}
        </nav>
      )}
      {ui === undefined ? null : (
        <p class="now">
          <a href={linkTo(['account'])} data-testid="me">
            {ui.me.name}
          </a>{' '}
          <span class="badge still">{ui.pick(userRoles[ui.me.role])}</span>
          <button type="button" class="plain" onClick={() => void logOut()} data-testid="log-out">
            {say('logOut')}
          </button>
        </p>
      )}
      {language}
    </header>
  )
}
