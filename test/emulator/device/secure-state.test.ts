import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  NO_PASSWORDS,
  readSecureState,
  SECRET_BYTES,
  type SecureState,
  writeSecureState,
} from '../../../emulator/device/secure-state.ts'
import { crc32 } from '../../../keys/store/crc32.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { loadedStore, stage } from '../../keys/store/loaded.ts'

/** Of `fullState`. */
const PART_BYTES = 377
const bytes = (length: number, first = 1) => Uint8Array.from({ length }, (_, at) => (first + at) & 0xff)

function fullState(): SecureState {
  const store = loadedStore()
  stage(store, 1)
  return {
    secret: bytes(SECRET_BYTES),
    creditMs: 90_000,
    passwords: { tags: [bytes(16, 40), bytes(16, 90)], failures: 3, lockedMs: 800_000 },
    credential: { secret: bytes(32, 7), root: bytes(32, 99), certificate: bytes(130) },
    reportSeed: bytes(32, 150),
    floors: Array.from({ length: 8 }, (_, at) =>
      at === 3 ? undefined : { scope: bytes(4, at), value: 2 ** 40 + at },
    ),
    store,
  }
}

/** Stores are compared by their records. */
function flat(state: SecureState | undefined): object | undefined {
  return state && { ...state, store: state.store.serialize() }
}

function withCrc(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 4)
  out.set(body)
  new DataView(out.buffer).setUint32(body.length, crc32(body))
  return out
}

test('a state with everything in it, and one with nothing, come back whole', () => {
  const empty = { secret: bytes(16), creditMs: 0, passwords: NO_PASSWORDS, store: new KeyStore() }
  for (const state of [fullState(), empty])
    expect(flat(readSecureState(writeSecureState(state))?.state)).toEqual(flat(state))
})

test('any state comes back', () => {
  const of = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const floor = fc.option(fc.record({ scope: of(4), value: fc.integer({ min: 1, max: 2 ** 48 - 1 }) }), {
    nil: undefined,
  })
  fc.assert(
    fc.property(
      of(16),
      fc.nat(0xffff_ffff),
      fc.option(fc.tuple(of(16), of(16)), { nil: undefined }),
      fc.nat(255),
      fc.nat(900_000),
      fc.option(
        fc.record({ secret: of(32), root: of(32), certificate: fc.uint8Array({ maxLength: 1024 }) }),
        { nil: undefined },
      ),
      fc.option(of(32), { nil: undefined }),
      fc.option(fc.array(floor, { minLength: 8, maxLength: 8 }), { nil: undefined }),
      (secret, creditMs, tags, failures, lockedMs, credential, reportSeed, raised) => {
        const floors = raised?.some((each) => each !== undefined) ? raised : undefined // none at all are not written
        const state = {
          ...{ secret, creditMs, passwords: { tags, failures, lockedMs }, store: loadedStore() },
          ...{
            ...(credential && { credential }),
            ...(reportSeed && { reportSeed }),
            ...(floors && { floors }),
          },
        }
        expect(flat(readSecureState(writeSecureState(state))?.state)).toEqual(flat(state))
      },
    ),
    { numRuns: 30 },
  )
})

test('layout 1, without passwords and credential, is read: no key is lost when the program is renewed', () => {
  const store = loadedStore().serialize()
  const old = Uint8Array.of(0x53, 0x4b, 0x53, 0x45, 1, ...bytes(16), 0, 0, 0x12, 0x34, ...store)
  expect(flat(readSecureState(withCrc(old))?.state)).toEqual({
    ...{ secret: bytes(16), creditMs: 0x1234, passwords: NO_PASSWORDS, store },
  })
})

test('layout 2, with one CRC over all, is read', () => {
  const [own, store] = [bytes(16), loadedStore().serialize()]
  const old = Uint8Array.of(
    ...[0x53, 0x4b, 0x53, 0x45, 2],
    ...own,
    0,
    0,
    0x12,
    0x34,
    0,
    2,
    0,
    0,
    0,
    9,
    ...store,
  )
  expect(flat(readSecureState(withCrc(old))?.state)).toEqual({
    ...{ secret: own, creditMs: 0x1234, passwords: { tags: undefined, failures: 2, lockedMs: 9 }, store },
  })
  const damaged = withCrc(old)
  damaged[60] = (damaged[60] ?? 0) ^ 1
  expect(readSecureState(damaged)).toBeUndefined()
})

/** The same part as the layout before wrote it: without report key and floors. */
function asLayout3(state: SecureState): Uint8Array {
  const { reportSeed: _, floors: __, ...before } = state
  const whole = writeSecureState(before)
  const length = PART_BYTES - 32 - 80
  const part = whole.slice(0, length - 4)
  part[4] = 3
  const old = withCrc(part)
  const out = whole.slice()
  out.set(old)
  out.set(old, whole.length - 2 - length)
  return out
}

test('layout 3, without report key and floors, is read, and written again as layout 4', () => {
  const { reportSeed: _, floors: __, ...before } = fullState()
  const found = readSecureState(asLayout3(fullState()))
  expect(found?.whole).toBe(true)
  expect(flat(found?.state)).toEqual(flat(before))
  expect(found && writeSecureState(found.state)[4]).toBe(4)
  const withFlag = asLayout3(fullState()).slice(0, PART_BYTES - 32 - 80 - 4)
  withFlag[27] = (withFlag[27] ?? 0) | 16
  expect(readSecureState(withCrc(withFlag))).toBeUndefined()
})

test('any one byte damaged → the device’s part is whole, and all keys or none are there', () => {
  const whole = writeSecureState(fullState())
  const { store, ...own } = fullState()
  let without = 0
  for (let at = 0; at < whole.length; at++) {
    const flipped = whole.slice()
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7))
    const found = readSecureState(flipped)
    expect(found?.whole, `byte ${at}`).toBe(false)
    const { store: kept, ...rest } = found?.state ?? fullState()
    expect(rest, `byte ${at}`).toEqual(own)
    if (kept.slots().length === 0) without++
    else expect(kept.serialize()).toEqual(store.serialize())
  }
  expect(without).toBe(store.serialize().length)
})

test('the end cut off, or a byte added → no key, and the device’s part as long as one copy is whole', () => {
  const whole = writeSecureState(fullState())
  const { store: _, ...own } = fullState()
  for (const cut of [
    ...Array.from(whole.keys(), (length) => whole.slice(0, length)),
    Uint8Array.of(...whole, 0),
  ]) {
    const found = readSecureState(cut)
    if (cut.length < PART_BYTES) expect(found, `${cut.length} bytes`).toBeUndefined()
    else expect(found, `${cut.length} bytes`).toMatchObject({ state: own, whole: false })
    expect(found?.state.store.slots() ?? []).toEqual([])
  }
})

test('both copies damaged → nothing', () => {
  const both = writeSecureState(fullState())
  both[20] = (both[20] ?? 0) ^ 1
  const last = both.length - 20
  both[last] = (both[last] ?? 0) ^ 1
  expect(readSecureState(both)).toBeUndefined()
})

test('the keys of a device that was opened are damaged → it stays one that was opened', () => {
  const state = fullState()
  state.store.tamper()
  const saved = writeSecureState(state)
  const at = PART_BYTES + 3 // in the key store's record
  saved[at] = (saved[at] ?? 0) ^ 1
  const found = readSecureState(saved)
  expect([found?.whole, found?.state.store.tampered]).toEqual([false, true])
})

test('a device’s part with unknown flags, another length or layout is none; a certificate that is too long is not written', () => {
  const part = writeSecureState(fullState()).slice(0, PART_BYTES)
  // biome-ignore format: one row a change
  for (const [at, value] of [[4, 0], [4, 3], [4, 5], [6, 0x16], [27, 64], [27, 0xff], [129, 0xff]] as const) {
    const other = part.slice(0, -4)
    other[at] = value
    expect(readSecureState(withCrc(other)), `byte ${at} ${value}`).toBeUndefined()
  }
  expect(readSecureState(part)?.state.secret).toEqual(bytes(16))
  for (const credential of [
    { secret: bytes(31), root: bytes(32), certificate: bytes(130) },
    { secret: bytes(32), root: bytes(33), certificate: bytes(130) },
    { secret: bytes(32), root: bytes(32), certificate: bytes(1025) },
  ])
    expect(() => writeSecureState({ ...fullState(), credential })).toThrow(RangeError)
})

test('a tampered store stays tampered over a restart', () => {
  const state = fullState()
  state.store.tamper()
  expect(readSecureState(writeSecureState(state))?.state.store.tampered).toBe(true)
})
