import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { asPan } from '../../../host-link/wire/values.ts'
import { sm4 } from '../../../keys/sm4.ts'
import { type KeySlot, type KeyUsage, keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { sealWorkingKeys } from '../../../keys/working-keys.ts'
import { hex } from '../vectors.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  MAK,
  NEXT_MAK,
  NEXT_PIK,
  NEXT_TDK,
  OTHER_TMK,
  PIK,
  SM4_KEYS,
  SM4_TMK,
  STAGED,
  sm4Kcv,
  sm4Store,
  stage,
  TDK,
  TMK,
  transaction,
} from './loaded.ts'

const pan = asPan('9001100000000027')
const track = '6222600001234567890D30122010000000000'
const data = new Uint8Array(40).fill(0x5a)
const usages: readonly KeyUsage[] = ['TMK', 'PIK', 'MAK', 'TDK']
const next = { pik: hex(NEXT_PIK), mak: hex(NEXT_MAK), tdk: hex(NEXT_TDK) }
const sm4Next = sealWorkingKeys('006', next, sm4(hex(SM4_TMK)))
const stagedNext = sealWorkingKeys('004', next, tdes(hex(STAGED)))

/** What stands in slot 1 of the store. */
const states = {
  'never used': () => new KeyStore(),
  'TDES keys': loadedStore,
  'SM4 keys': sm4Store,
  'a master alone': () => {
    const store = new KeyStore()
    store.loadMaster(keySlot('TMK', 1), hex(TMK), kcv(TMK))
    return store
  },
  'a key staged by an injection alone': () => staged(new KeyStore(), false),
  'a key staged over the air alone': () => staged(new KeyStore(), true),
  'TDES keys and one staged by an injection': () => staged(loadedStore(), false),
  'TDES keys and one staged over the air': () => staged(loadedStore(), true),
  tampered: () => {
    const store = loadedStore()
    store.tamper()
    return store
  },
  'tampered and a key staged by an injection': () => {
    const store = loadedStore()
    store.tamper()
    return staged(store, false)
  },
} as const
type State = keyof typeof states

function staged(store: KeyStore, remote: boolean): KeyStore {
  stage(store, 9, STAGED, remote)
  return store
}

const injection = { transaction: transaction(7), remote: false }
const remote = { transaction: transaction(7), remote: true }
const fresh = (algorithm: 'TDES' | 'SM4' = 'TDES') =>
  ({ algorithm, bytes: hex(OTHER_TMK), keyVersion: '00' }) as const

type Operation = (store: KeyStore, slot: KeySlot) => { readonly kind: string }
// biome-ignore format: one row an operation
const operations: { readonly [name: string]: Operation } = {
  loadMaster:            (store, slot) => store.loadMaster(slot, hex(OTHER_TMK), kcv(OTHER_TMK)),
  'loadMaster SM4':      (store, slot) => store.loadMaster(slot, hex(OTHER_TMK), sm4Kcv(OTHER_TMK), 'SM4'),
  stageMaster:           (store, slot) => store.stageMaster(slot, fresh(), injection),
  'stageMaster SM4':     (store, slot) => store.stageMaster(slot, fresh('SM4'), injection),
  'stageMaster remote':  (store, slot) => store.stageMaster(slot, fresh(), remote),
  'loadWorkingKeys 004': (store, slot) => store.loadWorkingKeys(slot, '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)),
  'loadWorkingKeys 006': (store, slot) => store.loadWorkingKeys(slot, '006', sm4Next),
  'loadWorkingKeys under the staged key': (store, slot) => store.loadWorkingKeys(slot, '004', stagedNext),
  mac:                   (store, slot) => store.mac(slot, 'cmac', data),
  'mac x9.19':           (store, slot) => store.mac(slot, 'x9.19', data),
  verifyMac:             (store, slot) => store.verifyMac(slot, 'cmac', data, rightMac(store)),
  pinBlock:              (store, slot) => store.pinBlock(slot, Uint8Array.of(1, 2, 3, 4), pan),
  encryptTrack:          (store, slot) => store.encryptTrack(slot, track),
  checkValue:            (store, slot) => store.checkValue(slot),
}

/** The MAC under the MAK that stands in slot 1, where one does. */
function rightMac(store: KeyStore): Uint8Array {
  const made = store.mac(keySlot('MAK', 1), 'cmac', data)
  return made.kind === 'ok' ? made.mac : new Uint8Array(8)
}

const loaded: readonly State[] = [
  'TDES keys',
  'TDES keys and one staged by an injection',
  'TDES keys and one staged over the air',
]
const untampered = (Object.keys(states) as State[]).filter((state) => !state.startsWith('tampered'))
const everywhere = Object.keys(states) as State[]
const masters = [...loaded, 'a master alone'] as const

/** The allowed cells: which usage may do it, and in which states. Everything else is refused. */
// biome-ignore format: one row an operation
const allowed: { readonly [name: string]: readonly [usage: readonly KeyUsage[], states: readonly State[]] } = {
  loadMaster:            [['TMK'], untampered],
  'loadMaster SM4':      [['TMK'], untampered],
  stageMaster:           [['TMK'], everywhere], // an injection ends a tamper
  'stageMaster SM4':     [['TMK'], everywhere],
  'stageMaster remote':  [['TMK'], untampered],
  'loadWorkingKeys 004': [['TMK'], masters],
  'loadWorkingKeys 006': [['TMK'], ['SM4 keys']],
  'loadWorkingKeys under the staged key': [['TMK'], ['a key staged over the air alone', 'TDES keys and one staged over the air']],
  mac:                   [['MAK'], [...loaded, 'SM4 keys']],
  'mac x9.19':           [['MAK'], loaded],
  verifyMac:             [['MAK'], [...loaded, 'SM4 keys']],
  pinBlock:              [['PIK'], [...loaded, 'SM4 keys']],
  encryptTrack:          [['TDK'], [...loaded, 'SM4 keys']],
  checkValue:            [usages, [...loaded, 'SM4 keys']],
}
/** A lone master has a check value too; it has no children. */
const lone = (name: string, usage: KeyUsage, state: State) =>
  name === 'checkValue' && usage === 'TMK' && state === 'a master alone'

test.each(Object.keys(operations))(
  'key type confusion: %s succeeds in exactly the allowed cells of usage × state',
  (name) => {
    for (const state of everywhere) {
      for (const usage of usages) {
        const [mayUsage, mayState] = allowed[name] ?? [[], []]
        const may = (mayUsage.includes(usage) && mayState.includes(state)) || lone(name, usage, state)
        const store = states[state]()
        const before = store.serialize()
        const result = operations[name]?.(store, keySlot(usage, 1))
        expect(result?.kind, `${usage}, ${state}`).toBe(may ? 'ok' : 'refused')
        if (may) continue
        expect(store.serialize(), `${usage}, ${state}: changed`).toEqual(before)
        if (!mayUsage.includes(usage)) expect(result).toEqual({ kind: 'refused', why: 'usage' })
      }
    }
  },
)

test.each(Object.keys(operations))('%s on a slot out of range → slot, in every state', (name) => {
  for (const state of everywhere)
    for (const usage of usages)
      for (const number of [-1, 10, 1.5, Number.NaN])
        expect(operations[name]?.(states[state](), { usage, number })).toEqual({
          kind: 'refused',
          why: 'slot',
        })
})

test.each(Object.keys(operations))('%s on another slot finds nothing of slot 1 there', (name) => {
  if (name.startsWith('loadMaster') || name.startsWith('stageMaster')) return
  for (const state of everywhere)
    for (const usage of usages)
      expect(operations[name]?.(states[state](), keySlot(usage, 2)).kind, `${usage}, ${state}`).toBe(
        'refused',
      )
})

test('a tampered store says tampered to every operation that its usage would allow, and to no other', () => {
  for (const [name, operation] of Object.entries(operations)) {
    if (name === 'stageMaster' || name === 'stageMaster SM4') continue
    const [mayUsage] = allowed[name] ?? [usages]
    for (const usage of usages) {
      const why = mayUsage.includes(usage) ? 'tampered' : 'usage'
      expect(operation(states.tampered(), keySlot(usage, 1)), `${name}, ${usage}`).toEqual({
        kind: 'refused',
        why,
      })
    }
  }
})

test('a staged key is good for proof and commit alone: nothing is under it, and no check value is asked of it', () => {
  const store = states['a key staged by an injection alone']()
  for (const usage of usages)
    expect(store.checkValue(keySlot(usage, 1))).toEqual({ kind: 'refused', why: 'empty' })
  expect(store.loadWorkingKeys(keySlot('TMK', 1), '004', stagedNext)).toEqual({
    kind: 'refused',
    why: 'empty',
  })
  expect(store.proveStaged(transaction(9), data).kind).toBe('ok')
  expect(store.commitStaged(transaction(9))).toEqual({ kind: 'ok', slot: 1 })
  expect(store.loadWorkingKeys(keySlot('TMK', 1), '004', stagedNext).kind).toBe('ok')
})

test('the matrix walks every operation of the store', () => {
  const all = Object.getOwnPropertyNames(KeyStore.prototype).filter((name) => name !== 'constructor')
  const walked = new Set(Object.keys(operations).map((name) => name.split(' ')[0] ?? ''))
  const others = [
    'commitStaged',
    'erase',
    'proveStaged',
    'serialize',
    'slots',
    'stages',
    'tamper',
    'tampered',
  ] // without a slot
  expect(all.sort()).toEqual([...walked, ...others].sort())
})

test('PIN block translation: a PIN goes in and a block comes out; nothing opens, compares or re-formats one', () => {
  const store = loadedStore()
  const made = store.pinBlock(keySlot('PIK', 1), Uint8Array.of(1, 2, 3, 4), pan)
  if (made.kind !== 'ok') expect.fail(made.why)
  const clear = tdes(hex(PIK)).decrypt(made.block)
  // The block handed back as data, a track, a MAC or a key block never comes out clear.
  const asHexText = Buffer.from(made.block).toString('hex').toUpperCase()
  const results = [
    store.encryptTrack(keySlot('TDK', 1), `00${asHexText.replace(/[^0-9D]/g, '0')}1`),
    store.mac(keySlot('MAK', 1), 'cbc-mac', Uint8Array.of(...made.block, ...made.block)),
    store.loadWorkingKeys(
      keySlot('TMK', 1),
      '001',
      Uint8Array.of(...made.block, ...made.block, ...made.block),
    ),
  ]
  expect(JSON.stringify(results)).not.toContain(JSON.stringify([...clear]).slice(1, -1))
  expect(inspect(results)).not.toContain([...clear].join(', '))
})

test('XOR-to-null: a key that comes in takes the place of another, it is never joined to one', () => {
  const xor = hex(TMK).map((byte, at) => byte ^ (hex(OTHER_TMK)[at] ?? 0))
  const joined = Buffer.from(xor).toString('hex').toUpperCase()
  const store = loadedStore()
  store.loadMaster(keySlot('TMK', 1), hex(OTHER_TMK), kcv(OTHER_TMK))
  expect(store.checkValue(keySlot('TMK', 1))).toMatchObject({ checkValue: kcv(OTHER_TMK).slice(0, 3) })
  stage(store, 1)
  store.commitStaged(transaction(1))
  expect(store.checkValue(keySlot('TMK', 1))).toMatchObject({ checkValue: kcv(STAGED).slice(0, 3) })
  expect(Buffer.from(store.serialize()).toString('hex').toUpperCase()).not.toContain(joined)
})

test('KCV leakage: no result, no view of the store and no inspection shows a key, a PIN or more than 3 bytes', () => {
  const all = [TMK, PIK, MAK, TDK, NEXT_PIK, NEXT_MAK, NEXT_TDK, STAGED, SM4_TMK, ...SM4_KEYS]
  const secrets = all.flatMap((key) => [
    key.slice(0, 16),
    key.slice(16),
    ...[kcv(key), sm4Kcv(key)].map((value) => Buffer.from(value).toString('hex').toUpperCase()),
  ])
  const seen: unknown[] = []
  for (const state of everywhere) {
    for (const [name, operation] of Object.entries(operations)) {
      const store = states[state]()
      for (const usage of usages) seen.push(operation(store, keySlot(usage, 1)))
      seen.push(name, store, store.slots(), store.proveStaged(transaction(9), data), store.tampered)
    }
  }
  const hexed = JSON.stringify(seen, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : value,
  )
  const inspected = inspect(seen, { depth: 9, showHidden: true, maxArrayLength: null })
  const decimals = secrets.map((secret) => [...hex(secret)].join(', '))
  for (const secret of [...secrets, '1234FFFF', ...decimals]) {
    expect(hexed.includes(secret) || inspected.includes(secret), secret).toBe(false)
  }
  expect(Object.getOwnPropertyNames(new KeyStore())).toEqual([])
})
