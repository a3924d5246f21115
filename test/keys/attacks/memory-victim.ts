// A station and a terminal in a process of their own, which is killed while a key is being staged:
// `memory-victim.ts FOLDER`. Secrets come as bytes in FOLDER/given-*; what the process learned of keys is written as bytes
// to FOLDER/learned-*, its heap to FOLDER/heap. Prints one line.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import { initiator } from '../../../host-link/channel/initiator.ts'
import { responder } from '../../../host-link/channel/responder.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { ed25519KeyPair } from '../../../keys/ed25519.ts'
import { makeLoader } from '../../../keys/load/loader.ts'
import { openStation } from '../../../keys/station/open.ts'
import { keysOf } from '../../../keys/store/held-slots.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { readSlots } from '../../../keys/store/stored-master.ts'
import { newIdentity } from '../../../scripts/identity/issue.ts'

const [folder = ''] = process.argv.slice(2)
const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length))
const given = (name: string): Uint8Array => Uint8Array.from(readFileSync(join(folder, `given-${name}`)))
const today = () => 20_261_122

const station = await openStation(join(folder, 'station'), {
  ...{ clock: { nowMs: () => Date.UTC(2026, 10, 22, 8) }, random, scryptCost: 2 },
})
await station.enrol('An Na', 'custodian', given('pass-1'))
await station.enrol('Bo Li', 'custodian', given('pass-2'))
const identity = station.developmentIdentity('STATION-1')
if (identity.kind !== 'ok') throw new Error(identity.why)
const an = () => ({ name: 'An Na', passphrase: given('pass-1') })
const bo = () => ({ name: 'Bo Li', passphrase: given('pass-2') })
await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components: 2 }, [an(), bo()])
await station.component(an(), given('component-1'))
await station.confirmComponent(an())
await station.component(bo(), given('component-2'))
await station.confirmComponent(bo())
station.expect([{ serial: 'SN1', terminalId: undefined, slot: 1, algorithm: 'TDES' }])

const root = ed25519KeyPair(identity.rootSecret)
const credential = newIdentity({ role: 'terminal', id: 'SN1', notAfter: 20_991_231 }, root)
const own = newIdentity({ role: 'station', id: 'STATION-1', notAfter: 20_991_231 }, root)
const terminal = initiator({
  credential,
  purpose: 'inject',
  serial: 'SN1',
  peerId: 'STATION-1',
  today,
  random,
})
const line = responder({ credential: own, id: 'STATION-1', purposes: ['inject'], today, random })

let toStation = [terminal.start()]
for (let turn = 0; turn < 8 && terminal.session === undefined; turn++) {
  const answers = toStation.flatMap((bytes) => [...line.receive(bytes).send])
  toStation = answers.flatMap((bytes) => [...terminal.receive(bytes).send])
}
if (terminal.session === undefined || line.session === undefined) throw new Error('no session')
const store = new KeyStore()
const learned: Uint8Array[] = []
const loader = makeLoader(
  terminal.session,
  loadStoreOf(() => store, staged),
)
const giver = station.giver(line.session)
const step = await giver?.receive(loader.start())
if (step?.send === undefined) throw new Error('no key was given')
loader.receive(step.send)

/** The key is staged and not yet saved: a PIN is typed, the heap is written, and the process is killed. */
function staged(change: (keys: KeyStore) => boolean): boolean {
  if (!change(store)) throw new Error('the key was refused')
  for (const slot of readSlots(store.serialize()).slots) learned.push(...keysOf(slot))
  writeFileSync(join(folder, 'learned-key'), learned[0] ?? new Uint8Array())
  store.pinBlock({ usage: 'PIK', number: 1 }, given('pin'), asPan('6222607315946820472'))
  const control = Buffer.from(given('control')).toString('hex') // the one secret that is a string on purpose
  writeHeapSnapshot(join(folder, 'heap'))
  console.log(`staged ${store.slots().length}, control ${control.length}`)
  process.kill(process.pid, 'SIGKILL')
  return true
}
