import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Served, type StreamHandler, served } from './serve-stream.ts'
import { GRACE_MS, type Listening, SERVER_LIMITS, type ServerLimits } from './tcp-server.ts'

/** Longest message of a client. */
const MESSAGE_BYTES_MAX = 64 * 1024

export interface Attached {
  close(graceMs?: number): Promise<void>
}

/** Serves `handlerOf()` to each WebSocket client on `path` of a server that others use too. */
export function attachWebSocket(
  server: Server,
  path: string,
  handlerOf: () => StreamHandler,
  limits = SERVER_LIMITS,
): Attached {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  })
  const serving = new Map<WebSocket, Served>()
  const upgrade: Parameters<Server['on']>[1] = (request, socket, head) => {
    if (new URL(request.url ?? '/', 'ws://host').pathname !== path) return // another's path
    if (sockets.clients.size >= limits.connectionsMax) socket.destroy()
    else
      sockets.handleUpgrade(request, socket, head, (client) => {
        serving.set(client, serveClient(client, handlerOf(), limits))
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

/** A server of its own, for WebSocket clients only, on every path. Rejects with the system's error (`EADDRINUSE`). */
export function listenWebSocket(
  host: string,
  port: number,
  handlerOf: () => StreamHandler,
  limits = SERVER_LIMITS,
): Promise<Listening> {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a WebSocket.\n')
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject).on('error', () => {})
      const attached = attachWebSocket(server, '/', handlerOf, limits)
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

function serveClient(client: WebSocket, handler: StreamHandler, { idleMs }: ServerLimits): Served {
  const serving = served(handler, {
    pause: () => client.pause(),
    resume: () => client.resume(),
    write: (bytes) => new Promise((resolve) => client.send(bytes, () => resolve())),
    end: () => client.close(1002),
  })
  const idle = setTimeout(() => client.terminate(), idleMs)
  client.on('error', () => client.terminate())
  client.once('close', () => clearTimeout(idle))
  client.on('message', (data, isBinary) => {
    idle.refresh()
    if (isBinary && Buffer.isBuffer(data)) serving.take(Uint8Array.from(data))
    else client.close(1003)
  })
  return serving
}
