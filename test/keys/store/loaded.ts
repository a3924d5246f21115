import { expect } from 'vitest'
import { checkValue } from '../../../keys/check-value.ts'
import { sm4 } from '../../../keys/sm4.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { sealWorkingKeys, type WorkingKeyKind } from '../../../keys/working-keys.ts'
import { hex } from '../vectors.ts'

// All with odd parity.
export const TMK = '70F2A84CCBC2AE8625CBB0F2C22AB923'
export const OTHER_TMK = '2C45F1A80B9D3E6780F4D6137A5B9EC4'
export const PIK = '807A23AD32B36D457AE91FDF927570EA'
export const MAK = '0123456789ABCDEFFEDCBA9876543210'
export const SHORT_MAK = '5BB5C72CD00B7338'
export const TDK = '4567C298FB0B045DAB54BF499E10EFCD'
export const NEXT_PIK = '0102040707080B0D0E10131516191A1C'
export const NEXT_MAK = '1F20232526292A2C2F31323437383B3D'
export const NEXT_TDK = '3E404345464A4C4F5152545758585B5D'

export const master = (number: number) => keySlot('TMK', number)

/** The check value of a key, 4 bytes. */
export function kcv(key: string): Uint8Array {
  return checkValue(tdes(hex(key)), 4)
}

/** A key block; the keys as hex. */
export function keyBlock(
  kind: WorkingKeyKind,
  pik: string,
  mak: string,
  tdk: string | undefined,
  tmk = TMK,
): Uint8Array {
  const keys = { pik: hex(pik), mak: hex(mak), tdk: tdk === undefined ? undefined : hex(tdk) }
  return sealWorkingKeys(kind, keys, tdes(hex(tmk)))
}

/** A store with a TMK in slot 1 and, under it, PIK, MAK of 16 bytes and TDK. */
export function loadedStore(): KeyStore {
  const store = new KeyStore()
  expect(store.loadMaster(master(1), hex(TMK), kcv(TMK))).toEqual({ kind: 'ok' })
  const block = keyBlock('004', PIK, MAK, TDK)
  expect(store.loadWorkingKeys(master(1), '004', block)).toEqual({ kind: 'ok', version: 1 })
  return store
}

// SM4: no parity.
export const SM4_TMK = '0123456789ABCDEFFEDCBA9876543210'
export const SM4_KEYS = [
  '10112233445566778899AABBCCDDEEF0',
  '20212233445566778899AABBCCDDEEF0',
  '30312233445566778899AABBCCDDEEF0',
] as const
export const STAGED = '9BC8A7E0F1234567D3B5971A2C4F6180'

/** Transaction number n. */
export function transaction(n: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, n)
}

/** The check value of an SM4 key, 4 bytes. */
export function sm4Kcv(key: string): Uint8Array {
  return checkValue(sm4(hex(key)), 4)
}

/** Key block 006. */
export function sm4Block(keys: readonly [string, string, string] = SM4_KEYS, tmk = SM4_TMK): Uint8Array {
  const [pik, mak, tdk] = keys
  return sealWorkingKeys('006', { pik: hex(pik), mak: hex(mak), tdk: hex(tdk) }, sm4(hex(tmk)))
}

/** A store with an SM4 master in slot 1 and its three working keys. */
export function sm4Store(): KeyStore {
  const store = new KeyStore()
  expect(store.loadMaster(master(1), hex(SM4_TMK), sm4Kcv(SM4_TMK), 'SM4')).toEqual({ kind: 'ok' })
  expect(store.loadWorkingKeys(master(1), '006', sm4Block())).toEqual({ kind: 'ok', version: 1 })
  return store
}

/** Stages a TDES key in slot 1. */
export function stage(store: KeyStore, n: number, key = STAGED, remote = false): void {
  const bytes = hex(key)
  const staged = store.stageMaster(
    master(1),
    { algorithm: 'TDES', bytes, keyVersion: '01' },
    { transaction: transaction(n), remote },
  )
  expect(staged).toEqual({ kind: 'ok' })
  expect(bytes).toEqual(new Uint8Array(16))
}
