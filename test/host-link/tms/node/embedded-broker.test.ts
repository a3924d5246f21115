import { Aedes } from 'aedes'
import { expect, test } from 'vitest'

test('the package of the embedded broker → looks through what it retained in the one call that we take its search away from', async () => {
  const broker = await Aedes.createBroker()
  const { persistence } = broker as Aedes & { persistence: { createRetainedStreamCombi?: unknown } }
  const searched: unknown[] = []
  const search = persistence.createRetainedStreamCombi
  expect(search).toBeTypeOf('function')
  Object.assign(persistence, {
    createRetainedStreamCombi(patterns: unknown) {
      searched.push(patterns)
      return (search as (of: unknown) => unknown).call(persistence, patterns)
    },
  })
  const { createServer } = await import('node:net')
  const { connectAsync } = await import('mqtt')
  const server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`)
  await client.subscribeAsync('a/b')
  await client.endAsync()
  await new Promise<void>((resolve) => broker.close(() => resolve()))
  server.close()
  expect(searched).toEqual([['a/b']])
})
