import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { CommandError } from '../../scripts/command-error.ts'
import { reach } from '../../scripts/reach.ts'

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

test('a host that listens → reached, and the connection is given back', async () => {
  const { server, port } = await listening()
  await expect(reach('127.0.0.1', port)).resolves.toBeUndefined()
  await new Promise((resolve) => server.close(resolve)) // hangs while a connection is open
})

test('a port where nobody listens → one sentence', async () => {
  const { server, port } = await listening()
  await new Promise((resolve) => server.close(resolve))
  const refused = reach('127.0.0.1', port)
  await expect(refused).rejects.toThrow(CommandError)
  await expect(refused).rejects.toThrow(
    `the host tcp://127.0.0.1:${port} is not reachable: nobody listens there.`,
  )
})

test('a name that is none → one sentence', async () => {
  await expect(reach('no such name', 1)).rejects.toThrow(
    /^the host tcp:\/\/no such name:1 is not reachable: [^\n]+\.$/,
  )
})
