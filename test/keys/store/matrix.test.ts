import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { asPan } from '../../../host-link/wire/values.ts'
import { type KeySlot, type KeyUsage, keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { hex } from '../vectors.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  MAK,
  NEXT_MAK,
  NEXT_PIK,
  NEXT_TDK,
  OTHER_TMK,
  PIK,
  TDK,
  TMK,
} from './loaded.ts'

const pan = asPan('9001100000000027')
const track = '6222600001234567890D30122010000000000'
const data = new Uint8Array(16).fill(0x5a)
const usages: readonly KeyUsage[] = ['TMK', 'PIK', 'MAK', 'TDK']

type Operation = (store: KeyStore, slot: KeySlot) => { readonly kind: string }
// biome-ignore format: one row an operation; which usages may do it
const operations: readonly (readonly [string, readonly KeyUsage[], Operation])[] = [
  ['loadMaster',      ['TMK'], (store, slot) => store.loadMaster(slot, hex(OTHER_TMK), kcv(OTHER_TMK))],
  ['loadWorkingKeys', ['TMK'], (store, slot) => store.loadWorkingKeys(slot, '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK))],
  ['mac',             ['MAK'], (store, slot) => store.mac(slot, 'cmac', data)],
  ['verifyMac',       ['MAK'], (store, slot) => store.verifyMac(slot, 'cmac', data, macOfData())],
  ['pinBlock',        ['PIK'], (store, slot) => store.pinBlock(slot, Uint8Array.of(1, 2, 3, 4), pan)],
  ['encryptTrack',    ['TDK'], (store, slot) => store.encryptTrack(slot, track)],
  ['checkValue',      usages,  (store, slot) => store.checkValue(slot)],
]

function macOfData(): Uint8Array {
  const made = loadedStore().mac(keySlot('MAK', 1), 'cmac', data)
  return made.kind === 'ok' ? made.mac : expect.fail('no MAC')
}

for (const [name, allowed, operation] of operations) {
  test.each(usages)(
    `${name} on a slot of usage %s: only where the usage is ${allowed.join(', ')}`,
    (usage) => {
      const result = operation(loadedStore(), keySlot(usage, 1))
      if (allowed.includes(usage)) expect(result.kind).toBe('ok')
      else expect(result).toEqual({ kind: 'refused', why: 'usage' })
    },
  )

  test.each(usages)(`${name} on an empty slot of usage %s, or one out of range → refused`, (usage) => {
    if (name !== 'loadMaster') expect(operation(loadedStore(), keySlot(usage, 2)).kind).toBe('refused')
    for (const number of [-1, 10, 1.5, Number.NaN]) {
      const result = operation(loadedStore(), { usage, number })
      expect(result).toEqual({ kind: 'refused', why: 'slot' })
    }
  })
}

test('the matrix walks every operation of the store', () => {
  const all = Object.getOwnPropertyNames(KeyStore.prototype).filter((name) => name !== 'constructor')
  const others = ['erase', 'serialize'] // without a slot
  expect(all.sort()).toEqual([...operations.map(([name]) => name), ...others].sort())
})

test('no result, no view of the store and no inspection shows a key, a PIN or more of a check value than 3 bytes', () => {
  const secrets = [TMK, PIK, MAK, TDK, NEXT_PIK, NEXT_MAK, NEXT_TDK].flatMap((key) => [
    key.slice(0, 16),
    key.slice(16),
    Buffer.from(kcv(key)).toString('hex').toUpperCase(),
  ])
  const store = loadedStore()
  const seen: unknown[] = [store]
  for (const [, , operation] of operations.slice(1)) {
    for (const usage of usages) seen.push(operation(store, keySlot(usage, 1)))
  }
  const hexed = JSON.stringify(seen, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : value,
  )
  const inspected = inspect(seen, { depth: 9, showHidden: true })
  const decimals = secrets.map((secret) => [...hex(secret)].join(', '))
  for (const secret of [...secrets, '1234FFFF', ...decimals]) {
    expect(hexed.includes(secret) || inspected.includes(secret), secret).toBe(false)
  }
  expect(Object.getOwnPropertyNames(store)).toEqual([])
})
