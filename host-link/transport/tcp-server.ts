import { createServer, type Socket } from 'node:net'
import { type Served, type StreamHandler, served } from './serve-stream.ts'

export interface Listening {
  readonly port: number
  /** Takes no new clients, lets answers that are under way leave for up to `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>
}

export interface ServerLimits {
  readonly connectionsMax: number
  /** A client that is silent for so long is closed. */
  readonly idleMs: number
}
export const SERVER_LIMITS: ServerLimits = { connectionsMax: 2000, idleMs: 300_000 }
export const GRACE_MS = 2000

/** Serves `handlerOf()` to each TCP client. Port 0 takes a free one. Rejects with the system's error (`EADDRINUSE`). */
export function listenTcp(
  host: string,
  port: number,
  handlerOf: () => StreamHandler,
  limits = SERVER_LIMITS,
): Promise<Listening> {
  const sockets = new Map<Socket, Served>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.set(socket, serveSocket(socket, handlerOf(), limits))
    socket.once('close', () => sockets.delete(socket))
  })
  server.maxConnections = limits.connectionsMax
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject).on('error', () => {}) // a client that could not be taken
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : port,
        close: (graceMs = GRACE_MS) =>
          new Promise((done) => {
            server.close(() => done())
            for (const [socket, { whenIdle }] of sockets) whenIdle().then(() => socket.end(), ignored)
            setTimeout(() => {
              for (const socket of sockets.keys()) socket.destroy()
            }, graceMs).unref()
          }),
      })
    })
  })
}

function serveSocket(socket: Socket, handler: StreamHandler, { idleMs }: ServerLimits): Served {
  const serving = served(handler, {
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed || socket.writableEnded) resolve()
        else socket.write(bytes, () => resolve())
      }),
    end: () => void socket.end(),
  })
  socket.on('error', () => socket.destroy())
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('data', serving.take)
  return serving
}

/** `whenIdle` does not reject. */
function ignored(): void {}
