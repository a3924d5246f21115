import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChannel } from '../../emulator/device/channel-stream.ts'
import { loadStoreOf } from '../../emulator/device/load-store.ts'
import type { Dial } from '../../emulator/device/ports.ts'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { initiator } from '../../host-link/channel/initiator.ts'
import { tcpDial } from '../../host-link/transport/tcp-client.ts'
import { ed25519KeyPair } from '../../keys/ed25519.ts'
import { makeLoader } from '../../keys/load/loader.ts'
import { openStation } from '../../keys/station/open.ts'
import type { Done, Station } from '../../keys/station/station.ts'
import { KeyStore } from '../../keys/store/key-store.ts'
import { newIdentity } from '../identity/issue.ts'
import { type Row, rounds, type Work } from './row.ts'

const PER_MINUTE_MIN = 120
const PEOPLE = ['A', 'B'] as const
const random = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text))

/**
 * 密钥注入: terminals that one station loads, one after another, over TCP on this machine. Each is a fresh key store with a
 * certificate of its own; both ends' work is in the figure, and the durable writes of the station.
 */
export async function benchStation(work: Work): Promise<readonly Row[]> {
  const count = rounds(work, 60, 10)
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-bench-station-'))
  const station = await openStation(folder, { clock: { nowMs: () => Date.now() }, random, scryptCost: 2 })
  try {
    const serials = Array.from({ length: count + 1 }, (_, at) => `SN${at}`)
    const root = ed25519KeyPair(await ready(station, serials))
    const { address } = done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 }))
    const dial = tcpDial('127.0.0.1', Number(address.split(':')[1]))
    const credentials = serials.map((id) => newIdentity({ role: 'terminal', id, notAfter: 20_991_231 }, root))
    let from = 0
    for (const [at, serial] of serials.entries()) {
      if (at === 1) from = performance.now() // the first one warms up
      work.progress(`station: ${at} of ${count}`)
      await inject(dial, serial, credentials[at])
    }
    const perMinute = (count * 60_000) / (performance.now() - from)
    return [
      {
        ...{
          quantity: 'time to load one terminal',
          value: 60_000 / perMinute,
          unit: 'ms',
          target: 60_000 / PER_MINUTE_MIN,
        },
        note: `${Math.round(perMinute)} terminals a minute over TCP on loopback, one after another, both ends in one process; at least ${PER_MINUTE_MIN} are asked for`,
      },
    ]
  } finally {
    await station.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of a station that is deleted after the measurement. */
function passphraseOf(name: string): string {
  return `the passphrase of ${name}`
}

/** Two people, an identity, a ZMK and the list; gives the secret of the root that terminals are issued by. */
async function ready(station: Station, serials: readonly string[]): Promise<Uint8Array> {
  for (const name of PEOPLE) done(await station.enrol(name, 'custodian', ascii(passphraseOf(name))))
  const { rootSecret } = done(station.developmentIdentity('BENCH'))
  const both = PEOPLE.map((name) => ({ name, passphrase: ascii(passphraseOf(name)) }))
  done(await station.beginKey({ label: 'bench', algorithm: 'AES', components: 2 }, both))
  for (const name of PEOPLE) {
    const by = () => ({ name, passphrase: ascii(passphraseOf(name)) })
    done(await station.component(by(), ascii(Buffer.from(random(32)).toString('hex'))))
    done(await station.confirmComponent(by()))
  }
  const expected = station.expect(serials.map((serial) => ({ serial, slot: 0, algorithm: 'TDES' })))
  if (expected.kind !== 'ok') throw new Error('bench station: the list is refused')
  return rootSecret
}

async function inject(dial: Dial, serial: string, credential: Credential | undefined): Promise<void> {
  if (credential === undefined) throw new Error('bench station: no credential')
  const keys = new KeyStore()
  const store = loadStoreOf(
    () => keys,
    (change) => change(keys),
  )
  const end = initiator({
    credential,
    purpose: 'inject',
    serial,
    peerId: '',
    today: () => 20_261_122,
    random,
  })
  await new Promise<void>((resolve, reject) => {
    let take: (message: Uint8Array) => void = () => undefined
    const opening = openChannel(dial, end, {
      message: (message) => take(message),
      closed: () => (keys.slots()[0]?.master ? resolve() : reject(new Error('bench station: no key came'))),
    })
    void opening.line.then((line) => {
      if (line === undefined) return reject(new Error('bench station: no line'))
      const loader = makeLoader(line.session, store)
      take = (message) => {
        const { send } = loader.receive(message)
        if (send) line.send(send)
      }
      line.send(loader.start())
    })
  })
}

function done<Result>(result: Done<Result>): Result {
  if (result.kind === 'refused') throw new Error(`bench station: ${result.why} ${result.detail ?? ''}`)
  return result
}
