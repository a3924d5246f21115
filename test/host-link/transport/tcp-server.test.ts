import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listening, listenTcp, type ServerLimits } from '../../../host-link/transport/tcp-server.ts'

const echo = () => ({ ended: undefined, receive: async (chunk: Uint8Array) => [chunk] })
const open: Listening[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of open.splice(0)) await server.close(10)
})

async function listen(limits: Partial<ServerLimits>): Promise<Listening> {
  const server = await listenTcp('127.0.0.1', 0, echo, limits)
  open.push(server)
  return server
}

function client({ port }: Listening): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  sockets.push(socket)
  return socket
}

const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve))

/** What comes back of a frame: its bytes, or nothing where the connection was closed. */
function echoed(socket: Socket, frame: readonly number[]): Promise<number[]> {
  return new Promise((resolve) => {
    const got: number[] = []
    socket.on('close', () => resolve(got))
    socket.on('data', (bytes) => {
      got.push(...bytes)
      if (got.length === frame.length) resolve(got)
    })
    socket.write(Uint8Array.from(frame))
  })
}

describe('listenTcp: one client cannot keep the others out', () => {
  it('frames that come byte by byte and are never whole → closed after frameMs, then another is served', async () => {
    const server = await listen({ connectionsMax: 5, frameMs: 200 })
    const slow = Array.from({ length: 5 }, () => client(server))
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write(Uint8Array.of(0x0f))
    }, 40)
    await Promise.all(slow.map((socket) => closed(socket.resume())))
    clearInterval(drip)
    expect(await echoed(client(server), [0, 1, 7])).toEqual([0, 1, 7])
  })
  it('whole frames, each in time, and half a frame after each → not closed', async () => {
    const server = await listen({ frameMs: 1000 })
    const socket = client(server)
    const turns = 8
    let ended = false
    socket.resume().once('close', () => {
      ended = true
    })
    socket.write(Uint8Array.of(0))
    for (let turn = 0; turn < turns; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      socket.write(Uint8Array.of(1, 7, 0)) // the end of one frame and the start of the next
    }
    expect(ended).toBe(false)
  })
  it('an answer that takes longer than a frame may → the client that waits for it is not closed', async () => {
    const slowly = () => ({
      ended: undefined,
      async receive(chunk: Uint8Array) {
        await new Promise((resolve) => setTimeout(resolve, 300))
        return [chunk]
      },
    })
    const server = await listenTcp('127.0.0.1', 0, slowly, { frameMs: 100 })
    open.push(server)
    expect(await echoed(client(server), [0, 1, 7, 0])).toEqual([0, 1, 7, 0])
  })
  it('one more of an address than it may have → closed; when one is gone, the next is served', async () => {
    const server = await listen({ perAddressMax: 2 })
    const [first, second] = [client(server), client(server)]
    expect(await echoed(first, [0, 1, 7])).toEqual([0, 1, 7])
    expect(await echoed(second, [0, 1, 7])).toEqual([0, 1, 7])
    expect(await echoed(client(server), [0, 1, 7])).toEqual([])
    first.destroy()
    await expect.poll(() => echoed(client(server), [0, 1, 8])).toEqual([0, 1, 8])
  })
})
