import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { RecordWriter } from '../../../keys/store/record.ts'
import { hex } from '../vectors.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  master,
  NEXT_MAK,
  NEXT_PIK,
  NEXT_TDK,
  OTHER_TMK,
  SHORT_MAK,
  TDK,
  TMK,
} from './loaded.ts'

const damaged = { kind: 'damaged' }

/** Two masters, one with a previous MAK, one with a single DES MAK and no TDK. */
function fullStore(): KeyStore {
  const store = loadedStore()
  store.loadWorkingKeys(master(1), '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK))
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

const tmk = hex(TMK)
// biome-ignore format: one row a fault; each with a right CRC
test.each<[string, string, (record: RecordWriter) => void]>([
  ['another kind of record',   'SKH1', (r) => r.number(0, 1)],
  ['another version',          'SKS2', (r) => r.number(0, 1)],
  ['no count',                 'SKS1', () => undefined],
  ['bytes left over',          'SKS1', (r) => { r.number(0, 1); r.number(0, 1) }],
  ['fewer masters than said',  'SKS1', (r) => { r.number(2, 1); r.number(1, 1); r.key(tmk); r.number(0, 4) }],
  ['slot 10',                  'SKS1', (r) => { r.number(1, 1); r.number(10, 1); r.key(tmk); r.number(0, 4) }],
  ['a slot twice',             'SKS1', (r) => { r.number(2, 1); for (let i = 0; i < 2; i++) { r.number(1, 1); r.key(tmk); r.number(0, 4) } }],
  ['no TMK',                   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(undefined); r.number(0, 4) }],
  ['a TMK of 8 bytes',         'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk.slice(8)); r.number(0, 4) }],
  ['working keys cut short',   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk); r.number(1, 4); r.key(tmk) }],
  ['no MAK',                   'SKS1', (r) => { r.number(1, 1); r.number(1, 1); r.key(tmk); r.number(1, 4); r.key(tmk); r.key(undefined); r.key(undefined); r.key(undefined) }],
])('%s → damaged', (_, magic, write) => {
  const record = new RecordWriter(magic)
  write(record)
  expect(KeyStore.restore(record.end())).toEqual(damaged)
})
