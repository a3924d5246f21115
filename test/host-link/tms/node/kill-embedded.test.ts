import { afterAll, afterEach, expect, test } from 'vitest'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { chanceOf, SEED, SERIALS, startVictim, underFire } from './kill-rig.ts'
import { databases } from './places.ts'
import { newTerminal, terminalAt, until } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

test(`kill -9 of broker and worker in one process and of terminals, at random (seed ${SEED}), an abort and locks between → all have what they are to have, no event lost or twice`, async () => {
  const address = await at.address('sqlite')
  const store = tmsStore(await openTmsDatabase(address))
  open.push(store)
  await store.addTerminals(
    SERIALS.map((serial) => newTerminal(serial)),
    1,
  )
  let service = await startVictim([address, 'embedded', '0'])
  open.push({ close: () => service.close() })
  const chance = chanceOf(SEED)
  const terminals = SERIALS.map((serial) =>
    terminalAt(service.port, serial, { quality: { bytesPerSecond: 40_000 } }),
  )
  open.push(...terminals)
  await until('all online', () => terminals.every((terminal) => terminal.online()))
  const kill = async () => {
    await service.kill()
    service = await startVictim([address, 'embedded', String(service.port)])
  }
  await underFire({ store, terminals, chance, kills: [kill, kill] })
  expect(await store.countEvents()).toBeGreaterThan(SERIALS.length)
})
