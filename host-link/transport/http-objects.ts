import { toHex } from '../../keys/hex.ts'

/** Longest wait for a whole range. */
export const RANGE_MS = 30_000

/** How a range is asked for: with these headers, until the signal ends it. A redirection is not followed. */
export type HttpGet = (
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>

const byFetch: HttpGet = (url, headers, signal) =>
  fetch(url, { headers, signal, cache: 'no-store', redirect: 'error' })

/**
 * 第二来源: reads objects of the download service by HTTP ranges (RFC 9110, 14), `GET {base}/objects/{hex}`. Undefined for
 * whatever is not exactly the range that was asked for: status, range, length, or no end within `timeoutMs`. What comes is
 * checked against its hash by the terminal.
 */
export function httpObjects(
  base: string,
  timeoutMs = RANGE_MS,
  get: HttpGet = byFetch,
): (object: Uint8Array, offset: number, length: number) => Promise<Uint8Array | undefined> {
  return async (object, offset, length) => {
    const last = offset + length - 1
    try {
      const response = await get(
        `${base}/objects/${toHex(object).toLowerCase()}`,
        { Range: `bytes=${offset}-${last}` },
        AbortSignal.timeout(timeoutMs),
      )
      const range = response.headers.get('Content-Range') ?? ''
      const asked = response.status === 206 && range.startsWith(`bytes ${offset}-${last}/`)
      if (asked) return await exactly(response, length)
      await response.body?.cancel()
      return undefined
    } catch {
      return undefined // refused, cut or late: all the same to whoever has another source
    }
  }
}

/** The body, where it has that many bytes; of a longer one no more is read. */
async function exactly(response: Response, length: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader()
  if (reader === undefined) return undefined
  const bytes = new Uint8Array(length)
  let at = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return at === length ? bytes : undefined
    if (at + value.length > length) {
      await reader.cancel()
      return undefined
    }
    bytes.set(value, at)
    at += value.length
  }
}
