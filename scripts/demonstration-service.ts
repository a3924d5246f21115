import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname, extname, join } from 'node:path'
import type { DownloadDesk } from '../emulator/page/downloads.ts'
import type { UserRole } from '../host-link/tms/access.ts'
import { type AnswerOf, type ApiError, requestOf } from '../host-link/tms/api.ts'
import type { NewTerminal } from '../host-link/tms/model.ts'
import { hashPassword } from '../host-link/tms/node/acl.ts'
import { facesSchema } from '../host-link/tms/node/api-schema.ts'
import { apiPart } from '../host-link/tms/node/api-server.ts'
import { pagePart } from '../host-link/tms/node/page-part.ts'
import { findUser, insertUser, makeVerifier } from '../host-link/tms/node/people.ts'
import { makeToken } from '../host-link/tms/node/people-sessions.ts'
import { type HttpPart, startTms, type TmsServer } from '../host-link/tms/node/server.ts'
import { VERSION } from '../terminal/version.ts'
import { buildTmsPage, TMS_PAGE_FOLDER } from './build-page.ts'
import { CommandError } from './command-error.ts'
import {
  type Asking,
  changeParameter,
  type Desk,
  deskOf,
  forgetTerminal,
  isBroken,
  offerRelease,
} from './demonstration-desk.ts'
import { type DemonstrationOptions, downloadPaths } from './demonstration-downloads.ts'
import { ourHost } from './page-guard.ts'
import type { DevelopmentTrust } from './release/development.ts'

/** Of all people of the demonstration; each is called as the role is. */
const PASSWORD = 'demonstration'
const PEOPLE: readonly UserRole[] = ['viewer', 'operator', 'releaser', 'approver', 'administrator']
/** N of scrypt: the password stands on the page. */
const COST = 1024
const TOKEN_NAME = 'emulator'

export type DemonstrationService = Pick<TmsServer, 'handle' | 'upgrade' | 'close'>

interface Options extends DemonstrationOptions {
  readonly trust: DevelopmentTrust
  readonly passwordOf: (serial: string) => Uint8Array
}

/** The download service in this process, with the terminals of the page and people to play with. Throws TmsError, CommandError. */
export async function startDemonstration(options: Options): Promise<DemonstrationService> {
  const { db, names, warn, trust } = options
  const [[director], [parameters]] = [trust.signers('director'), trust.signers('parameters')]
  if (director === undefined || parameters === undefined)
    throw new CommandError('emulator: the development folder has no online keys.')
  const database = join(dirname(db), `${basename(db, extname(db))}-tms.db`)
  const server = await startTms({
    ...{ database, tenant: trust.tenant, signers: { director, parameters }, secondSource: true },
    broker: { kind: 'embedded', host: '127.0.0.1', port: undefined },
    log: (line) => {
      if (!/leases$/.test(line)) warn(`download service: ${line}`)
    },
    schemas: [facesSchema(database)],
    parts: (parts) => [
      apiPart(parts, {
        ...{ version: VERSION, names, scryptCost: COST, now: seconds, factoryRoot: trust.root, warn },
        policy: { parameters: 'shared', drift: 'keep' },
      }),
      pagePart({ folder: TMS_PAGE_FOLDER, names, path: downloadPaths.console }),
    ],
  })
  try {
    await server.store.addTerminals(
      options.provisions.map((one) => terminalOf(one, options)),
      seconds(),
    )
    const ask = askingAs(options.url, await tokensOf(server))
    const desk = deskPart(options, { server, trust, ask })
    const page = withPage(server.handle)
    return {
      handle: async (request, response) => (await desk(request, response)) || page(request, response),
      upgrade: server.upgrade,
      close: server.close,
    }
  } catch (error) {
    await server.close()
    throw error
  }
}

/** The console page is built when somebody first looks at it. */
function withPage(handle: HttpPart): HttpPart {
  let built: Promise<boolean> | undefined
  return async (request, response) => {
    if (pathOf(request).startsWith(downloadPaths.console)) {
      built ??= buildTmsPage()
      await built
    }
    return handle(request, response)
  }
}

/** Tokens of all people, anew at every start; those of the last one are gone. */
async function tokensOf({ database }: TmsServer): Promise<ReadonlyMap<UserRole, string>> {
  const verifiers = await Promise.all(
    PEOPLE.map((role) => makeVerifier(Buffer.from(PASSWORD), COST).then((made) => [role, made] as const)),
  )
  return database.write(async (query) => {
    await query.run('DELETE FROM tms_token WHERE name = ?', [TOKEN_NAME])
    const tokens = new Map<UserRole, string>()
    for (const [role, verifier] of verifiers) {
      await insertUser(query, { name: role, role, mustChange: false }, verifier, seconds())
      const owner = await findUser(query, role)
      if (owner === undefined) throw new CommandError(`emulator: there is no user ${role}.`)
      const { token } = await makeToken(query, { owner, name: TOKEN_NAME, role, days: 366 }, seconds())
      tokens.set(role, token)
    }
    return tokens
  })
}

/** The panel asks what anybody could ask: through the API, as the person whose role it takes. */
function askingAs(url: string, tokens: ReadonlyMap<UserRole, string>): Asking {
  return async (name, who, { path, query = {}, body, bytes } = {}) => {
    const { method, url: target } = requestOf(name, path, query)
    const sent = bytes === undefined ? JSON.stringify(body) : Buffer.from(bytes)
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
    const answer = await fetch(`${url}${target}`, {
      method,
      headers: { authorization: `Bearer ${tokens.get(who)}`, ...(sent && { 'content-type': type }) },
      ...(sent && { body: sent }),
    })
    const said = (await answer.json()) as AnswerOf<typeof name> & Partial<ApiError>
    if (!answer.ok) throw new CommandError(`${said.error?.zh ?? name}: ${said.error?.en ?? answer.status}`)
    return said
  }
}

/** What the panel of the page asks for: GET below `desk` with a serial, POST with what is to be done after it. */
function deskPart({ names }: DemonstrationOptions, desk: Desk): HttpPart {
  return async (request, response) => {
    if (!pathOf(request).startsWith(downloadPaths.desk)) return false
    const host = ourHost(request, names)
    const { origin } = request.headers
    const own = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
    if (host === undefined || !own) return refused(response, 403, 'Another page may not ask this one.')
    const [serial = '', act = ''] = pathOf(request).slice(downloadPaths.desk.length).split('/')
    const work = workOf(request.method === 'POST' ? act : undefined, questionOf(request).get('broken'))
    if (request.method !== 'POST' && (request.method !== 'GET' || act !== ''))
      return refused(response, 405, 'Only GET, and POST of what is to be done.')
    if (work === undefined) return refused(response, 404, 'Nobody knows how to do that.')
    if ((await desk.server.store.terminal(serial)) === undefined)
      return refused(response, 404, 'There is no such terminal.')
    try {
      await work(desk, serial)
      const people = { people: PEOPLE, password: PASSWORD, console: downloadPaths.console }
      return sent(response, 200, { ...(await deskOf(desk, serial)), ...people } satisfies DownloadDesk)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      return refused(response, 409, error.message)
    }
  }
}

type Work = (desk: Desk, serial: string) => Promise<void>

/** `act` undefined: nothing but to look. */
function workOf(act: string | undefined, broken: string | null): Work | undefined {
  if (act === undefined) return async () => undefined
  if (act === 'parameter') return changeParameter
  if (act === 'new') return forgetTerminal
  if (act !== 'offer') return undefined
  if (broken === null) return (desk, serial) => offerRelease(desk, serial, undefined)
  return isBroken(broken) ? (desk, serial) => offerRelease(desk, serial, broken) : undefined
}

const PAGE = 'http://page'
/** What is no path (`//`) is as good as the root: nobody serves it. */
const urlOf = ({ url = '/' }: IncomingMessage): URL => new URL(URL.canParse(url, PAGE) ? url : '/', PAGE)
const pathOf = (request: IncomingMessage): string => urlOf(request).pathname
const questionOf = (request: IncomingMessage): URLSearchParams => urlOf(request).searchParams

function refused(response: ServerResponse, status: number, error: string): true {
  return sent(response, status, { error })
}

function sent(response: ServerResponse, status: number, body: unknown): true {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
  return true
}

/** Its model is what it is made of at first: a person may choose another body for it in the page. */
function terminalOf(
  { terminal, stores }: DemonstrationOptions['provisions'][number],
  { passwordOf }: Options,
): NewTerminal {
  const { serial, terminalId, merchantId: merchant, merchantName } = terminal
  return {
    ...{ serial, terminalId, merchant, merchantName, maker: 'Shuaka', model: 'standard', acquirer: '' },
    ...{ passwordHash: hashPassword(passwordOf(serial)), store: stores[0]?.number ?? '' },
    ...{ account: '', address: '', zoneMinutes: -new Date().getTimezoneOffset(), labels: [], note: '' },
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)
