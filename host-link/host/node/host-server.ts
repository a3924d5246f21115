import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { type Listening, listenTcp } from '../../transport/tcp-server.ts'
import {
  type Attached,
  type AttachOptions,
  attachWebSocket,
  listenWebSocket,
} from '../../transport/web-socket-server.ts'
import type { Alarm } from '../alarm.ts'
import { createHost, type Host } from '../host.ts'
import type { HostTime } from '../ledger.ts'
import { memoryStore } from '../memory-store.ts'
import { type Card, hostCard, hostTerminal, type Provision } from '../provision.ts'
import type { HostTerminal } from '../registry.ts'
import { SECRET_BYTES, secretCheck } from '../seal.ts'
import type { Store } from '../store.ts'
import { cannotListen, HostError } from './host-error.ts'
import { secretBeside } from './secret-file.ts'
import { sqliteStore } from './sqlite-store.ts'
import { waitingConnection } from './waiting-connection.ts'

export interface HostServerOptions {
  /** `tcp://host:port`; absent: no TCP. Port 0 takes a free one. */
  readonly listen?: string
  /** `host:port` of a WebSocket server; absent: none (see `attachWebSocket`). */
  readonly ws?: string
  /** File of the books; absent: books in memory. */
  readonly db?: string
  /** Terminals that the host knows; no two may have one terminal number. */
  readonly provisions: readonly Provision[]
  readonly cards: readonly Card[]
  readonly alarm?: (alarm: Alarm) => void
  /** 测试: faults by amount (`faults.ts`). */
  readonly testFaults?: boolean
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
  const tcp = options.listen === undefined ? undefined : tcpAddress(options.listen)
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
    const tcpServer = tcp && (await listening(tcp, () => listenTcp(tcp.host, tcp.port, handlerOf)))
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
  const secret = options.db === undefined ? fresh(SECRET_BYTES) : secretBeside(options.db)
  const store =
    options.db === undefined ? memoryStore() : sqliteStore(options.db, { secretCheck: secretCheck(secret) })
  try {
    for (const { terminal, stores } of options.provisions) store.nameStores(terminal.merchantId, stores)
    const host = createHost({
      store,
      terminals,
      cards: options.cards.map(hostCard),
      clock: { now: localTime },
      random: fresh,
      secret,
      ...(options.alarm && { alarm: options.alarm }),
      ...(options.testFaults && { testFaults: { lateMs: LATE_MS, delay } }),
    })
    return { host, store }
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

/** This machine's local date and time. */
export function localTime(): HostTime {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  return {
    date: `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`,
    time: two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds()),
  }
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

function tcpAddress(url: string): Address {
  if (!url.startsWith('tcp://')) throw new HostError(`${url}: an address like tcp://127.0.0.1:9100 is wanted`)
  return address(url.slice('tcp://'.length), url)
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
