import { afterAll, afterEach, test } from 'vitest'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { mosquittoServer } from '../../../../scripts/tms-bench/mosquitto.ts'
import { needsPostgres, postgresPrograms } from '../../../rig/postgres.ts'
import { checkBooks, neverFalse, SERIALS, startVictim } from './kill-rig.ts'
import { databases, mosquittoProgram } from './places.ts'
import { newTerminal, rollOut, TENANT, terminalAt, testRelease, until } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

const skipped = mosquittoProgram === undefined || postgresPrograms === undefined
test.skipIf(skipped)(
  `mosquitto, PostgreSQL, two workers: one worker and the broker killed, the other takes over${needsPostgres}`,
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
    const terminals = SERIALS.map((serial) =>
      terminalAt(broker.port, serial, { quality: { bytesPerSecond: 40_000 } }),
    )
    open.push(...terminals)
    await until('all online', () => terminals.every((terminal) => terminal.online()))
    const release = testRelease('2.0.0', 80_000)
    const { deployment } = await rollOut(store, release, SERIALS)
    await until('under way', () => terminals.filter((terminal) => terminal.state() !== 'empty').length > 20)
    await workers[0]?.kill()
    await neverFalse(store, deployment, terminals, release.manifest)
    await broker.kill()
    terminals[7]?.crash()
    await broker.start()
    await until('finished', async () => (await store.deployment(deployment))?.state === 'finished')
    await checkBooks(store, deployment, terminals, release.manifest)
  },
)
