import { describe, expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import { makeDevice } from '../../../emulator/device/device.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import {
  keyBlocks,
  macs,
  TEST_MASTER_KEY,
  TEST_PAN,
  TEST_SLOT,
  TEST_TRACK,
} from '../../../terminal/device/conformance/keys.ts'
import { pattern } from '../../../terminal/device/conformance/vector.ts'
import { terminalCredential } from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { makeBench } from './bench.ts'

function makeUnit() {
  const bench = makeBench()
  const body = makeBody()
  const station = makeKeyStation('inject', { slot: TEST_SLOT })
  const options = { ...bench.options, credential: terminalCredential, station: station.dial }
  const start = () => makeDevice(options, bench.chip, { body })
  const unit = start()
  unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
  return { bench, body, options, station, start, ...unit }
}
type Unit = Pick<ReturnType<typeof makeUnit>, 'device'>

/** Every call that needs a key says that there is none, and the slot says why. */
async function expectNothing({ device: { secure } }: Unit): Promise<void> {
  for (let slot = 0; slot < 10; slot++) expect(secure.slot(slot)).toEqual({ version: 0, tampered: true })
  const message = pattern(40)
  for (const { algorithm, mac } of macs) {
    expect(secure.mac(TEST_SLOT, algorithm, message)).toEqual({ kind: 'noKey' })
    expect(secure.verifyMac(TEST_SLOT, algorithm, message, fromHex(mac))).toBe(false)
  }
  expect(secure.encryptTrack(TEST_SLOT, TEST_TRACK)).toEqual({ kind: 'noKey' })
  expect(secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))).toEqual({ kind: 'noKey' })
  const pin = { slot: TEST_SLOT, pan: TEST_PAN, locale: 'zh', timeoutMs: 1000 } as const
  expect(await secure.enterPin({ ...pin, prompt: 'enter', bypass: true })).toEqual({ kind: 'noKey' })
  expect(await secure.changePin({ ...pin, again: false })).toEqual({ kind: 'noKey' })
  expect(await secure.renewMaster(TEST_SLOT, 1000)).toEqual({ kind: 'failed', why: 'tampered' })
}

describe('拆机 tamper', () => {
  test('all keys are gone at once, here and in what is saved, and every later call fails', async () => {
    const unit = makeUnit()
    unit.operator.tamper()
    await expectNothing(unit)
    expect(toHex(unit.bench.storage.bytes ?? new Uint8Array(0))).not.toContain(TEST_MASTER_KEY)
    await expectNothing(unit.start())
  })

  test('the power goes inside the erasing → the next start erases before anything else', async () => {
    const unit = makeUnit()
    unit.bench.storage.saves = 'cut'
    expect(() => unit.operator.tamper()).toThrow('cut while saving')
    unit.bench.storage.saves = 'well'
    const next = unit.start()
    await expectNothing(next)
    expect(toHex(unit.bench.storage.bytes ?? new Uint8Array(0))).not.toContain(TEST_MASTER_KEY)
    await expectNothing(unit.start())
  })

  test('storage that saves nothing → no key works, at this start and the next', async () => {
    const unit = makeUnit()
    unit.bench.storage.saves = 'not'
    unit.operator.tamper()
    await expectNothing(unit)
    await expectNothing(unit.start())
    unit.bench.storage.saves = 'well'
    await expectNothing(unit.start())
    expect(toHex(unit.bench.storage.bytes ?? new Uint8Array(0))).not.toContain(TEST_MASTER_KEY)
  })

  test('opened while the power is off → what is saved is erased at once', async () => {
    const unit = makeUnit()
    unit.powerLost()
    unit.operator.tamper()
    expect(toHex(unit.bench.storage.bytes ?? new Uint8Array(0))).not.toContain(TEST_MASTER_KEY)
    await expectNothing(unit.start())
  })

  test('while a PIN is typed → cancelled, no block', async () => {
    const unit = makeUnit()
    const request = { slot: TEST_SLOT, pan: TEST_PAN, locale: 'zh', timeoutMs: 60_000 } as const
    const asked = unit.device.secure.enterPin({ ...request, prompt: 'enter', bypass: false })
    for (const key of ['1', '2', '3', '4'] as const) unit.operator.press(key)
    unit.operator.tamper()
    expect(await asked).toEqual({ kind: 'cancelled' })
  })

  test('the identity is gone too: no injection, no remote loading, no channel; handed in again, it is not taken', async () => {
    const unit = makeUnit()
    const saved = (): string => toHex(unit.bench.storage.bytes ?? new Uint8Array(0))
    const secret = toHex(terminalCredential.secret)
    expect(saved()).toContain(secret)
    unit.operator.tamper()
    expect(saved()).not.toContain(secret)
    for (const made of [() => unit, unit.start]) {
      const each = made()
      const asked = each.device.secure.inject({ locale: 'zh' })
      await unit.bench.time.advance(0)
      expect(unit.bench.screen().join('\n')).toMatch(/本机无身份证书[\s\S]*请送厂家维修/)
      each.operator.press('enter')
      expect(await asked).toEqual({ kind: 'noIdentity' })
      each.powerLost()
    }
    expect(unit.station.connections).toBe(0)
    const noise = makeDevice({ ...unit.options, security: 'noise' }, unit.bench.chip, { body: unit.body })
    expect(await noise.device.link.open(1000)).toEqual({ kind: 'refused' })
  })

  test('the maker closes it: operators’ passwords stay, injection passwords are made anew, an injection makes it good again', async () => {
    const unit = makeUnit()
    const tag = unit.device.secure.deviceTag(pattern(8))
    const type = async (
      at: Pick<typeof unit, 'operator'>,
      ...passwords: readonly string[]
    ): Promise<void> => {
      for (const password of passwords)
        for (const key of [...password, 'enter']) at.operator.press(key as '1' | 'enter')
      await unit.bench.time.advance(100)
    }
    unit.station.silent = true
    const made = unit.device.secure.inject({ locale: 'zh' })
    await type(unit, '1111111', '1111111', '2222222', '2222222')
    unit.operator.tamper()
    expect(await made).toEqual({ kind: 'cancelled' })
    unit.station.silent = false
    unit.operator.service() // with the power on: nothing
    expect(unit.device.secure.slot(TEST_SLOT).tampered).toBe(true)
    unit.powerLost()
    unit.operator.service()
    const next = unit.start()
    expect(next.device.secure.slot(TEST_SLOT)).toEqual({ version: 0 })
    expect(next.device.secure.deviceTag(pattern(8))).toEqual(tag)
    const asked = next.device.secure.inject({ locale: 'zh' })
    await unit.bench.time.advance(0)
    expect(unit.bench.screen().join('\n')).toContain('设置密码一')
    await type(next, '3333333', '3333333', '4444444', '4444444')
    next.operator.press('enter')
    expect((await asked).kind).toBe('loaded')
    expect(next.device.secure.slot(TEST_SLOT)).toEqual({
      version: 0,
      masterKey: expect.stringMatching(/^[0-9A-F]{6}$/),
    })
  })

  test('service of a device that was not opened → nothing: passwords and keys stay', () => {
    const unit = makeUnit()
    unit.powerLost()
    const before = unit.bench.storage.bytes
    unit.operator.service()
    expect(unit.bench.storage.bytes).toEqual(before)
  })
})
