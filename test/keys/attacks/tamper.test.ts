import { describe, expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import type { SecureStorage } from '../../../emulator/device/ports.ts'
import { withOddParity } from '../../../keys/des-key.ts'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_KEY, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { makeBench } from '../../emulator/device/bench.ts'
import { PAN } from '../../host-link/host/rig.ts'
import { bytesFrom } from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { makeSearcher } from '../../rig/leak.ts'
import { type Cabled, cabled } from './cable-rig.ts'

// The attacker opens the case, or takes the power away, at any moment of any operation.

const NEW_KEY = bytesFrom(907, 16)
const searcher = makeSearcher([
  { name: 'old TMK', value: fromHex(TEST_MASTER_KEY) },
  { name: 'new TMK', value: withOddParity(NEW_KEY) },
])

/** One operation of a terminal that has keys; `strike` is called at each of its steps, with its number. */
type Operation = (strike: (unit: Cabled, step: number) => void) => Promise<Cabled>

/** Keys in force, then what `work` does. */
function signedOn(unit: Cabled): Cabled {
  expect(unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004'])).kind).toBe('loaded')
  return unit
}

const operations: { readonly [name: string]: Operation } = {
  async 'PIN entry'(strike) {
    const unit = signedOn(cabled(makeKeyStation('inject').dial))
    const pin = {
      slot: TEST_SLOT,
      pan: PAN,
      prompt: 'enter',
      locale: 'en',
      bypass: false,
      timeoutMs: 60_000,
    } as const
    const asked = unit.device.secure.enterPin(pin)
    for (const [step, key] of ['1', '2', '3', '4', 'enter'].entries()) {
      await unit.press(key)
      if (key !== 'enter') strike(unit, step)
    }
    expect((await asked).kind).toMatch(/^(entered|cancelled)$/)
    return unit
  },
  async injection(strike) {
    const station = makeKeyStation('inject', { slot: TEST_SLOT, key: NEW_KEY.slice() })
    const unit = signedOn(cabled(station.dial))
    station.tamper = (payload, step) => {
      strike(unit, step)
      return payload
    }
    await unit.inject()
    await unit.press('enter')
    return unit
  },
  async 'remote loading'(strike) {
    const host = makeKeyStation('rkl', { slot: TEST_SLOT, key: NEW_KEY.slice() })
    const unit = signedOn(cabled(makeKeyStation('inject').dial, makeBench(), host.dial))
    host.tamper = (payload, step) => {
      strike(unit, step)
      return payload
    }
    unit.renew(TEST_SLOT)
    await unit.bench.time.advance(10_000)
    return unit
  },
  async 'sign-on'(strike) {
    const unit = cabled(makeKeyStation('inject').dial)
    strike(unit, 0)
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
    strike(unit, 1)
    return unit
  },
}

async function expectNoKeys(unit: Cabled, label: string): Promise<void> {
  const { secure } = unit.device
  for (let slot = 0; slot < 10; slot++)
    expect(secure.slot(slot), label).toEqual({ version: 0, tampered: true })
  const pin = {
    slot: TEST_SLOT,
    pan: PAN,
    prompt: 'enter',
    locale: 'en',
    bypass: false,
    timeoutMs: 0,
  } as const
  const codes = [
    secure.mac(TEST_SLOT, 'cmac', new Uint8Array(40)).kind,
    secure.encryptTrack(TEST_SLOT, `${PAN}D30122010000000000`).kind,
    secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004'])).kind,
    (await secure.enterPin(pin)).kind,
    (await secure.changePin({ ...pin, again: false })).kind,
  ]
  expect(codes, label).toEqual(codes.map(() => 'noKey'))
  const saved = unit.bench.storage.bytes ?? new Uint8Array()
  expect(searcher.search([{ name: 'storage', bytes: saved }]), label).toEqual([])
}

describe('A18 tamper', () => {
  test('A18 tamper: at each step of each operation → the keys are gone at once, later calls have one code, also after a restart', async () => {
    for (const [name, operation] of Object.entries(operations)) {
      let steps = 0
      for (let at = 0; ; at++) {
        let done = false
        const unit = await operation((struck, step) => {
          if (step !== at || done) return
          done = true
          struck.operator.tamper()
        })
        if (!done) break
        steps++
        await expectNoKeys(unit, `${name}, step ${at}`)
        unit.powerLost()
        await expectNoKeys(
          cabled(makeKeyStation('inject').dial, unit.bench),
          `${name}, step ${at}, restarted`,
        )
      }
      expect(steps, name).toBeGreaterThan(1)
    }
  })

  test('A18 tamper: the power goes inside the erasing, at each step of an injection → the next start erases before it does anything', async () => {
    for (let at = 0; at < 3; at++) {
      const bench = makeBench()
      const body = makeBody()
      const station = makeKeyStation('inject', { slot: TEST_SLOT, key: NEW_KEY.slice() })
      const unit = signedOn(cabled(station.dial, bench, undefined, body))
      station.tamper = (payload, step) => {
        if (step !== at) return payload
        bench.storage.saves = 'cut'
        expect(() => unit.operator.tamper()).toThrow('cut while saving')
        unit.powerLost()
        bench.storage.saves = 'well'
        return 'close'
      }
      await unit.inject()
      await expectNoKeys(cabled(station.dial, bench, undefined, body), `step ${at}`)
    }
  })
})

/** The power goes at the `cut`th save, before or after it is durable. */
function cutting(storage: SecureStorage, cut: number, when: 'before' | 'after', powerOff: () => void) {
  let saves = 0
  const counted = {
    reached: false,
    load: () => storage.load(),
    save(bytes: Uint8Array) {
      saves++
      if (saves !== cut) return storage.save(bytes)
      counted.reached = true
      if (when === 'after') storage.save(bytes)
      powerOff()
      throw Object.assign(new Error('cut'), { name: 'PowerCut' })
    },
  }
  return counted
}

describe('A22 crash between old and new key', () => {
  test.each(['inject', 'rkl'] as const)(
    'A22 crash between old and new key: %s, killed at every storage write → the old key or the new one, never none or both; book and terminal agree after the next',
    async (purpose) => {
      let cuts = 0
      for (const when of ['before', 'after'] as const)
        for (let cut = 1; ; cut++) {
          const giver = makeKeyStation(purpose, { slot: TEST_SLOT, key: NEW_KEY.slice() })
          const bench = makeBench()
          const first = signedOn(cabled(giver.dial, bench))
          const old = first.device.secure.slot(TEST_SLOT).masterKey
          first.powerLost()
          // Only saves of the loading itself are counted: the passwords are made before.
          const made = cabled({ ...giver, dial: async () => undefined }.dial, bench)
          await made.inject()
          await made.press('enter')
          made.powerLost()
          const storage = cutting(bench.storage, cut, when, () => unit.powerLost())
          const unit: Cabled = cabled(
            giver.dial,
            { ...bench, options: { ...bench.options, secureStorage: storage } },
            giver.dial,
          )
          try {
            if (purpose === 'inject') await unit.inject()
            else unit.renew(TEST_SLOT)
            await bench.time.advance(10_000)
          } catch (error) {
            expect(error).toMatchObject({ name: 'PowerCut' })
          }
          if (!storage.reached) break
          cuts++
          unit.powerLost()
          const label = `${purpose}, ${when} save ${cut}`
          const next = cabled(giver.dial, bench, giver.dial)
          const { masterKey, staged } = next.device.secure.slot(TEST_SLOT)
          const fresh = next.device.secure.slot(TEST_SLOT).masterKey !== old
          expect(masterKey, label).toMatch(/^[0-9A-F]{6}$/)
          if (fresh)
            expect([giver.given.state, staged], label).toEqual([
              expect.stringMatching(/proven|confirmed/),
              undefined,
            ])
          if (purpose === 'inject') await next.inject()
          else next.renew(TEST_SLOT)
          await bench.time.advance(10_000)
          expect(giver.given.state, label).toBe('confirmed')
          const ended = next.device.secure.slot(TEST_SLOT)
          expect([ended.masterKey === old, ended.staged, ended.macKey], label).toEqual([
            false,
            undefined,
            undefined,
          ])
          expect(
            searcher
              .search([{ name: 'storage', bytes: bench.storage.bytes ?? NEW_KEY }])
              .map(({ secret }) => secret),
            label,
          ).not.toContain('old TMK')
        }
      expect(cuts).toBeGreaterThan(3)
    },
  )
})
