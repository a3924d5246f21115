import { expect, test } from 'vitest'
import { keySlot } from '../../../keys/store/key-slot.ts'
import type { KeyStore } from '../../../keys/store/key-store.ts'
import { type Fault, PowerCut, restored, Terminal } from '../load/rig.ts'
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
  STAGED,
  stage,
  transaction,
} from './loaded.ts'

const next = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
const underStaged = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK, STAGED)

function withStaged(remote: boolean): KeyStore {
  const store = loadedStore()
  stage(store, 1, STAGED, remote)
  return store
}
function tampered(): KeyStore {
  const store = loadedStore()
  store.tamper()
  stage(store, 1)
  return store
}

type Change = (store: KeyStore) => boolean
const ok = (result: { readonly kind: string }) => result.kind === 'ok'
const key = () => ({ algorithm: 'TDES', bytes: hex(STAGED), keyVersion: '00' }) as const
const remote = { transaction: transaction(1), remote: true }

// biome-ignore format: one row a change
const changes: readonly (readonly [string, () => KeyStore, Change])[] = [
  ['K04 签到 sign-on',                    loadedStore,             (store) => ok(store.loadWorkingKeys(master(1), '004', next))],
  ['a key in clear over another',         loadedStore,             (store) => ok(store.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK)))],
  ['staging beside a key',                loadedStore,             (store) => ok(store.stageMaster(master(1), key(), remote))],
  ['staging over a staged key',           () => withStaged(true),  (store) => ok(store.stageMaster(master(1), { ...key(), bytes: hex(OTHER_TMK) }, { ...remote, transaction: transaction(2) }))],
  ['J03 commit',                          () => withStaged(false), (store) => ok(store.commitStaged(transaction(1)))],
  ['promotion by sign-on',                () => withStaged(true),  (store) => ok(store.loadWorkingKeys(master(1), '004', underStaged))],
  ['sign-on beside a staged key',         () => withStaged(true),  (store) => ok(store.loadWorkingKeys(master(1), '004', next))],
  ['tamper',                              loadedStore,             (store) => { store.tamper(); return true }],
  ['tamper with a staged key',            () => withStaged(true),  (store) => { store.tamper(); return true }],
  ['the commit that ends a tamper',       tampered,                (store) => ok(store.commitStaged(transaction(1)))],
  ['erase',                               loadedStore,             (store) => { store.erase(); return true }],
]

test.each(changes)(
  '%s with the power cut before and after its save: the old store or the new one, whole',
  (_, make, change) => {
    const after = make()
    expect(change(after)).toBe(true)
    const [old, fresh] = [make().serialize(), after.serialize()]
    expect(fresh).not.toEqual(old)
    for (const [when, wanted] of [
      ['before', old],
      ['after', fresh],
    ] as const) {
      const terminal = cutAt(make(), change, { write: 0, when })
      expect(terminal.store.serialize(), when).toEqual(wanted)
      if (when === 'before') expect(terminal.change(change)).toBe(true) // done again it comes through
      expect(terminal.store.serialize()).toEqual(fresh)
    }
  },
)

test.each(changes)('%s whose save fails: the store that works on is the old one', (_, make, change) => {
  const terminal = new Terminal(make())
  terminal.fault = { write: 0, when: 'fails' }
  expect(terminal.change(change)).toBe(false)
  expect(terminal.store.serialize()).toEqual(make().serialize())
  terminal.reboot()
  expect(terminal.store.serialize()).toEqual(make().serialize())
})

test('one change is one save: between promotion and the keys of the block there is no third state', () => {
  for (const [name, make, change] of changes) {
    const terminal = new Terminal(make())
    terminal.change(change)
    expect(terminal.writes, name).toBe(1)
  }
})

test('crash between old and new key: a whole renewal, cut twice anywhere, has a master key and a sign-on that works at each restart', () => {
  const steps: readonly Change[] = [
    (store) => ok(store.stageMaster(master(1), key(), remote)),
    (store) => ok(store.commitStaged(transaction(1))),
    (store) => ok(store.loadWorkingKeys(master(1), '004', underStaged)),
  ]
  for (let first = 0; first < steps.length; first++) {
    for (let second = 0; second < steps.length; second++) {
      for (const when of ['before', 'after'] as const) {
        const terminal = new Terminal(loadedStore())
        for (const cut of [first, second]) {
          terminal.writes = 0
          terminal.fault = { write: cut, when }
          try {
            for (const step of steps) terminal.change(step)
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error
          }
          terminal.reboot()
          expect(terminal.store.checkValue(master(1)).kind).toBe('ok')
          const probe = restored(terminal.record)
          const blocks = [next, underStaged].map(
            (block) => probe.loadWorkingKeys(master(1), '004', block).kind,
          )
          expect(blocks.includes('ok') || probe.checkValue(keySlot('MAK', 1)).kind === 'ok').toBe(true)
        }
        for (const step of steps) terminal.change(step)
        expect(terminal.store.checkValue(keySlot('MAK', 1)).kind).toBe('ok')
        expect(terminal.store.checkValue(master(1))).toMatchObject({ checkValue: kcv(STAGED).slice(0, 3) })
      }
    }
  }
})

function cutAt(store: KeyStore, change: Change, fault: Fault): Terminal {
  const terminal = new Terminal(store)
  terminal.fault = fault
  expect(() => terminal.change(change)).toThrow(PowerCut)
  terminal.reboot()
  return terminal
}
