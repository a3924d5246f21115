import { expect, test } from 'vitest'
import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import { type LoadOver, makeLoader } from '../../../keys/load/loader.ts'
import { decodeLoadMessage, encodeLoadMessage } from '../../../keys/load/message.ts'
import type { KeyStore } from '../../../keys/store/key-store.ts'
import { kcv, loadedStore, OTHER_TMK, STAGED, TMK, transaction } from '../../keys/store/loaded.ts'
import { asHex, hex } from '../../keys/vectors.ts'
import { bytesFrom } from '../../rig/channel.ts'

/** A store with a key in force in slot 1, and one staged in `slot` by a loading over the line or from a station. */
function withStage(slot: number, remote: boolean): KeyStore {
  const store = loadedStore()
  const key = { algorithm: 'TDES', bytes: hex(STAGED), keyVersion: '00' } as const
  const staged = store.stageMaster({ usage: 'TMK', number: slot }, key, {
    transaction: transaction(1),
    remote,
  })
  expect(staged.kind).toBe('ok')
  return store
}

/** One session with a giver that wants the commit of what is staged: what it is told, and how it ends. */
function committed(store: KeyStore, only?: number) {
  const session = { handshakeHash: bytesFrom(1, 64), exportKey: bytesFrom(2, 32) }
  const change = (act: (keys: KeyStore) => boolean) => act(store)
  const loader = makeLoader(
    session,
    loadStoreOf(() => store, change, only),
  )
  const told = decodeLoadMessage(loader.start())
  const commit = encodeLoadMessage({ kind: 'commit', transaction: transaction(1) })
  const over: LoadOver | undefined = loader.receive(commit).over
  const stages =
    told.kind === 'state' ? told.slots.filter(({ staged }) => staged).map(({ slot }) => slot) : []
  return { stages, over: over?.kind }
}

const inForce = (store: KeyStore, slot: number) => {
  const master = store.slots().find((report) => report.slot === slot)?.master
  return master && asHex(master.checkValue)
}
const checkOf = (key: string) => asHex(kcv(key).slice(0, 3))

// biome-ignore format: one row a stage and a session
test.each([
  ['an injection, by the station',                     1, false, undefined, true ],
  ['an injection of a second slot, by the station',    5, false, undefined, true ],
  ['an injection, by the host',                        1, false, 1,         false],
  ['an injection of another slot, by the host',        5, false, 1,         false],
  ['a remote loading, by the host',                    1, true,  1,         true ],
  ['a remote loading of a slot that was not asked for, by the host', 5, true, 1, false],
  ['a remote loading, by the station',                 1, true,  undefined, false],
  ['a remote loading of a second slot, by the station', 5, true, undefined, false],
] as const)('J03 the commit of %s (slot %i) → only whoever began it is told of it and can end it', (_, slot, remote, only, may) => {
  const store = withStage(slot, remote)
  const before = store.serialize()
  expect(committed(store, only)).toEqual({ stages: may ? [slot] : [], over: may ? 'loaded' : 'ended' })
  if (may) expect(inForce(store, slot)).toBe(checkOf(STAGED))
  else expect(store.serialize()).toEqual(before)
  if (slot !== 1 || !may) expect(inForce(store, 1)).toBe(checkOf(TMK))
})

// biome-ignore format: one row a way of loading
test.each([
  ['the station, of its own',                  false, 1, undefined, 'loaded'],
  ['the host, of its own',                     true,  1, 1,         'loaded'],
  ['the host, of an injection that is in force', false, 1, 1,       'loaded'],
  ['the host, of a slot that was not asked for', false, 5, 1,       'ended' ],
] as const)('a commit that comes again: from %s → changes nothing', (_, remote, slot, only, over) => {
  const store = withStage(slot, remote)
  expect(store.commitStaged(transaction(1)).kind).toBe('ok')
  const before = store.serialize()
  expect(committed(store, only)).toEqual({ stages: [], over })
  expect(store.serialize()).toEqual(before)
})

test('the other way of loading may replace what one has staged, and only then has a stage of its own', () => {
  const store = withStage(1, false)
  const load = loadStoreOf(
    () => store,
    (act) => act(store),
    1,
  )
  const key = { algorithm: 'TDES', bytes: hex(OTHER_TMK), keyVersion: '00' } as const
  expect(load.stage(1, key, transaction(2))).toBe('staged')
  expect(load.slots()).toMatchObject([{ slot: 1, staged: { transaction: transaction(2) } }])
  expect(load.commit(transaction(1))).toBe('unknown')
  expect(load.commit(transaction(2))).toBe('committed')
  expect(inForce(store, 1)).toBe(checkOf(OTHER_TMK))
})
