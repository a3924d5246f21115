import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import type { PageSetup } from '../emulator/page/setup.ts'
import type { Credential } from '../host-link/channel/channel-end.ts'
import { cannotListen } from '../host-link/host/node/host-error.ts'
import { localTime, startHostServer } from '../host-link/host/node/host-server.ts'
import { type HostPage, makeHostPage } from '../host-link/host/node/page-server.ts'
import type { Card, Provision } from '../host-link/host/provision.ts'
import { salesReport } from '../host-link/host/report.ts'
import type { Store } from '../host-link/host/store.ts'
import { hexOf } from '../host-link/wire/bytes.ts'
import { readAcquirer } from './acquirer.ts'
import { build } from './build.ts'
import { buildHostPage, buildPage, HOST_PAGE_FOLDER, PAGE_FOLDER } from './build-page.ts'
import { CommandError, sentence } from './command-error.ts'
import { DEFAULT_BOOKS } from './default-books.ts'
import { type DemonstrationDownloads, demonstrationDownloads } from './demonstration-downloads.ts'
import { startClearing } from './host-clear.ts'
import { merchantsOf } from './host-page.ts'
import {
  DEVELOPMENT_HOST,
  type DevelopmentIdentities,
  developmentIdentities,
} from './identity/development.ts'
import { isHidden, ourHost, setGuards } from './page-guard.ts'
import { readCards, readProvision } from './provision.ts'
import { sharedKeyWarning } from './provision-warnings.ts'

export interface EmulatorOptions {
  /** Taken or refused; without it 8080 or the next free one. */
  readonly port?: number
  /** Address to listen on, 127.0.0.1 unless given: keys and PINs of the demonstration are served here. */
  readonly address?: string
  /** Names by which browsers may ask for it, beside `localhost`, `address` and addresses. */
  readonly names?: readonly string[]
  /** Books of the host, `.shuaka/host.db` in the working directory unless given. */
  readonly db?: string
  /** Provisioning files, the demonstration terminals unless given. */
  readonly provision?: readonly string[]
  /** Cards file of issuer and wallet, the demonstration cards unless given. */
  readonly cards?: string
  /** The last digit of an amount decides what goes wrong at the host (`host-link/host/faults.ts`). */
  readonly testFaults?: boolean
  /** `noise`: the terminals' lines are inside the encrypted channel, and the host takes nothing else. */
  readonly security?: 'plain' | 'noise'
  /** Hears of the host's alarms, a line each. */
  readonly log?: (line: string) => void
  /** Hears what is not as it should be in the files. */
  readonly warn?: (line: string) => void
}

export interface Emulator {
  /** `http://127.0.0.1:8080/`. */
  readonly url: string
  close(): Promise<void>
}

const PORT = 8080
/** How many ports from `PORT` on are tried. */
const PORTS_MAX = 50
const HOST_PATH = '/host'
/** Below it is the page of the host. */
const CLEARING_PATH = '/clearing'
/** What the paths of requests are read against. */
const PAGE = 'http://page'
/** The page's terminal may be plugged into an injection station on the same machine. */
const STATIONS = ['ws://127.0.0.1:*', 'ws://localhost:*']
const PROGRAM_PATH = '/program.js'
const ENGINE_PATH = '/quickjs.wasm'

const demo = (name: string): string => fileURLToPath(new URL(`demo/${name}`, import.meta.url))

/**
 * The browser emulator with its host on one port: builds bundle and page where they are stale, opens the books, and
 * serves. CommandError, one sentence, when the port is taken or a file is not what it should be.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { address = '127.0.0.1', db = DEFAULT_BOOKS, testFaults = false, security = 'plain' } = options
  const { log = () => undefined, warn = () => undefined } = options
  const names = ['localhost', address, ...(options.names ?? [])]
  const provisions = (options.provision ?? [demo('mall.json'), demo('shop.json')]).map(readProvision)
  const cards = readCards(options.cards ?? demo('cards.json'))
  const shared = sharedKeyWarning(provisions)
  if (shared !== undefined) warn(shared)
  await Promise.all([build(), buildPage(), buildHostPage()])

  const server = createServer()
  const port = await listen(server, address, options.port)
  try {
    await mkdir(dirname(db), { recursive: true, mode: 0o700 })
    const identities = developmentIdentities(join(dirname(db), 'identity'))
    const url = urlOf(address, port)
    const downloads = demonstrationDownloads({
      ...{ db, provisions, names, warn, url: urlOf(reachable(address), port) },
      secretOf: (serial) => identities.of('terminal', serial).secret,
    })
    const setup = pageSetup(provisions, cards, { identities, security, downloads }) // before the host wipes the keys
    const acquirer = readAcquirer(demo('acquirer.json'))
    const host = await startHostServer({
      ...{ db, provisions, cards, testFaults, acquirer },
      channel: { credential: identities.of('host', DEVELOPMENT_HOST), only: security === 'noise' },
      alarm: (alarm) => log(`alarm: ${alarm}`),
    })
    const words = ['--acquirer', demo('acquirer.json')]
    const clearing = await startClearing({ db, acquirer, words, log })
    host.attachWebSocket(server, HOST_PATH, {
      isOurs: (request) => ourHost(request, names) !== undefined,
      others: downloads.upgrade,
    })
    const books = await makeHostPage({
      ...{ db, acquirer, cards, folder: HOST_PAGE_FOLDER },
      merchants: merchantsOf(provisions),
    })
    server.on('request', makeHandler(setup, { store: host.store, books, downloads }, names))
    return {
      url: `${url}/`,
      async close() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        await clearing.stop()
        await downloads.close()
        await host.close()
        server.closeAllConnections()
        await closed
        await books.close()
      },
    }
  } catch (error) {
    server.close()
    throw new CommandError(`emulator: ${sentence(error)}`)
  }
}

/** What the page needs of the files: for development only, as it holds keys and PINs. */
function pageSetup(
  provisions: readonly Provision[],
  cards: readonly Card[],
  channel: {
    readonly identities: DevelopmentIdentities
    readonly security: 'plain' | 'noise'
    readonly downloads: DemonstrationDownloads
  },
): PageSetup {
  return {
    terminals: provisions.map(({ terminal, keys, host, parameters, stores }) => ({
      serial: terminal.serial,
      setup: {
        terminalId: terminal.terminalId,
        merchantId: terminal.merchantId,
        merchantName: terminal.merchantName,
        tpdu: host.tpdu,
        profile: host.profile,
        dialect: 'cup',
        keySlot: host.keySlot,
        parameters,
        stores,
      },
      masterKeys: keys.map(({ slot, algorithm, key, kcv }) => ({
        ...{ slot, algorithm },
        ...{ key: hexOf(key), checkValue: hexOf(kcv) },
      })),
      credential: hexCredential(channel.identities.of('terminal', terminal.serial)),
      security: channel.security,
      hostId: DEVELOPMENT_HOST,
      tms: channel.downloads.tmsOf(terminal.serial),
    })),
    cards,
    hostPath: HOST_PATH,
    programPath: PROGRAM_PATH,
    enginePath: ENGINE_PATH,
  }
}

function hexCredential({ secret, certificate, root }: Credential) {
  return { secret: hexOf(secret), certificate: hexOf(certificate), root: hexOf(root) }
}

/** Where this process itself can ask a server that listens there. */
function reachable(address: string): string {
  return address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
}

function urlOf(address: string, port: number): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Served {
  readonly store: Store
  readonly books: HostPage
  readonly downloads: DemonstrationDownloads
}

function makeHandler(
  setup: PageSetup,
  { store, books, downloads }: Served,
  names: readonly string[],
): Handler {
  const engine = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
  const files = sirv(PAGE_FOLDER, { dev: true, etag: true })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = ourHost(request, names)
    if (host === undefined) return send(response, 403, 'text/plain', 'Not under this name.\n')
    setGuards(response, host, STATIONS)
    if (await downloads.handle(request, response)) return
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, 'text/plain', 'Only GET.\n')
    const target = request.url ?? '/'
    if (!URL.canParse(target, PAGE)) return send(response, 400, 'text/plain', 'That is no path.\n')
    const url = new URL(target, PAGE)
    if (url.pathname.startsWith(`${CLEARING_PATH}/`))
      return books.answer(request, response, host, url.pathname.slice(CLEARING_PATH.length) + url.search)
    switch (url.pathname) {
      case CLEARING_PATH:
        response.writeHead(308, { location: `${CLEARING_PATH}/` }).end()
        return
      case '/api/setup':
        return sendJson(response, setup)
      case '/api/report': {
        const day = dayOf(url.searchParams.get('date'))
        if (day === undefined)
          return send(response, 400, 'text/plain', 'date: one like 2026-11-21 is wanted\n')
        return sendJson(response, salesReport(day, await store.storeSales(day)))
      }
      case PROGRAM_PATH:
        // Saved a file, pressed "reload program": that is the whole way of a change into the terminal.
        return send(response, 200, 'text/javascript', readFileSync((await build()).file))
      case ENGINE_PATH:
        return send(response, 200, 'application/wasm', readFileSync(engine))
      default:
        if (isHidden(url.pathname)) return none(response)
        files(request, response, () => none(response))
    }
  }
  return (request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, 'text/plain', sentence(error)))
  }
}

function none(response: ServerResponse): void {
  send(response, 404, 'text/plain', 'There is no such page.\n')
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', JSON.stringify(value))
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(body)
}

/** `2026-11-21` as the books have it; today where no day is asked for. */
function dayOf(date: string | null): string | undefined {
  if (date === null) return localTime().date
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date)
  return day ? `${day[1]}${day[2]}${day[3]}` : undefined
}

/** Listens on `wanted`, or on the first free port from 8080 on. */
async function listen(server: Server, address: string, wanted: number | undefined): Promise<number> {
  const ports = wanted === undefined ? Array.from({ length: PORTS_MAX }, (_, more) => PORT + more) : [wanted]
  for (const port of ports) {
    const error = await tryListen(server, address, port)
    const taken = server.address()
    if (error === undefined) return typeof taken === 'object' && taken ? taken.port : port
    if (Reflect.get(error, 'code') !== 'EADDRINUSE')
      throw new CommandError(`emulator: ${cannotListen(address, port, error)}.`)
  }
  const all = wanted === undefined ? `ports ${PORT} to ${PORT + PORTS_MAX - 1} are` : `port ${wanted} is`
  throw new CommandError(`emulator: ${all} in use.`)
}

/** What went wrong, or undefined. */
function tryListen(server: Server, address: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(port, address, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
}
