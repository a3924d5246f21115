import type { IncomingMessage } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import { Aedes, type Client } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { cannotListen } from '../../host/node/host-error.ts'
import { inboxTopics, shardOf } from '../../transport/inbox-topics.ts'
import { checkPassword, UP_TOPICS } from './acl.ts'
import { type BrokerLink, type LinkEvents, shardFilter } from './broker-link.ts'
import { TmsError } from './database.ts'
import { FRAME_BYTES_MAX, guardedStream } from './guarded-stream.ts'

const DRAIN_MS = 5_000

export interface EmbeddedOptions {
  readonly tenant: string
  readonly host: string
  /** 0: any free one. Undefined: no TCP, only WebSockets. */
  readonly port: number | undefined
  /** Of a terminal that may connect, as `hashPassword` makes it. */
  readonly passwordHash: (serial: string) => Promise<string | undefined>
  readonly log: (line: string) => void
}

export interface EmbeddedBroker {
  /** Begins to listen; answers the port. Throws `TmsError`. */
  listen(): Promise<number | undefined>
  /** Takes over an upgrade of HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** A worker in this process. */
  link(events: LinkEvents): BrokerLink
  readonly clients: () => number
  /** Ends the connection of a terminal, and of one that is logging in at this moment: it may come again with what counts now. */
  disconnect(serial: string): void
  close(): Promise<void>
}

/**
 * A broker in this process: aedes behind a guard that bounds packets and what waits for a client. Terminals log in with serial
 * and password and reach their own topics only.
 */
export async function embeddedBroker(options: EmbeddedOptions): Promise<EmbeddedBroker> {
  const { tenant, host, port } = options
  const waiting = { bytes: 0 }
  const branches = new WeakMap<Client, string>()
  const branch = (client: Client): string => {
    const known = branches.get(client) ?? branchOf(tenant, client.id)
    branches.set(client, known)
    return known
  }
  const lines = linesOf()
  const broker = await Aedes.createBroker({
    drainTimeout: DRAIN_MS,
    // No bound of its own: what it put off it would do all at once, one call inside the other, until the stack is used up.
    concurrency: 0,
    connectTimeout: 10_000,
    maxTopicLevels: 8,
    keepaliveLimit: 600,
    authenticate(client, username, password, done) {
      lines.add(client.id, client.conn)
      authenticated(options, client, username, password).then(
        (good) => (good ? done(null, true) : done(badLogIn(), null)),
        () => done(badLogIn(), null),
      )
    },
    authorizePublish(client, { topic, retain, qos }, done) {
      done(
        client === null || mayPublish(branch(client), topic, retain, qos)
          ? null
          : new Error('not its own topic'),
      )
    },
    authorizeSubscribe(client, subscription, done) {
      done(null, mayRead(tenant, client.id, subscription.topic) ? subscription : null)
    },
  })
  // Only presence is retained, and nobody may subscribe to it: the search through all of it, at every subscription, would cost
  // a fleet that comes back the square of its size.
  const { persistence } = broker as Aedes & { readonly persistence: object }
  Object.assign(persistence, { createRetainedStreamCombi: () => Readable.from([]) })
  broker.on('clientError', () => {}) // a terminal went away: its next connection tells
  broker.on('connectionError', () => {})
  const take = (socket: Duplex, request?: IncomingMessage) => {
    broker.handle(guardedStream(socket, waiting), request)
  }
  const server = createServer({ noDelay: true }, take)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const web = new WebSocketServer({
    noServer: true,
    maxPayload: 2 * FRAME_BYTES_MAX,
    handleProtocols: () => 'mqtt',
  })
  return {
    listen: async () => (port === undefined ? undefined : listening(server, host, port)),
    clients: () => broker.connectedClients,
    disconnect: (serial) => lines.end(serial),
    upgrade: (request, socket, head) =>
      web.handleUpgrade(request, socket, head, (line) => take(createWebSocketStream(line), request)),
    link: (events) => linkTo(broker, tenant, () => waiting.bytes, events),
    async close() {
      for (const line of web.clients) line.terminate()
      web.close()
      server.close()
      await new Promise<void>((resolve) => broker.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Lines by the name that they gave, also while its password is looked at. */
function linesOf(): {
  add(name: string, line: Pick<Duplex, 'once' | 'destroy'>): void
  end(name: string): void
} {
  const lines = new Map<string, Set<Pick<Duplex, 'once' | 'destroy'>>>()
  return {
    add(name, line) {
      const own = lines.get(name) ?? new Set()
      lines.set(name, own.add(line))
      line.once('close', () => {
        own.delete(line)
        if (own.size === 0 && lines.get(name) === own) lines.delete(name)
      })
    },
    end(name) {
      for (const line of lines.get(name) ?? []) line.destroy()
    },
  }
}

const badLogIn = () => Object.assign(new Error('serial or password'), { returnCode: 4 as const })

async function authenticated(
  { passwordHash }: EmbeddedOptions,
  client: Client,
  username: string | undefined,
  password: Buffer | undefined,
): Promise<boolean> {
  // The client id is the serial too: nobody ends another's session.
  if (username === undefined || password === undefined || client.id !== username) return false
  const hash = await passwordHash(username)
  if (hash !== undefined && checkPassword(password, hash)) return true
  return false
}

function branchOf(tenant: string, serial: string): string {
  return `t/${tenant}/${String(shardOf(serial)).padStart(2, '0')}/${serial}`
}

function mayPublish(branch: string, topic: string, retain: boolean, qos: number): boolean {
  const own = UP_TOPICS.some((name) => topic === `${branch}/up/${name}`)
  // Only presence is kept by the broker; quality 2 would be kept half-way.
  return own && qos < 2 && (!retain || topic === `${branch}/up/on`)
}

function mayRead(tenant: string, serial: string, filter: string): boolean {
  const topics = inboxTopics(tenant, serial)
  return (
    filter === `${branchOf(tenant, serial)}/dn/#` ||
    (['want', 'blk', 'ack'] as const).some((name) => filter === topics.down(name))
  )
}

async function listening(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new TmsError(cannotListen(host, port, error))))
    server.listen({ host, port, backlog: 4096 }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TmsError('no port to listen on')
  return address.port
}

function linkTo(broker: Aedes, tenant: string, buffered: () => number, { receive }: LinkEvents): BrokerLink {
  let wanted: readonly number[] = []
  const deliver = (
    packet: { readonly topic: string; readonly payload: string | Buffer },
    done: () => void,
  ) => {
    receive(packet.topic, typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload)
    done()
  }
  const each = (shards: readonly number[], act: (filter: string, done: () => void) => void) =>
    Promise.all(
      shards.map((shard) => new Promise<void>((resolve) => act(shardFilter(tenant, shard), resolve))),
    )
  const listen = async (shards: readonly number[]) => {
    const gone = wanted.filter((shard) => !shards.includes(shard))
    const fresh = shards.filter((shard) => !wanted.includes(shard))
    wanted = shards
    await each(gone, (filter, done) => broker.unsubscribe(filter, deliver, done))
    await each(fresh, (filter, done) => broker.subscribe(filter, deliver, done))
  }
  return {
    tellsPresence: false,
    listen,
    publish(topic, payload, qos) {
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
      broker.publish({ cmd: 'publish', topic, payload: bytes, qos, retain: false, dup: false }, () => {})
      return true
    },
    buffered,
    close: async () => {
      await listen([])
    },
  }
}
