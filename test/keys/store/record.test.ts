import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkValue } from '../../../keys/check-value.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { withOddParity } from '../../../keys/des-key.ts'
import { macOf } from '../../../keys/mac.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { RecordWriter } from '../../../keys/store/record.ts'
import { sealWorkingKeys } from '../../../keys/working-keys.ts'
import { source } from '../load/rig.ts'
import { hex } from '../vectors.ts'
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
  SHORT_MAK,
  SM4_TMK,
  STAGED,
  stage,
  TDK,
  TMK,
  transaction,
} from './loaded.ts'

const damaged = { kind: 'damaged' }

/** Two masters, one with a previous MAK and a staged key, one with a single DES MAK and no TDK. */
function fullStore(): KeyStore {
  const store = loadedStore()
  const bytes = new Uint8Array(20)
  const proof = { algorithm: 'cmac', bytes, mac: macOf('cmac', hex(NEXT_MAK), bytes) } as const
  store.loadWorkingKeys(master(1), '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK), proof)
  stage(store, 1, STAGED, true)
  store.loadMaster(master(7), hex(OTHER_TMK), kcv(OTHER_TMK))
  store.loadWorkingKeys(master(7), '003', keyBlock('003', TDK, SHORT_MAK, undefined, OTHER_TMK))
  return store
}

function restored(record: Uint8Array): KeyStore {
  const result = KeyStore.restore(record)
  return result.kind === 'ok' ? result.store : expect.fail('damaged')
}

test('a store comes back from its record with every key, version and the previous MAK', () => {
  const data = new Uint8Array(20)
  const old = loadedStore().mac(keySlot('MAK', 1), 'cmac', data)
  const back = restored(fullStore().serialize())
  expect(back.serialize()).toEqual(fullStore().serialize())
  for (const number of [1, 7]) {
    for (const usage of ['TMK', 'PIK', 'MAK', 'TDK'] as const) {
      const slot = keySlot(usage, number)
      expect(back.checkValue(slot)).toEqual(fullStore().checkValue(slot))
    }
  }
  if (old.kind !== 'ok') expect.fail('no MAC')
  expect(back.verifyMac(keySlot('MAK', 1), 'cmac', data, old.mac)).toEqual({ kind: 'ok', version: 1 })
})

test('the record is its own copy: erasing the store, or wiping the record, leaves the other', () => {
  const store = fullStore()
  const record = store.serialize()
  const back = restored(record)
  record.fill(0)
  store.erase()
  expect(back.serialize()).toEqual(fullStore().serialize())
})

test('an empty store has a record too', () => {
  expect(restored(new KeyStore().serialize()).serialize()).toEqual(new KeyStore().serialize())
})

test('every truncation and every extension by a byte → damaged', () => {
  const record = fullStore().serialize()
  for (let length = 0; length < record.length; length++) {
    expect(KeyStore.restore(record.slice(0, length)), `${length} bytes`).toEqual(damaged)
  }
  for (const byte of [0, 0xff]) expect(KeyStore.restore(Uint8Array.of(...record, byte))).toEqual(damaged)
})

test('every single bit flipped → damaged', () => {
  const record = fullStore().serialize()
  for (let bit = 0; bit < 8 * record.length; bit++) {
    const flipped = record.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(KeyStore.restore(flipped), `bit ${bit}`).toEqual(damaged)
  }
})

test('any bytes, also an erased flash page → damaged, never a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(KeyStore.restore(bytes)).toEqual(damaged)
    }),
  )
  expect(KeyStore.restore(new Uint8Array(256).fill(0xff))).toEqual(damaged)
  expect(KeyStore.restore(new Uint8Array(100_000))).toEqual(damaged)
})

test('the record of layout 1 is read: TDES keys, nothing staged, nothing remembered; it is written as layout 2', () => {
  const record = new RecordWriter('SKS1')
  record.number(2, 1)
  record.number(1, 1)
  record.key(hex(TMK))
  record.number(7, 4)
  for (const key of [PIK, MAK, TDK, NEXT_MAK]) record.key(hex(key))
  record.number(4, 1)
  record.key(hex(OTHER_TMK))
  record.number(0, 4)
  const store = restored(record.end())
  expect(store.slots()).toEqual([
    { slot: 1, master: { algorithm: 'TDES', checkValue: kcv(TMK).slice(0, 3), keyVersion: '00' } },
    { slot: 4, master: { algorithm: 'TDES', checkValue: kcv(OTHER_TMK).slice(0, 3), keyVersion: '00' } },
  ])
  expect(store.checkValue(keySlot('PIK', 1))).toMatchObject({ version: 7 })
  const data = new Uint8Array(20)
  const previous = macOf('cmac', hex(NEXT_MAK), data)
  expect(store.verifyMac(keySlot('MAK', 1), 'cmac', data, previous)).toEqual({ kind: 'ok', version: 6 })
  expect(String.fromCharCode(...store.serialize().slice(0, 4))).toBe('SKS2')
  expect(restored(store.serialize()).serialize()).toEqual(store.serialize())
})

test('any store that can be comes back byte for byte from its record', () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
  const slot = fc.record({
    number: fc.integer({ min: 0, max: 9 }),
    algorithm: fc.constantFrom('TDES' as const, 'SM4' as const),
    key,
    working: fc.option(fc.tuple(key, key, key)),
    staged: fc.option(key),
    remote: fc.boolean(),
    commit: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(slot, { maxLength: 6 }), fc.boolean(), (slots, tampered) => {
      const store = new KeyStore()
      for (const [index, each] of slots.entries()) {
        const at = master(each.number)
        const { algorithm } = each
        const cipher = cipherOf(algorithm, algorithm === 'TDES' ? withOddParity(each.key) : each.key)
        store.loadMaster(at, each.key.slice(), checkValue(cipher, 4), algorithm)
        if (each.working) {
          const [pik, mak, tdk] = each.working
          const kind = algorithm === 'SM4' ? '006' : '004'
          store.loadWorkingKeys(at, kind, sealWorkingKeys(kind, { pik, mak, tdk }, cipher))
        }
        const staged = { transaction: transaction(index), remote: each.remote }
        if (each.staged)
          store.stageMaster(at, { algorithm, bytes: each.staged.slice(), keyVersion: 'A1' }, staged)
        if (each.commit) store.commitStaged(transaction(index))
      }
      if (tampered) store.tamper()
      const record = store.serialize()
      const back = restored(record)
      expect(back.serialize()).toEqual(record)
      expect(back.slots()).toEqual(store.slots())
    }),
    { numRuns: 40 },
  )
})

test('the fullest store there can be has a record', () => {
  const random = source(31337)
  const store = new KeyStore()
  for (let number = 0; number < 10; number++) {
    const stageAs = (n: number) => {
      const key = { algorithm: 'SM4', bytes: random(16), keyVersion: '00' } as const
      const transactionOf = Uint8Array.of(...random(6), number, n)
      store.stageMaster(master(number), key, { transaction: transactionOf, remote: true })
      return transactionOf
    }
    for (let n = 0; n < 9; n++) store.commitStaged(stageAs(n))
    const known = random(16)
    const bytes = known.slice()
    const last = Uint8Array.of(...random(6), number, 99)
    store.stageMaster(
      master(number),
      { algorithm: 'SM4', bytes, keyVersion: '00' },
      { transaction: last, remote: true },
    )
    store.commitStaged(last)
    for (let n = 0; n < 33; n++) {
      const keys = { pik: random(16), mak: random(16), tdk: random(16) }
      store.loadWorkingKeys(master(number), '006', sealWorkingKeys('006', keys, cipherOf('SM4', known)))
    }
    stageAs(100)
  }
  const record = store.serialize()
  expect(record.length).toBeGreaterThan(4500)
  expect(restored(record).serialize()).toEqual(record)
})

const tmk = hex(TMK)
// biome-ignore format: one row a fault; each with a right CRC
test.each<[string, string, (record: RecordWriter) => void]>([
  ['another kind of record',   'SKH1', (r) => r.number(0, 1)],
  ['another version',          'SKS3', (r) => r.number(0, 1)],
  ['no count',                 'SKS1', () => undefined],
  ['bytes left over',          'SKS1', (r) => { r.number(0, 1); r.number(0, 1) }],
  ['fewer masters than said',  'SKS1', (r) => { r.number(2, 1); r.number(1, 1); r.key(tmk); r.number(0, 4) }],
  ['slot 10',                  'SKS1', (r) => { r.number(1, 1); r.number(10, 1); r.key(tmk); r.number(0, 4) }],
  ['a slot twice',             'SKS1', (r) => { r.number(2, 1); for (let i = 0; i < 2; i++) { r.number(1, 1); r.key(tmk); r.number(0, 4) } }],
  ['no TMK',                   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(undefined); r.number(0, 4) }],
  ['a TMK of 8 bytes',         'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk.slice(8)); r.number(0, 4) }],
  ['working keys cut short',   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk); r.number(1, 4); r.key(tmk) }],
  ['no MAK',                   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk); r.number(1, 4); r.key(tmk); r.key(undefined); r.key(undefined); r.key(undefined) }],
  ['tampered: 2',              'SKS2', (r) => { r.number(2, 1); r.number(0, 1) }],
  ['parts: 8',                 'SKS2', (r) => { head(r); r.number(8, 1); none(r) }],
  ['working keys alone',       'SKS2', (r) => { head(r); r.number(2, 1); working(r); none(r) }],
  ['algorithm 0',              'SKS2', (r) => { head(r); r.number(1, 1); key(r, 0); r.key(undefined); none(r) }],
  ['algorithm 3',              'SKS2', (r) => { head(r); r.number(1, 1); key(r, 3); r.key(undefined); none(r) }],
  ['staged, no transaction',   'SKS2', (r) => { head(r); r.number(4, 1); key(r, 1); r.key(undefined); r.number(0, 1); none(r) }],
  ['staged, remote: 2',        'SKS2', (r) => { head(r); r.number(4, 1); key(r, 1); r.key(transaction(1)); r.number(2, 1); none(r) }],
  ['a transaction of 7 bytes', 'SKS2', (r) => { head(r); r.number(1, 1); key(r, 1); r.key(transaction(1).slice(1)); none(r) }],
  ['an SM4 PIK of 8 bytes',    'SKS2', (r) => { head(r); r.number(3, 1); key(r, 2); r.key(undefined); working(r, 8); none(r) }],
  ['version 0',                'SKS2', (r) => { head(r); r.number(3, 1); key(r, 1); r.key(undefined); working(r, 16, 0); none(r) }],
  ['MAC 6',                    'SKS2', (r) => { head(r); r.number(3, 1); key(r, 1); r.key(undefined); working(r, 16, 1, 6); none(r) }],
  ['a MAC the key forbids',    'SKS2', (r) => { head(r); r.number(3, 1); key(r, 1); r.key(undefined); working(r, 16, 1, 2); none(r) }],
  ['a MAC of no previous MAK', 'SKS2', (r) => { head(r); r.number(3, 1); key(r, 1); r.key(undefined); working(r, 16, 1, 5, 5); none(r) }],
  ['33 blocks',                'SKS2', (r) => { head(r); r.number(0, 1); r.number(33, 1); for (let i = 0; i < 33; i++) r.bytes(transaction(i)); r.number(0, 1) }],
  ['9 former keys',            'SKS2', (r) => { head(r); r.number(0, 1); r.number(0, 1); r.number(9, 1); for (let i = 0; i < 9; i++) r.bytes(transaction(i)) }],
])('%s → damaged', (_, magic, write) => {
  const record = new RecordWriter(magic)
  write(record)
  expect(KeyStore.restore(record.end())).toEqual(damaged)
})

test('the parts of those records that are well make a record that is read', () => {
  const record = new RecordWriter('SKS2')
  head(record)
  record.number(3, 1)
  key(record, 1)
  record.key(undefined)
  working(record)
  none(record)
  expect(KeyStore.restore(record.end()).kind).toBe('ok')
})

function head(record: RecordWriter): void {
  record.number(0, 1)
  record.number(1, 1)
  record.number(1, 1)
}
function key(record: RecordWriter, algorithm: number): void {
  record.number(algorithm, 1)
  record.key(hex(algorithm === 2 ? SM4_TMK : TMK))
  record.bytes(Uint8Array.of(0x30, 0x30))
}
function working(record: RecordWriter, pikBytes = 16, version = 1, mac = 0, previousMac = 0): void {
  record.number(version, 4)
  record.key(hex(PIK).slice(0, pikBytes))
  record.key(hex(MAK))
  record.number(mac, 1)
  record.key(undefined)
  record.key(undefined)
  record.number(previousMac, 1)
}
function none(record: RecordWriter): void {
  record.number(0, 1)
  record.number(0, 1)
}
