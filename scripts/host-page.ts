import { type HostPageServer, startHostPage } from '../host-link/host/node/page-server.ts'
import type { Provision } from '../host-link/host/provision.ts'
import { readAcquirer } from './acquirer.ts'
import { buildHostPage, HOST_PAGE_FOLDER } from './build-page.ts'
import { readCards, readProvision } from './provision.ts'

export interface HostPageCommand {
  /** `127.0.0.1:8090`. */
  readonly web: string
  /** File or address of the books. */
  readonly db: string
  readonly provision?: readonly string[]
  readonly cards: string
  readonly acquirer: string
  readonly names?: readonly string[]
  readonly log: (line: string) => void
  /** Takes one line about what is not as it should be. */
  readonly warn: (line: string) => void
}

const LOOPBACK = /^(127\.[\d.]+|localhost|\[::1\]):/

/** The page of `shuaka host --web`, built where it is stale. Throws `HostError` or `FileFault`, each one sentence. */
export async function serveHostPage({
  web,
  db,
  provision = [],
  cards,
  acquirer,
  names = [],
  log,
  warn,
}: HostPageCommand): Promise<HostPageServer> {
  await buildHostPage()
  const page = await startHostPage({
    ...{ web, db, names, folder: HOST_PAGE_FOLDER },
    acquirer: readAcquirer(acquirer),
    cards: readCards(cards),
    merchants: merchantsOf(provision.map(readProvision)),
  })
  if (!LOOPBACK.test(web))
    warn(
      `warning: ${web} is no loopback address, and the page asks nobody who he is: all who reach it read the books`,
    )
  log(`clearing page: ${page.url}`)
  return page
}

/** Names of merchants as their terminals have them. */
export function merchantsOf(
  provisions: readonly Provision[],
): readonly { readonly merchant: string; readonly name: string }[] {
  const names = new Map(provisions.map(({ terminal }) => [terminal.merchantId, terminal.merchantName]))
  return [...names].map(([merchant, name]) => ({ merchant, name }))
}
