import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { hashPassword } from '../../../../host-link/tms/node/acl.ts'
import { databases, PLACES, serviceAt } from './places.ts'
import { seconds, serialOf, terminalAt, until, wanted } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

const SERIAL = serialOf(1)
const LOCK = { serial: SERIAL, kind: 'lock', argument: new Uint8Array(0), createdBy: 'anna' } as const

describe.each(PLACES.filter(({ skipped }) => !skipped))(
  'a terminal that is connected, on $title',
  (place) => {
    async function connected() {
      const service = await serviceAt(place, at, [SERIAL])
      open.push(service)
      const terminal = terminalAt(service.port, SERIAL)
      open.push(terminal)
      const { store } = service.server
      await until('it was told', () => terminal.counts.orders > 0)
      await until('it reported', async () => (await store.terminal(SERIAL))?.reported !== undefined)
      return { ...service, store, terminal }
    }

    test('is retired → is told nothing, gets no command, is not listened to, and is shown offline', async () => {
      const { server, store, terminal } = await connected()
      await wanted(store.addCommand({ ...LOCK, kind: 'report' }, seconds()))
      await wanted(store.setStatus(SERIAL, 'retired'))
      server.disconnect?.(SERIAL)
      expect(await store.addCommand(LOCK, seconds())).toEqual({
        kind: 'refused',
        why: 'the terminal is retired',
      })
      await new Promise((resolve) => setTimeout(resolve, 300)) // what was on its way
      const [before, { orders }] = [await store.terminal(SERIAL), { ...terminal.counts }]
      await server.database.write(({ run }) => run('UPDATE terminal SET online = 1, tell = 1'))
      terminal.report()
      server.wake()
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(terminal.counts.orders).toBe(orders)
      expect(before?.presence.online).toBe(false)
      expect((await store.terminal(SERIAL))?.reported?.seq).toBe(before?.reported?.seq)
    })
  },
)

describe('a terminal on the embedded broker', () => {
  async function connected() {
    const service = await serviceAt({ database: 'sqlite', broker: 'aedes' }, at, [SERIAL])
    open.push(service)
    const terminal = terminalAt(service.port, SERIAL)
    open.push(terminal)
    await until('it was told', () => terminal.counts.orders > 0)
    const online = async () => (await service.server.store.terminal(SERIAL))?.presence.online === true
    return { ...service.server, terminal, online }
  }

  test('whose connection is ended comes again at once while its password counts', async () => {
    const { disconnect, terminal } = await connected()
    const { reconnects } = terminal.counts
    disconnect?.(SERIAL)
    await until('it is there again', () => terminal.counts.reconnects > reconnects)
    expect(terminal.counts.refusedOrders).toBe(0)
  })

  test('that has another password is cut off, and stays out', async () => {
    const { disconnect, store, online } = await connected()
    await wanted(store.setPassword(SERIAL, hashPassword(Buffer.from('another password'))))
    disconnect?.(SERIAL)
    await until('it is gone', async () => !(await online()))
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await online()).toBe(false)
  })
})
