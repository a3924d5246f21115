import { describe, expect, it } from 'vitest'
import { served } from '../../../host-link/transport/serve-stream.ts'
import { tcpDial } from '../../../host-link/transport/tcp-client.ts'
import { listenTcp } from '../../../host-link/transport/tcp-server.ts'

describe('served', () => {
  it('chunks that arrive while one is worked on → one after the other, in order, reading paused meanwhile', async () => {
    const log: string[] = []
    let go: () => void = () => {}
    const handler = {
      ended: undefined,
      async receive(chunk: Uint8Array) {
        log.push(`take ${chunk[0]}`)
        await new Promise<void>((resolve) => {
          go = resolve
        })
        return [chunk]
      },
    }
    const stream = {
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
      write: async (bytes: Uint8Array) => void log.push(`write ${bytes[0]}`),
      end: () => void log.push('end'),
    }
    const { take, whenIdle } = served(handler, stream)
    take(Uint8Array.of(1))
    take(Uint8Array.of(2))
    go()
    await new Promise((resolve) => setImmediate(resolve))
    go()
    await whenIdle()
    expect(log).toEqual(['pause', 'take 1', 'write 1', 'take 2', 'write 2', 'resume'])
  })
  it('the handler has ended → what it gave is written, the stream ends, the rest is dropped', async () => {
    const log: string[] = []
    const handler = {
      ended: 'enough',
      async receive(chunk: Uint8Array) {
        return [chunk]
      },
    }
    const stream = {
      pause: () => {},
      resume: () => {},
      write: async (bytes: Uint8Array) => void log.push(`write ${bytes[0]}`),
      end: () => void log.push('end'),
    }
    const { take, whenIdle } = served(handler, stream)
    take(Uint8Array.of(1))
    take(Uint8Array.of(2))
    await whenIdle()
    expect(log).toEqual(['write 1', 'end'])
  })
})

describe('listenTcp', () => {
  const echo = () => ({ ended: undefined, receive: async (chunk: Uint8Array) => [chunk] })

  it('close while an answer is under way → the answer leaves first', async () => {
    let go: () => void = () => {}
    let taken: () => void = () => {}
    const working = new Promise<void>((resolve) => {
      taken = resolve
    })
    const slow = () => ({
      ended: undefined,
      async receive(chunk: Uint8Array) {
        taken()
        await new Promise<void>((resolve) => {
          go = resolve
        })
        return [chunk]
      },
    })
    const server = await listenTcp('127.0.0.1', 0, slow)
    const got: number[] = []
    let over: () => void = () => {}
    const closed = new Promise<void>((resolve) => {
      over = resolve
    })
    const stream = await tcpDial(
      '127.0.0.1',
      server.port,
    )({
      bytes: (bytes) => void got.push(...bytes),
      closed: () => over(),
    })
    stream?.send(Uint8Array.of(7))
    await working
    const done = server.close()
    go()
    await done
    await closed
    expect(got).toEqual([7])
  })
  it('a client that is silent too long is closed; one too many is not served', async () => {
    const server = await listenTcp('127.0.0.1', 0, echo, { connectionsMax: 1, idleMs: 200 })
    const ends: string[] = []
    const client = (name: string) =>
      new Promise<void>((resolve) => {
        const events = {
          bytes: () => {},
          closed: () => {
            ends.push(name)
            resolve()
          },
        }
        tcpDial(
          '127.0.0.1',
          server.port,
        )(events).then((stream) => {
          if (!stream) resolve()
        }, resolve)
      })
    await Promise.all([client('first'), client('second')])
    expect(ends).toContain('first')
    await server.close()
  })
})
