import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { openChannel } from '../../../emulator/device/channel-stream.ts'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import type { Dial } from '../../../emulator/device/ports.ts'
import type { Credential, Role } from '../../../host-link/channel/channel-end.ts'
import { initiator } from '../../../host-link/channel/initiator.ts'
import { ed25519KeyPair } from '../../../keys/ed25519.ts'
import { type LoadOver, type LoadStore, makeLoader } from '../../../keys/load/loader.ts'
import { openStation } from '../../../keys/station/open.ts'
import type { Done, Expected, Proof, Station, StationOptions } from '../../../keys/station/station.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { newIdentity } from '../../../scripts/identity/issue.ts'

/** 2026-11-22 08:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 22, 8)
export const fresh = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))
export const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'))

export const AN = 'An Na'
export const BO = 'Bo Li'
export const PASS_AN = 'first passphrase'
export const PASS_BO = 'second passphrase'
export const CAI = 'Cai Yu'
export const PASS_CAI = 'third passphrase'

/** A person of the tests with the right passphrase, or another one. */
export function proof(name: string, passphrase = rightOnes[name] ?? 'of nobody at all'): Proof {
  return { name, passphrase: utf8(passphrase) }
}
const rightOnes: { readonly [name: string]: string } = { [AN]: PASS_AN, [BO]: PASS_BO, [CAI]: PASS_CAI }

/** The two who decide. */
export const both = (): readonly Proof[] => [proof(AN), proof(BO)]

/** Components of the ZMK of the tests, and its check value (CMAC). */
export const COMPONENTS = [
  '1F3B5D7990A2C4E6183A5C7E9FB1D3F51F3B5D7990A2C4E6183A5C7E9FB1D3F6',
  '00112233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0',
] as const

/** The value of an order that must have been carried out. */
export function done<Result>(result: Done<Result>): Result {
  if (result.kind === 'refused') throw new Error(`refused: ${result.why} ${result.detail ?? ''}`)
  return result
}

export interface Clock {
  ms: number
}

/** Folders and stations of one test file, closed and deleted after each test. */
export function stations(): {
  folder(): string
  open(folder: string, options?: Partial<StationOptions>, clock?: Clock): Promise<Station>
} {
  const folders: string[] = []
  const open: Station[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((station) => station.close().catch(() => undefined)))
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'shuaka-station-'))
      folders.push(folder)
      return folder
    },
    async open(folder, options = {}, clock = { ms: START_MS }) {
      const station = await openStation(folder, {
        ...{ clock: { nowMs: () => clock.ms }, random: fresh, scryptCost: 2, ...options },
      })
      open.push(station)
      return station
    },
  }
}

/** Enrols two custodians: the station is open afterwards. */
export async function enrolTwo(station: Station): Promise<void> {
  done(await station.enrol(AN, 'custodian', utf8(PASS_AN)))
  done(await station.enrol(BO, 'custodian', utf8(PASS_BO)))
}

export async function logInTwo(station: Station): Promise<void> {
  done(await station.logIn(AN, utf8(PASS_AN)))
  done(await station.logIn(BO, utf8(PASS_BO)))
}

/** The ceremony with two components; gives the check value of the ZMK. */
export async function makeZmk(
  station: Station,
  components: readonly [string, string] = COMPONENTS,
): Promise<string> {
  done(await station.beginKey({ label: 'ZMK 1', algorithm: 'AES', components: 2 }, both()))
  done(await station.component(proof(AN), utf8(components[0])))
  done(await station.confirmComponent(proof(AN)))
  done(await station.component(proof(BO), utf8(components[1])))
  return done(await station.confirmComponent(proof(BO))).checkValue ?? ''
}

/** A root of trust and what it certifies. */
export function trust(seed: Uint8Array = fresh(32)) {
  const pair = ed25519KeyPair(seed)
  const issue = (role: Role, id: string, notAfter = 20_991_231): Credential =>
    newIdentity({ role, id, notAfter }, pair)
  return { issue }
}

/** A station that can give keys, with these terminals expected. */
export async function readyStation(
  station: Station,
  rows: readonly Expected[],
): Promise<ReturnType<typeof trust>> {
  await enrolTwo(station)
  const { rootSecret } = done(station.developmentIdentity('STATION-1'))
  await makeZmk(station)
  if (rows.length > 0) done(station.expect(rows) as Done)
  return trust(rootSecret)
}

export const row = (serial: string, slot = 0): Expected => ({
  serial,
  slot,
  algorithm: 'TDES',
  terminalId: undefined,
})

/** The secure element of a terminal as far as keys go: a real key store that is saved with every change. */
export class TestTerminal {
  saved: Uint8Array
  constructor(
    readonly serial: string,
    readonly credential: Credential,
    saved = new KeyStore().serialize(),
  ) {
    this.saved = saved
  }

  get keys(): KeyStore {
    const restored = KeyStore.restore(this.saved.slice())
    if (restored.kind === 'damaged') throw new Error('the key store is damaged')
    return restored.store
  }

  /** Its end of the loading; `cut` is asked before each write and throws where the power goes. */
  store(cut: () => void = () => undefined): LoadStore {
    return loadStoreOf(
      () => this.keys,
      (change) => {
        const store = this.keys
        if (!change(store)) return false
        cut()
        this.saved = store.serialize()
        return true
      },
    )
  }

  /** 密钥注入 over a line, to its end. `lost`: the line or the channel ended. */
  async inject(dial: Dial, store = this.store(), peerId = ''): Promise<LoadOver | { readonly kind: 'lost' }> {
    const { credential, serial } = this
    const end = initiator({
      credential,
      purpose: 'inject',
      serial,
      peerId,
      today: () => 20261122,
      random: fresh,
    })
    let tell: (over: LoadOver | { readonly kind: 'lost' }) => void = () => undefined
    const over = new Promise<LoadOver | { readonly kind: 'lost' }>((resolve) => {
      tell = resolve
    })
    let take: (message: Uint8Array) => void = () => undefined
    let hangUp: () => void = () => undefined
    const hungUp = new Promise<void>((resolve) => {
      hangUp = resolve
    })
    const opening = openChannel(dial, end, {
      message: (message) => take(message),
      closed() {
        tell({ kind: 'lost' })
        hangUp()
      },
    })
    const line = await opening.line
    if (line === undefined) return { kind: 'lost' }
    const loader = makeLoader(line.session, store)
    take = (message) => {
      const step = loader.receive(message)
      if (step.send) line.send(step.send)
      if (step.over) {
        take = hangUp // the goodbye: it has been written down
        tell(step.over)
      }
    }
    line.send(loader.start())
    const result = await over
    if (result.kind === 'loaded' || result.kind === 'failed') await hungUp
    line.close()
    return result
  }

  /** Check value of a slot in force, hex. */
  checkValue(slot = 0): string | undefined {
    const report = this.keys.slots().find((each) => each.slot === slot)
    return report?.master && Buffer.from(report.master.checkValue).toString('hex').toUpperCase()
  }
}

/** Dials a TCP line of a station. */
export function tcpDial(address: string): Dial {
  const at = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))]
  return (events) =>
    new Promise((resolve) => {
      const socket = createConnection({ host, port, noDelay: true })
      socket.once('error', () => resolve(undefined))
      socket.on('data', (bytes) => events.bytes(Uint8Array.from(bytes)))
      socket.once('close', () => events.closed())
      socket.once('connect', () =>
        resolve({ send: (bytes) => void socket.write(bytes), close: () => void socket.end() }),
      )
    })
}

export async function tcpLine(station: Station): Promise<Dial> {
  return tcpDial(done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 })).address)
}

/** What a station's table says of a terminal's slot. */
export function stateOf(station: Station, serial: string, slot = 0) {
  return station.progress().find((each) => each.serial === serial && each.slot === slot)
}
