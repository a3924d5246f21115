import { expect, test } from 'vitest'
import { dialLocal, LINE_MS } from '../../../emulator/console/local-host.ts'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import type { Host } from '../../../host-link/host/host.ts'

/** A host that answers each chunk with itself plus one, after `ended` chunks with the end of the connection. */
function echo(chunks = 9): Host & { readonly got: number[] } {
  const got: number[] = []
  return {
    got,
    alarms: () => ({}),
    connection: () => ({
      get ended() {
        return got.length >= chunks ? 'enough' : undefined
      },
      async receive(chunk) {
        got.push(...chunk)
        return [chunk.map((byte) => byte + 1)]
      },
    }),
  }
}

function line(host: Host) {
  const time = makeVirtualTime({ wallMs: 0, settle: () => new Promise((resolve) => setImmediate(resolve)) })
  const seen: (number[] | 'closed')[] = []
  const dial = dialLocal(host, time)
  const opened = dial({ bytes: (bytes) => seen.push([...bytes]), closed: () => seen.push('closed') })
  return { time, seen, opened }
}

test('line to the embedded host → opens after a round trip, answers after another, in order', async () => {
  const { time, seen, opened } = line(echo())
  await time.advance(2 * LINE_MS)
  const stream = await opened
  stream?.send(new Uint8Array([1]))
  stream?.send(new Uint8Array([5]))
  await time.advance(2 * LINE_MS - 1)
  expect(seen).toEqual([])
  await time.advance(1)
  expect(seen).toEqual([[2], [6]])
})

test('line closed while the request is on its way → the host gets it, its answer comes nowhere', async () => {
  const host = echo()
  const { time, seen, opened } = line(host)
  await time.advance(2 * LINE_MS)
  const stream = await opened
  stream?.send(new Uint8Array([1]))
  stream?.close()
  await time.advance(10 * LINE_MS)
  expect(host.got).toEqual([1])
  expect(seen).toEqual([])
})

test('host that ends the connection → the last answer, then closed, once', async () => {
  const { time, seen, opened } = line(echo(1))
  await time.advance(2 * LINE_MS)
  const stream = await opened
  stream?.send(new Uint8Array([1]))
  await time.advance(10 * LINE_MS)
  stream?.send(new Uint8Array([2]))
  await time.advance(10 * LINE_MS)
  expect(seen).toEqual([[2], 'closed'])
})
