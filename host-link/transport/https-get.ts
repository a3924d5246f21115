import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { HttpGet } from './http-objects.ts'

/** A device asks from one place at a time. */
const SOCKETS_MAX = 2

/** Asks by HTTPS, and believes only who is signed by `ca`, PEM, in place of whom this system believes; `fetch` knows no such thing. */
export function httpsGet(ca: string): HttpGet {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: SOCKETS_MAX, minVersion: 'TLSv1.2' })
  return (url, headers, signal) =>
    new Promise((resolve, reject) => {
      const asked = request(url, { agent, headers, signal }, (answer) => {
        const { statusCode, headers: said } = answer
        if (statusCode !== 206) {
          answer.destroy()
          reject(new Error(`no range: ${statusCode}`))
          return
        }
        const range = { 'Content-Range': said['content-range'] ?? '' }
        resolve(new Response(streamOf(answer), { status: statusCode, headers: range }))
      })
      asked.on('error', reject)
      asked.end()
    })
}

/** Read as it is asked for: of an answer without an end no more comes than is taken. */
function streamOf(answer: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = answer[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void answer.destroy(),
  })
}
