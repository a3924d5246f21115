import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { SimulatedTerminal } from '../../../../host-link/tms/node/simulated-terminal.ts'
import { databases, type Place, type Service, serviceAt } from './places.ts'
import { newTerminal, rollOut, seconds, serialOf, terminalAt, testRelease, until, wanted } from './rig.ts'

/** What the service does, whatever its database and broker are. */
export function serviceSuite(places: readonly Place[]): void {
  const at = databases()
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })
  afterAll(() => at.remove())

  const SERIALS = Array.from({ length: 12 }, (_, number) => serialOf(number))

  async function started(
    place: Place,
    serials = SERIALS,
  ): Promise<Service & { readonly terminals: readonly SimulatedTerminal[] }> {
    const service = await serviceAt(place, at, serials)
    open.push(service)
    const terminals = serials.map((serial) => terminalAt(service.port, serial))
    open.push(...terminals)
    await until('all online', () => terminals.every((terminal) => terminal.online()))
    return { ...service, terminals }
  }

  const faults = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => !/leases$/.test(line))

  describe.each(places.filter(({ skipped }) => !skipped))('startTms on $title', (place) => {
    test('terminals are told, download, and count as confirmed by their own signed reports', async () => {
      const { server, terminals, lines } = await started(place)
      const release = testRelease('2.0.0', 20_000)
      const { deployment } = await rollOut(server.store, release, SERIALS)
      server.wake()
      await until('finished', async () => (await server.store.deployment(deployment))?.state === 'finished')
      expect(await server.store.counts(deployment)).toEqual([
        { wave: 0, state: 'confirmed', code: 0, count: SERIALS.length },
      ])
      expect(terminals.every((terminal) => terminal.running().release === release.manifest)).toBe(true)
      expect(terminals.map(({ counts }) => counts.doubleBytes + counts.wrong)).toEqual(SERIALS.map(() => 0))
      expect(faults(lines)).toEqual([])
      const known = await server.store.terminal(SERIALS[3] ?? '')
      expect(known).toMatchObject({ keyTrust: 'firstUse', presence: { online: true } })
      expect(known?.reported).toMatchObject({
        version: '2.0.0',
        release: release.manifest,
        place: 'a',
        trial: false,
      })
    })

    test('a newer deployment takes the place of the older; who had the newer never gets the older', async () => {
      const { server, terminals } = await started(place, SERIALS.slice(0, 3))
      const slow = await rollOut(server.store, testRelease('2.0.0', 60_000), SERIALS.slice(0, 3), {
        ratePerMinute: 1,
      })
      server.wake()
      await until('one told', () => terminals.some(({ counts }) => counts.orders > 1))
      const newer = testRelease('3.0.0', 8_000)
      const { deployment } = await rollOut(server.store, newer, SERIALS.slice(0, 3))
      server.wake()
      await until('finished', async () => (await server.store.deployment(deployment))?.state === 'finished')
      expect(terminals.map((terminal) => terminal.running().version)).toEqual(['3.0.0', '3.0.0', '3.0.0'])
      const older = await server.store.counts(slow.deployment)
      expect(older.every(({ state }) => ['superseded', 'waiting', 'confirmed'].includes(state))).toBe(true)
    })

    test('a withdrawn release is offered to nobody any more, and its bytes are not served', async () => {
      const { server, terminals } = await started(place, SERIALS.slice(0, 2))
      const release = testRelease('2.0.0', 20_000)
      const { release: id, deployment } = await rollOut(server.store, release, SERIALS.slice(0, 2), {
        startAt: seconds() + 3_600,
      })
      await wanted(server.store.withdrawRelease(id, 'bert', 'a fault was found', seconds()))
      server.wake()
      expect(await server.store.deployment(deployment)).toMatchObject({ state: 'aborted' })
      expect(await server.store.object(release.manifest)).toBeUndefined()
      expect(terminals.map((terminal) => terminal.running().version)).toEqual(['1.0.0', '1.0.0'])
    })

    test('one that goes offline is seen so; one that is added later may connect', async () => {
      const { server, terminals, port, mosquitto } = await started(place, SERIALS.slice(0, 2))
      const [first] = SERIALS
      await until('seen', async () => (await server.store.terminal(first ?? ''))?.presence.online === true)
      terminals[0]?.close()
      await until('gone', async () => (await server.store.terminal(first ?? ''))?.presence.online === false)
      if (mosquitto !== undefined) return // its password file is read at the start
      await server.store.addTerminals([newTerminal('LATER1')], seconds())
      const later = terminalAt(port, 'LATER1')
      open.push(later)
      await until('online', async () => (await server.store.terminal('LATER1'))?.presence.online === true)
    })

    test('a release that reverts on two of three pauses its deployment with an alarm', async () => {
      const serials = Array.from({ length: 21 }, (_, number) => serialOf(100 + number))
      const service = await serviceAt(place, at, serials)
      open.push(service)
      const terminals = serials.map((serial, number) =>
        terminalAt(service.port, serial, { ends: number < 2 ? 'reverted' : 'confirmed' }),
      )
      open.push(...terminals)
      const { store } = service.server
      const { deployment } = await rollOut(store, testRelease('2.0.0', 4_000), serials)
      service.server.wake()
      await until('paused', async () => (await store.deployment(deployment))?.state === 'paused')
      const alarms = await store.alarms(10)
      expect(alarms.map(({ text }) => text).join()).toMatch(/2 of 2\d answered terminals failed/)
      const counts = await store.counts(deployment)
      expect(counts.find(({ state }) => state === 'reverted')).toMatchObject({ code: 22 })
      const { rows } = await store.targets({ deployment, state: 'reverted', limit: 9 })
      const first = rows.map(({ orderNo }) => orderNo)
      expect(first).toHaveLength(2)
      // Told again under a new order number.
      expect(await store.retryTargets(deployment, 'all', 'anna', seconds())).toBe(2)
      await wanted(store.resumeDeployment(deployment, 'anna', seconds()))
      service.server.wake()
      const tried = async () => (await store.targets({ deployment, state: 'reverted', limit: 9 })).rows
      await until('tried again', async () => {
        const rows = await tried()
        return rows.length === 2 && rows.every(({ orderNo }) => !first.includes(orderNo))
      })
      // Both failed twice, which nobody forgave the second time.
      expect((await tried()).map(({ code }) => code)).toEqual([22, 22])
    })
  })
}
