import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import { makeDevice } from '../../../emulator/device/device.ts'
import { FLOOR_MAX } from '../../../emulator/device/floors.ts'
import type { DeviceOptions } from '../../../emulator/device/ports.ts'
import { readSecureState } from '../../../emulator/device/secure-state.ts'
import { crc32 } from '../../../keys/store/crc32.ts'
import { TEST_MASTER_CHECK_VALUE } from '../../../terminal/device/conformance/keys.ts'
import { terminalCredential } from '../../rig/channel.ts'
import { makeBench } from './bench.ts'

const A = Uint8Array.of(1, 2, 3, 4)
const B = Uint8Array.of(1, 2, 3, 5)

function makeUnit(more: Partial<DeviceOptions> = {}) {
  const bench = makeBench()
  const body = makeBody()
  const options = { ...bench.options, ...more }
  const start = () => makeDevice(options, bench.chip, { body })
  return { bench, options, start }
}
type Unit = ReturnType<typeof makeUnit>
const secureOf = (unit: Unit) => unit.start().device.secure

describe('下限 floors', () => {
  test('whatever is raised in whatever order, no floor ever falls under its scope, also over restarts', () => {
    const raise = fc.record({
      index: fc.nat(7),
      value: fc.oneof(fc.nat(20), fc.integer({ min: 0, max: FLOOR_MAX })),
      restart: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(raise, { maxLength: 25 }), (raises) => {
        const unit = makeUnit()
        let secure = secureOf(unit)
        const highest = new Array<number>(8).fill(0)
        for (const { index, value, restart } of raises) {
          expect(secure.raiseFloor(index, value, A)).toBe('raised')
          highest[index] = Math.max(highest[index] ?? 0, value)
          if (restart) secure = secureOf(unit)
          expect(highest.map((_, at) => secure.floor(at, A))).toEqual(highest)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('another scope begins at 0 and takes the place; the other floors stay', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    secure.raiseFloor(2, 900, A)
    secure.raiseFloor(3, 5, A)
    expect(secure.floor(2, B)).toBe(0)
    expect(secure.raiseFloor(2, 1, B)).toBe('raised')
    const next = secureOf(unit)
    expect([next.floor(2, A), next.floor(2, B), next.floor(3, A)]).toEqual([0, 1, 5])
  })

  test('a floor of 0 raised under a new scope takes the place as well', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    secure.raiseFloor(2, 900, A)
    secure.raiseFloor(2, 0, B)
    expect(secureOf(unit).floor(2, A)).toBe(0)
  })

  test('storage that cannot save → storage, and the floor is as it was, here and after a restart', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    secure.raiseFloor(0, 7, A)
    unit.bench.storage.saves = 'not'
    expect(secure.raiseFloor(0, 8, A)).toBe('storage')
    expect(secure.raiseFloor(0, 1, B)).toBe('storage')
    expect([secure.floor(0, A), secure.floor(0, B)]).toEqual([7, 0])
    unit.bench.storage.saves = 'well'
    expect(secureOf(unit).floor(0, A)).toBe(7)
  })

  test('the power goes inside each save of a row of raises → each floor is exactly old or new', () => {
    const raises = [
      [0, 3, A],
      [1, 9, A],
      [0, 4, A],
      [1, 2, B],
      [0, 5, A],
    ] as const
    for (let cut = 0; cut < raises.length; cut++) {
      const unit = makeUnit()
      const secure = secureOf(unit)
      const told = () => raises.map(([index, , scope]) => secureOf(unit).floor(index, scope))
      for (const [index, value, scope] of raises.slice(0, cut)) secure.raiseFloor(index, value, scope)
      const before = told()
      unit.bench.storage.saves = 'cut'
      const [index, value, scope] = raises[cut] ?? raises[0]
      expect(() => secure.raiseFloor(index, value, scope), `cut ${cut}`).toThrow('cut while saving')
      unit.bench.storage.saves = 'well'
      expect(told(), `cut ${cut}`).toEqual(before)
      expect(secureOf(unit).raiseFloor(index, value, scope)).toBe('raised')
      expect(secureOf(unit).floor(index, scope)).toBe(value)
    }
  })

  test('raising what is as high already saves nothing: the chip is not worn by it', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    secure.raiseFloor(0, 7, A)
    const { count } = unit.bench.storage
    for (const value of [0, 6, 7]) expect(secure.raiseFloor(0, value, A)).toBe('raised')
    expect(unit.bench.storage.count).toBe(count)
  })

  test('the case is opened, with power and without, and closed by the maker → the floors stay', () => {
    for (const power of [true, false]) {
      const unit = makeUnit({ credential: terminalCredential })
      const first = unit.start()
      first.device.secure.raiseFloor(0, 12, A)
      if (!power) first.powerLost()
      first.operator.tamper()
      if (power) {
        expect(first.device.secure.floor(0, A)).toBe(12)
        first.powerLost()
      }
      expect(secureOf(unit).floor(0, A)).toBe(12)
      const closed = unit.start()
      closed.powerLost()
      closed.operator.service()
      const after = secureOf(unit)
      expect([after.slot(1).tampered, after.floor(0, A)]).toEqual([undefined, 12])
    }
  })
})

describe('报告密钥 report key', () => {
  test('with an identity: of its secret alone, so the same after everything that keeps the identity', () => {
    const [one, two] = [
      makeUnit({ credential: terminalCredential }),
      makeUnit({ credential: terminalCredential }),
    ]
    const key = secureOf(one).reportKey()
    expect(secureOf(one).reportKey()).toEqual(key)
    expect(secureOf(two).reportKey()).toEqual(key)
    const other = { ...terminalCredential, secret: terminalCredential.secret.map((byte) => byte ^ 8) }
    expect(secureOf(makeUnit({ credential: other })).reportKey()).not.toEqual(key)
  })

  test('without one: of a seed that is made and saved at first use, not before', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    const { count } = unit.bench.storage
    secure.floor(0, A)
    secure.hash(A)
    expect(unit.bench.storage.count).toBe(count)
    const key = secure.reportKey()
    expect(unit.bench.storage.count).toBe(count + 1)
    expect(secure.verify(key, A, secure.sign(A))).toBe(true)
    expect(unit.bench.storage.count).toBe(count + 1)
    expect(secureOf(unit).reportKey()).toEqual(key)
  })

  test('the power goes inside that save → the next start has one all the same, and keeps it', () => {
    const unit = makeUnit()
    const secure = secureOf(unit)
    unit.bench.storage.saves = 'cut'
    expect(() => secure.reportKey()).toThrow('cut while saving')
    unit.bench.storage.saves = 'well'
    const key = secureOf(unit).reportKey()
    expect(secureOf(unit).reportKey()).toEqual(key)
  })

  test.each([
    ['identity', terminalCredential],
    ['seed', undefined],
  ])('the case is opened → the key of the %s is gone, here and in what is saved', (_, credential) => {
    const unit = makeUnit(credential && { credential })
    const first = unit.start()
    const { secure } = first.device
    const key = secure.reportKey()
    const signed = secure.sign(A)
    first.operator.tamper()
    expect(readSecureState(unit.bench.storage.bytes ?? A)?.state.reportSeed).toBeUndefined()
    expect(secure.reportKey()).not.toEqual(key)
    expect(secure.verify(key, A, secure.sign(A))).toBe(false)
    expect(secure.verify(key, A, signed)).toBe(true)
    expect(secureOf(unit).reportKey()).not.toEqual(key)
  })
})

/** The state as layout 3 had it, which knew neither report key nor floors. */
function asLayout3(saved: Uint8Array): Uint8Array {
  const length = (saved[5] ?? 0) * 256 + (saved[6] ?? 0)
  const old = saved.slice()
  for (const at of [0, saved.length - 2 - length]) {
    old[at + 4] = 3
    new DataView(old.buffer).setUint32(at + length - 4, crc32(old.subarray(at, at + length - 4)))
  }
  return old
}

test('a state of layout 3 is taken as it is: nothing is saved at the start, and floors and report key join it', () => {
  const unit = makeUnit()
  const tag = secureOf(unit).deviceTag(A)
  unit.bench.storage.bytes = asLayout3(unit.bench.storage.bytes ?? A)
  const { count } = unit.bench.storage
  const secure = secureOf(unit)
  expect([unit.bench.storage.count, unit.bench.storage.bytes[4]]).toEqual([count, 3])
  expect([secure.slot(1).masterKey, secure.deviceTag(A)]).toEqual([TEST_MASTER_CHECK_VALUE, tag])
  secure.raiseFloor(5, 1, A)
  secure.reportKey()
  const state = readSecureState(unit.bench.storage.bytes ?? A)?.state
  expect([state?.floors?.[5]?.value, state?.reportSeed?.length]).toEqual([1, 32])
})
