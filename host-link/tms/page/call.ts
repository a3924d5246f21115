import { type AnswerOf, type ApiError, apiErrors, type CallName, type InputOf, requestOf } from '../api.ts'
import type { LayerFinding } from '../api-parameters.ts'
import { sentenceZh } from './refusals.ts'
import type { Locale } from './words.ts'

interface CallInput {
  readonly path?: string
  readonly query?: object
  readonly body?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
}

/** What the service refused; without `error` it was not the service that answered. */
export class CallFault extends Error {
  readonly error: ApiError['error'] | undefined
  constructor(error: ApiError['error'] | undefined) {
    super(error?.en ?? 'no answer')
    this.error = error
  }
}

/** Asks the service. Rejects with `CallFault`. */
export async function call<Name extends CallName>(
  name: Name,
  input: InputOf<Name> & CallInput,
): Promise<AnswerOf<Name>> {
  const { path, query = {}, body, bytes } = input
  const asked = Object.entries(query).map(([key, value]): [string, string | undefined] => [
    key,
    value === undefined ? undefined : String(value),
  ])
  const { method, url } = requestOf(name, path, Object.fromEntries(asked))
  const sent = bytes ?? (body === undefined ? undefined : JSON.stringify(body))
  const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
  const answer = await fetch(url, {
    ...{ method, cache: 'no-store', credentials: 'same-origin' },
    ...(sent !== undefined && { body: sent, headers: { 'content-type': type } }),
  }).catch(() => undefined)
  const given: unknown = await answer?.json().catch(() => undefined)
  if (answer?.ok && given !== undefined) return given as AnswerOf<Name>
  throw new CallFault(isApiError(given) ? given.error : undefined)
}

function isApiError(given: unknown): given is ApiError {
  if (typeof given !== 'object' || given === null || !('error' in given)) return false
  const { error } = given
  return typeof error === 'object' && error !== null && 'code' in error && 'en' in error
}

/** Whether the session of this browser is over. */
export function isOutside(error: unknown): boolean {
  return error instanceof CallFault && error.error?.code === 'notLoggedIn'
}

/** What went wrong, for the reader, in a sentence. */
export function faultText(error: unknown, locale: Locale): string {
  const fault = error instanceof CallFault ? error.error : undefined
  if (fault === undefined)
    return locale === 'zh'
      ? '服务没有应答：它还在运行吗？'
      : 'The service does not answer: is it still running?'
  if (locale === 'en') return fault.en
  return sentenceZh(fault.en) ?? `${apiErrors[fault.code]?.zh ?? fault.zh}：${fault.en}`
}

/** Place in what was sent that is meant, as `policy.deadline`. */
export function faultPlace(error: unknown): string | undefined {
  return error instanceof CallFault ? error.error?.at : undefined
}

/** What is wrong with a layer, of a draft that was not saved. */
export function faultFindings(error: unknown): readonly LayerFinding[] {
  return (error instanceof CallFault ? error.error?.findings : undefined) ?? []
}
