import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { cannotListen } from '../../host/node/host-error.ts'
import type { TmsStore } from '../store.ts'
import { type BrokerLink, type LinkEvents, mqttLink } from './broker-link.ts'
import { type Schema, type TmsDatabase, TmsError } from './database.ts'
import { type EmbeddedBroker, embeddedBroker } from './embedded-broker.ts'
import { objectsOverHttp } from './objects-http.ts'
import type { Signers } from './signers.ts'
import { openTmsDatabase, tmsStore } from './tms-store.ts'
import { startWorker, type Worker } from './worker.ts'

/** A part of the HTTP side: answers true when the request was its own. */
export type HttpPart = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

export interface TmsOptions {
  /** `postgres://…` or a file of SQLite. */
  readonly database: string
  readonly tenant: string
  /** Online keys of the director and of parameters (`signers.ts`). */
  readonly signers: Signers
  /** The embedded broker (TCP at `port`; undefined: only over WebSockets), or another: `mqtt://user:password@host:1883`. */
  readonly broker:
    | { readonly kind: 'embedded'; readonly host: string; readonly port: number | undefined }
    | { readonly kind: 'address'; readonly url: string }
  /** HTTP: objects, and MQTT over WebSocket under /mqtt (embedded broker). Undefined: none of its own. */
  readonly http?: { readonly host: string; readonly port: number }
  /** More tables (API, people) and their faces over HTTP, tried in order before 404. */
  readonly schemas?: readonly Schema[]
  readonly parts?: (server: TmsParts) => readonly HttpPart[]
  /** One line of what happened, for the log. */
  readonly log?: (line: string) => void
  /** Work of a worker in this process; false: only the faces (API, page) and perhaps the broker. */
  readonly worker?: boolean
  /** Terminals may fetch over HTTPS as well: their devices know the address. */
  readonly secondSource?: boolean
  /** Largest block that an order allows, a power of two from 1,024 to 32,768 (`tell.ts`); a terminal may take less. */
  readonly blockBytes?: number
  /** Bytes on their way to terminals of the broker; 32 MiB when not given. */
  readonly budgetBytes?: number
}

export interface TmsParts {
  readonly store: TmsStore
  readonly database: TmsDatabase
  readonly signers: Signers
  readonly tenant: string
  /** Something was ordered or changed for these terminals: tell them now, not at the next look (≤ 1 s). */
  wake(): void
  /** Ends the connection of a terminal that is retired or has another password. Undefined: the broker is another's. */
  readonly disconnect: ((serial: string) => void) | undefined
}

export interface TmsServer extends TmsParts {
  /** Where MQTT is served, undefined for another's broker. */
  readonly mqttPort: number | undefined
  readonly httpPort: number | undefined
  /** Of the worker in this process; 64 is the conductor's. */
  readonly shards: () => readonly number[]
  /** For a server that has its own HTTP: objects and parts, and the upgrade of /mqtt. */
  readonly handle: HttpPart
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  close(): Promise<void>
}

/** The download service in this process. Throws `TmsError`, one sentence, where it cannot start. */
export async function startTms(options: TmsOptions): Promise<TmsServer> {
  const { tenant, signers, log = () => {} } = options
  if (!/^[a-z0-9-]{1,16}$/.test(tenant)) throw new TmsError('a tenant is 1 to 16 of a-z, 0-9 and -')
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    const database = await openTmsDatabase(options.database, options.schemas)
    closing.push(() => database.close())
    const store = tmsStore(database)
    const broker = await ownBroker(options, store, database, log)
    if (broker !== undefined) closing.push(() => broker.close())
    const worker = await ownWorker(options, store, database, broker, log)
    if (worker !== undefined) closing.push(() => worker.close())
    // Only now: what terminals say first is heard.
    const mqttPort = await broker?.listen()
    const parts: TmsParts = {
      ...{ store, database, signers, tenant, wake: () => worker?.wake(), disconnect: broker?.disconnect },
    }
    const handle = handler(store, options.parts?.(parts) ?? [], log)
    const upgrade = upgrader(broker)
    const http = options.http && (await listenHttp(options.http, handle, upgrade))
    if (http !== undefined) closing.push(http.close)
    return {
      ...parts,
      mqttPort,
      httpPort: http?.port,
      shards: () => worker?.shards() ?? [],
      handle,
      upgrade,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function ownBroker(
  { broker, tenant }: TmsOptions,
  store: TmsStore,
  database: TmsDatabase,
  log: (line: string) => void,
): Promise<EmbeddedBroker | undefined> {
  if (broker.kind === 'address') return undefined
  // It begins empty: nobody is there, and whoever worked on this database before had another broker, which has gone.
  await database.write(async ({ run }) => {
    await run('UPDATE terminal SET online = 0 WHERE online = 1')
    await run('UPDATE lease SET until_ms = 0')
    await run('DELETE FROM worker')
  })
  return embeddedBroker({
    ...{ tenant, host: broker.host, port: broker.port, log },
    passwordHash: (serial) => store.passwordHash(serial),
  })
}

async function ownWorker(
  options: TmsOptions,
  store: TmsStore,
  database: TmsDatabase,
  broker: EmbeddedBroker | undefined,
  log: (line: string) => void,
): Promise<Worker | undefined> {
  if (options.worker === false) return undefined
  const id = `worker-${process.pid}-${randomBytes(6).toString('hex')}`
  const link = async (events: LinkEvents): Promise<BrokerLink> => {
    if (broker !== undefined) return broker.link(events)
    if (options.broker.kind === 'embedded') throw new TmsError('there is no broker')
    return mqttLink(options.broker.url, options.tenant, id, events)
  }
  return startWorker({
    ...{
      database,
      objects: store,
      tenant: options.tenant,
      director: options.signers.director,
      id,
      link,
      log,
    },
    source: options.secondSource === true ? 2 : 0,
    ...(options.blockBytes !== undefined && { blockBytes: options.blockBytes }),
    ...(options.budgetBytes === undefined ? {} : { budgetBytes: options.budgetBytes }),
  })
}

function handler(store: TmsStore, parts: readonly HttpPart[], log: (line: string) => void): HttpPart {
  return async (request, response) => {
    try {
      if (await objectsOverHttp(store, request, response)) return true
      for (const part of parts) if (await part(request, response)) return true
      return false
    } catch (error) {
      log(error instanceof Error ? error.message : String(error))
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
      return true
    }
  }
}

function upgrader(broker: EmbeddedBroker | undefined): TmsServer['upgrade'] {
  return (request, socket, head) => {
    // Not read as a URL: `//` is none, and what is thrown here ends the process.
    if (broker === undefined || request.url?.split('?', 1)[0] !== '/mqtt') return false
    broker.upgrade(request, socket, head)
    return true
  }
}

async function listenHttp(
  { host, port }: { readonly host: string; readonly port: number },
  handle: HttpPart,
  upgrade: TmsServer['upgrade'],
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void handle(request, response).then((done) => {
      if (!done) response.writeHead(404).end()
    })
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()) // first of all: without it a reset ends this process
    if (!upgrade(request, socket, head)) socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new TmsError(cannotListen(host, port, error))))
    server.listen(port, host, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TmsError('no port to listen on')
  return {
    port: address.port,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
