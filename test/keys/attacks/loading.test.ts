import { describe, expect, test } from 'vitest'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import { checkValue } from '../../../keys/check-value.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { combineComponents } from '../../../keys/component.ts'
import { HostKeys } from '../../../keys/host-keys.ts'
import type { KeyBlockHeader } from '../../../keys/key-block/header.ts'
import { wrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import { makeLoader } from '../../../keys/load/loader.ts'
import { masterCheckValue } from '../../../keys/load/master-block.ts'
import { decodeLoadMessage, encodeLoadMessage } from '../../../keys/load/message.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import type { MasterAlgorithm } from '../../../keys/store/slot-report.ts'
import { bytesFrom } from '../../rig/channel.ts'
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
  STAGED,
  TDK,
  TMK,
  transaction,
} from '../store/loaded.ts'
import { asHex, hex, vectors } from '../vectors.ts'

// The attacker brings a key, or a part of one: to the store itself, in a key block, in a sign-on, or through a channel
// that he has the keys of.

/** The same DES key with every parity bit turned over. */
const otherParity = (key: string): string => asHex(hex(key).map((byte) => byte ^ 0x01))
/** A parity bit turned over in one byte alone. */
const oneParityBit = (key: string): string =>
  asHex(hex(key).map((byte, at) => (at === 9 ? byte ^ 0x01 : byte)))

const kcvOf = (key: string, algorithm: MasterAlgorithm = 'TDES'): Uint8Array =>
  checkValue(cipherOf(algorithm, hex(key)), 4)

interface Given {
  readonly key?: string
  readonly header?: Partial<KeyBlockHeader>
  readonly slot?: number
  readonly checkValue?: Uint8Array
  readonly store?: KeyStore
}

/** Sends one key through a good channel to a terminal, and gives what came of it and what its store then holds. */
function loaded({ key = STAGED, header = {}, slot = 1, store = loadedStore(), ...given }: Given) {
  const session = { handshakeHash: bytesFrom(1, 64), exportKey: bytesFrom(2, 32) }
  const before = store.serialize()
  const loader = makeLoader(
    session,
    loadStoreOf(
      () => store,
      (change) => change(store),
    ),
  )
  const keyBlock = wrapKey(
    softKbpk('AES', session.exportKey),
    {
      ...{
        version: 'D',
        usage: 'K0',
        algorithm: 'T',
        mode: 'D',
        keyVersion: '01',
        exportability: 'N',
        context: '0',
      },
      optional: [],
      ...header,
    } as KeyBlockHeader,
    hex(key),
    (length) => bytesFrom(3, length),
  )
  const checkValue = given.checkValue ?? masterCheckValue('TDES', hex(key))
  const { send } = loader.receive(
    encodeLoadMessage({ kind: 'load', transaction: transaction(7), slot, keyBlock, checkValue }),
  )
  const said = send && decodeLoadMessage(send)
  return {
    said: said?.kind === 'failed' ? said.code : said?.kind,
    changed: asHex(before) !== asHex(store.serialize()),
  }
}

describe('A03 related key parts', () => {
  test('A03 XOR-to-null: a component that equals another, also but for parity, that is zero, or that makes zero → refused', () => {
    const [a, b] = [STAGED, OTHER_TMK]
    const zero = '00'.repeat(16)
    const sum = asHex(hex(a).map((byte, at) => byte ^ (hex(b)[at] ?? 0)))
    const why = (...parts: readonly string[]) => {
      const combined = combineComponents('TDES', parts.map(hex))
      return combined.kind === 'refused' ? combined.why : combined.kind
    }
    expect([why(a, a), why(a, otherParity(a)), why(a, b, a)]).toEqual(Array(3).fill('equalComponents'))
    expect([why(a, zero), why(a, '01'.repeat(16))]).toEqual(Array(2).fill('zeroComponent'))
    expect([why(a, b, sum), why(a, b, otherParity(sum))]).toEqual(Array(2).fill('zeroKey'))
    expect([why(a), why(a, b, '11'.repeat(16), '22'.repeat(16))]).toEqual(Array(2).fill('count'))
    expect(why(a, b)).toBe('combined')
  })

  test('A03 related key parts: a key block that is a component → keyBlock, nothing is ever joined to a key', () => {
    for (const keyVersion of ['c1', 'c2', 'c9'])
      expect(loaded({ header: { keyVersion } }), keyVersion).toEqual({ said: 'keyBlock', changed: false })
    expect(loaded({})).toEqual({ said: 'proof', changed: true })
  })

  test('A03 related key parts: a second key into a loaded slot takes its place → the new key as it came, not its sum with the old', () => {
    const store = loadedStore()
    expect(store.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK)).kind).toBe('ok')
    expect(store.checkValue(master(1))).toMatchObject({ checkValue: kcv(OTHER_TMK).slice(0, 3) })
  })
})

test('A04 key type confusion: a key block for any other usage, algorithm, mode or place, inside a good channel → keyBlock, nothing stored', () => {
  const headers: readonly Partial<KeyBlockHeader>[] = [
    { usage: 'P0', mode: 'E' },
    { usage: 'D0', mode: 'E' },
    { usage: 'M3', mode: 'C' },
    { usage: 'M6', mode: 'C' },
    { usage: 'K1' },
    { mode: 'E' },
    { mode: 'B' },
    { exportability: 'E' },
    { exportability: 'S' },
    { algorithm: 'A' },
  ]
  for (const header of headers)
    expect(loaded({ header }), JSON.stringify(header)).toEqual({ said: 'keyBlock', changed: false })
})

describe('A05 the same key twice', () => {
  test('A05 same key in two usages or slots: any key that the store holds, brought by any way → refused, nothing changes', () => {
    const held = { TMK, PIK, MAK, TDK }
    for (const [name, key] of Object.entries(held)) {
      for (const form of [key, otherParity(key), oneParityBit(key)]) {
        const store = loadedStore()
        expect(store.loadMaster(master(2), hex(form), kcv(form)), name).toMatchObject({ why: 'duplicateKey' })
        expect(loaded({ key: form, slot: 2, store }), name).toEqual({ said: 'duplicateKey', changed: false })
      }
    }
    for (const keys of [
      [NEXT_PIK, NEXT_PIK, NEXT_TDK],
      [NEXT_PIK, NEXT_MAK, otherParity(NEXT_PIK)],
      [TMK, NEXT_MAK, NEXT_TDK],
      [NEXT_PIK, otherParity(TMK), NEXT_TDK],
      [MAK, PIK, TDK],
    ] as const) {
      const store = loadedStore()
      const block = keyBlock('004', keys[0], keys[1], keys[2])
      expect(store.loadWorkingKeys(master(1), '004', block).kind, keys.join()).toBe('refused')
      expect(store.checkValue({ usage: 'PIK', number: 1 })).toMatchObject({
        checkValue: kcv(PIK).slice(0, 3),
      })
    }
  })

  test('A05 same key in two slots: one that is staged, or was in force before, comes again → duplicateKey', () => {
    const store = loadedStore()
    const staged = { algorithm: 'TDES', keyVersion: '01' } as const
    const stage = { transaction: transaction(1), remote: false }
    expect(store.stageMaster(master(2), { ...staged, bytes: hex(STAGED) }, stage).kind).toBe('ok')
    expect(store.loadMaster(master(3), hex(otherParity(STAGED)), kcv(STAGED))).toMatchObject({
      why: 'duplicateKey',
    })
    expect(store.commitStaged(transaction(1)).kind).toBe('ok')
    expect(store.loadMaster(master(2), hex(OTHER_TMK), kcv(OTHER_TMK)).kind).toBe('ok')
    expect(store.loadMaster(master(3), hex(STAGED), kcv(STAGED))).toMatchObject({ why: 'duplicateKey' })
  })
})

/** 4 weak, 12 semi-weak DES keys in one half of a key; two equal halves; zeros and ones. */
function weakTdesKeys(): readonly string[] {
  const singles = ['des-weak-keys', 'des-semi-weak-pairs'].flatMap((name) => {
    const [vector] = vectors(1, (each) => each.name === name)
    const listed = vector?.expected
    return Array.isArray(listed) ? listed.flat().map(String) : []
  })
  if (singles.length !== 16) throw new Error(`${singles.length} weak keys`)
  const good = STAGED.slice(0, 16)
  return [
    ...singles.flatMap((weak) => [weak + good, good + weak, otherParity(weak) + good]),
    good + good,
    good + otherParity(good),
    '00'.repeat(16),
    '01'.repeat(16),
    'FE'.repeat(16),
    'FF'.repeat(16),
  ]
}

describe('A07 weak and degenerate keys', () => {
  test('A07 weak keys: each of the 16 in either half, K1=K2, zeros and ones, as master by any way → refused, nothing stored', () => {
    const keys = weakTdesKeys()
    expect(keys.length).toBe(54)
    for (const key of keys) {
      const store = loadedStore()
      expect(store.loadMaster(master(2), hex(key), kcv(key)), key).toMatchObject({ why: 'weakKey' })
      expect(loaded({ key, slot: 2, store }), key).toEqual({ said: 'weakKey', changed: false })
      expect(HostKeys.create(hex(key)), key).toEqual({ kind: 'refused', why: 'weakKey' })
      const mask = hex(OTHER_TMK)
      const rest = hex(key).map((byte, at) => byte ^ (mask[at] ?? 0))
      const combined = combineComponents('TDES', [rest, mask])
      expect(combined.kind, key).toBe('refused')
    }
  })

  test('A07 weak keys: as PIK, MAK or TDK of a sign-on with right check values → refused, the old ones stay', () => {
    for (const key of weakTdesKeys())
      for (const keys of [
        [key, NEXT_MAK, NEXT_TDK],
        [NEXT_PIK, key, NEXT_TDK],
        [NEXT_PIK, NEXT_MAK, key],
      ] as const) {
        const store = loadedStore()
        expect(
          store.loadWorkingKeys(master(1), '004', keyBlock('004', keys[0], keys[1], keys[2])).kind,
          key,
        ).toBe('refused')
        expect(store.checkValue({ usage: 'PIK', number: 1 })).toMatchObject({ version: 1 })
      }
  })

  test('A07 degenerate keys: SM4 and AES of zeros or of one byte → refused as master and as the sum of components', () => {
    for (const byte of ['00', '01', 'A5', 'FF']) {
      const key = byte.repeat(16)
      const refused = new KeyStore().loadMaster(master(1), hex(key), kcvOf(key, 'SM4'), 'SM4')
      expect(refused, byte).toMatchObject({ why: 'weakKey' })
    }
    for (const [cipher, bytes] of [
      ['SM4', 16],
      ['AES', 16],
      ['AES', 32],
    ] as const) {
      const part = bytesFrom(5, bytes)
      expect(combineComponents(cipher, [part.slice(), part.slice()]).kind).toBe('refused')
      expect(combineComponents(cipher, [part.slice(), new Uint8Array(bytes)]).kind).toBe('refused')
    }
  })
})

test('A08 parity games: the same key with other parity bits → the same key: same check value, same MACs, refused as a duplicate, known again once it is replaced', () => {
  for (const form of [otherParity(OTHER_TMK), oneParityBit(OTHER_TMK)]) {
    const store = new KeyStore()
    expect(store.loadMaster(master(1), hex(form), kcv(OTHER_TMK)).kind).toBe('ok')
    expect(store.checkValue(master(1))).toMatchObject({ checkValue: kcv(OTHER_TMK).slice(0, 3) })
    expect(store.loadMaster(master(2), hex(OTHER_TMK), kcv(OTHER_TMK))).toMatchObject({ why: 'duplicateKey' })
    const block = keyBlock('004', NEXT_PIK, NEXT_MAK, otherParity(NEXT_MAK), form)
    expect(store.loadWorkingKeys(master(1), '004', block)).toMatchObject({ why: 'duplicateKey' })
    expect(store.loadMaster(master(1), hex(STAGED), kcv(STAGED)).kind).toBe('ok')
    expect(store.loadMaster(master(1), hex(form), kcv(form))).toMatchObject({ why: 'duplicateKey' })
  }
})

describe('A09 ECB cut-and-paste', () => {
  const block = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
  const part = (at: number, length: number) => block.slice(at, at + length)
  const whole = { pik: part(0, 20), mak: part(20, 20), tdk: part(40, 20) }
  const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((each) => [...each]))

  test('A09 ECB cut-and-paste: halves of a key, or of two keys, exchanged inside F62 → checkValue, the old keys stay', () => {
    const halves = [0, 8, 20, 28, 40, 48]
    let tried = 0
    for (const one of halves)
      for (const other of halves) {
        if (one >= other) continue
        const cut = block.slice()
        cut.set(part(other, 8), one)
        cut.set(part(one, 8), other)
        const store = loadedStore()
        expect(store.loadWorkingKeys(master(1), '004', cut), `${one}/${other}`).toMatchObject({
          why: 'checkValue',
        })
        expect(store.checkValue({ usage: 'MAK', number: 1 })).toMatchObject({ version: 1 })
        tried++
      }
    expect(tried).toBe(15)
  })

  test('A09 ECB cut-and-paste: whole keys exchanged with their check values in an answer that is signed → proof, the old keys stay', () => {
    const head = bytesFrom(9, 40)
    const { mac } = macUnder(joined(head, block))
    const load = (store: KeyStore, given: Uint8Array) =>
      store.loadWorkingKeys(master(1), '004', given, { algorithm: 'cmac', bytes: joined(head, given), mac })
    for (const cut of [
      joined(whole.mak, whole.pik, whole.tdk),
      joined(whole.tdk, whole.mak, whole.pik),
      joined(whole.pik, whole.tdk, whole.mak),
      joined(whole.mak, whole.tdk, whole.pik),
    ]) {
      const store = loadedStore()
      expect(load(store, cut)).toMatchObject({ why: 'proof' })
      expect(store.checkValue({ usage: 'MAK', number: 1 })).toMatchObject({ version: 1 })
    }
    expect(load(loadedStore(), block).kind).toBe('ok')
  })

  test('A09 residual, ECB cut-and-paste: whole keys exchanged with their check values in an unsigned sign-on of 004 → they load, each in a slot that does its own work alone', () => {
    const store = loadedStore()
    const swapped = joined(whole.tdk, whole.mak, whole.pik)
    expect(store.loadWorkingKeys(master(1), '004', swapped).kind).toBe('ok')
    expect(store.checkValue({ usage: 'PIK', number: 1 })).toMatchObject({
      checkValue: kcv(NEXT_TDK).slice(0, 3),
    })
    expect(store.loadWorkingKeys(master(1), '004', block)).toMatchObject({ why: 'replayed' })
  })

  function macUnder(bytes: Uint8Array): { readonly mac: Uint8Array } {
    const store = new KeyStore()
    store.loadMaster(master(1), hex(TMK), kcv(TMK))
    store.loadWorkingKeys(master(1), '004', block)
    const made = store.mac({ usage: 'MAK', number: 1 }, 'cmac', bytes)
    if (made.kind !== 'ok') throw new Error(made.why)
    return made
  }
})
