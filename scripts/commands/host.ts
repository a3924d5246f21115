import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import { interrupted } from '../interrupted.ts'
import { addHostClear } from './host-clear.ts'
import { addHostKeys } from './host-keys.ts'
import { addHostReport } from './host-report.ts'

interface HostOptions {
  readonly listen?: string
  readonly ws?: string
  readonly db?: string
  readonly secret?: string
  readonly provision?: readonly string[]
  readonly cards: string
  readonly acquirer: string
  readonly testFaults?: boolean
  readonly web?: string
  readonly names?: readonly string[]
  readonly security?: 'plain' | 'noise'
  readonly identity?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

const demo = (name: string): string => fileURLToPath(new URL(`../demo/${name}`, import.meta.url))

export function addHost(program: Command): void {
  const host = program
    .command('host')
    .allowExcessArguments(false)
    .summary('the reference host: acquirer, issuer of the demo cards, clearing, reports')
    .description(
      'The reference host: acquirer and issuer in one. Runs until it is interrupted, and clears each day after its cut-over.',
    )
    .option(
      '--listen <tcp://H:P>',
      'listens for TCP; tcp://127.0.0.1:9100 when neither this nor --ws is given; tls://… with --tls-cert',
    )
    .option('--ws <H:P>', 'listens for WebSocket')
    .option(
      '--db <file>',
      'file of the books, or postgres://user@server/database, which several hosts may share; without it the books end with the host',
    )
    .option(
      '--secret <file>',
      'with --db postgres://…: file of the secret that keys in the books are sealed under, the same for all hosts of one database; new books make it',
    )
    .option('--provision <file...>', 'terminals that the host knows (default: those of the demonstration)')
    .option('--cards <file>', 'cards of the issuer', demo('cards.json'))
    .option('--acquirer <file>', 'fees, offers, programmes, bills of the acquirer', demo('acquirer.json'))
    .option('--web <H:P>', 'serves the page of clearing 清算, as 127.0.0.1:8090; wants --db')
    .option(
      '--names <name...>',
      'with --web: names by which browsers may ask for the page, beside localhost and addresses',
    )
    .addOption(
      new Option(
        '--security <kind>',
        'noise: takes only streams inside the encrypted channel (default: both with --identity, else plain)',
      ).choices(['plain', 'noise']),
    )
    .option('--identity <file>', 'who this host is in the channel, from shuaka keys identity issue')
    .option('--tls-cert <file>', 'PEM certificate: listens inside TLS')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--test-faults', 'the last digit of an amount decides what goes wrong')
    .action(async (options: HostOptions) => {
      const { runHost } = await import('../host.ts')
      const usual = options.tlsCert === undefined ? 'tcp://127.0.0.1:9100' : 'tls://127.0.0.1:9100'
      const listen = options.listen ?? (options.ws === undefined ? usual : undefined)
      const log = (line: string): void => console.log(line)
      const provision = options.provision ?? [demo('mall.json'), demo('shop.json')]
      if (options.web !== undefined && options.db === undefined)
        throw new CommandError('host: --web shows books that are kept; give them with --db', 2)
      if (options.web === undefined && options.names !== undefined)
        throw new CommandError('host: --names are of the page; give it with --web', 2)
      const server = await runHost({
        ...options,
        ...(listen === undefined ? {} : { listen }),
        provision,
        demonstration: options.provision === undefined,
        log,
        warn: (line) => console.error(line),
      })
      const clearing = await startedClearing(options, log)
      const page = await startedPage({ ...options, provision }, log).catch(async (error: unknown) => {
        await clearing?.stop()
        await server.close()
        throw error
      })
      await interrupted()
      await page?.close()
      await clearing?.stop()
      await server.close()
    })
  addHostReport(host)
  addHostClear(host)
  addHostKeys(host, [demo('mall.json'), demo('shop.json')])
}

/** Books in memory end with the host: nobody could clear them. */
async function startedClearing({ db, acquirer }: HostOptions, log: (line: string) => void) {
  if (db === undefined) return undefined
  const { startClearing } = await import('../host-clear.ts')
  const { readAcquirer } = await import('../acquirer.ts')
  return startClearing({ db, acquirer: readAcquirer(acquirer), words: ['--acquirer', acquirer], log })
}

/** The page of the host, where it is asked for. */
async function startedPage({ web, db, ...options }: HostOptions, log: (line: string) => void) {
  if (web === undefined || db === undefined) return undefined
  const { serveHostPage } = await import('../host-page.ts')
  return serveHostPage({ ...options, web, db, log, warn: (line) => console.error(line) })
}
