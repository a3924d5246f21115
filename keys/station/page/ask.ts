import type { DoneAnswer, Refusal, SealAnswer } from './api.ts'
import { sealSecret } from './seal.ts'
import { joinSecrets } from './secrets.ts'
import { rowWords, whyWords } from './whys.ts'
import type { Locale, Words } from './words.ts'

/** The server's refusal. */
class Refused extends Error {
  readonly status: number
  readonly refusal: Refusal
  constructor(status: number, refusal: Refusal) {
    super(refusal.error)
    this.status = status
    this.refusal = refusal
  }
}

/** Whether the session of this browser is over. */
export function isOutside(error: unknown): boolean {
  return error instanceof Refused && error.status === 401
}

/** What went wrong, in the reader's language. */
export function faultOf(error: unknown, words: Words, locale: Locale): string {
  if (!(error instanceof Refused)) return words.offline
  if (error.status === 401) return words.outside
  const { why, detail, faults = [] } = error.refusal
  if (faults.length > 0) {
    const rows = faults.map((fault) => words.line(fault.line) + rowWords(fault.why, locale))
    return [words.listRefused, ...rows].join('\n')
  }
  return why === undefined ? error.refusal.error : whyWords(why, detail, locale)
}

async function answered<Answer>(response: Response): Promise<Answer> {
  const answer = (await response.json()) as Answer | Refusal
  if (!response.ok) throw new Refused(response.status, answer as Refusal)
  return answer as Answer
}

/** Asks `api/<question>`. Rejects with the server's refusal. */
export async function ask<Answer>(question: string): Promise<Answer> {
  return answered<Answer>(await fetch(`api/${question}`, { cache: 'no-store' }))
}

/** Orders without a secret: values as JSON. */
export async function order(name: string, values: object = {}): Promise<DoneAnswer> {
  const body = JSON.stringify(values)
  return answered(
    await fetch(`api/${name}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  )
}

/** Orders with secrets: they are sealed together and wiped before anything is sent. */
export async function orderSecret(
  name: string,
  values: { readonly [name: string]: string },
  ...secrets: readonly Uint8Array[]
): Promise<DoneAnswer> {
  try {
    const { key } = await ask<SealAnswer>('seal')
    const body = new Uint8Array(sealSecret(joinSecrets(secrets), key))
    const question = new URLSearchParams({ ...values, key })
    return await answered(
      await fetch(`api/${name}?${question}`, {
        ...{ method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } },
      }),
    )
  } finally {
    for (const secret of secrets) secret.fill(0)
  }
}
