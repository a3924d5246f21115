import { expect, test } from 'vitest'
import { asPan } from '../../host-link/wire/values.ts'
import { HostKeys, type RandomBytes } from '../../keys/host-keys.ts'
import { type MacAlgorithm, macOf } from '../../keys/mac.ts'
import { keySlot } from '../../keys/store/key-slot.ts'
import { KeyStore } from '../../keys/store/key-store.ts'
import { RecordWriter } from '../../keys/store/record.ts'
import { kcv, MAK, master, OTHER_TMK, PIK, SM4_TMK, sm4Kcv, TDK, TMK } from './store/loaded.ts'
import { ascii, hex } from './vectors.ts'

const pan = asPan('6222600001234567890')
const data = new Uint8Array(30).fill(0x31)
const track = '6222600001234567890D30122010000000000'
const pin = () => Uint8Array.of(1, 2, 3, 4, 5, 6)
const [mak, pik, tdk] = [keySlot('MAK', 1), keySlot('PIK', 1), keySlot('TDK', 1)]

/** A source that repeats nothing for a long time: xorshift32. */
function source(seed = 2463534242): RandomBytes {
  let state = seed
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    })
}

/** Gives `first`, then goes on as `source`. */
function once(first: Uint8Array): RandomBytes {
  const [rest, given] = [source(99), [first]]
  return (bytes) => given.pop() ?? rest(bytes)
}

/** Gives `calls` times what was asked for, then one byte less. */
function stopping(calls: number): RandomBytes {
  const random = source(77)
  let call = 0
  return (bytes) => random(call++ < calls ? bytes : bytes - 1)
}

function hostKeys(tmk = TMK): HostKeys {
  const made = HostKeys.create(hex(tmk))
  return made.kind === 'ok' ? made.keys : expect.fail(made.why)
}

function terminalStore(): KeyStore {
  const store = new KeyStore()
  store.loadMaster(master(1), hex(TMK), kcv(TMK))
  return store
}

/** One sign-on 签到 that reaches the terminal. */
function signOn(host: HostKeys, store: KeyStore, random: RandomBytes, makBytes: 8 | 16 = 16): number {
  const renewed = host.renew('004', random, makBytes)
  if (renewed.kind !== 'ok') expect.fail(renewed.why)
  const loaded = store.loadWorkingKeys(master(1), '004', renewed.block)
  if (loaded.kind !== 'ok') expect.fail(loaded.why)
  return renewed.version
}

function macFrom(store: KeyStore, algorithm: MacAlgorithm = 'cup-ecb'): Uint8Array {
  const made = store.mac(mak, algorithm, data)
  return made.kind === 'ok' ? made.mac : expect.fail(made.why)
}

// biome-ignore format: one row an algorithm
test.each<[MacAlgorithm, 8 | 16]>([
  ['cup-ecb', 8], ['cup-ecb', 16], ['x9.9', 8], ['x9.19', 16], ['cbc-mac', 16], ['cmac', 16],
])('%s with a MAK of %i bytes: terminal and host verify each other', (algorithm, makBytes) => {
  const [host, store] = [hostKeys(), terminalStore()]
  const version = signOn(host, store, source(), makBytes)
  const request = macFrom(store, algorithm)
  expect(host.verifyMac(algorithm, data, request)).toEqual({ kind: 'ok', version })
  const answer = host.mac(version, algorithm, data)
  expect(answer).toEqual({ kind: 'ok', mac: request })
  for (const other of [new Uint8Array(0), request.slice(0, 7), Uint8Array.of(...request, 0)]) {
    expect(host.verifyMac(algorithm, data, other)).toEqual({ kind: 'refused', why: 'mac' })
  }
  request[0] = (request[0] ?? 0) ^ 1
  expect(host.verifyMac(algorithm, data, request)).toEqual({ kind: 'refused', why: 'mac' })
})

test.each(['001', '003', '004'] as const)('kind %s: the terminal loads what the host made', (kind) => {
  const renewed = hostKeys().renew(kind, source())
  if (renewed.kind !== 'ok') expect.fail(renewed.why)
  const loaded = terminalStore().loadWorkingKeys(master(1), kind, renewed.block)
  expect(loaded).toEqual({ kind: 'ok', version: 1 })
})

test('a block for one terminal does not load into another', () => {
  const renewed = hostKeys(OTHER_TMK).renew('004', source())
  if (renewed.kind !== 'ok') expect.fail(renewed.why)
  const loaded = terminalStore().loadWorkingKeys(master(1), '004', renewed.block)
  expect(loaded).toEqual({ kind: 'refused', why: 'checkValue' })
})

test('PIN 密码: right, wrong, wrong length; another PAN or a damaged block is malformed', () => {
  const [host, store] = [hostKeys(), terminalStore()]
  const version = signOn(host, store, source())
  const made = store.pinBlock(pik, pin(), pan)
  if (made.kind !== 'ok') expect.fail(made.why)
  const { block } = made
  expect(host.verifyPin(version, block, pan, pin())).toBe(true)
  expect(host.verifyPin(version, block, pan, Uint8Array.of(1, 2, 3, 4, 5, 7))).toBe(false)
  expect(host.verifyPin(version, block, pan, Uint8Array.of(1, 2, 3, 4, 5))).toBe(false)
  expect(host.verifyPin(version, block, asPan('9999990001234567891'), pin())).toBe(true) // digits 7 to 18 count
  expect(host.verifyPin(version, block, asPan('6222600001234567990'), pin())).toBe('malformed')
  expect(host.verifyPin(version, block, 'noPan', pin())).toBe('malformed')
  expect(host.verifyPin(version, block, asPan('622260000123'), pin())).toBe('malformed')
  expect(host.verifyPin(version, block.slice(1), pan, pin())).toBe('malformed')
  expect(host.verifyPin(version, new Uint8Array(8), pan, pin())).toBe('malformed')
  expect(host.verifyPin(version + 1, block, pan, pin())).toBe('noKey')
})

test('a new PIN 修改密码 goes to the sealing and is wiped after it, also where sealing fails; never comes out', () => {
  const [host, store] = [hostKeys(), terminalStore()]
  const version = signOn(host, store, source())
  const made = store.pinBlock(pik, pin(), pan)
  if (made.kind !== 'ok') expect.fail(made.why)
  const seen: Uint8Array[] = []
  const seal = (digits: Uint8Array) => {
    seen.push(digits)
    return Uint8Array.from(digits, (digit) => digit + 0x30)
  }
  expect(host.sealPin(version, made.block, pan, seal)).toEqual({ kind: 'ok', sealed: ascii('123456') })
  expect(seen).toEqual([new Uint8Array(6)])
  const failing = (digits: Uint8Array): Uint8Array => {
    seen.push(digits)
    throw new Error('disk full')
  }
  expect(() => host.sealPin(version, made.block, pan, failing)).toThrow('disk full')
  expect(seen).toEqual([new Uint8Array(6), new Uint8Array(6)])

  const refused = (why: string) => ({ kind: 'refused', why })
  expect(host.sealPin(version + 1, made.block, pan, failing)).toEqual(refused('noKey'))
  expect(host.sealPin(version, made.block, asPan('6222600001234567990'), failing)).toEqual(
    refused('malformed'),
  )
  expect(host.sealPin(version, made.block.slice(1), pan, failing)).toEqual(refused('malformed'))
  expect(host.sealPin(version, made.block, asPan('622260000123'), failing)).toEqual(refused('malformed'))
})

test('tracks are decrypted; what is none, or has no key → refused', () => {
  const [host, store] = [hostKeys(), terminalStore()]
  const version = signOn(host, store, source())
  const made = store.encryptTrack(tdk, track)
  if (made.kind !== 'ok') expect.fail(made.why)
  expect(host.decryptTrack(version, made.track)).toEqual({ kind: 'ok', track })
  const refused = (why: string) => ({ kind: 'refused', why })
  expect(host.decryptTrack(version, '6222')).toEqual(refused('track'))
  expect(host.decryptTrack(version, track)).toEqual(refused('track')) // was not encrypted
  expect(host.decryptTrack(9, made.track)).toEqual(refused('version'))
  expect(host.renew('003', source(7)).kind).toBe('ok')
  expect(host.decryptTrack(2, made.track)).toEqual(refused('empty'))
})

test('P13: the previous keys work until the first message under the current, in every operation', () => {
  const [host, store, random] = [hostKeys(), terminalStore(), source()]
  signOn(host, store, random)
  const before = macFrom(store)
  expect(host.verifyMac('cup-ecb', data, before)).toEqual({ kind: 'ok', version: 1 })

  expect(host.renew('004', random).kind).toBe('ok') // the answer is lost
  expect(host.verifyMac('cup-ecb', data, before)).toEqual({ kind: 'ok', version: 1 })
  const made = store.pinBlock(pik, pin(), pan)
  if (made.kind !== 'ok') expect.fail(made.why)
  expect(host.verifyPin(1, made.block, pan, pin())).toBe(true)
  expect(host.mac(1, 'cup-ecb', data)).toEqual({ kind: 'ok', mac: before })

  expect(signOn(host, store, random)).toBe(3)
  expect(host.verifyMac('cup-ecb', data, before)).toEqual({ kind: 'ok', version: 1 }) // still
  expect(host.verifyMac('cup-ecb', data, macFrom(store))).toEqual({ kind: 'ok', version: 3 })
  expect(host.verifyMac('cup-ecb', data, before)).toEqual({ kind: 'refused', why: 'mac' })
  expect(host.mac(1, 'cup-ecb', data)).toEqual({ kind: 'refused', why: 'version' })
  expect(host.verifyPin(1, made.block, pan, pin())).toBe('noKey')
})

test('answers lost ten times: the keys that the terminal uses are still taken', () => {
  const [host, store, random] = [hostKeys(), terminalStore(), source()]
  signOn(host, store, random)
  host.verifyMac('cup-ecb', data, macFrom(store))
  for (let lost = 0; lost < 10; lost++) host.renew('004', random)
  expect(host.version).toBe(11)
  expect(host.verifyMac('cup-ecb', data, macFrom(store))).toEqual({ kind: 'ok', version: 1 })
})

test('before the first sign-on → empty, version, noKey', () => {
  const host = hostKeys()
  expect(host.version).toBe(0)
  expect(host.verifyMac('cup-ecb', data, ascii('00000000'))).toEqual({ kind: 'refused', why: 'empty' })
  expect(host.mac(0, 'cup-ecb', data)).toEqual({ kind: 'refused', why: 'version' })
  expect(host.verifyPin(0, new Uint8Array(8), pan, pin())).toBe('noKey')
})

test('a MAC algorithm that does not suit the MAK: refused, never an exception', () => {
  const [host, store] = [hostKeys(), terminalStore()]
  const version = signOn(host, store, source(), 8)
  expect(host.mac(version, 'x9.19', data)).toEqual({ kind: 'refused', why: 'algorithm' })
  expect(host.verifyMac('x9.19', data, new Uint8Array(8))).toEqual({ kind: 'refused', why: 'mac' })
})

// biome-ignore format: one row a source
test.each<[string, RandomBytes]>([
  ['gives zeros',            (bytes) => new Uint8Array(bytes)],
  ['gives ones',             (bytes) => new Uint8Array(bytes).fill(0xff)],
  ['gives one byte',         (bytes) => new Uint8Array(bytes).fill(0x42)],
  ['repeats itself',         (bytes) => hex('0102030405060708090A0B0C0D0E0F10').slice(0, bytes)],
  ['gives too few bytes',    (bytes) => source()(bytes - 1)],
  ['gives too many',         (bytes) => source()(bytes + 8)],
  ['stops at the TDK',       stopping(2)],
  ['gives nothing',          () => new Uint8Array(0)],
  ['gives the TMK once',     once(hex(TMK))],
  ['starts again each time', source()],
])('a random source that %s → random, and the keys in use stay', (name, random) => {
  const host = hostKeys()
  expect(host.renew('004', source(), 16).kind).toBe('ok')
  const before = host.serialize()
  const bad = name === 'starts again each time' ? source() : random
  expect(host.renew('004', bad, 16)).toEqual({ kind: 'refused', why: 'random' })
  expect(host.serialize()).toEqual(before)
})

test('a TMK that is short or weak is refused; the buffer is wiped either way', () => {
  for (const [key, result] of [
    [TMK, 'ok'],
    [TMK.slice(16), 'length'],
    ['00'.repeat(16), 'weakKey'],
    ['44'.repeat(16), 'weakKey'],
  ] as const) {
    const bytes = hex(key)
    const made = HostKeys.create(bytes)
    expect(made.kind === 'refused' ? made.why : made.kind).toBe(result)
    expect(bytes).toEqual(new Uint8Array(bytes.length))
  }
})

test('a MAK of 16 bytes has no room in kind 001 → RangeError', () => {
  expect(() => hostKeys().renew('001', source(), 16)).toThrow(RangeError)
})

test('the record brings back current, previous and whether the current was seen', () => {
  const [host, store, random] = [hostKeys(), terminalStore(), source()]
  const restored = (from: HostKeys) => {
    const result = HostKeys.restore(from.serialize())
    return result.kind === 'ok' ? result.keys : expect.fail('damaged')
  }
  expect(restored(host).version).toBe(0)
  signOn(host, store, random)
  host.verifyMac('cup-ecb', data, macFrom(store))
  const seen = restored(host)
  seen.renew('004', random)
  const renewed = restored(seen)
  expect(renewed.serialize()).toEqual(seen.serialize())
  expect(renewed.version).toBe(2)
  expect(renewed.verifyMac('cup-ecb', data, macFrom(store))).toEqual({ kind: 'ok', version: 1 })
})

test('a record with any byte missing, added or bit flipped → damaged', () => {
  const [host, store, random] = [hostKeys(), terminalStore(), source()]
  signOn(host, store, random)
  host.verifyMac('cup-ecb', data, macFrom(store))
  host.renew('003', random)
  const record = host.serialize()
  for (let length = 0; length < record.length; length++) {
    expect(HostKeys.restore(record.slice(0, length))).toEqual({ kind: 'damaged' })
  }
  expect(HostKeys.restore(Uint8Array.of(...record, 0))).toEqual({ kind: 'damaged' })
  for (let bit = 0; bit < 8 * record.length; bit++) {
    const flipped = record.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(HostKeys.restore(flipped), `bit ${bit}`).toEqual({ kind: 'damaged' })
  }
  expect(HostKeys.restore(terminalStore().serialize())).toEqual({ kind: 'damaged' })
})

test('what the host’s keys show of themselves: nothing', () => {
  const host = hostKeys()
  host.renew('004', source())
  expect(JSON.stringify(host)).toBe('{}')
  expect(Object.getOwnPropertyNames(host)).toEqual([])
})

/** Host and terminal with one SM4 master, after a sign-on of kind 006. */
function sm4Pair() {
  const made = HostKeys.create(hex(SM4_TMK), 'SM4')
  if (made.kind !== 'ok') expect.fail(made.why)
  const store = new KeyStore()
  store.loadMaster(master(1), hex(SM4_TMK), sm4Kcv(SM4_TMK), 'SM4')
  const renewed = made.keys.renew('006', source())
  if (renewed.kind !== 'ok') expect.fail(renewed.why)
  expect(store.loadWorkingKeys(master(1), '006', renewed.block)).toEqual({ kind: 'ok', version: 1 })
  return { host: made.keys, store }
}

test.each(['cup-ecb', 'cbc-mac', 'cmac'] as const)(
  'kind 006, %s under SM4: terminal and host verify each other',
  (algorithm) => {
    const { host, store } = sm4Pair()
    const request = macFrom(store, algorithm)
    expect(request).toHaveLength(8)
    expect(host.verifyMac(algorithm, data, request)).toEqual({ kind: 'ok', version: 1 })
    expect(host.mac(1, algorithm, data)).toEqual({ kind: 'ok', mac: request })
    expect(host.makBytes(1)).toBe(16)
  },
)

test('kind 006: PIN and track of an SM4 terminal are read; a block of 8 bytes is malformed', () => {
  const { host, store } = sm4Pair()
  const made = store.pinBlock(pik, pin(), pan)
  if (made.kind !== 'ok') expect.fail(made.why)
  expect(made.block).toHaveLength(16)
  expect(host.verifyPin(1, made.block, pan, pin())).toBe(true)
  expect(host.verifyPin(1, made.block, asPan('6222600001234567990'), pin())).toBe('malformed')
  expect(host.verifyPin(1, made.block.slice(8), pan, pin())).toBe('malformed')
  const encrypted = store.encryptTrack(tdk, track)
  if (encrypted.kind !== 'ok') expect.fail(encrypted.why)
  expect(host.decryptTrack(1, encrypted.track)).toEqual({ kind: 'ok', track })
})

test('a kind for masters of the other algorithm → RangeError, on either side', () => {
  const { host } = sm4Pair()
  expect(() => host.renew('004', source())).toThrow(RangeError)
  expect(() => hostKeys().renew('006', source())).toThrow(RangeError)
  expect(HostKeys.create(new Uint8Array(16), 'SM4')).toEqual({ kind: 'refused', why: 'weakKey' })
})

test('random source under SM4: zeros, or a repetition → random, and the keys stay', () => {
  const { host } = sm4Pair()
  const before = host.serialize()
  for (const random of [(bytes: number) => new Uint8Array(bytes), source()])
    expect(host.renew('006', random)).toEqual({ kind: 'refused', why: 'random' })
  expect(host.serialize()).toEqual(before)
})

test('the record of SM4 keys comes back, and the record of layout 1, all TDES, is read', () => {
  const { host } = sm4Pair()
  const back = HostKeys.restore(host.serialize())
  expect(back.kind === 'ok' && back.keys.serialize()).toEqual(host.serialize())

  const old = new RecordWriter('SKH1')
  old.key(hex(TMK))
  old.number(1, 1)
  old.number(5, 4)
  for (const key of [PIK, MAK, TDK]) old.key(hex(key))
  old.number(0, 4)
  const read = HostKeys.restore(old.end())
  if (read.kind !== 'ok') expect.fail('damaged')
  expect(read.keys.version).toBe(5)
  expect(read.keys.verifyMac('cmac', data, macOf('cmac', hex(MAK), data))).toEqual({ kind: 'ok', version: 5 })
})

test('K02 sign-in answer lost: host and terminal agree whichever of the two keys the terminal uses', () => {
  const [host, store, random] = [hostKeys(), terminalStore(), source()]
  signOn(host, store, random)
  host.verifyMac('cmac', data, macFrom(store, 'cmac'))
  host.renew('004', random, 16)
  expect(host.verifyMac('cmac', data, macFrom(store, 'cmac'))).toEqual({ kind: 'ok', version: 1 })
  const version = signOn(host, store, random)
  expect(host.verifyMac('cmac', data, macFrom(store, 'cmac'))).toEqual({ kind: 'ok', version })
})

test('ECB cut-and-paste: swapped PIK and MAK of a fresh answer do not make the host’s proof', () => {
  const [host, store] = [hostKeys(), terminalStore()]
  const renewed = host.renew('003', source(), 16)
  if (renewed.kind !== 'ok') expect.fail(renewed.why)
  const made = host.mac(renewed.version, 'cmac', data)
  if (made.kind !== 'ok') expect.fail(made.why)
  const proof = { algorithm: 'cmac', bytes: data, mac: made.mac } as const
  const swapped = Uint8Array.of(...renewed.block.slice(20), ...renewed.block.slice(0, 20))
  expect(store.loadWorkingKeys(master(1), '003', swapped, proof)).toEqual({ kind: 'refused', why: 'proof' })
  expect(store.loadWorkingKeys(master(1), '003', renewed.block, proof)).toEqual({ kind: 'ok', version: 1 })
})
