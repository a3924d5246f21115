import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { Encoder } from 'cbor-x'
import type { Signer } from '../../../../host-link/wire/tms/envelope.ts'
import type { Order } from '../../../../host-link/wire/tms/order.ts'
import type { ParameterSet } from '../../../../host-link/wire/tms/parameter-set.ts'
import type { ReleaseManifest } from '../../../../host-link/wire/tms/release.ts'
import type { Report } from '../../../../host-link/wire/tms/report.ts'
import type { RootDocument, RootRole } from '../../../../host-link/wire/tms/root.ts'

/** Independent of our CBOR: other code, in the order in which the map was made. */
export const cborX = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false })
export const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex')
export const bytesOf = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
export const sha256 = (data: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest())
export const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)

/** Somebody with an Ed25519 key, by node:crypto. */
export interface Person extends Signer {
  readonly key: Uint8Array
  readonly publicKey: KeyObject
}

export function personOfSeed(seed: Uint8Array): Person {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]) // RFC 8410, 7
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const key = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
  return {
    key,
    publicKey,
    kid: sha256(key).slice(0, 8),
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  }
}
export const person = (number: number): Person => personOfSeed(filled(32, number))

/** 2026-11-22 00:00:00 UTC. */
export const NOW = 1_795_305_600
export const DAY = 86_400
export const TENANT = 'demo'
export const SERIAL = 'SK-000001'
export const MODEL = 'SK-200'

const byKid = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

/** A root with these people in its roles; `thresholds` of root, program, parameters, director. */
export function rootOf(
  people: { readonly [Role in 'root' | 'program' | 'parameters' | 'director']: readonly Person[] },
  thresholds: readonly [number, number, number, number],
  over: Partial<RootDocument> = {},
): RootDocument {
  const all = [...new Set(Object.values(people).flat())]
  const roles = Object.values(people).map(
    (list, index): RootRole => ({
      role: index + 1,
      threshold: thresholds[index] ?? 0,
      kids: list.map(({ kid }) => kid).sort(byKid),
      prefixes: [],
    }),
  )
  return {
    ...{ tenant: TENANT, seq: 1, created: NOW - 30 * DAY, expires: NOW + 365 * DAY },
    keys: all.map(({ kid, key }) => ({ kid, key })).sort((a, b) => byKid(a.kid, b.kid)),
    roles,
    counterFloor: 0,
    ...over,
  }
}

export const releaseOf = (over: Partial<ReleaseManifest> = {}): ReleaseManifest => ({
  ...{ tenant: TENANT, seq: 7, created: NOW - DAY, expires: NOW + 90 * DAY, version: '0.2.0', counter: 3 },
  models: ['SK-100', MODEL],
  runtime: { min: 1, max: 2 },
  parameterSchema: { min: 1, max: 1 },
  journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
  components: [
    { name: 'host-link/wire/bytes.ts', length: 1_200, hash: filled(32, 0x31) },
    { name: 'terminal/main.ts', length: 800, hash: filled(32, 0x32) },
  ],
  program: { length: 2_000, hash: filled(32, 0x33) },
  payloads: [
    { base: null, size: 900, index: filled(32, 0x34) },
    { base: filled(32, 0x35), size: 120, index: filled(32, 0x36) },
  ],
  flash: 4_096,
  policy: { class: 1, earliest: NOW, deadline: NOW + 7 * DAY, needsSettlement: true, allowOpenBatch: false },
  notice: { zh: '修复打印', en: 'Printing mended' },
  required: ['0.1.0'],
  ...over,
})

export const setOf = (over: Partial<ParameterSet> = {}): ParameterSet => ({
  ...{ tenant: TENANT, seq: 12, created: NOW - DAY, expires: NOW + 30 * DAY, serial: SERIAL, schema: 1 },
  effective: NOW + DAY,
  values: new Map<number, number | string>([
    [1, 'zh'],
    [8, 500_000],
    [23, '华联商厦'],
    [300, -1],
  ]),
  needsProgram: filled(32, 0x33),
  drift: 1,
  base: null,
  ...over,
})

export const orderOf = (over: Partial<Order> = {}): Order => ({
  ...{ tenant: TENANT, seq: 41, created: NOW, expires: NOW + DAY, serial: SERIAL },
  nonce: filled(8, 0x6e),
  program: { hash: filled(32, 0x41), size: 700, order: 5 },
  parameterSets: [{ hash: filled(32, 0x42), size: 300 }],
  policy: {
    ...{ earliest: 0, windowFrom: 120, windowTo: 300, deadline: NOW + 7 * DAY, deferrals: 3 },
    ...{ allowOpenBatch: false, automatic: true },
  },
  commands: [
    { id: 8, kind: 3, argument: new Uint8Array(0) },
    { id: 9, kind: 4, argument: bytesOf('a100190400') },
  ],
  transfer: { blockMax: 4_096, windowMax: 65_536, source: 2 },
  ...over,
})

export const reportOf = (over: Partial<Report> = {}): Report => ({
  ...{ tenant: TENANT, seq: 3, created: NOW, expires: 0, serial: SERIAL, epoch: 17, nonce: filled(8, 0x6e) },
  running: {
    ...{ place: 'a', version: '0.2.0', program: filled(32, 0x33), release: filled(32, 0x41), counter: 3 },
    trial: false,
  },
  download: {
    ...{ state: 'receiving', release: filled(32, 0x43), doneBytes: 4_096, size: 90_000, code: 0, waiting: 5 },
  },
  last: { release: filled(32, 0x41), end: 'confirmed', code: 0, order: 5 },
  parameters: {
    pseq: 12,
    hash: filled(32, 0x42),
    drift: ['amountMaxFen'],
    code: 28,
    refused: filled(32, 0x43),
  },
  batch: { number: 6, count: 42, frozen: false, owed: 1 },
  checkValues: new Map([[1, ['82E136', '2F3A11', '00A1B2', '']]]),
  comms: { quality: 4, security: 'tls', counters: [900, 3, 12, 1] },
  health: { paper: 1, flashRetired: 0, starts: 20, salesFailed: 2 },
  commandResults: [{ id: 8, code: 0, bytes: bytesOf('0102') }],
  device: { maker: 'Shuaka', model: MODEL, runtime: 'quickjs-wasm 0.1.0' },
  ...over,
})
