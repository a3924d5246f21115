import type { JSX } from 'preact'
import type { Route } from '../route.ts'
import { useUi } from '../ui.ts'
import { Account } from './account.tsx'
import { Audit } from './audit.tsx'
import { Deployment } from './deployment.tsx'
import { Deployments } from './deployments.tsx'
import { Fleet } from './fleet.tsx'
import { Groups } from './groups.tsx'
import { LayerPage } from './layer.tsx'
import { Layers } from './layers.tsx'
import { Overview } from './overview.tsx'
import { People } from './people.tsx'
import { Release } from './release.tsx'
import { Releases } from './releases.tsx'
import { Terminal } from './terminal.tsx'
import { Wizard } from './wizard.tsx'

/** The view that the address names. */
export function Body({ route }: { readonly route: Route }): JSX.Element {
  const { say, may } = useUi()
  const [page = 'overview', first, second = ''] = route.parts
  switch (page) {
    case 'overview':
      return <Overview />
    case 'terminals':
      return first === undefined ? <Fleet route={route} /> : <Terminal key={first} serial={first} />
    case 'groups':
      return <Groups />
    case 'releases':
      return first === undefined ? <Releases /> : <Release key={first} id={first} />
    case 'deployments':
      if (first === 'new') return <Wizard route={route} />
      return first === undefined ? <Deployments /> : <Deployment key={first} id={first} />
    case 'parameters':
      return first === undefined ? (
        <Layers />
      ) : (
        <LayerPage key={`${first}/${second}`} kind={first} name={second} />
      )
    case 'audit':
      return may('readAudit') ? <Audit /> : <Overview /> // the one before at this browser might
    case 'people':
      return may('manageUsers') ? <People /> : <Overview />
    case 'account':
      return <Account />
    default:
      return <p class="quiet">{say('noSuchPage')}</p>
  }
}
