import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Catalogue } from '../store.ts'

const PATH = /^\/objects\/([0-9a-f]{64})$/
/** What one answer holds, at most: a terminal asks for 32 KiB, a mirror for more. */
const ANSWER_BYTES_MAX = 4 * 1_048_576

/**
 * 第二来源: `GET /objects/{SHA-256}`, with one range of bytes or none (RFC 9110, 14). Objects of one terminal alone are not given
 * here: whoever asks has not said who he is. Answers false for another path.
 */
export async function objectsOverHttp(
  objects: Pick<Catalogue, 'object' | 'objectBytes'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, hash] = PATH.exec(request.url?.split('?', 1)[0] ?? '') ?? []
  if (hash === undefined) return false
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    return true
  }
  const object = await objects.object(hash)
  if (object === undefined || object.owner !== '') {
    response.writeHead(404).end()
    return true
  }
  const range = rangeOf(request.headers.range, object.size)
  if (range === 'wrong') {
    response.writeHead(416, { 'Content-Range': `bytes */${object.size}` }).end()
    return true
  }
  const { from, until } = range ?? { from: 0, until: object.size }
  const end = Math.min(until, from + ANSWER_BYTES_MAX)
  const bytes = await objects.objectBytes(hash, from, end - from)
  const partial = range !== undefined || end < object.size
  response.writeHead(partial ? 206 : 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - from,
    'Accept-Ranges': 'bytes',
    // It is its own hash: it never changes, but a withdrawn release is to be gone soon.
    'Cache-Control': 'public, max-age=300',
    ETag: `"${hash}"`,
    ...(partial ? { 'Content-Range': `bytes ${from}-${end - 1}/${object.size}` } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
  return true
}

/** One range, `undefined` for none asked or a form that is not known, which is to be passed over (RFC 9110, 14.2). */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly until: number } | 'wrong' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const tail = Math.min(Number(last), size)
    return tail === 0 ? 'wrong' : { from: size - tail, until: size }
  }
  const from = Number(first)
  const until = last === '' ? size : Math.min(size, Number(last) + 1)
  if (last !== '' && Number(last) < from) return undefined
  return from >= size ? 'wrong' : { from, until }
}
