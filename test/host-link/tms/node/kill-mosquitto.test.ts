import { afterAll, afterEach, expect, test } from 'vitest'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { mosquittoServer } from '../../../../scripts/tms-bench/mosquitto.ts'
import { needsPostgres, postgresPrograms } from '../../../rig/postgres.ts'
import { chanceOf, SEED, SERIALS, startVictim, underFire } from './kill-rig.ts'
import { databases, mosquittoProgram } from './places.ts'
import { newTerminal, TENANT, terminalAt, until } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

const skipped = mosquittoProgram === undefined || postgresPrograms === undefined
test.skipIf(skipped)(
  `mosquitto, PostgreSQL, two workers: one worker, the broker and terminals killed at random (seed ${SEED}), an abort and locks between → the other worker takes over, all have what they are to have${needsPostgres}`,
  async () => {
    const address = await at.address('postgres')
    const store = tmsStore(await openTmsDatabase(address))
    open.push(store)
    await store.addTerminals(
      SERIALS.map((serial) => newTerminal(serial)),
      1,
    )
    const broker = await mosquittoServer(mosquittoProgram ?? '', at.folder, TENANT, store)
    open.push({ close: () => broker.stop() })
    const workers = await Promise.all([
      startVictim([address, broker.url]),
      startVictim([address, broker.url]),
    ])
    open.push(...workers)
    const chance = chanceOf(SEED)
    const terminals = SERIALS.map((serial) =>
      terminalAt(broker.port, serial, { quality: { bytesPerSecond: 40_000 } }),
    )
    open.push(...terminals)
    await until('all online', () => terminals.every((terminal) => terminal.online()))
    const killWorker = async () => workers[chance() < 0.5 ? 0 : 1]?.kill()
    const killBroker = async () => {
      await broker.kill()
      await broker.start()
    }
    const kills = [killWorker, killBroker]
    await underFire({ store, terminals, chance, kills: chance() < 0.5 ? kills : kills.reverse() })
    expect(await store.countEvents()).toBeGreaterThan(SERIALS.length)
  },
)
