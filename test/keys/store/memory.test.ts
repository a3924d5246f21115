import { afterEach, expect, test, vi } from 'vitest'
import { asPan } from '../../../host-link/wire/values.ts'
import { macOf } from '../../../keys/mac.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import type { KeyStore } from '../../../keys/store/key-store.ts'
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
  STAGED,
  stage,
  TDK,
  TMK,
  transaction,
} from './loaded.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What buffers held when they were overwritten with zeros: `fill` works as ever and is only watched. */
function watched(act: () => unknown): readonly string[] {
  const seen: string[] = []
  const fill = Uint8Array.prototype.fill
  const watch = vi.spyOn(Uint8Array.prototype, 'fill').mockImplementation(function (
    this: Uint8Array,
    ...args: Parameters<typeof fill>
  ) {
    if (args[0] === 0 && this.length <= 64) seen.push(asHex(this.slice()))
    return fill.apply(this, args)
  })
  act()
  watch.mockRestore()
  return seen
}

const block = (tmk = TMK) => keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK, tmk)
const proof = {
  algorithm: 'cmac',
  bytes: new Uint8Array(20),
  mac: macOf('cmac', hex(NEXT_MAK), new Uint8Array(20)),
} as const
const key = () => ({ algorithm: 'TDES', bytes: hex(STAGED), keyVersion: '00' }) as const

// biome-ignore format: one row a call; what must have been overwritten when it returns
const calls: readonly (readonly [string, (store: KeyStore) => unknown, readonly string[]])[] = [
  ['loadMaster over a key',       (s) => s.loadMaster(master(1), hex(OTHER_TMK), kcv(OTHER_TMK)),        [OTHER_TMK, TMK, PIK, MAK, TDK]],
  ['loadMaster refused',          (s) => s.loadMaster(master(1), hex(OTHER_TMK), kcv(TMK)),              [OTHER_TMK]],
  ['stageMaster',                 (s) => s.stageMaster(master(1), key(), { transaction: transaction(1), remote: false }), [STAGED]],
  ['a second staged key',         (s) => { stage(s, 1); stage(s, 2, OTHER_TMK) },                        [STAGED, OTHER_TMK]],
  ['commit',                      (s) => { stage(s, 1); s.commitStaged(transaction(1)) },                [TMK, PIK, MAK, TDK]],
  ['promotion',                   (s) => { stage(s, 1, STAGED, true); s.loadWorkingKeys(master(1), '004', block(STAGED)) }, [TMK, PIK, MAK, TDK]],
  ['sign-on',                     (s) => s.loadWorkingKeys(master(1), '004', block()),                   [PIK, MAK, TDK]],
  ['sign-on without its proof',   (s) => s.loadWorkingKeys(master(1), '004', block(), { ...proof, mac: new Uint8Array(8) }), [NEXT_PIK, NEXT_MAK, NEXT_TDK]],
  ['a replayed sign-on',          (s) => { s.loadWorkingKeys(master(1), '004', block()); s.loadWorkingKeys(master(1), '004', keyBlock('004', PIK, MAK, TDK)) }, [PIK, MAK, TDK]],
  ['the first MAC under new keys', (s) => { s.loadWorkingKeys(master(1), '004', block()); s.verifyMac(keySlot('MAK', 1), 'cmac', new Uint8Array(20), proof.mac) }, [MAK]],
  ['tamper',                      (s) => { stage(s, 1); s.tamper() },                                    [TMK, PIK, MAK, TDK, STAGED]],
  ['erase',                       (s) => { stage(s, 1); s.erase() },                                     [TMK, PIK, MAK, TDK, STAGED]],
  ['pinBlock',                    (s) => s.pinBlock(keySlot('PIK', 1), Uint8Array.of(1, 2, 3, 4), asPan('9001100000000027')), ['01020304', '041225FFFFFFFFFD']],
]

test.each(calls)('memory: %s overwrites what goes', (_, call, secrets) => {
  const store = loadedStore()
  const seen = watched(() => call(store))
  for (const secret of secrets) expect(seen.includes(secret), secret).toBe(true)
})

test('memory: what still serves is not overwritten', () => {
  const store = loadedStore()
  const before = store.serialize()
  const seen = watched(() => {
    store.loadMaster(master(2), hex(OTHER_TMK), kcv(TMK))
    store.mac(keySlot('MAK', 1), 'cmac', new Uint8Array(20))
    store.slots()
  })
  for (const secret of [TMK, PIK, MAK, TDK]) expect(seen.includes(secret), secret).toBe(false)
  expect(store.serialize()).toEqual(before)
})
