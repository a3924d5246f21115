import { expect, test } from 'vitest'
import { cmacCheckValue } from '../../../keys/check-value.ts'
import { sm4 } from '../../../keys/sm4.ts'
import { type KeyUsage, keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { hex } from '../vectors.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  MAK,
  master,
  PIK,
  SHORT_MAK,
  SM4_KEYS,
  SM4_TMK,
  sm4Kcv,
  sm4Store,
  TDK,
  TMK,
} from './loaded.ts'

const cmacForm = (key: string) => cmacCheckValue(tdes(hex(key))).slice(0, 3)
const zeroForm = (key: string) => kcv(key).slice(0, 3)

// biome-ignore format: one row a key
test.each<[string, () => KeyStore, KeyUsage, Uint8Array]>([
  ['TMK',                         loadedStore, 'TMK', zeroForm(TMK)],
  ['PIK',                         loadedStore, 'PIK', zeroForm(PIK)],
  ['TDK',                         loadedStore, 'TDK', zeroForm(TDK)],
  ['MAK of 16 bytes, CMAC form',  loadedStore, 'MAK', cmacForm(MAK)],
  ['MAK of 8 bytes, zeros',       shortMak,    'MAK', zeroForm(SHORT_MAK)],
  ['SM4 TMK',                     sm4Store,    'TMK', sm4Kcv(SM4_TMK).slice(0, 3)],
  ['SM4 PIK',                     sm4Store,    'PIK', sm4Kcv(SM4_KEYS[0]).slice(0, 3)],
  ['SM4 MAK, CMAC form',          sm4Store,    'MAK', cmacCheckValue(sm4(hex(SM4_KEYS[1]))).slice(0, 3)],
  ['SM4 TDK',                     sm4Store,    'TDK', sm4Kcv(SM4_KEYS[2]).slice(0, 3)],
])('KCV leakage: three bytes of a %s', (_, store, usage, value) => {
  expect(store().checkValue(keySlot(usage, 1))).toMatchObject({ checkValue: value })
})

function shortMak(): KeyStore {
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  store.loadWorkingKeys(master(1), '003', keyBlock('003', PIK, SHORT_MAK, undefined))
  return store
}

test('KCV leakage: the published CMAC and zero forms of 0123…3210 under TDES and SM4 differ, and of a MAK the first is shown', () => {
  const mak = loadedStore().checkValue(keySlot('MAK', 1)) // MAK is 0123456789ABCDEFFEDCBA9876543210
  expect(mak).toMatchObject({ checkValue: hex('0A8245') })
  expect(sm4Store().checkValue(master(1))).toMatchObject({ checkValue: hex('2677F4') })
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  expect(store.loadMaster(master(2), hex(MAK), kcv(MAK))).toEqual({ kind: 'ok' })
  expect(store.checkValue(master(2))).toMatchObject({ checkValue: hex('08D7B4') })
})

test.each([
  ['TDES', loadedStore, `62226000${'0'.repeat(16)}1`],
  ['SM4', sm4Store, `62226000${'0'.repeat(32)}1`],
] as const)('KCV leakage: a track whose block is all zeros → zeros, under %s', (_, store, track) => {
  const tdk = keySlot('TDK', 1)
  expect(store().encryptTrack(tdk, track)).toEqual({ kind: 'refused', why: 'zeros' })
  expect(store().encryptTrack(tdk, track.replace('01', '11')).kind).toBe('ok')
})

test('SM4 keys do what theirs of TDES do: a PIN block of 16 bytes, a MAC of 8, a track of its own length', () => {
  const store = sm4Store()
  const pin = store.pinBlock(keySlot('PIK', 1), Uint8Array.of(1, 2, 3, 4), 'noPan')
  if (pin.kind !== 'ok') expect.fail(pin.why)
  expect(pin).toMatchObject({ algorithm: 'SM4' })
  expect(sm4(hex(SM4_KEYS[0])).decrypt(pin.block)).toEqual(hex(`041234${'F'.repeat(26)}`))
  const made = store.mac(keySlot('MAK', 1), 'cup-ecb', new Uint8Array(40))
  expect(made).toMatchObject({ kind: 'ok', version: 1 })
  for (const algorithm of ['x9.9', 'x9.19'] as const)
    expect(store.mac(keySlot('MAK', 1), algorithm, new Uint8Array(40))).toEqual({
      kind: 'refused',
      why: 'algorithm',
    })
  for (const bytes of [9, 16])
    expect(store.mac(keySlot('MAK', 1), 'cbc-mac', new Uint8Array(bytes))).toEqual({
      kind: 'refused',
      why: 'data',
    })
  const short = '6222600001234567890D3012201000'
  expect(store.encryptTrack(keySlot('TDK', 1), short)).toEqual({ kind: 'refused', why: 'track' })
})
