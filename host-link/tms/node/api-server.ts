import type { IncomingMessage, ServerResponse } from 'node:http'
import { ourHost } from '../../../scripts/page-guard.ts'
import { API_PATH, type ApiError, apiErrors, routes } from '../api.ts'
import { FilterError } from '../filter.ts'
import type { ApiOptions, Asked, Face } from './api-face.ts'
import { handlers } from './api-handlers.ts'
import { ApiFault, questionOf } from './api-input.ts'
import { bodyOf, type Found, foundBy } from './api-request.ts'
import { changing, joinable } from './api-transaction.ts'
import { appendAudit } from './audit-log.ts'
import { type Query, type TmsDatabase, TmsError } from './database.ts'
import { addressKey, type PasswordQueue, passwordQueue } from './password-queue.ts'
import {
  type Identity,
  SESSION_MAX,
  sessionOf,
  tokenOf,
  touchSession,
  touchToken,
} from './people-sessions.ts'
import type { HttpPart, TmsParts } from './server.ts'
import { tmsStore } from './tms-store.ts'

export interface ApiServerOptions extends Omit<ApiOptions, 'tenant' | 'signers' | 'broker'> {
  /** Names by which browsers may ask, beside `localhost` and addresses. */
  readonly names?: readonly string[]
  /** Whether browsers come by HTTPS only: the cookie is sent nowhere else then. */
  readonly secure?: boolean
  /** Takes one line about a fault of the service, which a request is told nothing of. */
  readonly warn?: (line: string) => void
}

export const COOKIE = 'shuaka_tms'

interface Service {
  readonly options: ApiOptions
  readonly served: ApiServerOptions
  readonly database: TmsDatabase
  readonly passwords: PasswordQueue
  readonly wake: () => void
  readonly disconnect: (serial: string) => void
}

/** The HTTP API below `/api/v1`, over the store of the service. Its tables are those of `facesSchema`. */
export function apiPart(
  parts: Pick<TmsParts, 'database' | 'signers' | 'tenant' | 'wake' | 'disconnect'>,
  served: ApiServerOptions,
): HttpPart {
  const service: Service = {
    options: {
      ...{ ...served, tenant: parts.tenant, signers: parts.signers },
      broker: parts.disconnect === undefined ? 'other' : 'own',
    },
    served,
    database: joinable(parts.database),
    passwords: passwordQueue(),
    wake: () => parts.wake(),
    disconnect: (serial) => parts.disconnect?.(serial),
  }
  return async (request, response) => {
    const target = request.url ?? '/'
    if (target !== API_PATH && !target.startsWith(`${API_PATH}/`)) return false
    try {
      await answer(service, request, response, target)
    } catch (error) {
      refuse(service, response, error)
    }
    return true
  }
}

async function answer(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
): Promise<void> {
  const { database, options, served } = service
  guard(request, served.names ?? [])
  const found = foundBy(request.method ?? 'GET', target)
  const now = options.now()
  const who = await identityOf(service, request, now)
  allowed(found, who)
  const { json, bytes } = await bodyOf(request, found.call)
  const asked: Asked = {
    ...{ path: found.path, body: json, bytes, options, database, now, who, passwords: service.passwords },
    question: (names) => questionOf(found.values, names),
    address: addressKey(
      request.socket.remoteAddress,
      request.headers['x-forwarded-for'],
      served.secure === true,
    ),
  }
  const cookies: string[] = []
  const result = await worked(service, found, asked, (line) => cookies.push(line))
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  sendJson(response, 200, result)
}

/** Reads what `found` takes, and does it: what changes something in one transaction, with its record. */
async function worked(
  service: Service,
  found: Found,
  asked: Asked,
  cookie: (line: string) => void,
): Promise<unknown> {
  const { database, options, wake, disconnect } = service
  const { call, dryRun } = found
  const reads = routes[call].method === 'GET' || call === 'diffLayer' || call === 'previewDeployment'
  const state = { wake: false, questioned: false, gone: new Set<string>() }
  const work = await handlers[call]({
    ...asked,
    question: (names) => {
      state.questioned = true
      return asked.question(names)
    },
  })
  if (!state.questioned) asked.question([]) // a question that nobody reads is a misspelt one
  const face = (query: Query): Face => ({
    ...{ options, database, query, now: asked.now, store: tmsStore(database) },
    who: asked.who ?? NOBODY,
    audit: (event, subject, detail = {}) => {
      const { name, token } = asked.who ?? NOBODY
      const who = asked.who === undefined ? subject.replace(/^user /, '') : name
      const entry = { who, event, subject, detail, ...(token !== undefined && { token }) }
      return appendAudit(database.kind, query, entry, asked.now)
    },
    cookie: (secret) => cookie(cookieLine(secret, service.served.secure === true)),
    wake: () => {
      state.wake = true
    },
    disconnect: (serial) => void state.gone.add(serial),
  })
  if (reads) return work(face(database.reads))
  const result = await changing<unknown>(database, dryRun, (query) => work(face(query)))
  if (dryRun) return result
  if (state.wake) wake()
  for (const serial of state.gone) disconnect(serial)
  return result
}

const NOBODY: Identity = {
  ...{ name: 'service', role: 'viewer', by: 'session', mustChange: false, until: 0 },
  may: () => false,
}

/** Another page's request is told nothing, whatever its browser would do with the answer. */
function guard(request: IncomingMessage, names: readonly string[]): void {
  const host = ourHost(request, ['localhost', ...names])
  if (host === undefined) throw new ApiFault('foreign', 'Not under this name.')
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw new ApiFault('foreign', 'Another page may not ask this one.')
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new ApiFault('foreign', 'Another page may not ask this one.')
  const cookie = cookieOf(request) !== undefined && request.headers.authorization === undefined
  // A browser that sends the cookie also says where the page is from.
  if (cookie && request.method !== 'GET' && origin === undefined && site === undefined)
    throw new ApiFault('foreign', 'A request with a session says its origin.')
}

async function identityOf(
  { database }: Service,
  request: IncomingMessage,
  now: number,
): Promise<Identity | undefined> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, secret = ''] = /^Bearer ([\w-]+)$/.exec(authorization) ?? []
    const identity = await tokenOf(database.reads, secret, now, (digest) =>
      database.write((query) => touchToken(query, digest, now)),
    )
    if (identity === undefined) throw new ApiFault('notLoggedIn', 'The token is none, expired or revoked.')
    return identity
  }
  const secret = cookieOf(request)
  if (secret === undefined) return undefined
  return sessionOf(database.reads, secret, now, (digest) =>
    database.write((query) => touchSession(query, digest, now)),
  )
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  const parts = (headers.cookie ?? '').split(';').map((part) => part.trim())
  return parts.find((part) => part.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
}

function cookieLine(secret: string | undefined, secure: boolean): string {
  const value = `${COOKIE}=${secret ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${secret === undefined ? 0 : SESSION_MAX}`
  return secure ? `${value}; Secure` : value
}

/** Whether this one may ask this. `sendCommand` looks closer: to lock is another right than to send a message. */
function allowed({ call }: Found, who: Identity | undefined): void {
  const { action } = routes[call]
  if (action === 'anyone') return
  if (who === undefined) throw new ApiFault('notLoggedIn', 'Log in first.')
  if (who.mustChange && call !== 'me' && call !== 'changePassword' && call !== 'logOut')
    throw new ApiFault('forbidden', 'Change your password first.')
  if (action === 'self' || who.may(action)) return
  if (call === 'sendCommand' && who.may('lock')) return
  throw new ApiFault('forbidden', `Your role may not do this: ${action}.`)
}

function refuse({ served }: Service, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const fault = faultOf(error)
  if (fault.code === 'fault')
    served.warn?.(`api: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  const body: ApiError = {
    error: {
      ...{ code: fault.code, zh: apiErrors[fault.code].zh, en: fault.message },
      ...(fault.at !== undefined && { at: fault.at }),
      ...(fault.findings !== undefined && { findings: fault.findings }),
    },
  }
  sendJson(response, fault.status, body)
}

/** What is said of an error; of one of our own nothing but that it is one. */
function faultOf(error: unknown): ApiFault {
  if (error instanceof ApiFault) return error
  if (error instanceof FilterError) return new ApiFault('badInput', `${error.message}.`, 'filter')
  if (error instanceof TmsError) return new ApiFault('refused', `${error.message}.`)
  return new ApiFault('fault', 'The service has a fault; its log says more.')
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(JSON.stringify(value))
}
