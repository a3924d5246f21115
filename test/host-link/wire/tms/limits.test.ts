import { describe, expect, it } from 'vitest'
import { WireError } from '../../../../host-link/wire/message.ts'
import {
  decodeInspectionArgument,
  decodeLockArgument,
  decodeLogArgument,
  decodeMessageArgument,
  encodeInspectionArgument,
  encodeLockArgument,
  encodeLogArgument,
  encodeMessageArgument,
} from '../../../../host-link/wire/tms/command.ts'
import { decodeOrder, encodeOrder, type Order } from '../../../../host-link/wire/tms/order.ts'
import {
  decodeParameterSet,
  encodeParameterSet,
  type ParameterSet,
} from '../../../../host-link/wire/tms/parameter-set.ts'
import { decodeRelease, encodeRelease, type ReleaseManifest } from '../../../../host-link/wire/tms/release.ts'
import { decodeReport, encodeReport, type Report } from '../../../../host-link/wire/tms/report.ts'
import { decodeRoot, encodeRoot, type RootDocument } from '../../../../host-link/wire/tms/root.ts'
import { filled, orderOf, person, releaseOf, reportOf, rootOf, setOf } from './samples.ts'

const order = (over: Partial<Order>) => () => encodeOrder(orderOf(over))
const set = (over: Partial<ParameterSet>) => () => encodeParameterSet(setOf(over))
const release = (over: Partial<ReleaseManifest>) => () => encodeRelease(releaseOf(over))
const report = (over: Partial<Report>) => () => encodeReport(reportOf(over))
const people = [person(1), person(2), person(3)].sort((a, b) => Buffer.compare(a.kid, b.kid))
const [first = person(1), second = person(2)] = people
const plain = rootOf({ root: people, program: people, parameters: people, director: people }, [2, 2, 1, 1])
const root = (over: Partial<RootDocument>) => () => encodeRoot({ ...plain, ...over })
const roles = (at: number, over: object) =>
  root({ roles: plain.roles.map((role, index) => (index === at ? { ...role, ...over } : role)) })

const policy = (over: Partial<Order['policy']>) => order({ policy: { ...orderOf().policy, ...over } })
const transfer = (over: Partial<Order['transfer']>) => order({ transfer: { ...orderOf().transfer, ...over } })
const command = (...ids: number[]) =>
  order({ commands: ids.map((id) => ({ id, kind: 5, argument: new Uint8Array(0) })) })
const hash = filled(32, 1)
const payloads = (count: number) =>
  release({ payloads: Array.from({ length: count }, () => ({ base: null, size: 1, index: hash })) })
const values = (count: number) => set({ values: new Map(Array.from({ length: count }, (_, at) => [at, at])) })
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

/** The most (or least) that is taken, and the next that is not. */
// biome-ignore format: one row a limit
const limits: readonly [name: string, good: () => Uint8Array, bad: () => Uint8Array, why: string][] = [
  ['head: tenant of 16, of 17 characters', order({ tenant: 't'.repeat(16) }), order({ tenant: 't'.repeat(17) }), 'tenant'],
  ['head: tenant of one, of none', order({ tenant: 't' }), order({ tenant: '' }), 'tenant'],
  ['head: tenant with a blank, with a letter that is not ASCII', order({ tenant: 'a b' }), order({ tenant: 'é' }), 'tenant'],
  ['head: seq 0, below', order({ seq: 0 }), order({ seq: -1 }), 'seq'],
  ['head: seq 2^48 − 1, 2^48: the secure element keeps no higher floor', order({ seq: 2 ** 48 - 1 }), order({ seq: 2 ** 48 }), 'seq'],
  ['head: created 2^48 − 1, 2^48', order({ created: 2 ** 48 - 1 }), order({ created: 2 ** 48 }), 'created'],
  ['release: counter 2^48 − 1, 2^48', release({ counter: 2 ** 48 - 1 }), release({ counter: 2 ** 48 }), 'counter'],
  ['root: seq 2^48 − 1, 2^48', root({ seq: 2 ** 48 - 1 }), root({ seq: 2 ** 48 }), 'seq'],
  ['head: seq 1, half', order({ seq: 1 }), order({ seq: 1.5 }), 'seq'],
  ['head: expires 0, below', order({ expires: 0 }), order({ expires: -1 }), 'expires'],
  ['head: created 0, below', order({ created: 0 }), order({ created: -1 }), 'created'],
  ['root: a key of 32, of 31 bytes', root({}), root({ keys: plain.keys.map(({ kid, key }) => ({ kid, key: key.slice(1) })) }), 'keys'],
  ['root: keys in rising order, in another', root({}), root({ keys: [...plain.keys].reverse() }), 'keys and roles'],
  ['root: each key id once, one twice', root({}), root({ keys: [...plain.keys.slice(0, 2), ...plain.keys.slice(1)] }), 'keys and roles'],
  ['root: each key once, one under two ids', root({}), root({ keys: plain.keys.map(({ kid }) => ({ kid, key: first.key })) }), 'keys and roles'],
  ['root: a threshold of all its keys, of one more', roles(0, { threshold: 3 }), roles(0, { threshold: 4 }), 'keys and roles'],
  ['root: a threshold of 1, of 0', roles(1, { threshold: 1 }), roles(1, { threshold: 0 }), 'threshold'],
  ['root: role keys that are there, one that is not', roles(3, { kids: [first.kid] }), roles(3, { kids: [person(9).kid] }), 'keys and roles'],
  ['root: role keys in order, in another', roles(1, { kids: [first.kid, second.kid] }), roles(1, { kids: [second.kid, first.kid] }), 'keys and roles'],
  ['root: role keys once, one twice', roles(1, { kids: [first.kid, second.kid] }), roles(1, { kids: [first.kid, first.kid] }), 'keys and roles'],
  ['root: a prefix for programs, for parameters', roles(1, { prefixes: ['SK-'] }), roles(2, { prefixes: ['SK-'] }), 'keys and roles'],
  ['root: all roles, without the director', root({}), root({ roles: plain.roles.map((role) => (role.role === 4 ? { ...role, role: 3 } : role)) }), 'keys and roles'],
  ['root: one root role, two', root({}), root({ roles: [...plain.roles.slice(0, 1), ...plain.roles] }), 'keys and roles'],
  ['root: two program roles, a role 5', root({ roles: [...plain.roles, { ...plain.roles[1] as RootDocument['roles'][0], prefixes: ['X'] }] }), roles(1, { role: 5 }), 'role'],
  ['release: version of 16, of 17', release({ version: '1'.repeat(16) }), release({ version: '1'.repeat(17) }), 'version'],
  ['release: a model, none', release({ models: ['M'] }), release({ models: [] }), 'models'],
  ['release: 32 models, 33', release({ models: many(32, 'M') }), release({ models: many(33, 'M') }), 'models'],
  ['release: runtime 2 to 2, 3 to 2', release({ runtime: { min: 2, max: 2 } }), release({ runtime: { min: 3, max: 2 } }), 'runtime'],
  ['release: schema 1 to 2, 2 to 1', release({ parameterSchema: { min: 1, max: 2 } }), release({ parameterSchema: { min: 2, max: 1 } }), 'parameterSchema'],
  ['release: 200 components, 201', release({ components: many(200, { name: 'n', length: 1, hash }) }), release({ components: many(201, { name: 'n', length: 1, hash }) }), 'components'],
  ['release: one byte of program, none', release({ program: { length: 1, hash } }), release({ program: { length: 0, hash } }), 'program.length'],
  ['release: program of 4 GiB − 1, of 4 GiB', release({ program: { length: 2 ** 32 - 1, hash } }), release({ program: { length: 2 ** 32, hash } }), 'program.length'],
  ['release: a payload, none', payloads(1), payloads(0), 'payloads'],
  ['release: 32 payloads, 33', payloads(32), payloads(33), 'payloads'],
  ['release: class 2, class 3', release({ policy: { ...releaseOf().policy, class: 2 } }), release({ policy: { ...releaseOf().policy, class: 3 } }), 'class'],
  ['release: notice of 60, of 61', release({ notice: { zh: '新'.repeat(60), en: '' } }), release({ notice: { zh: '新'.repeat(61), en: '' } }), 'notice.zh'],
  ['release: a notice in Chinese, with a line feed', release({ notice: { zh: '新', en: '' } }), release({ notice: { zh: '新\n', en: '' } }), 'notice.zh'],
  ['release: a notice with a no-break space, with a C1 control', release({ notice: { zh: '\u00a0', en: '' } }), release({ notice: { zh: '\u0085', en: '' } }), 'notice.zh'],
  ['release: journal 1 to 2, layout 0', release({}), release({ journal: { ...releaseOf().journal, writes: 0 } }), 'journal.writes'],
  ['parameters: serial of 20, of 21', set({ serial: 's'.repeat(20) }), set({ serial: 's'.repeat(21) }), 'serial'],
  ['parameters: drift 1, 2', set({ drift: 1 }), set({ drift: 2 }), 'drift'],
  ['parameters: schema 1, 0', set({ schema: 1 }), set({ schema: 0 }), 'schema'],
  ['parameters: 512 values, 513', values(512), values(513), 'values'],
  ['parameters: a text of 2,048, of 2,049', set({ values: new Map([[1, 'x'.repeat(2_048)]]) }), set({ values: new Map([[1, 'x'.repeat(2_049)]]) }), 'values.1'],
  ['parameters: number 65,535, 65,536', set({ values: new Map([[65_535, 0]]) }), set({ values: new Map([[65_536, 0]]) }), 'values'],
  ['parameters: 16 KiB, more', set({ values: new Map(many(7, 0).map((_, at) => [at, 'x'.repeat(2_048)])) }), set({ values: new Map(many(8, 0).map((_, at) => [at, 'x'.repeat(2_048)])) }), 'more than 16384'],
  ['order: nonce of 8, of 7 bytes', order({ nonce: filled(8, 0) }), order({ nonce: filled(7, 0) }), 'nonce'],
  ['order: 3 parameter sets, 4', order({ parameterSets: many(3, { hash, size: 1 }) }), order({ parameterSets: many(4, { hash, size: 1 }) }), 'parameterSets'],
  ['order: an object of one byte, of none', order({ program: { hash, size: 1, order: 0 } }), order({ program: { hash, size: 0, order: 0 } }), 'program.size'],
  ['order: minute 1,439, 1,440', policy({ windowTo: 1_439 }), policy({ windowTo: 1_440 }), 'windowTo'],
  ['order: 99 deferrals, 100', policy({ deferrals: 99 }), policy({ deferrals: 100 }), 'deferrals'],
  ['order: ids that rise, that stand', command(1, 2), command(2, 2), 'rising ids'],
  ['order: an id 0, ids that fall', command(0), command(3, 2), 'rising ids'],
  ['order: 8 commands, 9', command(1, 2, 3, 4, 5, 6, 7, 8), command(1, 2, 3, 4, 5, 6, 7, 8, 9), 'commands'],
  ['order: argument of 1,024, of 1,025', order({ commands: [{ id: 1, kind: 1, argument: filled(1_024, 0) }] }), order({ commands: [{ id: 1, kind: 1, argument: filled(1_025, 0) }] }), 'argument'],
  ['order: blocks of 1,024, of 512', transfer({ blockMax: 1_024 }), transfer({ blockMax: 512 }), 'blockMax'],
  ['order: blocks of 32,768, of 65,536', transfer({ blockMax: 32_768 }), transfer({ blockMax: 65_536 }), 'blockMax'],
  ['order: blocks of 8,192, of 5,000', transfer({ blockMax: 8_192 }), transfer({ blockMax: 5_000 }), 'power of two'],
  ['order: source 2, 3', transfer({ source: 2 }), transfer({ source: 3 }), 'source'],
  ['report: 16 names of drift, 17', report({ parameters: { ...reportOf().parameters, drift: many(16, 'n') } }), report({ parameters: { ...reportOf().parameters, drift: many(17, 'n') } }), 'drift'],
  ['report: 512 bytes of result, 513', report({ commandResults: [{ id: 1, code: 0, bytes: filled(512, 0) }] }), report({ commandResults: [{ id: 1, code: 0, bytes: filled(513, 0) }] }), 'bytes'],
  ['report: 8 results, 9', report({ commandResults: many(8, { id: 1, code: 0, bytes: hash }) }), report({ commandResults: many(9, { id: 1, code: 0, bytes: hash }) }), 'commandResults'],
  ['report: slot 9, slot 10', report({ checkValues: new Map([[9, many(4, '')]]) }), report({ checkValues: new Map([[10, many(4, '')]]) }), 'checkValues'],
  ['report: four check values, three', report({ checkValues: new Map([[1, many(4, '82E136')]]) }), report({ checkValues: new Map([[1, many(3, '82E136')]]) }), 'checkValues'],
  ['report: all waiting bits, one more', report({ download: { ...reportOf().download, waiting: 127 } }), report({ download: { ...reportOf().download, waiting: 128 } }), 'waiting'],
  ['message: number 9,999, 10,000', () => encodeMessageArgument({ number: 9_999, zh: '', en: '' }), () => encodeMessageArgument({ number: 10_000, zh: '', en: '' }), 'number'],
  ['log: 32,768 bytes, one more', () => encodeLogArgument({ bytes: 32_768 }), () => encodeLogArgument({ bytes: 32_769 }), 'bytes'],
]
const decoders = {
  head: decodeOrder,
  root: decodeRoot,
  release: decodeRelease,
  parameters: decodeParameterSet,
  order: decodeOrder,
  report: decodeReport,
  message: decodeMessageArgument,
  log: decodeLogArgument,
}

describe('limits, the last that is taken and the first that is not', () => {
  it.each(limits)('%s', (name, good, bad, why) => {
    const decode = decoders[name.split(':')[0] as keyof typeof decoders]
    expect(decode(good())).toBeDefined()
    expect(bad).toThrow(WireError)
    expect(bad).toThrow(why)
  })
})

it('arguments of commands come back as they went', () => {
  const words = { zh: '机具锁定, 请联系收单机构', en: 'Locked by the acquirer' }
  expect(decodeLockArgument(encodeLockArgument(words))).toEqual(words)
  expect(decodeMessageArgument(encodeMessageArgument({ number: 12, ...words }))).toEqual({
    number: 12,
    ...words,
  })
  expect(decodeLogArgument(encodeLogArgument({ bytes: 1_024 }))).toEqual({ bytes: 1_024 })
  expect(decodeInspectionArgument(encodeInspectionArgument({ plan: 'yearly' }))).toEqual({ plan: 'yearly' })
  expect(() => decodeLogArgument(new Uint8Array(0))).toThrow(WireError)
})
