import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { makeRealTime } from '../../emulator/console/real-time.ts'
import { makeFlashChip } from '../../emulator/device/flash.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import type { Engine } from '../../emulator/engine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import type { VirtualTime } from '../../emulator/virtual-time.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { bytesOfProgram, textOfProgram } from '../../emulator/vm/program-text.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import type { UserRole } from '../../host-link/tms/access.ts'
import { type AnswerOf, type CallName, requestOf } from '../../host-link/tms/api.ts'
import { hashPassword } from '../../host-link/tms/node/acl.ts'
import { facesSchema } from '../../host-link/tms/node/api-schema.ts'
import { apiPart } from '../../host-link/tms/node/api-server.ts'
import { findUser, insertUser, makeVerifier } from '../../host-link/tms/node/people.ts'
import { makeToken } from '../../host-link/tms/node/people-sessions.ts'
import { startTms, type TmsServer } from '../../host-link/tms/node/server.ts'
import { openTmsDatabase, tmsStore } from '../../host-link/tms/node/tms-store.ts'
import { mqttInbox } from '../../host-link/transport/mqtt-client.ts'
import { connectMqtt } from '../../host-link/transport/mqtt-node.ts'
import { ensureBuilt } from '../../scripts/build.ts'
import {
  type Broken,
  buildDevelopmentRelease,
  currentProgram,
  type DevelopmentTrust,
  developmentTrust,
} from '../../scripts/release/development.ts'
import { findMosquitto } from '../../scripts/setup-mosquitto.ts'
import { mosquittoServer } from '../../scripts/tms-bench/mosquitto.ts'
import { PROGRAM } from '../../terminal/version.ts'
import { startWhole } from '../../terminal/whole.ts'
import { makeTill, type Till } from './till.ts'

/** 全程 of a download: a real broker, a real service with its API, a real terminal. Nothing is scripted. */
export interface DownloadWay {
  readonly trust: DevelopmentTrust
  readonly server: TmsServer
  /** What the service had to complain of. */
  readonly lines: readonly string[]
  /** Asks the API as somebody with this role; throws what it says where it refuses. */
  ask<Name extends CallName>(name: Name, who: UserRole, input?: Input): Promise<AnswerOf<Name>>
  /**
   * Builds a release of the current bundle, uploads it, has a second person approve it, and brings it to the terminal: as a
   * delta of what is built in, or in full.
   */
  rollOut(version: string, how?: { readonly broken?: Broken; readonly full?: boolean }): Promise<number>
  /** State and code of the terminal in a deployment. */
  target(deployment: number): Promise<{ readonly state: string; readonly code: number }>
  /** The terminal of `SERIAL` with its password, off. */
  till(engine: EngineKind): Promise<Till>
  close(): Promise<void>
}

export interface Input {
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly bytes?: Uint8Array
}

export type EngineKind = 'quickjs' | 'v8'
export type BrokerKind = 'aedes' | 'mosquitto'

export const SERIAL = 'SK000001'
const MODEL = 'standard'
/** scrypt as cheap as it goes. */
const COST = 2
const seconds = (): number => Math.floor(Date.now() / 1000)
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

export async function makeDownloadWay(broker: BrokerKind): Promise<DownloadWay> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-way-'))
  const trust = developmentTrust(join(folder, 'trust'), random)
  const [director] = trust.signers('director')
  const [parameters] = trust.signers('parameters')
  if (director === undefined || parameters === undefined) throw new Error('no online keys')
  const database = join(folder, 'tms.db')
  const password = random(16).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')
  const opened = await openTmsDatabase(database, [facesSchema(database)])
  const store = tmsStore(opened)
  await store.addTerminals([terminalOf(hashPassword(Buffer.from(password)))], seconds())
  const program = findMosquitto()
  const own = join(folder, 'broker')
  mkdirSync(own)
  const mosquitto =
    broker === 'mosquitto' && program !== undefined
      ? await mosquittoServer(program, own, trust.tenant, store)
      : undefined
  await opened.close()

  const lines: string[] = []
  const server = await startTms({
    ...{ database, tenant: trust.tenant, signers: { director, parameters } },
    log: (line) => void lines.push(line),
    broker:
      mosquitto === undefined
        ? { kind: 'embedded', host: '127.0.0.1', port: 0 }
        : { kind: 'address', url: mosquitto.url },
    http: { host: '127.0.0.1', port: 0 },
    secondSource: true,
    schemas: [facesSchema(database)],
    parts: (parts) => [
      apiPart(parts, {
        ...{ version: 'test', scryptCost: COST, now: seconds, factoryRoot: trust.root },
        policy: { parameters: 'shared', drift: 'keep' },
        warn: (line) => void lines.push(line),
      }),
    ],
  })
  const tokens = new Map<UserRole, string>()
  const bearer = async (role: UserRole): Promise<string> => {
    const known = tokens.get(role) ?? (await tokenOf(server, role))
    tokens.set(role, known)
    return known
  }
  const url = `http://127.0.0.1:${server.httpPort}`
  const ask: DownloadWay['ask'] = async (name, who, { path, query = {}, body, bytes } = {}) => {
    const { method, url: target } = requestOf(name, path, query)
    const sent = bytes === undefined ? JSON.stringify(body) : Buffer.from(bytes)
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
    const answer = await fetch(`${url}${target}`, {
      method,
      headers: { authorization: `Bearer ${await bearer(who)}`, ...(sent && { 'content-type': type }) },
      ...(sent && { body: sent }),
    })
    const said = await answer.json()
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${JSON.stringify(said)}`)
    return said as AnswerOf<typeof name>
  }
  let releases = 0
  return {
    ...{ trust, server, lines, ask },
    async rollOut(version, { broken, full = false } = {}) {
      const seq = ++releases
      const file = await buildDevelopmentRelease({
        ...{ trust, version, seq, counter: PROGRAM.counter, models: [MODEL] },
        bases: full ? [] : [{ name: 'factory', program: await currentProgram() }],
        ...(broken === undefined ? {} : { broken }),
      })
      const { row: release } = await ask('uploadRelease', 'releaser', { bytes: file })
      await ask('approveRelease', 'approver', { path: String(release.id), body: { note: 'read it' } })
      const { row } = await ask('createDeployment', 'releaser', { body: planOf(version, release.id) })
      const path = String(row.id)
      await ask('submitDeployment', 'releaser', { path })
      await ask('approveDeployment', 'approver', { path, body: { note: 'go' } })
      return row.id
    },
    async target(deployment) {
      const { rows } = await ask('targets', 'viewer', { path: String(deployment) })
      const [row] = rows
      if (row === undefined) throw new Error('no target')
      return { state: row.state, code: row.code }
    },
    till: (engine) =>
      makeWayTill(engine, trust, {
        url:
          mosquitto === undefined
            ? `mqtt://127.0.0.1:${server.mqttPort}`
            : `mqtt://127.0.0.1:${mosquitto.port}`,
        objects: url,
        password: new Uint8Array(Buffer.from(password)),
      }),
    async close() {
      await server.close()
      await mosquitto?.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Service {
  readonly url: string
  readonly objects: string
  readonly password: Uint8Array
}

async function makeWayTill(
  kind: EngineKind,
  trust: DevelopmentTrust,
  { url, objects, password }: Service,
): Promise<Till> {
  const time = fastTime()
  return makeTill({
    time,
    clockMs: time.wallMs(),
    engine: await engineOf(kind),
    programChip: makeFlashChip({ geometry: PROGRAM_CHIP }),
    setup: { update: { tenant: trust.tenant, root: trust.root } },
    device: {
      identity: { maker: 'Shuaka', model: MODEL, serial: SERIAL, runtime: kind },
      inbox: mqttInbox({
        ...{ connect: connectMqtt, url, objects, tenant: trust.tenant, serial: SERIAL, password },
        ...{ scheduler: time, random, now: () => Date.now() },
      }),
    },
  })
}

/** V8 runs this very application for each program but those that throw at their start. */
async function engineOf(kind: EngineKind): Promise<Engine> {
  const bundle = readFileSync((await ensureBuilt()).file, 'utf8')
  if (kind === 'quickjs')
    return quickJsEngine({ module: await loadQuickJsNode(), bundle, stackBytes: STACK_BYTES.mainThread })
  const programs = (bytes: Uint8Array) =>
    textOfProgram(bytes).startsWith('throw')
      ? () => Promise.reject(new Error('broken on purpose'))
      : startWhole
  return v8Engine(startWhole, programs, bytesOfProgram(bundle))
}

/** How fast the terminal's time goes: it waits a minute for nobody to come, again and again. Broker and service know of none. */
const SPEED = 10

/** The time of this machine, faster, with waits as the till of the rig has them. */
function fastTime(): VirtualTime {
  const LOOK_MS = 50
  const time = makeRealTime()
  const [wallMs, startMs] = [time.wallMs(), time.monotonicMs()]
  const monotonicMs = (): number => (time.monotonicMs() - startMs) * SPEED
  const after: VirtualTime['after'] = (ms, then) => time.after(ms / SPEED, then)
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve))
  return {
    ...{ monotonicMs, after, advance: sleep },
    wallMs: () => wallMs + monotonicMs(),
    async runUntil(done, limitMs) {
      const endMs = monotonicMs() + limitMs
      while (!done()) {
        if (monotonicMs() > endMs) return false
        await sleep(LOOK_MS)
      }
      return true
    },
    runUntilIdle: () => Promise.reject(new Error('real time is never idle')),
    setWall() {
      throw new Error('real time is not set')
    },
    due: 0,
  }
}

async function tokenOf({ database }: TmsServer, role: UserRole): Promise<string> {
  const verifier = await makeVerifier(Buffer.from('right horse 7'), COST)
  const { token } = await database.write(async (query) => {
    await insertUser(query, { name: role, role, mustChange: false }, verifier, seconds())
    const owner = await findUser(query, role)
    if (owner === undefined) throw new Error('no user')
    return makeToken(query, { owner, name: 'test', role, days: 1 }, seconds())
  })
  return token
}

function terminalOf(passwordHash: string) {
  return {
    ...{ serial: SERIAL, passwordHash, maker: 'Shuaka', model: MODEL, acquirer: 'ACQ', note: '' },
    ...{ merchant: '898320153110001', merchantName: '示例家居广场', store: '0012', terminalId: '10000001' },
    ...{ account: '', address: '', zoneMinutes: 480, labels: [] },
  }
}

/** To this terminal alone, at once, over the open batch. */
function planOf(version: string, release: number) {
  return {
    ...{ name: `${version} to ${SERIAL}`, kind: 'program', release, dynamic: false, waves: 'all' },
    target: { kind: 'list', serials: [SERIAL] },
    gate: { confirmedPercent: 100, failurePercent: 100, sample: 20, bakeSeconds: 0 },
    policy: {
      ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 2 },
      ...{ allowOpenBatch: true, automatic: true },
    },
    ...{ ratePerMinute: 0, startAt: 0, reason: 'the whole way' },
  }
}
