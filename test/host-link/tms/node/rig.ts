import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NewDeployment, NewTerminal } from '../../../../host-link/tms/model.ts'
import { DEFAULT_GATE } from '../../../../host-link/tms/model.ts'
import { hashPassword } from '../../../../host-link/tms/node/acl.ts'
import { type Signer, type Signers, signerOf } from '../../../../host-link/tms/node/signers.ts'
import {
  type SimulatedOptions,
  type SimulatedTerminal,
  simulatedTerminal,
} from '../../../../host-link/tms/node/simulated-terminal.ts'
import { indexOf } from '../../../../host-link/tms/payload.ts'
import type { NewRelease, TmsStore } from '../../../../host-link/tms/store.ts'
import { sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeRelease } from '../../../../host-link/wire/tms/release.ts'

export const TENANT = 'test'
export const PASSWORD = 'pass-word-of-a-terminal'
export const seconds = (): number => Math.floor(Date.now() / 1000)

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function testSigners(): Signers {
  return { director: signerOf(seedOf('director')), parameters: signerOf(seedOf('parameters')) }
}

export function seedOf(name: string): Uint8Array {
  return sha256(Buffer.from(`seed of ${name}`))
}

const factory: Signer = signerOf(seedOf('factory'))

/** A release of `payloadBytes` random bytes, signed by one key; what a service would take from a file. */
export function testRelease(
  version: string,
  payloadBytes: number,
  uploadedBy = 'anna',
): NewRelease & { readonly manifest: string; readonly program: string } {
  const payload = new Uint8Array(randomBytes(payloadBytes))
  const index = indexOf(payload, sha256)
  const program = sha256(Buffer.from(`program of ${version}`))
  const document = encodeRelease({
    ...{ tenant: TENANT, seq: 1, created: 1, expires: 4_000_000_000, version, counter: 1, models: ['A8'] },
    ...{ runtime: { min: 1, max: 1 }, parameterSchema: { min: 1, max: 1 } },
    journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
    components: [{ name: 'main', length: 1000, hash: program }],
    program: { length: 1000, hash: program },
    payloads: [{ base: null, size: payload.length, index: sha256(index) }],
    flash: 4096,
    policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
    notice: { zh: '新版本', en: 'new' },
    required: [],
  })
  const envelope = sealEnvelope('program', document, [factory])
  const objects = [envelope, index, payload].map((bytes) => ({ hash: hex(sha256(bytes)), bytes }))
  const manifest = hex(sha256(envelope))
  return {
    manifest,
    program: hex(program),
    objects,
    release: {
      ...{ version, manifest, manifestSize: envelope.length, seq: 1, counter: 1, models: ['A8'] },
      ...{ program: hex(program), programLength: 1000, payloads: [{ base: '', size: payload.length }] },
      ...{ signers: [hex(factory.kid)], expires: 4_000_000_000, noticeZh: '新版本', noticeEn: 'new' },
      ...{ uploadedBy, uploadedAt: seconds() },
    },
  }
}

export const serialOf = (number: number): string => `SIM${String(number).padStart(7, '0')}`

const held = new Map<string, string>()

export function newTerminal(serial: string, change: Partial<NewTerminal> = {}): NewTerminal {
  const hash = held.get(PASSWORD) ?? hashPassword(Buffer.from(PASSWORD))
  held.set(PASSWORD, hash)
  return {
    ...{
      serial,
      passwordHash: hash,
      maker: 'simulated',
      model: 'A8',
      acquirer: 'ACQ',
      merchant: 'M1',
      merchantName: '商户',
    },
    ...{
      store: '0001',
      terminalId: 'T1',
      account: '',
      address: '',
      zoneMinutes: 480,
      labels: [],
      note: '',
      ...change,
    },
  }
}

export const NOW_POLICY = {
  ...{
    earliest: 0,
    windowFrom: 0,
    windowTo: 0,
    deadline: 0,
    deferrals: 0,
    allowOpenBatch: true,
    automatic: true,
  },
}

export function newDeployment(release: number, change: Partial<NewDeployment> = {}): NewDeployment {
  return {
    ...{ name: 'rollout', kind: 'program', release, group: '', dynamic: false, policy: NOW_POLICY },
    ...{
      gate: { ...DEFAULT_GATE, bakeSeconds: 0 },
      ratePerMinute: 0,
      startAt: 0,
      waves: 'all',
      createdBy: 'anna',
      ...change,
    },
  }
}

/** Uploads, approves and starts: by two people. Answers the ids. */
export async function rollOut(
  store: TmsStore,
  release: NewRelease,
  serials: readonly string[],
  change: Partial<NewDeployment> = {},
): Promise<{ readonly release: number; readonly deployment: number }> {
  const added = await store.addRelease(release)
  if (added.kind === 'refused') throw new Error(added.why)
  await wanted(store.approveRelease(added.id, 'bert', seconds()))
  return { release: added.id, deployment: await deploy(store, added.id, serials, change) }
}

export async function deploy(
  store: TmsStore,
  release: number,
  serials: readonly string[],
  change: Partial<NewDeployment> = {},
): Promise<number> {
  const created = await store.createDeployment(newDeployment(release, change), { serials }, seconds())
  if (created.kind === 'refused') throw new Error(created.why)
  await wanted(store.submitDeployment(created.id, 'anna', seconds()))
  await wanted(store.approveDeployment(created.id, 'bert', seconds()))
  return created.id
}

export async function wanted(done: Promise<{ readonly kind: string }>): Promise<void> {
  const result = await done
  if (result.kind === 'refused') throw new Error(JSON.stringify(result))
}

export function terminalAt(
  port: number,
  serial: string,
  change: Partial<SimulatedOptions> = {},
): SimulatedTerminal {
  return simulatedTerminal({
    ...{ host: '127.0.0.1', port, tenant: TENANT, serial, password: PASSWORD, model: 'A8' },
    ...{ reportSigner: signerOf(seedOf(serial)), director: testSigners().director.publicKey },
    ...{ blockBytes: 4096, windowBytes: 16_384, timeoutMs: 500, stepMs: 5, random: Math.random, ...change },
  })
}

/** Waits until it is so; fails after `ms` with what was waited for. */
export async function until(what: string, so: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await so())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tms-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
