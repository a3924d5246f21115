import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { PIN_BURST } from '../../../emulator/device/pin-limit.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_PAN, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { PinChangeRequest } from '../../../terminal/device/secure.ts'
import { makeBench } from './bench.ts'

const request: PinChangeRequest = {
  slot: TEST_SLOT,
  pan: TEST_PAN,
  again: false,
  locale: 'zh',
  timeoutMs: 30_000,
}

async function makeUnit() {
  const bench = makeBench('compact')
  const unit = makeDevice(bench.options, bench.chip)
  unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
  async function type(...pins: readonly string[]): Promise<void> {
    for (const pin of pins) for (const key of [...pin, 'enter'] as Key[]) unit.operator.press(key)
    await bench.time.advance(0)
  }
  return { bench, ...unit, type }
}

describe('修改密码 changePin in the emulated secure element', () => {
  test('every screen has its own prompt', async () => {
    const { bench, device, operator, type } = await makeUnit()
    const prompts: string[] = []
    const look = async (): Promise<void> => {
      await bench.time.advance(0)
      prompts.push(bench.screen()[0]?.trim() ?? '')
    }
    void device.secure.changePin(request)
    await look()
    for (const pin of ['1234', '5678', '5679', '5678']) {
      await type(pin)
      await look()
    }
    operator.press('cancel')
    void device.secure.changePin({ ...request, again: true })
    await look()
    expect(prompts).toEqual([
      '请输入原密码',
      '请输入新密码',
      '再次输入新密码',
      '两次不一致请重输',
      '再次输入新密码',
      '原密码错请重输',
    ])
  })

  test('it costs two PINs, a cancelled one none', async () => {
    const { device, operator, type } = await makeUnit()
    for (let count = 0; count < 5; count++) {
      const cancelled = device.secure.changePin(request)
      await type('1234', '5678')
      operator.press('cancel')
      expect(await cancelled).toEqual({ kind: 'cancelled' })
    }
    let changes = 0
    for (;;) {
      const asked = device.secure.changePin(request)
      await type('1234', '123456', '123456')
      const result = await asked
      if (result.kind === 'tooOften') break
      expect(result.kind).toBe('entered')
      changes++
    }
    expect(changes).toBe(PIN_BURST / 2)
  })

  test('one PIN left of the limit → tooOften with the wait for two', async () => {
    const { device, type } = await makeUnit()
    const pin = { ...request, prompt: 'enter', bypass: false } as const
    for (let count = 0; count < PIN_BURST - 1; count++) {
      const asked = device.secure.enterPin(pin)
      await type('1234')
      expect((await asked).kind).toBe('entered')
    }
    expect(await device.secure.changePin(request)).toEqual({ kind: 'tooOften', waitMs: 10_000 })
  })

  test('storage that does not save the count → noKey, no block leaves', async () => {
    const { bench, device, type } = await makeUnit()
    const asked = device.secure.changePin(request)
    bench.storage.saves = 'not'
    await type('1234', '123456', '123456')
    expect(await asked).toEqual({ kind: 'noKey' })
  })

  test('what is saved has neither digits nor blocks, at any key', async () => {
    const { bench, device, operator } = await makeUnit()
    const asked = device.secure.changePin(request)
    const pins = ['271828', '58979323']
    const saved = (): string => toHex(bench.storage.bytes ?? new Uint8Array(0))
    for (const key of [pins[0], pins[1], pins[1]].flatMap((pin) => [...(pin ?? ''), 'enter']) as Key[]) {
      operator.press(key)
      for (const pin of pins)
        for (const hex of [pin, toHex(Buffer.from(pin)), [...pin].map((digit) => `0${digit}`).join('')])
          expect(saved().includes(hex), `${pin} after ${key}`).toBe(false)
    }
    const result = await asked
    if (result.kind !== 'entered') throw new Error(result.kind)
    for (const each of [result.oldBlock, result.newBlock]) expect(saved().includes(toHex(each))).toBe(false)
  })

  test('the power lost between the entries → the wait never ends, the next start knows nothing of them', async () => {
    const { bench, device, type, powerLost } = await makeUnit()
    let ended = false
    void device.secure.changePin(request).then(() => {
      ended = true
    })
    await type('1234', '5678')
    powerLost()
    await bench.time.advance(60_000)
    expect(ended).toBe(false)
  })
})
