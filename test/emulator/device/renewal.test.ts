import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import type { DeviceOptions } from '../../../emulator/device/ports.ts'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_CHECK_VALUE, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { hostEnd, stationCredential, terminalCredential } from '../../rig/channel.ts'
import { type KeyStation, makeKeyStation } from '../../rig/key-station.ts'
import { makeBench } from './bench.ts'

function makeUnit(
  host: KeyStation = makeKeyStation('rkl', { slot: TEST_SLOT }),
  changes: Partial<DeviceOptions> = {},
) {
  const bench = makeBench()
  const options = { ...bench.options, credential: terminalCredential, dial: host.dial, ...changes }
  const unit = makeDevice(options, bench.chip)
  unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
  async function renew(slot = TEST_SLOT, ms = 500) {
    const asked = unit.device.secure.renewMaster(slot, 60_000)
    await bench.time.advance(ms)
    return asked
  }
  return { bench, host, options, ...unit, renew }
}

describe('远程密钥下载 renewMaster in the emulated secure element', () => {
  test('a new key, proved, committed and confirmed: the old one and all under it are gone', async () => {
    const { device, host, renew } = makeUnit()
    const result = await renew()
    expect(host.given.state).toBe('confirmed')
    const { masterKey, ...rest } = device.secure.slot(TEST_SLOT)
    expect(result).toEqual({ kind: 'renewed', checkValue: masterKey })
    expect(masterKey).not.toBe(TEST_MASTER_CHECK_VALUE)
    expect(rest).toEqual({ version: 0 })
  })

  test.each(['notExpected', 'unknownSerial', 'alreadyLoaded', 'notNow'] as const)(
    'the host refuses, %s → refused with its word, all as before',
    async (code) => {
      const { device, host, renew } = makeUnit()
      const before = device.secure.slot(TEST_SLOT)
      host.refusal = code
      expect(await renew()).toEqual({ kind: 'refused', why: code })
      expect(device.secure.slot(TEST_SLOT)).toEqual(before)
    },
  )

  test('a key for another slot than the one asked for is not taken', async () => {
    const { device, host, renew } = makeUnit(makeKeyStation('rkl', { slot: 5 }))
    expect(await renew()).toEqual({ kind: 'failed', why: 'slot' })
    expect(host.given.why).toBe('slot')
    expect(device.secure.slot(5)).toEqual({ version: 0 })
  })

  test.each([
    ['no credential', {}, { kind: 'noIdentity' }],
    ['nobody there', { credential: terminalCredential, dial: async () => undefined }, { kind: 'noLine' }],
  ])('%s → %o', async (_, change, result) => {
    const bench = makeBench()
    const { device } = makeDevice({ ...bench.options, ...change }, bench.chip)
    const asked = device.secure.renewMaster(TEST_SLOT, 60_000)
    await bench.time.advance(500)
    expect(await asked).toEqual(result)
  })

  test('cable out → noLine; pulled on the way → noLine, and the key stays', async () => {
    const { device, bench, operator, host } = makeUnit()
    operator.cable(false)
    expect(await device.secure.renewMaster(TEST_SLOT, 1000)).toEqual({ kind: 'noLine' })
    operator.cable(true)
    host.silent = true
    const asked = device.secure.renewMaster(TEST_SLOT, 60_000)
    await bench.time.advance(500)
    operator.cable(false)
    expect(await asked).toEqual({ kind: 'noLine' })
    expect(device.secure.slot(TEST_SLOT).masterKey).toBe(TEST_MASTER_CHECK_VALUE)
  })

  test('a silent host → timeout at the deadline, cancelled by cancel(), busy meanwhile', async () => {
    const { device, bench, host } = makeUnit()
    host.silent = true
    const asked = device.secure.renewMaster(TEST_SLOT, 5_000)
    expect(await device.secure.renewMaster(TEST_SLOT, 5_000)).toEqual({ kind: 'busy' })
    expect(await device.secure.inject({ locale: 'zh' })).toEqual({ kind: 'busy' })
    await bench.time.advance(5_000)
    expect(await asked).toEqual({ kind: 'timeout' })
    const other = device.secure.renewMaster(TEST_SLOT, 5_000)
    device.secure.cancel()
    expect(await other).toEqual({ kind: 'cancelled' })
  })

  test('a station is no host: its certificate is refused', async () => {
    const rogue = makeKeyStation('rkl', { slot: TEST_SLOT }, () => hostEnd({ credential: stationCredential }))
    const { device, renew } = makeUnit(rogue)
    expect(await renew()).toEqual({ kind: 'failed', why: 'identity' })
    expect(device.secure.slot(TEST_SLOT).masterKey).toBe(TEST_MASTER_CHECK_VALUE)
  })

  test('another host than the one of the set-up → refused before any key', async () => {
    const { device, renew } = makeUnit(undefined, { hostId: 'HOST-2' })
    expect((await renew()).kind).toBe('failed')
    expect(device.secure.slot(TEST_SLOT).masterKey).toBe(TEST_MASTER_CHECK_VALUE)
  })

  test.each(['load', 'commit'] as const)(
    'the %s lost on the line → old key, in use; the next time the same new one',
    async (lost) => {
      const { device, host, bench } = makeUnit()
      host.tamper = (payload, number) => (number === (lost === 'load' ? 0 : 1) ? 'close' : payload)
      const asked = device.secure.renewMaster(TEST_SLOT, 60_000)
      await bench.time.advance(500)
      expect(await asked).toEqual({ kind: 'failed', why: 'line' })
      const between = device.secure.slot(TEST_SLOT)
      expect(between.masterKey).toBe(TEST_MASTER_CHECK_VALUE)
      expect(between.pinKey).toBeDefined()
      expect(between.staged !== undefined).toBe(lost === 'commit')
      host.tamper = undefined
      const again = device.secure.renewMaster(TEST_SLOT, 60_000)
      await bench.time.advance(500)
      expect((await again).kind).toBe('renewed')
      if (between.staged) expect(device.secure.slot(TEST_SLOT).masterKey).toBe(between.staged)
      expect(host.given.state).toBe('confirmed')
    },
  )

  test('storage that does not save → failed storage on both sides, the old key works', async () => {
    const { device, host, bench, renew } = makeUnit()
    bench.storage.saves = 'not'
    expect(await renew()).toEqual({ kind: 'failed', why: 'storage' })
    expect(host.given.why).toBe('storage')
    expect(device.secure.slot(TEST_SLOT)).toMatchObject({ masterKey: TEST_MASTER_CHECK_VALUE, version: 1 })
  })

  test('a slot that is none → failed slot, nobody is called', async () => {
    const { device, host } = makeUnit()
    expect(await device.secure.renewMaster(10, 1000)).toEqual({ kind: 'failed', why: 'slot' })
    expect(host.connections).toBe(0)
  })
})
