import { type ChildProcess, spawn } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Aedes } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { findMosquitto } from '../../scripts/setup-mosquitto.ts'

/** Real brokers for tests, with the access rules of the download service: the names of `SERVICES` may do all below t/. */
export interface TestBroker {
  /** `mqtt://127.0.0.1:…`; stays the same over `kill` and `start`. */
  readonly url: string
  readonly tlsUrl: string
  readonly webSocketUrl: string
  /** As kill -9: no farewell, no will, nothing kept. */
  kill(): Promise<void>
  start(): Promise<void>
}

export type BrokerKind = 'aedes' | 'mosquitto'
export const PASSWORD = 'a password'
/** One that is there from the start, and one that comes later. */
export const SERVICES = ['tms', 'tms2'] as const
const isService = (user: string | undefined): boolean => SERVICES.some((name) => name === user)
const tls = (file: string): string => fileURLToPath(new URL(`tls/${file}`, import.meta.url))
/** Of localhost and 127.0.0.1; it signed itself, so it is its own CA. */
export const BROKER_CERTIFICATE = tls('cert.pem')

export const mosquitto = findMosquitto()
/** Those that are here. */
export const brokers: readonly BrokerKind[] = mosquitto === undefined ? ['aedes'] : ['aedes', 'mosquitto']

/** For the title of what is skipped. */
export const needsMosquitto =
  mosquitto === undefined ? ' (skipped: no mosquitto; install it or set SHUAKA_MOSQUITTO)' : ''

/** `users` may log in with `PASSWORD`. */
export async function startBroker(
  kind: BrokerKind,
  users: readonly string[],
): Promise<TestBroker & AsyncDisposable> {
  const ports = { mqtt: await freePort(), tls: await freePort(), ws: await freePort() }
  const broker =
    kind === 'aedes' ? aedesOn(ports, [...users, ...SERVICES]) : mosquittoOn(ports, [...users, ...SERVICES])
  await broker.start()
  return {
    url: `mqtt://127.0.0.1:${ports.mqtt}`,
    tlsUrl: `mqtts://127.0.0.1:${ports.tls}`,
    webSocketUrl: `ws://127.0.0.1:${ports.ws}`,
    ...broker,
    [Symbol.asyncDispose]: broker.end,
  }
}

interface Ports {
  readonly mqtt: number
  readonly tls: number
  readonly ws: number
}
interface Runs {
  kill(): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

const own = (user: string | undefined, way: 'up' | 'dn'): RegExp =>
  new RegExp(`^t/[^/+#]+/\\d\\d/${user}/${way}/[^/+#]+$`)

function aedesOn(ports: Ports, users: readonly string[]): Runs {
  let close: () => Promise<void> = async () => undefined
  const names = new WeakMap<object, string>()
  async function start(): Promise<void> {
    const broker = await Aedes.createBroker({
      drainTimeout: 5_000,
      authenticate(client, username, password, done) {
        const known = users.includes(username ?? '') && password?.toString() === PASSWORD
        if (known && username !== undefined) names.set(client, username)
        done(null, known && client.id === username)
      },
      authorizePublish(client, packet, done) {
        const user = client === null ? SERVICES[0] : names.get(client)
        done(isService(user) || own(user, 'up').test(packet.topic) ? null : new Error('not yours'))
      },
      authorizeSubscribe(client, subscription, done) {
        const user = names.get(client)
        done(null, isService(user) || own(user, 'dn').test(subscription.topic) ? subscription : null)
      },
    })
    const sockets = new Set<Socket>()
    const held = (socket: Socket): void => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    const plain = createServer((socket) => void broker.handle(socket))
    const secure = createTlsServer(
      { cert: readFileSync(BROKER_CERTIFICATE), key: readFileSync(tls('key.pem')) },
      (socket) => void broker.handle(socket.on('error', () => socket.destroy())),
    )
    const web = createServer()
    for (const server of [plain, secure, web]) server.on('connection', held)
    const http = (await import('node:http')).createServer()
    web.on('connection', (socket) => http.emit('connection', socket))
    const webSockets = new WebSocketServer({ server: http, handleProtocols: () => 'mqtt' })
    webSockets.on('connection', (socket) => {
      void broker.handle(createWebSocketStream(socket).on('error', () => socket.terminate()))
    })
    await Promise.all([listen(plain, ports.mqtt), listen(secure, ports.tls), listen(web, ports.ws)])
    close = async () => {
      for (const socket of sockets) socket.destroy()
      webSockets.close()
      await Promise.all([plain, secure, web].map((server) => new Promise((done) => server.close(done))))
      await new Promise<void>((done) => broker.close(done))
      close = async () => undefined
    }
  }
  return { start, kill: () => close(), end: () => close() }
}

function mosquittoOn(ports: Ports, users: readonly string[]): Runs {
  const program = mosquitto
  if (program === undefined) throw new Error('no mosquitto')
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-mosquitto-'))
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const passwords = file('passwords', users.map((user) => `${user}:${hashed(PASSWORD)}\n`).join(''))
  const acl = file(
    'acl',
    `${SERVICES.map((name) => `user ${name}\ntopic readwrite t/#\n\n`).join('')}pattern write t/+/+/%u/up/#\npattern read t/+/+/%u/dn/#\n`,
  )
  const config = file(
    'mosquitto.conf',
    [
      `listener ${ports.mqtt} 127.0.0.1`,
      `listener ${ports.tls} 127.0.0.1`,
      `certfile ${BROKER_CERTIFICATE}`,
      `keyfile ${tls('key.pem')}`,
      `listener ${ports.ws} 127.0.0.1`,
      'protocol websockets',
      'allow_anonymous false',
      `password_file ${passwords}`,
      `acl_file ${acl}`,
      'use_username_as_clientid true',
      'persistence false',
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      '',
    ].join('\n'),
  )
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const gone = new Promise((done) => running.once('exit', done))
    running.kill('SIGKILL')
    await gone
  }
  return {
    async start() {
      child = spawn(program, ['-c', config], { stdio: 'ignore' })
      await Promise.all(Object.values(ports).map(answers))
    },
    kill,
    async end() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As mosquitto_passwd writes it: $7$, PBKDF2 with SHA-512. */
function hashed(password: string): string {
  const salt = randomBytes(12)
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512')
  return `$7$101$${salt.toString('base64')}$${hash.toString('base64')}`
}

const WAIT_MS = 50
const WAITS_MAX = 200

async function answers(port: number): Promise<void> {
  for (let wait = 0; wait < WAITS_MAX; wait++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        done(true)
      })
      socket.on('error', () => done(false))
    })
    if (open) return
    await sleep(WAIT_MS)
  }
  throw new Error(`nothing listens at ${port}`)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', done)
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await listen(server, 0)
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A way to a broker that can stop carrying anything, without closing: a frozen peer, or a dead cell. */
export interface Relay extends AsyncDisposable {
  readonly url: string
  freeze(): void
  /** Also the connections that stood still go on. */
  thaw(): void
}

export async function startRelay(target: string): Promise<Relay> {
  const port = Number(new URL(target).port)
  const sockets = new Set<Socket>()
  let frozen = false
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => to.write(bytes)).on('error', () => from.destroy())
      from.on('close', () => {
        sockets.delete(from)
        if (!frozen) to.destroy()
      })
      if (frozen) from.pause()
    }
  })
  const own = await freePort()
  await listen(server, own)
  return {
    url: `mqtt://127.0.0.1:${own}`,
    freeze() {
      frozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      frozen = false
      for (const socket of sockets) socket.resume()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
