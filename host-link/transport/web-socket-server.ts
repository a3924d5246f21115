import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { clientCount } from './client-count.ts'
import { frameDeadline } from './frame-deadline.ts'
import { type Served, type StreamHandler, served } from './serve-stream.ts'
import { GRACE_MS, type Listening, SERVER_LIMITS, type ServerLimits } from './tcp-server.ts'

/** Longest message of a client. */
const MESSAGE_BYTES_MAX = 64 * 1024

export interface Attached {
  close(graceMs?: number): Promise<void>
}

export interface AttachOptions {
  /** Those that are not given are those of `SERVER_LIMITS`. */
  readonly limits?: Partial<ServerLimits>
  /** Whether a request that names this server as it does is taken; absent: every name is good. */
  readonly isOurs?: (request: IncomingMessage) => boolean
  /** Takes upgrades of other paths, from our own pages as well; false: it is none of its own, and is refused. */
  readonly others?: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
}

/**
 * Serves `handlerOf(hangUp)` to each WebSocket client on `path` of a server whose pages are others'. It takes all upgrades
 * of that server: another path is refused, and so is a browser's page from elsewhere.
 */
export function attachWebSocket(
  server: Server,
  path: string,
  handlerOf: (hangUp: () => void) => StreamHandler,
  { limits: given, isOurs = () => true, others = () => false }: AttachOptions = {},
): Attached {
  const limits = { ...SERVER_LIMITS, ...given }
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  })
  const serving = new Map<WebSocket, Served>()
  const clients = clientCount(limits.perAddressMax)
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy()) // first of all: without it a reset ends this process
    const { remoteAddress } = request.socket // of a closed socket it is gone
    if (!isFromHere(request) || !isOurs(request)) return refuse(socket, '403 Forbidden')
    if (request.url?.split('?', 1)[0] !== path) {
      if (!others(request, socket, head)) refuse(socket, '404 Not Found')
      return
    }
    const full = sockets.clients.size >= limits.connectionsMax
    if (full || socket.destroyed || !clients.take(remoteAddress)) {
      limits.full?.()
      return refuse(socket, '503 Service Unavailable')
    }
    socket.once('close', () => clients.free(remoteAddress))
    sockets.handleUpgrade(request, socket, head, (client) => {
      serving.set(
        client,
        serveClient(
          client,
          handlerOf(() => client.terminate()),
          limits,
        ),
      )
      client.once('close', () => serving.delete(client))
    })
  }
  server.on('upgrade', upgrade)
  return {
    async close(graceMs = GRACE_MS) {
      server.off('upgrade', upgrade)
      const gone = [...serving].map(async ([client, { whenIdle }]) => {
        const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
        await whenIdle()
        client.close(1001)
        await closed
      })
      const late = setTimeout(() => {
        for (const client of serving.keys()) client.terminate()
      }, graceMs)
      await Promise.all(gone)
      clearTimeout(late)
    },
  }
}

/** A server of its own, for WebSocket clients only, on the path `/`. Rejects with the system's error (`EADDRINUSE`). */
export function listenWebSocket(
  host: string,
  port: number,
  handlerOf: (hangUp: () => void) => StreamHandler,
  limits: Partial<ServerLimits> = {},
): Promise<Listening> {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a WebSocket.\n')
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject).on('error', () => {})
      const attached = attachWebSocket(server, '/', handlerOf, { limits })
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : port,
        async close(graceMs) {
          const closed = new Promise<void>((done) => server.close(() => done()))
          await attached.close(graceMs)
          server.closeAllConnections()
          await closed
        },
      })
    })
  })
}

/**
 * A browser names the page that opens a WebSocket in `Origin` (RFC 6455, 10.2), and lets a page of any site open one:
 * it is good from this very server only. Clients that are no browser name none.
 */
function isFromHere({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return true
  const named = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]
  return named !== undefined && named.toLowerCase() === host?.toLowerCase()
}

/** Tells why, and closes whether or not the client does. */
function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

function serveClient(client: WebSocket, handler: StreamHandler, limits: ServerLimits): Served {
  const serving = served(handler, {
    pause: () => client.pause(),
    resume: () => client.resume(),
    write: (bytes) => new Promise((resolve) => client.send(bytes, () => resolve())),
    end: () => client.close(1002),
  })
  const idle = setTimeout(() => client.terminate(), limits.idleMs)
  const deadline = frameDeadline(limits.frameMs, serving.isBusy, () => client.terminate())
  client.on('error', () => client.terminate())
  client.once('close', () => {
    clearTimeout(idle)
    deadline.stop()
    handler.closed?.()
  })
  client.on('message', (data, isBinary) => {
    idle.refresh()
    if (!isBinary || !Buffer.isBuffer(data)) return client.close(1003)
    deadline.take(data)
    serving.take(Uint8Array.from(data))
  })
  return serving
}
