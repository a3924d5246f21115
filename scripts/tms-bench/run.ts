import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hashPassword } from '../../host-link/tms/node/acl.ts'
import { signerOf } from '../../host-link/tms/node/signers.ts'
import { openTmsDatabase, tmsStore } from '../../host-link/tms/node/tms-store.ts'
import type { TmsStore } from '../../host-link/tms/store.ts'
import { CommandError } from '../command-error.ts'
import { findMosquitto } from '../setup-mosquitto.ts'
import { benchSeed, PASSWORD } from './keys.ts'
import { type MosquittoServer, mosquittoServer } from './mosquitto.ts'
import { benchRelease } from './release.ts'
import {
  type Bare,
  type GeneratorOptions,
  type GeneratorState,
  type ServiceOptions,
  serialOf,
} from './talk.ts'

export type BrokerName = 'embedded' | 'mosquitto'
const TENANT = 'bench'
/** Terminals of one generator: its share of descriptors and of a core. */
const GENERATOR_MAX = 5_000

/** Processes of one measurement. */
export interface Run {
  readonly terminals: number
  readonly store: TmsStore
  readonly state: () => Promise<GeneratorState>
  /** Whoever the broker is. */
  readonly brokerPid: () => number
  readonly servicePid: () => number
  killBroker(): Promise<void>
  startBroker(): Promise<void>
  /** A message to the service: there is something to tell; to a bare broker: push. */
  wake(): void
  close(): Promise<void>
}

export interface RunOptions {
  readonly broker: BrokerName
  readonly terminals: number
  readonly generator?: Partial<GeneratorOptions>
  readonly bare?: Bare
  /** Largest block that the service allows. */
  readonly blockBytes?: number
}

/** Starts broker, service and terminals, and waits until all are there. Throws CommandError where there is no mosquitto. */
export async function startRun(options: RunOptions): Promise<Run> {
  const { broker, terminals, generator = {} } = options
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-bench-'))
  const database = join(folder, 'tms.db')
  const store = tmsStore(await openTmsDatabase(database))
  const passwordHash = hashPassword(Buffer.from(PASSWORD))
  const asset = {
    maker: '',
    model: 'A8',
    acquirer: '',
    merchant: '',
    merchantName: '',
    store: '',
    terminalId: '',
    account: '',
  }
  await store.addTerminals(
    Array.from({ length: terminals }, (_, number) => ({
      ...asset,
      ...{ serial: serialOf(number), passwordHash, address: '', zoneMinutes: 0, labels: [], note: '' },
    })),
    1,
  )
  const mosquitto = broker === 'mosquitto' ? await ownMosquitto(folder, store) : undefined
  let service = await startService({ ...options, database, mosquitto, port: 0 })
  const port = mosquitto?.port ?? service.port
  const generators = startGenerators(terminals, { ...generator, port })
  const ask = () => stateOf(generators)
  await until('all terminals are there', 300_000, async () => (await ask()).online >= terminals)
  return {
    ...{ terminals, store, state: ask },
    brokerPid: () => mosquitto?.pid() ?? service.pid,
    servicePid: () => service.pid,
    async killBroker() {
      await (mosquitto === undefined ? service.kill() : mosquitto.kill())
    },
    async startBroker() {
      if (mosquitto !== undefined) await mosquitto.start()
      else service = await startService({ ...options, database, mosquitto, port })
    },
    wake: () => service.wake(),
    async close() {
      for (const one of generators) one.kill('SIGKILL')
      await service.kill()
      await mosquitto?.stop()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A release of so many bytes, told to all at once. Answers the deployment and when it was begun. */
export async function rollOut(
  run: Run,
  bytes: number,
): Promise<{ readonly id: number; readonly atMs: number }> {
  const { store, terminals } = run
  const release = await store.addRelease(benchRelease(TENANT, '2.0.0', bytes))
  if (release.kind !== 'added') throw new Error(release.why)
  await store.approveRelease(release.id, 'second', 1)
  const none = {
    earliest: 0,
    windowFrom: 0,
    windowTo: 0,
    deadline: 0,
    deferrals: 0,
    allowOpenBatch: true,
    automatic: true,
  }
  const made = await store.createDeployment(
    {
      ...{
        name: 'bench',
        kind: 'program',
        release: release.id,
        group: '',
        dynamic: false,
        policy: none,
        waves: 'all',
      },
      ...{
        gate: { confirmedPercent: 0, bakeSeconds: 0, failurePercent: 100, sample: 1 },
        ratePerMinute: 0,
        startAt: 0,
        createdBy: 'bench',
      },
    },
    { serials: Array.from({ length: terminals }, (_, number) => serialOf(number)) },
    1,
  )
  if (made.kind !== 'created') throw new Error(made.why)
  await store.submitDeployment(made.id, 'bench', 1)
  const atMs = Date.now()
  await store.approveDeployment(made.id, 'second', 1)
  run.wake()
  return { id: made.id, atMs }
}

async function ownMosquitto(folder: string, store: TmsStore): Promise<MosquittoServer> {
  const program = findMosquitto()
  if (program === undefined)
    throw new CommandError('tms bench: there is no mosquitto here; --over embedded needs none')
  return mosquittoServer(program, folder, TENANT, store)
}

interface Service {
  readonly port: number
  readonly pid: number
  wake(): void
  kill(): Promise<void>
}

interface ServiceStart extends Pick<RunOptions, 'terminals' | 'bare' | 'blockBytes'> {
  readonly database: string
  readonly mosquitto: MosquittoServer | undefined
  readonly port: number
}

async function startService(start: ServiceStart): Promise<Service> {
  const { database, mosquitto, terminals, bare, blockBytes, port } = start
  const options: ServiceOptions = {
    ...{ database, tenant: TENANT },
    broker:
      mosquitto === undefined
        ? { kind: 'embedded', host: '127.0.0.1', port }
        : { kind: 'address', url: mosquitto.url },
    ...(bare === undefined ? {} : { bare: { ...bare, terminals } }),
    ...(blockBytes === undefined ? {} : { blockBytes }),
  }
  const child = forked('service.ts', options)
  const told = await new Promise<{ readonly port: number }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { port: number }))
    child.once('exit', () => reject(new CommandError('tms bench: the service ended')))
  })
  return {
    port: told.port,
    pid: child.pid ?? 0,
    wake: () => child.send('wake'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const over = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await over
    },
  }
}

function startGenerators(terminals: number, change: Partial<GeneratorOptions>): readonly ChildProcess[] {
  const count = Math.max(1, Math.ceil(terminals / GENERATOR_MAX))
  const director = Buffer.from(signerOf(benchSeed('director')).publicKey).toString('hex')
  return Array.from({ length: count }, (_, at) =>
    forked('generator.ts', {
      ...{ host: '127.0.0.1', port: 0, tenant: TENANT, password: PASSWORD, director },
      ...{
        frozenPercent: 0,
        slowPercent: 0,
        slowBytesPerSecond: 1_000,
        quality: {},
        blockBytes: 16_384,
        windowBytes: 65_536,
      },
      ...{ timeoutMs: 20_000, spreadMs: 0, mode: 'idle', bytes: 0 },
      ...{ from: Math.floor((terminals * at) / count), until: Math.floor((terminals * (at + 1)) / count) },
      ...change,
    }),
  )
}

function forked(name: string, options: object): ChildProcess {
  const path = fileURLToPath(new URL(name, import.meta.url))
  // By its address: by its name it would be looked for from where the command is given.
  const tsx = import.meta.resolve('tsx')
  return fork(path, [JSON.stringify(options)], { execArgv: ['--import', tsx, '--max-old-space-size=4096'] })
}

type Counted = Exclude<keyof GeneratorState, `${string}Ms`>

async function stateOf(generators: readonly ChildProcess[]): Promise<GeneratorState> {
  const states = await Promise.all(
    generators.map(
      (one) =>
        new Promise<GeneratorState>((resolve) => {
          one.once('message', (message) => resolve(message as GeneratorState))
          one.send('state')
        }),
    ),
  )
  const total = (name: Counted) => states.reduce((sum, state) => sum + state[name], 0)
  const all = (name: 'toldMs' | 'doneMs' | 'slowDoneMs' | 'wholeMs' | 'payloadMs') =>
    states.flatMap((state) => state[name]).sort((a, b) => a - b)
  return {
    ...{
      online: total('online'),
      lost: total('lost'),
      toldMs: all('toldMs'),
      doneMs: all('doneMs'),
      slowDoneMs: all('slowDoneMs'),
      wholeMs: all('wholeMs'),
      payloadMs: all('payloadMs'),
    },
    ...{
      mostAtOnce: total('mostAtOnce'),
      frozen: total('frozen'),
      frozenDone: total('frozenDone'),
      doubleBytes: total('doubleBytes'),
      wrong: total('wrong'),
      later: total('later'),
      timeouts: total('timeouts'),
    },
  }
}

/** Waits until it is so; CommandError after `ms`. */
export async function until(what: string, ms: number, so: () => Promise<boolean>): Promise<void> {
  if (!(await atMost(ms, so))) throw new CommandError(`tms bench: not within ${ms / 1000} s: ${what}`)
}

/** Waits until it is so, `ms` at most; whether it was so in the end. */
export async function atMost(ms: number, so: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + ms
  while (!(await so())) {
    if (Date.now() > end) return false
    await setTimeout(250)
  }
  return true
}

/** Seconds of a core that a process has used, and its memory in MiB; undefined where this system does not tell. */
export function usage(pid: number): { readonly cpuSeconds: number; readonly memoryMib: number } | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    memoryMib: (Number(fields[21]) * 4096) / 1_048_576,
  }
}

export const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
