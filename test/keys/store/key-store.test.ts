import { expect, test } from 'vitest'
import { asPan } from '../../../host-link/wire/values.ts'
import { macOf } from '../../../keys/mac.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore, MAC_DATA_BYTES_MAX } from '../../../keys/store/key-store.ts'
import { ascii, asHex, expected, hex, text, vector } from '../vectors.ts'
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
  TDK,
  TMK,
} from './loaded.ts'

const pik = keySlot('PIK', 1)
const mak = keySlot('MAK', 1)
const tdk = keySlot('TDK', 1)
const mab = hex(text(vector('cup-ecb-mac-tdes'), 'mab'))
const refused = (why: string) => ({ kind: 'refused', why })
const flipParity = (key: string) => asHex(hex(key).map((byte) => byte ^ 1))

test('签到 sign-on of the worked example: the keys work, three bytes of check value are all that is shown', () => {
  const each = vector('cup-signin-f62-40')
  const store = new KeyStore()
  store.loadMaster(master(0), hex(text(each, 'tmk')), kcv(text(each, 'tmk')))
  const loaded = store.loadWorkingKeys(master(0), '003', hex(text(each, 'field62')))
  expect(loaded).toEqual({ kind: 'ok', version: 1 })
  const shown = (check: string) => hex(expected(each, check)).slice(0, 3)
  const shape = { kind: 'ok', version: 1 }
  const [pik0, mak0] = [keySlot('PIK', 0), keySlot('MAK', 0)]
  expect(store.checkValue(pik0)).toEqual({ ...shape, checkValue: shown('pikCheck'), algorithm: 'TDES' })
  expect(store.checkValue(mak0)).toEqual({ ...shape, checkValue: shown('makCheck'), algorithm: 'DES' })
  expect(store.checkValue(keySlot('TDK', 0))).toEqual(refused('empty'))
})

test('mac, verifyMac, pinBlock and encryptTrack give what the published values say', () => {
  const store = loadedStore()
  const mac = ascii('84C8B241')
  expect(store.mac(mak, 'cup-ecb', mab)).toEqual({ kind: 'ok', mac, version: 1 })
  expect(store.verifyMac(mak, 'cup-ecb', mab, mac)).toEqual({ kind: 'ok', version: 1 })

  const fresh = new KeyStore()
  fresh.loadMaster(master(1), hex(TMK), kcv(TMK))
  fresh.loadWorkingKeys(master(1), '004', keyBlock('004', TDK, PIK, MAK)) // these three by their published roles
  expect(fresh.pinBlock(pik, Uint8Array.of(1, 2, 3, 4, 5, 6), asPan('9001100000000027'))).toEqual({
    kind: 'ok',
    block: hex('3D87C8B8FA17C67C'),
    algorithm: 'TDES',
  })
  const track = '6222600001234567890D30122010000000000'
  const encrypted = '6222600001234567890DCA5EE78FDB3B53350'
  expect(fresh.encryptTrack(tdk, track)).toEqual({ kind: 'ok', track: encrypted })
})

// biome-ignore format: one row a refusal
test.each<[string, ReturnType<typeof keySlot>, string, Uint8Array, string]>([
  ['slot 10',                          { usage: 'TMK', number: 10 },  OTHER_TMK,       kcv(OTHER_TMK),                     'slot'],
  ['slot 0.5',                         { usage: 'TMK', number: 0.5 }, OTHER_TMK,       kcv(OTHER_TMK),                     'slot'],
  ['a slot of another usage',          keySlot('PIK', 2),             OTHER_TMK,       kcv(OTHER_TMK),                     'usage'],
  ['8 bytes of key',                   master(2),                     SHORT_MAK,       kcv(SHORT_MAK),                     'length'],
  ['24 bytes of key',                  master(2),                     TMK + SHORT_MAK, kcv(TMK + SHORT_MAK),               'length'],
  ['a wrong check value',              master(2),                     OTHER_TMK,       kcv(TMK),                           'checkValue'],
  ['a wrong last byte of 3',           master(2),                     OTHER_TMK,       hex('68152C'),                      'checkValue'],
  ['a check value of 2 bytes',         master(2),                     OTHER_TMK,       kcv(OTHER_TMK).slice(0, 2),         'checkValue'],
  ['no check value',                   master(2),                     OTHER_TMK,       new Uint8Array(0),                  'checkValue'],
  ['an all-zero key',                  master(2),                     '00'.repeat(16), kcv('00'.repeat(16)),               'weakKey'],
  ['equal halves',                     master(2),                     '44'.repeat(16), kcv('44'.repeat(16)),               'weakKey'],
  ['the key of another slot',          master(2),                     TMK,             kcv(TMK),                           'duplicateKey'],
  ['the same with other parity',       master(2),                     flipParity(TMK), kcv(TMK),                           'duplicateKey'],
  ['the key that is in the slot',      master(1),                     TMK,             kcv(TMK),                           'duplicateKey'],
  ['a working key',                    master(2),                     PIK,             kcv(PIK),                           'duplicateKey'],
])('loadMaster with %s → refused, nothing changed, the buffer wiped', (_, slot, key, check, why) => {
  const store = loadedStore()
  const before = store.serialize()
  const bytes = hex(key)
  expect(store.loadMaster(slot, bytes, check)).toEqual(refused(why))
  expect(bytes).toEqual(new Uint8Array(bytes.length))
  expect(store.serialize()).toEqual(before)
})

test.each([3, 4])('a check value of %i bytes loads a TMK 主密钥, and the buffer is wiped', (bytes) => {
  const key = hex(OTHER_TMK)
  expect(new KeyStore().loadMaster(master(9), key, kcv(OTHER_TMK).slice(0, bytes))).toEqual({ kind: 'ok' })
  expect(key).toEqual(new Uint8Array(16))
})

test('loading a parent erases its children, and no one else’s', () => {
  const store = loadedStore()
  store.loadMaster(master(2), hex(OTHER_TMK), kcv(OTHER_TMK))
  const third = `${SHORT_MAK}FEDCBA9876543210`
  const block = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK, OTHER_TMK)
  expect(store.loadWorkingKeys(master(2), '004', block)).toEqual({ kind: 'ok', version: 1 })

  expect(store.loadMaster(master(1), hex(third), kcv(third)).kind).toBe('ok')
  for (const usage of ['PIK', 'MAK', 'TDK'] as const) {
    expect(store.checkValue(keySlot(usage, 1))).toEqual(refused('empty'))
    expect(store.checkValue(keySlot(usage, 2)).kind).toBe('ok')
  }
  expect(store.checkValue(master(1))).toMatchObject({ kind: 'ok', version: 0 })
})

test('a wrong check value of any one key: all old keys stay and work', () => {
  const good = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
  for (const at of [0, 16, 20, 36, 40, 56, 59]) {
    const store = loadedStore()
    const before = store.serialize()
    const bad = good.slice()
    bad[at] = (bad[at] ?? 0) ^ 0x10
    expect(store.loadWorkingKeys(master(1), '004', bad)).toEqual(refused('checkValue'))
    expect(store.serialize()).toEqual(before)
  }
})

test('every load counts; the block that is loaded already changes nothing', () => {
  const store = loadedStore()
  const next = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
  expect(store.loadWorkingKeys(master(1), '004', next)).toEqual({ kind: 'ok', version: 2 })
  const before = store.serialize()
  expect(store.loadWorkingKeys(master(1), '004', next)).toEqual({ kind: 'ok', version: 2 })
  expect(store.serialize()).toEqual(before)
  expect(store.checkValue(pik)).toMatchObject({ version: 2, checkValue: kcv(NEXT_PIK).slice(0, 3) })
})

test('a sign-on without TDK leaves no TDK', () => {
  const store = loadedStore()
  store.loadWorkingKeys(master(1), '003', keyBlock('003', NEXT_PIK, NEXT_MAK, undefined))
  expect(store.encryptTrack(tdk, '6222600001234567890D3012')).toEqual(refused('empty'))
  expect(store.checkValue(pik).kind).toBe('ok')
})

// biome-ignore format: one row a case
test.each<[string, string, string, string]>([
  //                                     PIK            MAK       TDK
  ['a key moves to another usage',       MAK,           NEXT_MAK, NEXT_TDK],
  ['a PIK comes as TDK',                 NEXT_PIK,      NEXT_MAK, PIK     ],
  ['a working key is the TMK',           TMK,           NEXT_MAK, NEXT_TDK],
  ['a working key is another TMK',       NEXT_PIK,      OTHER_TMK, NEXT_TDK],
  ['the same but for parity',            flipParity(TDK), NEXT_MAK, NEXT_TDK],
])('%s → duplicateKey, nothing changed', (_, newPik, newMak, newTdk) => {
  const store = loadedStore()
  store.loadMaster(master(2), hex(OTHER_TMK), kcv(OTHER_TMK))
  const before = store.serialize()
  const loaded = store.loadWorkingKeys(master(1), '004', keyBlock('004', newPik, newMak, newTdk))
  expect(loaded).toEqual(refused('duplicateKey'))
  expect(store.serialize()).toEqual(before)
})

test('the same working keys under two masters → duplicateKey', () => {
  const store = loadedStore()
  store.loadMaster(master(2), hex(OTHER_TMK), kcv(OTHER_TMK))
  const block = keyBlock('004', PIK, MAK, TDK, OTHER_TMK)
  expect(store.loadWorkingKeys(master(2), '004', block)).toEqual(refused('duplicateKey'))
})

test('a host that changes one key of three: the others may stay in their slots, twice in a row', () => {
  const store = loadedStore()
  const first = store.loadWorkingKeys(master(1), '004', keyBlock('004', NEXT_PIK, MAK, TDK))
  expect(first).toEqual({ kind: 'ok', version: 2 })
  const second = store.loadWorkingKeys(master(1), '004', keyBlock('004', PIK, MAK, NEXT_TDK))
  expect(second).toEqual({ kind: 'ok', version: 3 })
})

test('known weakness of bare ECB: PIK and TDK swapped with their check values load; the slots keep their usages', () => {
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  const block = keyBlock('004', PIK, MAK, TDK)
  const swapped = Uint8Array.of(...block.slice(40, 60), ...block.slice(20, 40), ...block.slice(0, 20))
  expect(store.loadWorkingKeys(master(1), '004', swapped).kind).toBe('ok')
  expect(store.encryptTrack(pik, '6222600001234567890D3012')).toEqual(refused('usage'))
  const again = loadedStore() // but where the right block was loaded before, it is known again
  expect(again.loadWorkingKeys(master(1), '004', swapped)).toEqual(refused('replayed'))
})

test('P13: the previous MAK is taken until the first MAC under the current, then refused', () => {
  const store = loadedStore()
  const old = store.mac(mak, 'cup-ecb', mab)
  store.loadWorkingKeys(master(1), '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK))
  const fresh = store.mac(mak, 'cup-ecb', mab)
  if (old.kind !== 'ok' || fresh.kind !== 'ok') expect.fail('no MAC')
  expect([old.version, fresh.version]).toEqual([1, 2])

  expect(store.verifyMac(mak, 'cup-ecb', mab, ascii('00000000'))).toEqual(refused('mac'))
  expect(store.verifyMac(mak, 'cup-ecb', mab, old.mac)).toEqual({ kind: 'ok', version: 1 })
  expect(store.verifyMac(mak, 'cup-ecb', mab, old.mac)).toEqual({ kind: 'ok', version: 1 })
  expect(store.verifyMac(mak, 'cup-ecb', mab, fresh.mac)).toEqual({ kind: 'ok', version: 2 })
  expect(store.verifyMac(mak, 'cup-ecb', mab, old.mac)).toEqual(refused('mac'))
  const wiped = macOf('cup-ecb', new Uint8Array(16), mab) // a key that was wiped but kept would take this
  expect(store.verifyMac(mak, 'cup-ecb', mab, wiped)).toEqual(refused('mac'))
  expect(store.verifyMac(mak, 'cup-ecb', mab, fresh.mac)).toEqual({ kind: 'ok', version: 2 })
})

test('P13: the key before the previous is gone', () => {
  const store = loadedStore()
  const oldest = store.mac(mak, 'cup-ecb', mab)
  store.loadWorkingKeys(master(1), '004', keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK))
  store.loadWorkingKeys(master(1), '003', keyBlock('003', TDK, SHORT_MAK, undefined))
  if (oldest.kind !== 'ok') expect.fail('no MAC')
  expect(store.verifyMac(mak, 'cup-ecb', mab, oldest.mac)).toEqual(refused('mac'))
})

test('MAC truncation: every bit of the MAC counts; 7 or 9 bytes and lower case → mac', () => {
  const store = loadedStore()
  const right = ascii('84C8B241')
  for (let bit = 0; bit < 64; bit++) {
    const wrong = right.slice()
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(store.verifyMac(mak, 'cup-ecb', mab, wrong)).toEqual(refused('mac'))
  }
  for (const wrong of ['84C8B24', '84C8B2411', '', '84c8b241']) {
    expect(store.verifyMac(mak, 'cup-ecb', mab, ascii(wrong))).toEqual(refused('mac'))
  }
})

test('an algorithm that does not suit the size of the MAK → algorithm', () => {
  const store = loadedStore()
  expect(store.mac(mak, 'x9.9', mab)).toEqual(refused('algorithm'))
  store.loadWorkingKeys(master(1), '003', keyBlock('003', NEXT_PIK, SHORT_MAK, undefined))
  for (const algorithm of ['x9.19', 'cbc-mac', 'cmac'] as const) {
    expect(store.mac(mak, algorithm, mab)).toEqual(refused('algorithm'))
  }
  expect(store.mac(mak, 'x9.9', mab).kind).toBe('ok')
})

test('too much data → data; one block under a bare CBC-MAC or X9.19, which would be the whole check value → data', () => {
  const store = loadedStore()
  expect(store.mac(mak, 'cmac', new Uint8Array(MAC_DATA_BYTES_MAX)).kind).toBe('ok')
  expect(store.mac(mak, 'cmac', new Uint8Array(MAC_DATA_BYTES_MAX + 1))).toEqual(refused('data'))
  for (const bytes of [0, 1, 8]) {
    expect(store.mac(mak, 'cbc-mac', new Uint8Array(bytes))).toEqual(refused('data'))
    expect(store.mac(mak, 'x9.19', new Uint8Array(bytes))).toEqual(refused('data'))
    expect(store.verifyMac(mak, 'cbc-mac', new Uint8Array(bytes), new Uint8Array(8))).toEqual(refused('data'))
  }
  expect(store.mac(mak, 'cbc-mac', new Uint8Array(9)).kind).toBe('ok')
})

test('pinBlock wipes the digits, whether it gives a block or refuses', () => {
  const pan = asPan('9001100000000027')
  // biome-ignore format: one row a case
  const cases = [
    [pik,                        [1, 2, 3, 4],     pan,                    'ok'],
    [pik,                        [1, 2, 3, 4],     'noPan',                'ok'],
    [pik,                        [1, 2, 3],        pan,                    'pin'],
    [pik,                        [1, 2, 3, 0x34],  pan,                    'pin'],
    [pik,                        [1, 2, 3, 4],     asPan('900110000000'),  'pan'],
    [mak,                        [1, 2, 3, 4],     pan,                    'usage'],
    [keySlot('PIK', 2),          [1, 2, 3, 4],     pan,                    'empty'],
    [{ ...pik, number: 99 },     [1, 2, 3, 4],     pan,                    'slot'],
  ] as const
  for (const [slot, pin, card, result] of cases) {
    const digits = Uint8Array.from(pin)
    const given = loadedStore().pinBlock(slot, digits, card)
    expect(given.kind === 'refused' ? given.why : given.kind).toBe(result)
    expect(digits).toEqual(new Uint8Array(digits.length))
  }
})

test('a single DES PIK says so, for field 53.2', () => {
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  store.loadWorkingKeys(master(1), '001', keyBlock('001', SHORT_MAK, 'FEDCBA9876543210', undefined))
  expect(store.pinBlock(pik, Uint8Array.of(1, 2, 3, 4), 'noPan')).toMatchObject({
    kind: 'ok',
    algorithm: 'DES',
  })
})

test.each(['', '6222600001234567', '6222600001234567890=3012'])('encryptTrack of "%s" → track', (track) => {
  expect(loadedStore().encryptTrack(tdk, track)).toEqual(refused('track'))
})

test('erase: no key works, none is in the record', () => {
  const store = loadedStore()
  store.erase()
  for (const usage of ['TMK', 'PIK', 'MAK', 'TDK'] as const) {
    expect(store.checkValue(keySlot(usage, 1))).toEqual(refused('empty'))
  }
  expect(store.serialize()).toEqual(new KeyStore().serialize())
})
