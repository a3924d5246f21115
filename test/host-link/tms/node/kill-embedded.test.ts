import { afterAll, afterEach, test } from 'vitest'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { checkBooks, neverFalse, SERIALS, startVictim } from './kill-rig.ts'
import { databases } from './places.ts'
import { newTerminal, rollOut, terminalAt, testRelease, until } from './rig.ts'

const at = databases()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})
afterAll(() => at.remove())

test('kill -9 of broker and worker in one process: all finish, no event lost or twice', async () => {
  const address = await at.address('sqlite')
  const store = tmsStore(await openTmsDatabase(address))
  open.push(store)
  await store.addTerminals(
    SERIALS.map((serial) => newTerminal(serial)),
    1,
  )
  let service = await startVictim([address, 'embedded', '0'])
  const terminals = SERIALS.map((serial) =>
    terminalAt(service.port, serial, { quality: { bytesPerSecond: 60_000 } }),
  )
  open.push(...terminals)
  await until('all online', () => terminals.every((terminal) => terminal.online()))
  const release = testRelease('2.0.0', 60_000)
  const { deployment } = await rollOut(store, release, SERIALS)
  for (let kills = 0; kills < 2; kills++) {
    await until(
      'under way',
      () => terminals.filter((terminal) => terminal.state() !== 'empty').length > 10 * (kills + 1),
    )
    await service.kill()
    await neverFalse(store, deployment, terminals, release.manifest)
    terminals[kills]?.crash()
    service = await startVictim([address, 'embedded', String(service.port)])
    open.push(service)
  }
  await until('finished', async () => (await store.deployment(deployment))?.state === 'finished')
  await checkBooks(store, deployment, terminals, release.manifest)
})
