import type { IncomingMessage } from 'node:http'
import { ROOT_BYTES_MAX } from '../../wire/tms/root.ts'
import { API_PATH, CALLS, type CallName, routes } from '../api.ts'
import { RELEASE_FILE_BYTES_MAX } from '../release-file.ts'
import { ApiFault } from './api-input.ts'

/** What a path means. */
export interface Found {
  readonly call: CallName
  readonly path: string
  readonly values: URLSearchParams
  readonly dryRun: boolean
}

const BASE = 'http://service'
const JSON_BYTES_MAX = 256_000
/** A list of serials, or an import. */
const LISTS_BYTES_MAX = 12_000_000
/** Of who has not said who he is, and of who has not said it well enough. */
const PASSWORDS_BYTES_MAX = 4_096
/** Requests whose JSON is longer, or shorter, than that of the others. */
const JSON_MAX: { readonly [Name in CallName]?: number } = {
  ...{ logIn: PASSWORDS_BYTES_MAX, changePassword: PASSWORDS_BYTES_MAX },
  ...{ addUser: PASSWORDS_BYTES_MAX, changeUser: PASSWORDS_BYTES_MAX },
  ...{ importTerminals: LISTS_BYTES_MAX, putGroup: LISTS_BYTES_MAX, sendCommand: LISTS_BYTES_MAX },
  ...{ previewDeployment: LISTS_BYTES_MAX, createDeployment: LISTS_BYTES_MAX },
  retryDeployment: LISTS_BYTES_MAX,
}
const BODY_MS = 60_000
/** Requests whose body is bytes. */
const BYTES_MAX: { readonly [Name in CallName]?: number } = {
  uploadRelease: RELEASE_FILE_BYTES_MAX,
  addRoot: ROOT_BYTES_MAX,
}

/** The request that a target names. Throws `ApiFault`: there is none, or not by this method. */
export function foundBy(method: string, target: string): Found {
  if (!URL.canParse(target, BASE)) throw new ApiFault('notFound', 'That is no path.')
  const { pathname, searchParams } = new URL(target, BASE)
  const below = pathname.slice(API_PATH.length)
  const matches = CALLS.flatMap((call) => {
    const path = pathIn(routes[call].path, below)
    return path === undefined ? [] : [{ call, path }]
  })
  const match = matches.find(({ call }) => routes[call].method === method)
  if (match === undefined)
    throw matches.length === 0
      ? new ApiFault('notFound', 'There is no such request.')
      : new ApiFault('method', `Only ${matches.map(({ call }) => routes[call].method).join(' and ')}.`)
  const dryRun = searchParams.get('dryRun')
  if (dryRun !== null && (dryRun !== '1' || method === 'GET' || !mayDryRun(match.call)))
    throw new ApiFault('badInput', 'dryRun: 1 is wanted, and only for what changes something.', 'dryRun')
  searchParams.delete('dryRun')
  return { ...match, values: searchParams, dryRun: dryRun === '1' }
}

/** In and out: there is nothing to look at beforehand. */
function mayDryRun(call: CallName): boolean {
  return call !== 'logIn' && call !== 'logOut'
}

/** What stands for `{}`; '' where the pattern has none; undefined for another path. */
function pathIn(pattern: string, below: string): string | undefined {
  const [before = '', after] = pattern.split('{}')
  if (after === undefined) return below === pattern ? '' : undefined
  if (!below.startsWith(before) || !below.endsWith(after) || below.length <= before.length + after.length)
    return undefined
  const raw = below.slice(before.length, below.length - after.length)
  if (raw.includes('/')) return undefined
  try {
    const text = decodeURIComponent(raw)
    return /[\p{Cc}\p{Cs}]/u.test(text) || text.length > 80 ? undefined : text
  } catch {
    return undefined // what cannot be read is nothing of ours
  }
}

export interface Body {
  /** Undefined where nothing was sent. */
  readonly json: unknown
  readonly bytes: Uint8Array
}

/** The body of a request, of the type that it is to have. Throws `ApiFault`. */
export async function bodyOf(request: IncomingMessage, call: CallName): Promise<Body> {
  const bytesMax = BYTES_MAX[call]
  const bytesWanted = bytesMax !== undefined
  const bytes = await bytesOf(request, bytesMax ?? JSON_MAX[call] ?? JSON_BYTES_MAX)
  if (bytes.length === 0) return { json: undefined, bytes }
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const wanted = bytesWanted ? 'application/octet-stream' : 'application/json'
  // A form of another page could send anything else without asking first.
  if (type !== wanted) throw new ApiFault('mediaType', `Content-Type: ${wanted} is wanted.`)
  return bytesWanted ? { json: undefined, bytes } : { json: jsonOf(bytes), bytes: new Uint8Array(0) }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new ApiFault('badInput', 'The body is not JSON in UTF-8.', 'body')
  }
}

function bytesOf(request: IncomingMessage, max: number): Promise<Uint8Array> {
  const tooLarge = new ApiFault('tooLarge', `More than ${max} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > max) return Promise.reject(tooLarge)
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    const late = setTimeout(() => over(new ApiFault('badInput', 'The body did not come.')), BODY_MS)
    const over = (fault?: Error): void => {
      clearTimeout(late)
      request.off('data', take).off('end', end).off('error', gone).off('close', gone)
      if (fault === undefined) resolve(new Uint8Array(Buffer.concat(parts)))
      else reject(fault)
    }
    const take = (part: Buffer): void => {
      length += part.length
      if (length > max) over(tooLarge)
      else parts.push(part)
    }
    const end = (): void => over()
    const gone = (): void => over(new ApiFault('badInput', 'The body broke off.'))
    request.on('data', take).on('end', end).on('error', gone).on('close', gone)
  })
}
