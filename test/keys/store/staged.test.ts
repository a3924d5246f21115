import { expect, test } from 'vitest'
import { keyProof } from '../../../keys/load/proof.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import type { MasterKey } from '../../../keys/store/slot-report.ts'
import { asHex, hex } from '../vectors.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  MAK,
  master,
  NEXT_MAK,
  NEXT_PIK,
  NEXT_TDK,
  OTHER_TMK,
  PIK,
  SM4_KEYS,
  SM4_TMK,
  STAGED,
  sm4Block,
  sm4Kcv,
  stage,
  TDK,
  TMK,
  transaction,
} from './loaded.ts'

const refused = (why: string) => ({ kind: 'refused', why })
const usages = ['PIK', 'MAK', 'TDK'] as const
const tdesKey = (key: string): MasterKey => ({ algorithm: 'TDES', bytes: hex(key), keyVersion: '00' })
const underStaged = (tmk = STAGED) => keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK, tmk)
const flipParity = (key: string) => asHex(hex(key).map((byte) => byte ^ 1))

test('a staged key stands beside the old one, which works on; commit puts it in force and erases the children', () => {
  const store = loadedStore()
  stage(store, 1)
  expect(store.slots()).toEqual([
    {
      slot: 1,
      master: { algorithm: 'TDES', checkValue: kcv(TMK).slice(0, 3), keyVersion: '00' },
      staged: { transaction: transaction(1), checkValue: kcv(STAGED).slice(0, 3) },
    },
  ])
  for (const usage of usages) expect(store.checkValue(keySlot(usage, 1)).kind).toBe('ok')

  expect(store.commitStaged(transaction(1))).toEqual({ kind: 'ok', slot: 1 })
  expect(store.slots()).toEqual([
    {
      slot: 1,
      master: {
        algorithm: 'TDES',
        checkValue: kcv(STAGED).slice(0, 3),
        keyVersion: '01',
        transaction: transaction(1),
      },
    },
  ])
  for (const usage of usages) expect(store.checkValue(keySlot(usage, 1))).toEqual(refused('empty'))
  expect(store.loadWorkingKeys(master(1), '004', underStaged())).toEqual({ kind: 'ok', version: 1 })
})

test('J03 after the commit the old key is in no byte of the record, nor are its children', () => {
  const store = loadedStore()
  stage(store, 1)
  const before = asHex(store.serialize())
  for (const key of [TMK, PIK, MAK, TDK, STAGED]) expect(before.includes(key)).toBe(true)
  store.commitStaged(transaction(1))
  const after = asHex(store.serialize())
  for (const key of [TMK, PIK, MAK, TDK]) expect(after.includes(key)).toBe(false)
  expect(after.includes(STAGED)).toBe(true)
})

test('commit is refused for an unknown transaction, and repeated it changes nothing', () => {
  const store = loadedStore()
  expect(store.commitStaged(transaction(1))).toEqual(refused('unknown'))
  stage(store, 1)
  expect(store.commitStaged(transaction(2))).toEqual(refused('unknown'))
  store.commitStaged(transaction(1))
  const before = store.serialize()
  expect(store.commitStaged(transaction(1))).toEqual({ kind: 'ok', slot: 1 })
  expect(store.serialize()).toEqual(before)
})

test('the proof is made with the staged key, for its transaction alone, and not after the commit', () => {
  const store = loadedStore()
  stage(store, 1)
  const hash = new Uint8Array(64).fill(7)
  const mac = keyProof(hex(STAGED), transaction(1), hash)
  expect(store.proveStaged(transaction(1), hash)).toEqual({ kind: 'ok', mac })
  expect(store.proveStaged(transaction(2), hash)).toEqual(refused('unknown'))
  store.commitStaged(transaction(1))
  expect(store.proveStaged(transaction(1), hash)).toEqual(refused('unknown'))
})

test('one staged key a slot: a later one takes its place, also the same key under another transaction', () => {
  const store = loadedStore()
  stage(store, 1)
  stage(store, 2)
  expect(store.commitStaged(transaction(1))).toEqual(refused('unknown'))
  stage(store, 3, OTHER_TMK)
  expect(store.slots()[0]?.staged).toEqual({
    transaction: transaction(3),
    checkValue: kcv(OTHER_TMK).slice(0, 3),
  })
  expect(asHex(store.serialize()).includes(STAGED)).toBe(false)
})

// biome-ignore format: one row a refusal
test.each<[string, number, MasterKey, string]>([
  ['same key twice: the key in force',     1, tdesKey(TMK),                                                   'duplicateKey'],
  ['same key twice: with other parity',    2, tdesKey(flipParity(TMK)),                                       'duplicateKey'],
  ['same key twice: a working key',        2, tdesKey(PIK),                                                   'duplicateKey'],
  ['same key twice: staged elsewhere',     2, tdesKey(STAGED),                                                'duplicateKey'],
  ['same key twice: under another cipher', 2, { algorithm: 'SM4', bytes: hex(flipParity(TMK)), keyVersion: '00' },        'duplicateKey'],
  ['weak: equal halves',                   2, tdesKey('44'.repeat(16)),                                       'weakKey'],
  ['weak: semi-weak half',                 2, tdesKey(`01FE01FE01FE01FE${STAGED.slice(16)}`),                 'weakKey'],
  ['weak: zero SM4 key',                   2, { algorithm: 'SM4', bytes: new Uint8Array(16), keyVersion: '00' }, 'weakKey'],
  ['eight bytes',                          2, tdesKey(STAGED.slice(16)),                                      'length'],
  ['24 bytes',                             2, tdesKey(STAGED + OTHER_TMK.slice(16)),                          'length'],
])('stageMaster, %s → refused, nothing changed, the buffer wiped', (_, number, key, why) => {
  const store = loadedStore()
  stage(store, 1)
  const before = store.serialize()
  const staged = store.stageMaster(master(number), key, { transaction: transaction(2), remote: false })
  expect(staged).toEqual(refused(why))
  expect(key.bytes).toEqual(new Uint8Array(key.bytes.length))
  expect(store.serialize()).toEqual(before)
})

test('a staged key counts as held: it comes neither as master nor as working key', () => {
  const store = loadedStore()
  stage(store, 1)
  expect(store.loadMaster(master(2), hex(STAGED), kcv(STAGED))).toEqual(refused('duplicateKey'))
  const block = keyBlock('004', STAGED, NEXT_MAK, NEXT_TDK)
  expect(store.loadWorkingKeys(master(1), '004', block)).toEqual(refused('duplicateKey'))
})

test('a former master key never comes back, whether staged or in clear, with other parity or in another slot', () => {
  const store = loadedStore()
  stage(store, 1)
  store.commitStaged(transaction(1))
  for (const number of [1, 2]) {
    const clear = store.loadMaster(master(number), hex(flipParity(TMK)), kcv(TMK))
    expect(clear).toEqual(refused('duplicateKey'))
    const staged = store.stageMaster(master(number), tdesKey(TMK), {
      transaction: transaction(5),
      remote: true,
    })
    expect(staged).toEqual(refused('duplicateKey'))
  }
})

test('a transaction that brought a key, or staged one elsewhere → transaction; a malformed one → RangeError, wiped', () => {
  const store = loadedStore()
  stage(store, 1)
  const again = (number: number) =>
    store.stageMaster(master(number), tdesKey(OTHER_TMK), { transaction: transaction(1), remote: false })
  expect(again(2)).toEqual(refused('transaction'))
  store.commitStaged(transaction(1))
  expect(again(1)).toEqual(refused('transaction'))
  expect(again(2)).toEqual(refused('transaction'))
  for (const [stageAs, keyVersion] of [
    [new Uint8Array(7), '00'],
    [transaction(3), '0'],
    [transaction(3), '0é'],
  ] as const) {
    const key = { ...tdesKey(OTHER_TMK), keyVersion }
    expect(() => store.stageMaster(master(2), key, { transaction: stageAs, remote: false })).toThrow(
      RangeError,
    )
    expect(key.bytes).toEqual(new Uint8Array(16))
  }
})

test('a key in clear over a slot takes a staged one with it', () => {
  const store = loadedStore()
  stage(store, 1)
  expect(store.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK))).toEqual({ kind: 'ok' })
  expect(store.commitStaged(transaction(1))).toEqual(refused('unknown'))
  expect(asHex(store.serialize()).includes(STAGED)).toBe(false)
})

test('remote: the commit is lost, the first sign-on made under the staged key puts it in force, once', () => {
  const store = loadedStore()
  stage(store, 1, STAGED, true)
  expect(store.loadWorkingKeys(master(1), '004', underStaged())).toEqual({ kind: 'ok', version: 1 })
  expect(store.slots()[0]?.master).toMatchObject({ transaction: transaction(1), keyVersion: '01' })
  expect(store.slots()[0]?.staged).toBeUndefined()
  const after = asHex(store.serialize())
  for (const key of [TMK, PIK, MAK, TDK]) expect(after.includes(key)).toBe(false)
  expect(store.commitStaged(transaction(1))).toEqual({ kind: 'ok', slot: 1 }) // the commit, sent again
  expect(asHex(store.serialize())).toBe(after)
})

test('remote: a sign-on under the old key loads under the old key, and the staged one stays', () => {
  const store = loadedStore()
  stage(store, 1, STAGED, true)
  const block = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
  expect(store.loadWorkingKeys(master(1), '004', block)).toEqual({ kind: 'ok', version: 2 })
  expect(store.slots()[0]?.staged).toBeDefined()
  expect(store.checkValue(master(1))).toMatchObject({ checkValue: kcv(TMK).slice(0, 3) })
})

// biome-ignore format: one row a case
test.each<[string, boolean, () => Uint8Array, string]>([
  ['one of an injection, by a right block', false, () => underStaged(),                                       'checkValue'],
  ['by a block of a third key',             true,  () => underStaged(OTHER_TMK),                              'checkValue'],
  ['by a block a byte short',               true,  () => underStaged().slice(1),                              'length'],
  ['by a block with one bit wrong',         true,  () => { const b = underStaged(); b[59] = (b[59] ?? 0) ^ 1; return b }, 'checkValue'],
  ['by a block with the old master in it',  true,  () => keyBlock('004', TMK, NEXT_MAK, NEXT_TDK, STAGED),    'duplicateKey'],
  ['by a block with the new master in it',  true,  () => keyBlock('004', STAGED, NEXT_MAK, NEXT_TDK, STAGED), 'duplicateKey'],
])('a staged key is not put in force: %s', (_, remote, block, why) => {
  const store = loadedStore()
  stage(store, 1, STAGED, remote)
  const before = store.serialize()
  expect(store.loadWorkingKeys(master(1), '004', block())).toEqual(refused(why))
  expect(store.serialize()).toEqual(before)
})

test('remote: a block under the staged key without its proof puts nothing in force', () => {
  const store = loadedStore()
  stage(store, 1, STAGED, true)
  const before = store.serialize()
  const proof = { algorithm: 'cmac', bytes: new Uint8Array(20), mac: new Uint8Array(8) } as const
  expect(store.loadWorkingKeys(master(1), '004', underStaged(), proof)).toEqual(refused('proof'))
  expect(store.serialize()).toEqual(before)
})

test('remote: from TDES to SM4 by a sign-on of kind 006, and not by one of another kind', () => {
  const store = loadedStore()
  const key = { algorithm: 'SM4', bytes: hex(SM4_TMK), keyVersion: '00' } as const
  store.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK)) // the MAK of the other store is this SM4 master
  expect(store.stageMaster(master(1), key, { transaction: transaction(1), remote: true })).toEqual({
    kind: 'ok',
  })
  expect(store.loadWorkingKeys(master(1), '004', sm4Block())).toEqual(refused('checkValue'))
  expect(store.loadWorkingKeys(master(1), '006', sm4Block())).toEqual({ kind: 'ok', version: 1 })
  expect(store.checkValue(master(1))).toMatchObject({
    algorithm: 'SM4',
    checkValue: sm4Kcv(SM4_TMK).slice(0, 3),
  })
  expect(store.checkValue(keySlot('PIK', 1))).toMatchObject({
    algorithm: 'SM4',
    checkValue: sm4Kcv(SM4_KEYS[0]).slice(0, 3),
  })
})

test('tamper: keys and staged keys gone, the record says so, and one code is all there is', () => {
  const store = loadedStore()
  stage(store, 1, STAGED, true)
  store.tamper()
  expect(store.tampered).toBe(true)
  expect(store.slots()).toEqual([])
  const record = store.serialize()
  for (const key of [TMK, PIK, MAK, TDK, STAGED]) expect(asHex(record).includes(key)).toBe(false)
  const back = KeyStore.restore(record)
  if (back.kind !== 'ok') expect.fail('damaged')
  expect(back.store.tampered).toBe(true)
  for (const usage of usages) expect(back.store.checkValue(keySlot(usage, 1))).toEqual(refused('tampered'))
  expect(back.store.commitStaged(transaction(1))).toEqual(refused('unknown'))
  expect(back.store.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK))).toEqual(refused('tampered'))
})

test('tamper ends with the commit of an injected key, not with staging it, and not over the air', () => {
  const store = loadedStore()
  store.tamper()
  const remote = { transaction: transaction(1), remote: true }
  expect(store.stageMaster(master(1), tdesKey(STAGED), remote)).toEqual(refused('tampered'))
  stage(store, 1)
  expect(store.tampered).toBe(true)
  expect(store.checkValue(master(1))).toEqual(refused('tampered'))
  expect(store.loadWorkingKeys(master(1), '004', underStaged())).toEqual(refused('tampered'))
  store.commitStaged(transaction(1))
  expect(store.tampered).toBe(false)
  expect(store.loadWorkingKeys(master(1), '004', underStaged())).toEqual({ kind: 'ok', version: 1 })
})

test('tamper at each point between loading and commit: keys gone, whatever was under way', () => {
  const steps: readonly ((store: KeyStore) => unknown)[] = [
    (store) => store.loadMaster(master(1), hex(TMK), kcv(TMK)),
    (store) => store.loadWorkingKeys(master(1), '004', keyBlock('004', PIK, MAK, TDK)),
    (store) => stage(store, 1, STAGED, true),
    (store) => store.proveStaged(transaction(1), new Uint8Array(64)),
    (store) => store.commitStaged(transaction(1)),
  ]
  for (let at = 0; at <= steps.length; at++) {
    const store = new KeyStore()
    for (const step of steps.slice(0, at)) step(store)
    store.tamper()
    const empty = new KeyStore()
    empty.tamper()
    expect(store.serialize(), `after ${at} steps`).toEqual(empty.serialize())
  }
})
