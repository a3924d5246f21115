import { expect, test } from 'vitest'
import { encryptEcb } from '../../../keys/block-cipher.ts'
import { type MacAlgorithm, macOf } from '../../../keys/mac.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { source } from '../load/rig.ts'
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
  PIK,
  SHORT_MAK,
  TDK,
  TMK,
} from './loaded.ts'

const refused = (why: string) => ({ kind: 'refused', why })
const mak = keySlot('MAK', 1)
const answer = Uint8Array.from({ length: 90 }, (_, at) => at)
const first = keyBlock('004', PIK, MAK, TDK)
const next = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)

function restored(store: KeyStore): KeyStore {
  const back = KeyStore.restore(store.serialize())
  return back.kind === 'ok' ? back.store : expect.fail('damaged')
}

/** Block n of a long row of sign-ons: fresh keys each time. */
function blockOf(n: number): Uint8Array {
  const random = source(1_000_003 + 7919 * n)
  for (let drop = 0; drop < n % 5; drop++) random(8)
  return keyBlock('004', asHex(random(16)), asHex(random(16)), asHex(random(16)))
}

test('K05 replay of sign-in: an earlier answer’s block → replayed, the keys stay; the current one changes nothing', () => {
  const store = loadedStore()
  expect(store.loadWorkingKeys(master(1), '004', next)).toEqual({ kind: 'ok', version: 2 })
  const before = store.serialize()
  expect(store.loadWorkingKeys(master(1), '004', first)).toEqual(refused('replayed'))
  expect(store.loadWorkingKeys(master(1), '004', next)).toEqual({ kind: 'ok', version: 2 })
  expect(store.serialize()).toEqual(before)
})

test('K05 each of the last 32 blocks is known again, also after a restart; the one before them is not', () => {
  let store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  for (let n = 0; n < 34; n++)
    expect(store.loadWorkingKeys(master(1), '004', blockOf(n)), `${n}`).toEqual({
      kind: 'ok',
      version: n + 1,
    })
  store = restored(store)
  for (let n = 2; n < 33; n++)
    expect(store.loadWorkingKeys(master(1), '004', blockOf(n)), `${n}`).toEqual(refused('replayed'))
  expect(store.loadWorkingKeys(master(1), '004', blockOf(33))).toEqual({ kind: 'ok', version: 34 })
  expect(store.loadWorkingKeys(master(1), '004', blockOf(1)).kind).toBe('ok')
})

test('K05 a refused block is not remembered: once its damage is gone it loads', () => {
  const store = loadedStore()
  const damaged = next.slice()
  damaged[20] = (damaged[20] ?? 0) ^ 1
  expect(store.loadWorkingKeys(master(1), '004', damaged)).toEqual(refused('checkValue'))
  expect(store.loadWorkingKeys(master(1), '004', next)).toEqual({ kind: 'ok', version: 2 })
})

test('reply to another terminal → checkValue, key unchanged', () => {
  const store = loadedStore()
  const before = store.serialize()
  const foreign = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK, '2C45F1A80B9D3E6780F4D6137A5B9EC4')
  expect(store.loadWorkingKeys(master(1), '004', foreign)).toEqual(refused('checkValue'))
  expect(store.serialize()).toEqual(before)
})

const swap = (block: Uint8Array) =>
  Uint8Array.of(...block.slice(20, 40), ...block.slice(0, 20), ...block.slice(40))

test('ECB cut-and-paste: PIK and MAK swapped with their check values → proof, nothing loaded', () => {
  const store = loadedStore()
  const before = store.serialize()
  const proof = { algorithm: 'cmac', bytes: answer, mac: macOf('cmac', hex(NEXT_MAK), answer) } as const
  expect(store.loadWorkingKeys(master(1), '004', swap(next), proof)).toEqual(refused('proof'))
  expect(store.serialize()).toEqual(before)
  expect(store.loadWorkingKeys(master(1), '004', next, proof)).toEqual({ kind: 'ok', version: 2 })
})

test('ECB cut-and-paste: swapped keys of an earlier or the current block → replayed, also without a proof', () => {
  const store = loadedStore()
  expect(store.loadWorkingKeys(master(1), '004', swap(first))).toEqual(refused('replayed'))
  store.loadWorkingKeys(master(1), '004', next)
  expect(store.loadWorkingKeys(master(1), '004', swap(first))).toEqual(refused('replayed'))
})

test('ECB cut-and-paste: two halves of one key, or of two keys, exchanged → checkValue', () => {
  for (const [a, b] of [
    [0, 8],
    [0, 20],
    [8, 28],
    [20, 28],
    [0, 40],
  ] as const) {
    const pasted = next.slice()
    pasted.set(next.slice(b, b + 8), a)
    pasted.set(next.slice(a, a + 8), b)
    expect(loadedStore().loadWorkingKeys(master(1), '004', pasted)).toEqual(refused('checkValue'))
  }
})

test('ECB cut-and-paste, residual risk: a fresh block of kind 003 with a MAK of 16 bytes loads swapped where no proof is asked', () => {
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  const swapped = swap(keyBlock('003', NEXT_PIK, NEXT_MAK, undefined))
  expect(store.loadWorkingKeys(master(1), '003', swapped).kind).toBe('ok')
  const short = swap(keyBlock('003', NEXT_PIK, SHORT_MAK, undefined)) // the sizes differ: found
  expect(store.loadWorkingKeys(master(1), '003', short)).toEqual(refused('checkValue'))
})

// biome-ignore format: one row a proof
test.each<[string, MacAlgorithm, Uint8Array, Uint8Array]>([
  ['of the old MAK',               'cmac',    answer,               macOf('cmac', hex(MAK), answer)],
  ['over other bytes',             'cmac',    answer.slice(1),      macOf('cmac', hex(NEXT_MAK), answer)],
  ['by another algorithm',         'x9.19',   answer,               macOf('cmac', hex(NEXT_MAK), answer)],
  ['cut to 7 bytes',               'cmac',    answer,               macOf('cmac', hex(NEXT_MAK), answer).slice(0, 7)],
  ['of no bytes',                  'cmac',    answer,               new Uint8Array(0)],
  ['that the MAK’s size forbids',  'x9.9',    answer,               new Uint8Array(8)],
  ['over more than 4,096 bytes',   'cmac',    new Uint8Array(4097), macOf('cmac', hex(NEXT_MAK), new Uint8Array(4097))],
])('a proof %s → proof, nothing loaded, nothing remembered', (_, algorithm, bytes, mac) => {
  const store = loadedStore()
  const before = store.serialize()
  expect(store.loadWorkingKeys(master(1), '004', next, { algorithm, bytes, mac })).toEqual(refused('proof'))
  expect(store.serialize()).toEqual(before)
})

test('a MAK that came with a proof is for that algorithm alone; one that came without, for any that fits', () => {
  const store = loadedStore()
  const proof = { algorithm: 'cmac', bytes: answer, mac: macOf('cmac', hex(NEXT_MAK), answer) } as const
  expect(store.mac(mak, 'x9.19', answer).kind).toBe('ok')
  store.loadWorkingKeys(master(1), '004', next, proof)
  const bound = restored(store)
  for (const algorithm of ['cup-ecb', 'x9.19', 'cbc-mac'] as const) {
    expect(bound.mac(mak, algorithm, answer)).toEqual(refused('algorithm'))
    const forged = macOf(algorithm, hex(NEXT_MAK), answer)
    expect(bound.verifyMac(mak, algorithm, answer, forged)).toEqual(refused('algorithm'))
  }
  expect(bound.mac(mak, 'cmac', answer)).toEqual({ kind: 'ok', mac: proof.mac, version: 2 })
})

test('K06 P13: the host rotates while a sale is in flight: its answer is verified by the previous MAK and its own algorithm', () => {
  const store = loadedStore()
  const late = macOf('x9.19', hex(MAK), answer)
  const proof = { algorithm: 'cmac', bytes: answer, mac: macOf('cmac', hex(NEXT_MAK), answer) } as const
  store.loadWorkingKeys(master(1), '004', next, proof)
  expect(store.verifyMac(mak, 'x9.19', answer, late)).toEqual({ kind: 'ok', version: 1 })
  expect(restored(store).verifyMac(mak, 'x9.19', answer, late)).toEqual({ kind: 'ok', version: 1 })
  expect(store.verifyMac(mak, 'cmac', answer, proof.mac)).toEqual({ kind: 'ok', version: 2 })
  expect(store.verifyMac(mak, 'x9.19', answer, late)).toEqual(refused('algorithm'))
})

test('P13: a previous MAK that was bound is taken by its own algorithm alone', () => {
  const store = loadedStore()
  const proof = { algorithm: 'cmac', bytes: answer, mac: macOf('cmac', hex(NEXT_MAK), answer) } as const
  store.loadWorkingKeys(master(1), '004', next, proof)
  store.loadWorkingKeys(master(1), '003', keyBlock('003', PIK, SHORT_MAK, undefined))
  expect(store.verifyMac(mak, 'x9.19', answer, macOf('x9.19', hex(NEXT_MAK), answer))).toEqual(
    refused('algorithm'),
  )
  expect(store.verifyMac(mak, 'cmac', answer, proof.mac)).toEqual({ kind: 'ok', version: 2 })
})

test('K01 K02 no answer, or one that never came: the old keys work, and the next block loads', () => {
  const store = loadedStore()
  const mac = store.mac(mak, 'cmac', answer)
  const lost = next
  expect(lost).toHaveLength(60) // made by the host and never seen here
  expect(store.mac(mak, 'cmac', answer)).toEqual(mac)
  expect(store.loadWorkingKeys(master(1), '004', blockOf(3))).toEqual({ kind: 'ok', version: 2 })
})

test('K03 an answer garbled in any byte: old keys, nothing half stored, nothing remembered', () => {
  const before = loadedStore().serialize()
  for (let at = 0; at < next.length; at++) {
    const store = loadedStore()
    const garbled = next.slice()
    garbled[at] = (garbled[at] ?? 0) ^ 0x20
    expect(store.loadWorkingKeys(master(1), '004', garbled)).toEqual(refused('checkValue'))
    expect(store.serialize()).toEqual(before)
  }
})

test('KCV leakage: no MAC of 16-byte keys is the zero encryption that CMAC’s subkeys come from', () => {
  const store = loadedStore()
  const zero = encryptEcb(tdes(hex(MAK)), new Uint8Array(8))
  for (const algorithm of ['cup-ecb', 'x9.19', 'cbc-mac', 'cmac'] as const) {
    for (let length = 0; length <= 24; length++) {
      const made = store.mac(mak, algorithm, new Uint8Array(length))
      if (made.kind === 'ok') expect(made.mac, `${algorithm} over ${length} zeros`).not.toEqual(zero)
    }
  }
})
