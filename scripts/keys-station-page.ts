import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import sirv from 'sirv'
import nacl from 'tweetnacl'
import { cannotListen } from '../host-link/host/node/host-error.ts'
import { hexOf } from '../host-link/wire/bytes.ts'
import {
  AUDIT_SHOWN_MAX,
  type AuditAnswer,
  type SealAnswer,
  type StateAnswer,
} from '../keys/station/page/api.ts'
import { openSecret, SEALED_HEAD } from '../keys/station/page/seal.ts'
import { splitSecrets } from '../keys/station/page/secrets.ts'
import type { AuditRecord, Station } from '../keys/station/station.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError, sentence } from './command-error.ts'
import { hostAndPort } from './keys-station-lines.ts'
import { plainOrder, SECRET_ORDERS, secretOrder, type Values } from './keys-station-orders.ts'
import { isHidden, ourHost, setGuards } from './page-guard.ts'

export interface StationPageOptions {
  readonly station: Station
  /** `127.0.0.1:8091`; port 0 takes a free one. Only addresses of this machine alone. */
  readonly web: string
  /** The built page (`scripts/build-page.ts`). */
  readonly folder: string
  readonly clock: { nowMs(): number }
  readonly random: (bytes: number) => Uint8Array
}

export interface StationPage {
  /** `http://127.0.0.1:8091/?enter=…`: who opens it has the session of the page; a later browser takes it over. */
  readonly url: string
  close(): Promise<void>
}

const PAGE = 'http://page'
const WORD_BYTES = 16
/** Keys for secrets that are under way; more than that nobody types at one time. */
const SEALS_MAX = 8
const SECRET_BYTES_MAX = 20_000
const ORDER_BYTES_MAX = 2_100_000
const MINUTE_MS = 60_000

/** Nothing from elsewhere, no script or style in the text of the page, no frame, no form that leaves it. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')

/** What is answered, with its status, beside what the orders say. */
class PageFault extends Error {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

/** Serves the page of the station on this machine alone. Throws CommandError, one sentence. */
export async function startStationPage(options: StationPageOptions): Promise<StationPage> {
  const place = webAddress(options.web)
  const server = createServer()
  const port = await listen(server, place.host, place.port)
  const word = hexOf(options.random(WORD_BYTES))
  const desk = makeDesk(options, word, `shuaka-station-${port}`)
  server.on('request', (request, response) => void desk.answer(request, response))
  const name = place.host.includes(':') ? `[${place.host}]` : place.host
  return {
    url: `http://${name}:${port}/?enter=${word}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      desk.close()
    },
  }
}

/** Where the page is served. Throws CommandError for an address that other machines can reach. */
export function webAddress(web: string): { readonly host: string; readonly port: number } {
  const place = hostAndPort(web)
  if (place !== undefined && /^(127\.[\d.]+|localhost|::1)$/.test(place.host)) return place
  throw new CommandError(
    `keys station: --web ${web}: an address of this machine alone is wanted, as 127.0.0.1:8091`,
    2,
  )
}

interface Desk {
  /** Never rejects. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
  close(): void
}

function makeDesk(
  { station, folder, clock, random }: StationPageOptions,
  word: string,
  cookie: string,
): Desk {
  const files = sirv(folder, { dev: true, etag: true })
  const seals = makeSeals(random)
  const pace = makePace(station, clock)
  let token: string | undefined

  const inside = (request: IncomingMessage): boolean =>
    token !== undefined && sameWord(cookieOf(request, cookie), token)

  /** The link of the console: this browser has the session from now on, and people must log in here again. */
  function enter(request: IncomingMessage, response: ServerResponse, given: string): void {
    if (!sameWord(given, word)) throw new PageFault(403, 'That is not the link of this station.')
    if (!inside(request)) {
      if (token !== undefined) for (const { name } of loggedIn(station)) station.logOut(name)
      token = hexOf(random(WORD_BYTES))
      response.setHeader('set-cookie', `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict`)
    }
    response.writeHead(303, { location: '/' }).end()
  }

  async function asked(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.pathname.slice('/api/'.length)
    if (!inside(request)) throw new PageFault(401, 'The session of this browser is over.')
    if (request.method === 'POST') {
      const { status, body } = await ordered(request, name, url.searchParams)
      return sendJson(response, status, body)
    }
    switch (name) {
      case 'state':
        return sendJson(response, 200, state())
      case 'terminals':
        return sendJson(response, 200, { terminals: station.progress() })
      case 'audit':
        return sendJson(response, 200, newestOf(station))
      case 'seal':
        return sendJson(response, 200, { key: seals.make() } satisfies SealAnswer)
      case 'audit-file':
        return sendAudit(response, station, url.searchParams.get('format'))
      default:
        throw new PageFault(404, 'There is no such question.')
    }
  }
  function state(): StateAnswer {
    station.tick()
    const { revision, perMinute } = pace.now()
    return { nowMs: clock.nowMs(), view: station.view(), revision, perMinute }
  }
  async function ordered(request: IncomingMessage, name: string, question: URLSearchParams) {
    if (!Object.hasOwn(SECRET_ORDERS, name))
      return plainOrder(station, name, valuesOf(await bodyOf(request, ORDER_BYTES_MAX)))
    const sealed = await bodyOf(request, SEALED_HEAD + SECRET_BYTES_MAX)
    const secret = seals.open(sealed, question.get('key') ?? '')
    const secrets = secret && splitSecrets(secret)
    if (secrets === undefined) throw new PageFault(400, 'That was not sealed for this station; try again.')
    try {
      return await secretOrder(station, name, Object.fromEntries(question), secrets)
    } finally {
      wipe(...secrets)
    }
  }
  async function served(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = ourHost(request, ['localhost'])
    if (host === undefined) throw new PageFault(403, 'Not under this name.')
    setGuards(response, host)
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('referrer-policy', 'no-referrer')
    const target = request.url ?? '/'
    if (!URL.canParse(target, PAGE)) throw new PageFault(400, 'That is no path.')
    const url = new URL(target, PAGE)
    if (!['GET', 'HEAD', 'POST'].includes(request.method ?? ''))
      throw new PageFault(405, 'Only GET and POST.')
    if (url.pathname.startsWith('/api/')) {
      if (isForeign(request, host)) throw new PageFault(403, 'Another page may not ask this one.')
      return asked(request, response, url)
    }
    if (request.method === 'POST') throw new PageFault(405, 'Only GET.')
    const given = url.searchParams.get('enter')
    if (given !== null) return enter(request, response, given)
    if (isHidden(url.pathname)) throw new PageFault(404, 'There is no such page.')
    files(request, response, () => refuse(response, new PageFault(404, 'There is no such page.')))
  }
  return {
    async answer(request, response) {
      try {
        await served(request, response)
      } catch (error) {
        refuse(response, error)
      }
    },
    close() {
      seals.close()
      pace.close()
    },
  }
}

/** A page from elsewhere gets no answer; an order must say that it comes from ours. */
function isForeign({ headers, method }: IncomingMessage, host: string): boolean {
  const ours = headers.origin === `http://${host}`
  if (headers.origin === undefined ? method === 'POST' : !ours) return true
  return !/^(same-origin|none)$/.test(String(headers['sec-fetch-site'] ?? 'none'))
}

function loggedIn(station: Station): readonly { readonly name: string }[] {
  return station.view().people.filter((person) => person.loggedIn)
}

function newestOf(station: Station): AuditAnswer {
  const records: AuditRecord[] = []
  let total = 0
  for (const record of station.audit()) {
    total += 1
    records.push(record)
    if (records.length > AUDIT_SHOWN_MAX) records.shift()
  }
  return { total, records: records.reverse() }
}

function sendAudit(response: ServerResponse, station: Station, format: string | null): void {
  if (format !== 'csv' && format !== 'json') throw new PageFault(400, 'format: csv or json is wanted.')
  response.writeHead(200, {
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
    'content-disposition': `attachment; filename="shuaka-audit${station.id === '' ? '' : `-${station.id}`}.${format}"`,
    'cache-control': 'no-store',
  })
  // In Excel a byte order mark tells UTF-8.
  response.end((format === 'csv' ? '\uFEFF' : '') + station.auditFile(format))
}

interface Seals {
  /** A fresh public key in hexadecimal digits. */
  make(): string
  /** The secret that was sealed to it; its key is forgotten, whatever comes out. */
  open(sealed: Uint8Array, key: string): Uint8Array | undefined
  close(): void
}

function makeSeals(random: (bytes: number) => Uint8Array): Seals {
  const keys = new Map<string, Uint8Array>()
  function drop(key: string): void {
    wipe(keys.get(key))
    keys.delete(key)
  }
  return {
    make() {
      const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(random(nacl.box.secretKeyLength))
      const key = hexOf(publicKey)
      keys.set(key, secretKey)
      const [oldest = key] = keys.keys()
      if (keys.size > SEALS_MAX) drop(oldest)
      return key
    },
    open(sealed, key) {
      const secretKey = keys.get(key)
      const secret = secretKey && openSecret(sealed, secretKey)
      drop(key)
      return secret
    },
    close() {
      for (const key of [...keys.keys()]) drop(key)
    },
  }
}

/** Counts changes, and the terminals that were loaded in the last minute. */
function makePace(station: Station, clock: { nowMs(): number }) {
  let revision = 0
  let loaded = station.view().counts.loaded
  let times: number[] = []
  const end = station.watch(() => {
    revision += 1
    const now = station.view().counts.loaded
    for (; loaded < now; loaded++) times.push(clock.nowMs())
    loaded = now
  })
  return {
    now() {
      const since = clock.nowMs() - MINUTE_MS
      times = times.filter((time) => time > since)
      return { revision, perMinute: times.length }
    },
    close: end,
  }
}

function cookieOf({ headers }: IncomingMessage, name: string): string {
  const pairs = (headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='))
  return pairs.find(([key]) => key === name)?.[1] ?? ''
}

function sameWord(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > most) throw new PageFault(413, 'That is too long.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function valuesOf(body: Buffer): Values {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (value !== null && typeof value === 'object') return value as Values
  } catch {
    // said below
  }
  throw new PageFault(400, 'One JSON object is wanted.')
}

/** One sentence as JSON; of an answer that has begun nothing more comes. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What a fault of ours would say may hold what it was working on: the page is not told.
  const [status, words] =
    error instanceof PageFault ? [error.status, sentence(error)] : [500, 'The station could not do that.']
  sendJson(response, status, { error: words })
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(value))
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new CommandError(`keys station: ${cannotListen(host, port, error)}`)),
    )
    server.listen(port, host, () => {
      const taken = server.address()
      resolve(typeof taken === 'object' && taken ? taken.port : port)
    })
  })
}
