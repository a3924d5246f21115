import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { clientCount } from './client-count.ts'
import { frameDeadline } from './frame-deadline.ts'
import { type Served, type StreamHandler, served } from './serve-stream.ts'

export interface Listening {
  readonly port: number
  /** Takes no new clients, lets answers that are under way leave for up to `graceMs`, then closes. */
  close(graceMs?: number): Promise<void>
}

export interface ServerLimits {
  readonly connectionsMax: number
  /** Connections of one remote address. */
  readonly perAddressMax: number
  /** A client that is silent for so long is closed. */
  readonly idleMs: number
  /** A client whose frame is not whole so long after its first byte is closed. */
  readonly frameMs: number
  /** A client was turned away because too many are connected. */
  readonly full?: () => void
}
export const SERVER_LIMITS: ServerLimits = {
  connectionsMax: 2000,
  perAddressMax: 200,
  idleMs: 300_000,
  frameMs: 30_000,
}
export const GRACE_MS = 2000

/** Certificate, with those between it and its root, and private key of a TLS server: PEM. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
}

/**
 * Serves `handlerOf(hangUp)` to each TCP client, inside TLS where an identity is given. Port 0 takes a free one; limits that
 * are not given are those of `SERVER_LIMITS`. Rejects with the system's error (`EADDRINUSE`).
 */
export function listenTcp(
  host: string,
  port: number,
  handlerOf: (hangUp: () => void) => StreamHandler,
  { tls, ...given }: Partial<ServerLimits> & { readonly tls?: TlsIdentity | undefined } = {},
): Promise<Listening> {
  const limits = { ...SERVER_LIMITS, ...given }
  /** All that are connected, also in the middle of a TLS handshake. */
  const connected = new Set<Socket>()
  const sockets = new Map<Socket, Served>()
  const clients = clientCount(limits.perAddressMax)
  const server = makeServer(tls, limits.frameMs, (socket) => {
    sockets.set(
      socket,
      serveSocket(
        socket,
        handlerOf(() => socket.destroy()),
        limits,
      ),
    )
    socket.once('close', () => sockets.delete(socket))
  })
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket // of a closed socket it is gone
    if (!clients.take(remoteAddress)) {
      socket.on('error', ignored).destroy()
      limits.full?.()
      return
    }
    connected.add(socket)
    socket.once('close', () => {
      clients.free(remoteAddress)
      connected.delete(socket)
    })
  })
  server.maxConnections = limits.connectionsMax
  server.on('drop', () => limits.full?.())
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
              for (const socket of connected) socket.destroy()
            }, graceMs).unref()
          }),
      })
    })
  })
}

/** A server that hands over each client whose handshake, if there is one, is done within `frameMs`. */
function makeServer(tls: TlsIdentity | undefined, frameMs: number, serve: (socket: Socket) => void): Server {
  const unlessRefused = (socket: Socket): void => {
    if (!socket.destroyed) serve(socket)
  }
  if (tls === undefined) return createServer({ noDelay: true }, unlessRefused)
  const { cert, key } = tls
  return createTlsServer(
    { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: frameMs, noDelay: true },
    unlessRefused,
  ).on('tlsClientError', (_, socket) => socket.destroy())
}

function serveSocket(socket: Socket, handler: StreamHandler, { idleMs, frameMs }: ServerLimits): Served {
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
  const deadline = frameDeadline(frameMs, serving.isBusy, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.once('close', () => {
    deadline.stop()
    handler.closed?.()
  })
  socket.on('data', (chunk) => {
    deadline.take(chunk)
    serving.take(chunk)
  })
  return serving
}

/** `whenIdle` does not reject, and what a refused socket still tells is of no use. */
function ignored(): void {}
