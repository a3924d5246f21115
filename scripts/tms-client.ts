import { readFileSync } from 'node:fs'
import { type AnswerOf, type ApiError, type CallName, requestOf } from '../host-link/tms/api.ts'
import { CommandError, sentence } from './command-error.ts'

/** Where the service is, and who asks. */
export interface TmsClientOptions {
  /** `http://127.0.0.1:8100`. */
  readonly url: string
  /** File of the token; where absent it is in `SHUAKA_TMS_TOKEN`. */
  readonly tokenFile?: string
  readonly dryRun?: boolean
}

export const TOKEN_VARIABLE = 'SHUAKA_TMS_TOKEN'
export const DEFAULT_URL = 'http://127.0.0.1:8100'
const ANSWER_MS = 120_000

export interface CallInput {
  readonly path?: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
}

export interface TmsClient {
  /** Throws CommandError: one sentence that says what the service refused, or that it cannot be reached. */
  call<Name extends CallName>(name: Name, input?: CallInput): Promise<AnswerOf<Name>>
}

/** The API with a token. Throws CommandError where there is none. */
export function tmsClient(options: TmsClientOptions): TmsClient {
  const token = tokenOf(options.tokenFile)
  return { call: (name, input = {}) => called(options, name, input, { authorization: `Bearer ${token}` }) }
}

/**
 * A session of its own, ended by the caller, for what no token may do. The password is text here, as it is in the JSON that
 * carries it; it is in no message.
 */
export async function tmsSession(
  options: TmsClientOptions,
  name: string,
  password: Uint8Array,
): Promise<TmsClient & { end(): Promise<void> }> {
  const { origin } = addressOf(options.url)
  const body = { name, password: new TextDecoder().decode(password) }
  const cookies: string[] = []
  await called({ url: options.url }, 'logIn', { body }, { origin }, (cookie) => cookies.push(cookie))
  const headers = { origin, cookie: cookies.map((line) => line.split(';')[0]).join('; ') }
  return {
    call: (call, input = {}) => called(options, call, input, headers),
    async end() {
      await called({ url: options.url }, 'logOut', {}, headers)
    },
  }
}

function tokenOf(file: string | undefined): string {
  const text = file === undefined ? process.env[TOKEN_VARIABLE] : readFileSync(file, 'utf8')
  const token = text?.trim() ?? ''
  if (/^stms_[\w-]{43}$/.test(token)) return token
  if (text !== undefined) throw new CommandError(`tms: ${file ?? TOKEN_VARIABLE} holds no token.`, 2)
  throw new CommandError(
    `tms: who asks? Give a token in ${TOKEN_VARIABLE} or with --token-file; shuaka tms token add makes one.`,
    2,
  )
}

function addressOf(url: string): URL {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandError(`tms: --url wants an address like ${DEFAULT_URL}, not ${url.slice(0, 80)}.`, 2)
  return new URL(url)
}

async function called<Name extends CallName>(
  { url, dryRun = false }: TmsClientOptions,
  name: Name,
  { path, query = {}, body, bytes }: CallInput,
  headers: Readonly<Record<string, string>>,
  cookie?: (line: string) => void,
): Promise<AnswerOf<Name>> {
  const { method, url: target } = requestOf(name, path, { ...query, ...(dryRun && { dryRun: '1' }) })
  const sent = bytes ?? (body === undefined ? undefined : JSON.stringify(body))
  const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
  const answer = await fetch(new URL(target, addressOf(url)), {
    method,
    headers: { ...(sent !== undefined && { 'content-type': type }), ...headers },
    ...(sent !== undefined && { body: sent }),
    signal: AbortSignal.timeout(ANSWER_MS),
    redirect: 'error',
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new CommandError(`tms: ${url}: ${sentence(cause)}`)
  })
  const given = await jsonOf(answer, url)
  if (!answer.ok) throw refusal(given, answer.status)
  for (const line of answer.headers.getSetCookie()) cookie?.(line)
  return given as AnswerOf<Name>
}

async function jsonOf(answer: Response, url: string): Promise<unknown> {
  try {
    return await answer.json()
  } catch {
    throw new CommandError(
      `tms: ${url}: what answers there is no download service (status ${answer.status}).`,
    )
  }
}

/** Wrong input is a wrong use of the command; all else is a refusal. */
function refusal(given: unknown, status: number): CommandError {
  const error =
    typeof given === 'object' && given !== null && 'error' in given ? (given as ApiError).error : undefined
  if (error === undefined) return new CommandError(`tms: the service answers with status ${status}.`)
  const more = (error.findings ?? [])
    .slice(1, 10)
    .map(({ en }) => `; ${en}`)
    .join('')
  const text = `tms: ${error.zh}: ${error.en.replace(/\.$/, '')}${more}.`
  return new CommandError(text, error.code === 'badInput' ? 2 : 1)
}
