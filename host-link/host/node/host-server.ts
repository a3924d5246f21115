import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { type Listening, listenTcp, type TlsIdentity } from '../../transport/tcp-server.ts'
import {
  type Attached,
  type AttachOptions,
  attachWebSocket,
  listenWebSocket,
} from '../../transport/web-socket-server.ts'
import type { Acquirer } from '../acquirer.ts'
import type { Alarm } from '../alarm.ts'
import type { HostChannel } from '../channel-connection.ts'
import { createHost, type Host } from '../host.ts'
import type { HostTime } from '../ledger.ts'
import { memoryStore } from '../memory-store.ts'
import { type Card, hostCard, hostTerminal, type Provision } from '../provision.ts'
import type { HostTerminal } from '../registry.ts'
import { SECRET_BYTES, secretCheck } from '../seal.ts'
import type { Store } from '../store.ts'
import { cannotListen, HostError } from './host-error.ts'
import { isPostgresAddress, shownAddress } from './postgres-address.ts'
import { secretBeside, secretIn } from './secret-file.ts'
import { sqliteStore } from './sqlite-store.ts'
import { waitingConnection } from './waiting-connection.ts'

export interface HostServerOptions {
  /** `tcp://host:port`, or `tls://host:port` with `tls`; absent: no TCP. Port 0 takes a free one. */
  readonly listen?: string
  /** `host:port` of a WebSocket server; absent: none (see `attachWebSocket`). */
  readonly ws?: string
  /** File of the books, or `postgres://…` of a database; absent: books in memory. */
  readonly db?: string
  /** File of the secret that keys in a PostgreSQL database are sealed under; a file of books has its own beside it. */
  readonly secret?: string
  /** Terminals that the host knows; no two may have one terminal number. */
  readonly provisions: readonly Provision[]
  readonly cards: readonly Card[]
  /** 收单规则; absent: no offers, no programmes, no bills. */
  readonly acquirer?: Acquirer
  readonly alarm?: (alarm: Alarm) => void
  /** 测试: faults by amount (`faults.ts`). */
  readonly testFaults?: boolean
  /** The encrypted channel, beside plain streams or alone; absent: plain only. */
  readonly channel?: HostChannel
  /** Certificate and key of a TLS server, PEM; with them `listen` is `tls://…`. */
  readonly tls?: TlsIdentity
}

export interface HostServer {
  readonly host: Host
  readonly store: Store
  /** Ports that were taken. */
  readonly tcpPort: number | undefined
  readonly wsPort: number | undefined
  /** Also serves WebSocket clients on a path of a server whose pages are others'. */
  attachWebSocket(server: Server, path: string, options?: AttachOptions): void
  /** Takes no new clients, lets answers under way leave, closes the books. */
  close(): Promise<void>
}

/** A late answer of test mode comes after any terminal's time-out of 60 s. */
const LATE_MS = 65_000

/**
 * Listens and opens the books. Addresses come first: one that cannot be had leaves no file behind. Throws `HostError`,
 * one sentence, for books or addresses that cannot be opened.
 */
export async function startHostServer(options: HostServerOptions): Promise<HostServer> {
  const { tls } = options
  const tcp = options.listen === undefined ? undefined : tcpAddress(options.listen, tls !== undefined)
  const ws = options.ws === undefined ? undefined : address(options.ws, options.ws)
  const terminals = terminalsOf(options.provisions)
  const open: (Listening | Attached)[] = []
  const closeListening = async () => void (await Promise.all(open.map((one) => one.close())))
  let isUp: (opened: Host) => void = () => {}
  let isDown: (why: unknown) => void = () => {}
  const coming = new Promise<Host>((resolve, reject) => {
    isUp = resolve
    isDown = reject
  })
  coming.catch(() => {}) // who waits for it hears of it; without clients nobody does
  const handlerOf = () => waitingConnection(coming)
  try {
    const tcpServer = tcp && (await listening(tcp, () => listenTcp(tcp.host, tcp.port, handlerOf, { tls })))
    if (tcpServer) open.push(tcpServer)
    const wsServer = ws && (await listening(ws, () => listenWebSocket(ws.host, ws.port, handlerOf)))
    if (wsServer) open.push(wsServer)
    const { host, store } = await openBooks(options, terminals)
    isUp(host)
    return {
      host,
      store,
      tcpPort: tcpServer?.port,
      wsPort: wsServer?.port,
      attachWebSocket: (server, path, more) => void open.push(attachWebSocket(server, path, handlerOf, more)),
      async close() {
        await closeListening()
        await store.close()
      },
    }
  } catch (error) {
    isDown(error)
    await closeListening()
    throw error
  }
}

/** The host with its books. Throws `HostError`; the books are closed then. */
async function openBooks(
  options: HostServerOptions,
  terminals: readonly HostTerminal[],
): Promise<{ readonly host: Host; readonly store: Store }> {
  const { store, secret } = await openStore(options)
  try {
    for (const { terminal, stores } of options.provisions) store.nameStores(terminal.merchantId, stores)
    const host = createHost({
      store,
      terminals,
      cards: options.cards.map(hostCard),
      clock: { now: localTime },
      random: fresh,
      secret,
      gbk: gbkEncoder(),
      ...(options.acquirer && { acquirer: options.acquirer }),
      ...(options.alarm && { alarm: options.alarm }),
      ...(options.channel && { channel: options.channel }),
      ...(options.testFaults && { testFaults: { lateMs: LATE_MS, delay } }),
    })
    await store.transact(() => ({ result: undefined })) // the accounts are open
    return { host, store }
  } catch (error) {
    await store.close()
    throw error
  }
}

export interface OpenStore {
  readonly store: Store
  /** What its keys are sealed under. */
  readonly secret: Uint8Array
}

/**
 * The books of a host with their secret. `beside`: as `SqliteOptions.beside`; a server's books are shared anyway. Rejects
 * with `HostError`, one sentence.
 */
export async function openStore({
  db,
  secret: file,
  beside = false,
}: Pick<HostServerOptions, 'db' | 'secret'> & { readonly beside?: boolean }): Promise<OpenStore> {
  if (db !== undefined && isPostgresAddress(db)) return openPostgres(db, file)
  if (file !== undefined)
    throw new HostError('--secret goes with --db postgres://…; a file of books has its own')
  if (db === undefined) return { store: memoryStore(), secret: fresh(SECRET_BYTES) }
  const secret = secretBeside(db)
  return { store: sqliteStore(db, { secretCheck: secretCheck(secret), beside }), secret }
}

async function openPostgres(db: string, file: string | undefined): Promise<OpenStore> {
  if (file === undefined)
    throw new HostError(
      `${shownAddress(db)}: wants --secret FILE, of the secret that its keys are sealed under; new books make a new one`,
    )
  const { postgresBooksExist, postgresStore } = await import('./postgres-store.ts') // its driver only where it is needed
  const secret = secretIn(file, await postgresBooksExist(db))
  const store = postgresStore(db, { secretCheck: secretCheck(secret) })
  try {
    await store.opened()
    return { store, secret }
  } catch (error) {
    await store.close()
    throw error
  }
}

function terminalsOf(provisions: readonly Provision[]): HostTerminal[] {
  const numbers = provisions.map(({ terminal }) => terminal.terminalId)
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at)
  if (twice !== undefined) throw new HostError(`terminal ${twice} is provisioned twice`)
  return provisions.map(hostTerminal)
}

/** This machine's local date and time, now or at another instant. */
export function localTime(now = new Date()): HostTime {
  const two = (value: number) => String(value).padStart(2, '0')
  return {
    date: `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`,
    time: two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds()),
  }
}

/** GBK bytes of a text as characters. */
function gbkEncoder(): (text: string) => string {
  const decoder = new TextDecoder('gbk')
  const charset = makeCharset((bytes) => decoder.decode(bytes))
  return (text) => String.fromCharCode(...charset.encodeGbk(text))
}

function fresh(bytes: number): Uint8Array {
  return Uint8Array.from(randomBytes(bytes))
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

interface Address {
  readonly host: string
  readonly port: number
}

function tcpAddress(url: string, tls: boolean): Address {
  const scheme = tls ? 'tls://' : 'tcp://'
  if (!url.startsWith(scheme))
    throw new HostError(
      url.startsWith('tls://')
        ? `${url}: TLS wants a certificate and its key, --tls-cert FILE --tls-key FILE`
        : `${url}: an address like ${scheme}127.0.0.1:9100 is wanted`,
    )
  return address(url.slice(scheme.length), url)
}

/** `host:port`, `[::1]:port`. */
function address(text: string, shown: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3] ?? 65_536)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port > 65_535)
    throw new HostError(`${shown}: an address like 127.0.0.1:9100 is wanted`)
  return { host, port }
}

async function listening({ host, port }: Address, listen: () => Promise<Listening>): Promise<Listening> {
  try {
    return await listen()
  } catch (error) {
    throw new HostError(cannotListen(host, port, error))
  }
}
