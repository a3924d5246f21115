import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { USER_ROLES, type UserRole } from '../../../../host-link/tms/access.ts'
import { type AnswerOf, type ApiError, type CallName, requestOf } from '../../../../host-link/tms/api.ts'
import type { ServicePolicy } from '../../../../host-link/tms/api-people.ts'
import { facesSchema } from '../../../../host-link/tms/node/api-schema.ts'
import { apiPart } from '../../../../host-link/tms/node/api-server.ts'
import type { Query, TmsDatabase } from '../../../../host-link/tms/node/database.ts'
import { findUser, insertUser, makeVerifier } from '../../../../host-link/tms/node/people.ts'
import { makeToken } from '../../../../host-link/tms/node/people-sessions.ts'
import { signerOf } from '../../../../host-link/tms/node/signers.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { indexOf } from '../../../../host-link/tms/payload.ts'
import { writeSignedFile } from '../../../../host-link/tms/release-file.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { sealEnvelope, signedBytes } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeRelease, type ReleaseManifest } from '../../../../host-link/wire/tms/release.ts'
import { encodeReport, type Report } from '../../../../host-link/wire/tms/report.ts'
import { encodeRoot, ROLE } from '../../../../host-link/wire/tms/root.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../../rig/postgres.ts'
import { TENANT, testSigners } from './rig.ts'

export const NOW = 1_795_000_000
/** scrypt as cheap as it goes. */
export const COST = 2
export const PASSWORD = 'right horse 7'

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
export const programKeys = ['a', 'b', 'c'].map((name) => signerOf(sha256(Buffer.from(`program ${name}`))))

/** Two of the three program keys must have signed. */
export function testRoot(): Uint8Array {
  const keys = programKeys.map(({ kid, publicKey }) => ({ kid, key: publicKey }))
  keys.sort((a, b) => Buffer.compare(a.kid, b.kid))
  const kids = keys.map(({ kid }) => kid)
  const payload = encodeRoot({
    ...{ tenant: TENANT, seq: 1, created: 1, expires: 4_000_000_000, keys, counterFloor: 2 },
    roles: Object.values(ROLE).map((role) => ({
      role,
      threshold: role === ROLE.program ? 2 : 1,
      kids,
      prefixes: [],
    })),
  })
  return sealEnvelope('root', payload, programKeys.slice(0, 1))
}

/** The bytes of a release file; `signers`: how many of the program keys sign it. */
export function releaseFile(
  version = '1.2.0',
  signers = 2,
  change: Partial<ReleaseManifest> = {},
): Uint8Array<ArrayBuffer> {
  const payload = sha256(Buffer.from(`payload of ${version}`))
  const program = sha256(Buffer.from(`program of ${version}`))
  const document = encodeRelease({
    ...{ tenant: TENANT, seq: 1, created: 1, expires: 4_000_000_000, version, counter: 3, models: ['A8'] },
    ...{ runtime: { min: 1, max: 1 }, parameterSchema: { min: 1, max: 1 } },
    journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
    components: [{ name: 'main', length: 1000, hash: program }],
    program: { length: 1000, hash: program },
    payloads: [{ base: null, size: payload.length, index: sha256(indexOf(payload, sha256)) }],
    flash: 4096,
    policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
    notice: { zh: '新版本', en: 'new' },
    required: [],
    ...change,
  })
  const bytes = signedBytes('program', document)
  const signatures = programKeys.slice(0, signers).map(({ kid, sign }) => ({ kid, signature: sign(bytes) }))
  return new Uint8Array(writeSignedFile({ role: 'program', document, signatures, objects: [payload] }))
}

export type DatabaseKind = 'sqlite' | 'postgres'
export const KINDS = (['sqlite', 'postgres'] as const).map((kind) => ({
  kind,
  title: kind === 'postgres' ? `postgres${needsPostgres}` : kind,
  skip: kind === 'postgres' && postgresPrograms === undefined,
}))

export interface Answered<Answer> {
  readonly status: number
  readonly body: Answer
  readonly error: ApiError['error'] | undefined
  readonly cookie: string | undefined
}

export interface Input {
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiRig {
  readonly url: string
  readonly store: TmsStore
  readonly database: TmsDatabase
  readonly address: string
  /** Faults that the service wrote into its log. */
  readonly faults: string[]
  readonly woken: () => number
  /** Terminals whose connection was ended. */
  readonly disconnected: string[]
  clock: { now: number }
  /** What the service was told at its start; a test may tell it something else. */
  policy: { -readonly [Name in keyof ServicePolicy]: ServicePolicy[Name] }
  /** Bearer of somebody with this role: `viewer`, and `viewer 2` is another one. */
  token(role: UserRole, number?: number): Promise<string>
  /** Asks as somebody with this role, `operator 2` is another person; undefined: as nobody. */
  ask<Name extends CallName>(
    name: Name,
    who: string | undefined,
    input?: Input,
  ): Promise<Answered<AnswerOf<Name>>>
  /** The same, and it has to be right. */
  get<Name extends CallName>(name: Name, who: string, input?: Input): Promise<AnswerOf<Name>>
  /** Headers of a session of somebody with this role, for what no token may do. */
  session(role: UserRole): Promise<Readonly<Record<string, string>>>
  /** A user with the password `PASSWORD`. */
  user(name: string, role: UserRole): Promise<void>
  close(): Promise<void>
}

/** Whose service it is, and when; that of `testRoot` at `NOW` when not given. */
export interface RigTrust {
  readonly tenant: string
  readonly factoryRoot: Uint8Array
  readonly now: number
}
const ownTrust = (): RigTrust => ({ tenant: TENANT, factoryRoot: testRoot(), now: NOW })

/** Services of one test file, each with a database of its own. */
export function apiRigs(): (
  kind: DatabaseKind,
  policy?: Partial<ServicePolicy>,
  trust?: RigTrust,
) => Promise<ApiRig> {
  const postgres = postgresForTests()
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-api-'))
  const open: ApiRig[] = []
  let count = 0
  let last: ApiRig | undefined
  let database: Promise<string> | undefined
  afterAll(async () => {
    await last?.close()
    for (const rig of open) await rig.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return async (kind, policy = {}, trust = ownTrust()) => {
    if (kind === 'sqlite') {
      const rig = await started(join(folder, `${++count}.db`), policy, trust)
      open.push(rig)
      return rig
    }
    // One database for all tests of a file, emptied between them: whoever had it before is done.
    await last?.close()
    database = database === undefined ? postgres.database() : postgres.emptied(database)
    last = await started(await database, policy, trust)
    return last
  }
}

async function started(
  address: string,
  policy: Partial<ServicePolicy>,
  { tenant, factoryRoot, now }: RigTrust,
): Promise<ApiRig> {
  const database = await openTmsDatabase(address, [facesSchema(address)])
  const clock = { now }
  const held: ApiRig['policy'] = { parameters: 'shared', drift: 'keep', ...policy }
  const disconnected: string[] = []
  const disconnect = (serial: string) => void disconnected.push(serial)
  const [faults, state, tokens] = [[] as string[], { woken: 0 }, new Map<string, string>()]
  const parts = { database, signers: testSigners(), tenant, wake: () => void state.woken++, disconnect }
  const part = apiPart(parts, {
    ...{ version: '0', scryptCost: COST, now: () => clock.now, factoryRoot },
    policy: held,
    warn: (line) => void faults.push(line),
  })
  const server = createServer((request, response) => {
    void part(request, response).then((ours) => {
      if (!ours) response.writeHead(404).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listening = server.address()
  const url = `http://127.0.0.1:${typeof listening === 'object' && listening ? listening.port : 0}`
  const user: ApiRig['user'] = async (name, role) => {
    const verifier = await makeVerifier(new TextEncoder().encode(PASSWORD), COST)
    await database.write((query) => insertUser(query, { name, role, mustChange: false }, verifier, clock.now))
  }
  const token: ApiRig['token'] = async (role, number = 1) => {
    const name = number === 1 ? role : `${role} ${number}`
    const known = tokens.get(name)
    if (known !== undefined) return known
    await user(name, role)
    const made = await database.write(async (query) => {
      const owner = await findUser(query, name)
      if (owner === undefined) throw new Error('no user')
      return makeToken(query, { owner, name: 'test', role, days: 366 }, clock.now)
    })
    tokens.set(name, made.token)
    return made.token
  }
  const ask: ApiRig['ask'] = async (name, who, { path, query = {}, body, bytes, headers = {} } = {}) => {
    const { method, url: target } = requestOf(name, path, query)
    const [role = '', number = '1'] = (who ?? '').split(' ')
    const known = USER_ROLES.find((one) => one === role)
    const bearer =
      known === undefined ? {} : { authorization: `Bearer ${await token(known, Number(number))}` }
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream'
    const sent = bytes ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await fetch(`${url}${target}`, {
      method,
      headers: { ...(sent !== undefined && { 'content-type': type }), ...bearer, ...headers },
      ...(sent !== undefined && { body: sent }),
    })
    const read = (await answer.json()) as AnswerOf<typeof name> & Partial<ApiError>
    const cookie = answer.headers.get('set-cookie') ?? undefined
    return { status: answer.status, body: read, error: read.error, cookie }
  }
  const session: ApiRig['session'] = async (role) => {
    await token(role)
    const { cookie = '' } = await ask('logIn', undefined, { body: { name: role, password: PASSWORD } })
    return { cookie: cookie.split(';')[0] ?? '', origin: url }
  }
  return {
    ...{ url, database, address, faults, clock, user, token, session, ask, disconnected },
    policy: held,
    store: tmsStore(database),
    woken: () => state.woken,
    async get(name, who, input) {
      const { status, body, error } = await ask(name, who, input)
      if (status !== 200) throw new Error(`${name}: ${status} ${error?.en}`)
      return body
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await database.close()
    },
  }
}

/** Adds terminals `T000`, `T001` … of one merchant. */
export async function addTerminals(
  rig: ApiRig,
  count: number,
  change: object = {},
): Promise<readonly string[]> {
  const serials = Array.from({ length: count }, (_, at) => `T${String(at).padStart(3, '0')}`)
  for (const serial of serials)
    await rig.get('addTerminal', 'operator', {
      body: {
        serial,
        model: 'A8',
        merchant: '898100000000001',
        store: '0001',
        terminalId: '10000001',
        merchantName: '老王面馆',
        ...change,
      },
    })
  return serials
}

/** A report as a terminal would have sent it, put where the service keeps the last one. */
export async function reportFrom(rig: ApiRig, serial: string, change: Partial<Report> = {}): Promise<void> {
  const zeros = new Uint8Array(32)
  const report: Report = {
    ...{ tenant: TENANT, seq: 1, created: 0, expires: 0, serial, epoch: 1, nonce: new Uint8Array(8) },
    running: { place: 'a', version: '1.0.0', program: zeros, release: zeros, counter: 1, trial: false },
    download: { state: 'empty', release: null, doneBytes: 0, size: 0, code: 0, waiting: 0 },
    last: null,
    parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
    batch: { number: 7, count: 2, frozen: false, owed: 0 },
    checkValues: new Map([[0, ['A1B2C3', '', '', '']]]),
    comms: { quality: 3, security: 'TLS 1.3', counters: [10, 1, 2, 0] },
    health: { paper: 0, flashRetired: 0, starts: 3, salesFailed: 0 },
    commandResults: [],
    device: { maker: 'shuaka', model: 'A8', runtime: 'quickjs' },
    ...change,
  }
  const envelope = sealEnvelope('report', encodeReport(report), programKeys.slice(0, 1))
  const { parameters, running, batch } = report
  const set = async ({ run }: Query): Promise<void> => {
    await run(
      `UPDATE terminal SET envelope = ?, place = ?, reported_at = ?, presence_at = ?, version = ?, release_hash = ?, pseq = ?, parameters = ?, drift = ?, batch_count = ?, epoch = 1 WHERE serial = ?`,
      [
        ...[
          envelope,
          running.place,
          rig.clock.now,
          rig.clock.now,
          running.version,
          Buffer.from(running.release).toString('hex'),
        ],
        ...[parameters.pseq, parameters.hash === null ? '' : Buffer.from(parameters.hash).toString('hex')],
        ...[parameters.drift.length, batch.count, serial],
      ],
    )
  }
  await rig.database.write(set)
}
