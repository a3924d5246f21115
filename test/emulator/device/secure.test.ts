import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { PIN_BURST, PIN_COST_MS } from '../../../emulator/device/pin-limit.ts'
import { pinTexts } from '../../../emulator/device/pin-screen.ts'
import type { DeviceOptions } from '../../../emulator/device/ports.ts'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, macs, TEST_PAN, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { pattern } from '../../../terminal/device/conformance/vector.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { PinRequest, PinResult } from '../../../terminal/device/secure.ts'
import { cellWidth } from '../../../terminal/screen/width.ts'
import { type Bench, makeBench } from './bench.ts'

const block = fromHex(keyBlocks['004'])
const request: PinRequest = {
  slot: TEST_SLOT,
  pan: TEST_PAN,
  prompt: 'enter',
  locale: 'zh',
  bypass: false,
  timeoutMs: 30_000,
}

function start({ options, chip }: Bench, changes: Partial<DeviceOptions> = {}) {
  return makeDevice({ ...options, ...changes }, chip)
}
/** One PIN, typed and entered. */
async function enterPin(bench: Bench, { device, operator }: ReturnType<typeof start>): Promise<PinResult> {
  const asked = device.secure.enterPin(request)
  for (const key of ['1', '2', '3', '4', 'enter'] as const) operator.press(key)
  await bench.time.advance(0)
  return asked
}

describe('what is kept', () => {
  test('master key, working keys and the device secret outlive the power', () => {
    const bench = makeBench()
    const first = start(bench)
    first.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    const slot = first.device.secure.slot(TEST_SLOT)
    const tag = first.device.secure.deviceTag(pattern(4))
    first.powerLost()
    const second = start(bench)
    expect(second.device.secure.slot(TEST_SLOT)).toEqual(slot)
    expect(second.device.secure.deviceTag(pattern(4))).toEqual(tag)
  })

  test('two devices → two secrets: the same bytes have other tags', () => {
    const bench = makeBench()
    const one = start(bench).device.secure.deviceTag(pattern(4))
    bench.storage.bytes = undefined
    expect(start(bench).device.secure.deviceTag(pattern(4))).not.toEqual(one)
  })

  test('master keys of a later start are not loaded: the injection station comes once', () => {
    const bench = makeBench()
    start(bench).powerLost()
    const other = start(bench, { masterKeys: [] })
    expect(other.device.secure.slot(TEST_SLOT).masterKey).toBe('08D7B4')
  })

  test('a master key that does not fit its check value → the device does not start, nothing is saved', () => {
    const bench = makeBench()
    const masterKeys = bench.options.masterKeys.map((each) => ({ ...each, checkValue: '08D7B5' }))
    expect(() => start(bench, { masterKeys })).toThrow('master key of slot 1: checkValue')
    expect(bench.storage.bytes).toBeUndefined()
  })

  test('loading leaves the keys of the options as they were', () => {
    const bench = makeBench()
    start(bench)
    expect(bench.options.masterKeys[0]?.key[0]).toBe(0x01)
  })

  test('any one byte of the storage damaged → all keys or none, and the device goes on with its secret; its end cut off → no keys', () => {
    const bench = makeBench()
    start(bench).device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    const saved = bench.storage.bytes ?? new Uint8Array(0)
    const before = start(bench).device.secure
    const tag = before.deviceTag(block)
    for (let at = 0; at < saved.length; at++) {
      const bytes = saved.slice()
      bytes[at] = (bytes[at] ?? 0) ^ 0x04
      bench.storage.bytes = bytes
      const { secure } = start(bench).device
      expect([{ version: 0 }, before.slot(TEST_SLOT)], `byte ${at}`).toContainEqual(secure.slot(TEST_SLOT))
      expect(secure.deviceTag(block), `byte ${at}`).toEqual(tag)
      expect(bench.storage.bytes, `byte ${at}, mended`).not.toEqual(bytes)
      bench.storage.bytes = saved.slice(0, at)
      const cut = start(bench).device.secure.slot(TEST_SLOT)
      expect([{ version: 0 }, { version: 0, damaged: true }], `${at} bytes`).toContainEqual(cut)
    }
  })

  test('both copies of the device’s part damaged → it says so, with one and the same new secret at every later start', () => {
    const bench = makeBench()
    const first = start(bench).device.secure.deviceTag(block)
    const saved = bench.storage.bytes ?? new Uint8Array(0)
    for (const at of [10, saved.length - 20]) saved[at] = (saved[at] ?? 0) ^ 1
    const second = start(bench).device.secure
    expect(second.slot(TEST_SLOT)).toEqual({ version: 0, damaged: true })
    const third = start(bench).device.secure
    expect(third.slot(TEST_SLOT)).toEqual({ version: 0, damaged: true })
    expect(third.deviceTag(block)).toEqual(second.deviceTag(block))
    expect(third.deviceTag(block)).not.toEqual(first)
  })

  test('storage that does not save at the first start → no keys', () => {
    const bench = makeBench()
    bench.storage.saves = 'not'
    expect(start(bench).device.secure.slot(TEST_SLOT)).toEqual({ version: 0 })
  })

  test('storage that does not save new working keys → storageFailed, the old ones still work', () => {
    const bench = makeBench()
    const { device } = start(bench)
    device.secure.loadWorkingKeys(TEST_SLOT, '003', fromHex(keyBlocks['003']))
    const before = device.secure.slot(TEST_SLOT)
    bench.storage.saves = 'not'
    expect(device.secure.loadWorkingKeys(TEST_SLOT, '004', block)).toEqual({ kind: 'storageFailed' })
    expect(device.secure.slot(TEST_SLOT)).toEqual(before)
    const mac = fromHex(macs.find(({ kind }) => kind === '003')?.mac ?? '')
    expect(device.secure.verifyMac(TEST_SLOT, 'x9.19', pattern(40), mac)).toBe(true)
  })

  test('the power cut while new working keys are saved → the old ones after it', () => {
    const bench = makeBench()
    const first = start(bench)
    const before = first.device.secure.slot(TEST_SLOT)
    bench.storage.saves = 'cut'
    expect(() => first.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)).toThrow('cut while saving')
    bench.storage.saves = 'well'
    expect(start(bench).device.secure.slot(TEST_SLOT)).toEqual(before)
  })

  test('the first MAC under new keys ends the previous MAK, also after a restart', () => {
    const bench = makeBench()
    const { device } = start(bench)
    const [first, second] = [macs.find(({ kind }) => kind === '003'), macs.find(({ kind }) => kind === '004')]
    device.secure.loadWorkingKeys(TEST_SLOT, '003', fromHex(keyBlocks['003']))
    device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    const old = (secure: typeof device.secure): boolean =>
      secure.verifyMac(TEST_SLOT, 'x9.19', pattern(40), fromHex(first?.mac ?? ''))
    expect(old(device.secure)).toBe(true)
    expect(device.secure.verifyMac(TEST_SLOT, 'cup-ecb', pattern(40), fromHex(second?.mac ?? ''))).toBe(true)
    expect(old(device.secure)).toBe(false)
    expect(old(start(bench).device.secure)).toBe(false)
  })
})

describe('PIN entry', () => {
  test.each(['compact', 'standard'] as const)(
    '%s: prompt, amount, asterisks and keys stand on the screen',
    async (model) => {
      const bench = makeBench(model)
      const { device, operator } = start(bench)
      device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
      void device.secure.enterPin({ ...request, amountFen: 999_999_999_999 })
      for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '2'] as const)
        operator.press(key)
      await bench.time.advance(0)
      const rows = bench.screen()
      expect(rows[0]?.trim()).toBe('请输入密码')
      expect(rows.join('\n')).toContain('9999999999.99')
      expect(rows.map((row) => row.trim())).toContain('************')
      expect(rows.at(-1)?.trim()).toBe('确认 清除 取消')
      for (const row of rows) expect(cellWidth(row)).toBeLessThanOrEqual(model === 'compact' ? 16 : 24)
      expect(bench.pictures.at(-1)?.secure).toBe(true)
    },
  )

  test('every text of the prompt table fits the compact screen', () => {
    for (const text of Object.values(pinTexts).flatMap((row) => [row.zh, row.en])) {
      expect(cellWidth(text), text).toBeLessThanOrEqual(16)
    }
  })

  test('what the application draws meanwhile makes no picture; it shows when the entry ends', async () => {
    const bench = makeBench()
    const { device, operator } = start(bench)
    device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    void device.secure.enterPin(request)
    await bench.time.advance(0)
    const pictures = bench.pictures.length
    device.display.draw(0, 0, 'later', 'normal')
    await bench.time.advance(0)
    expect(bench.pictures).toHaveLength(pictures)
    operator.press('cancel')
    await bench.time.advance(0)
    expect(bench.screen()[0]).toBe('later')
  })

  test('every key sounds the same, whatever it is', async () => {
    const bench = makeBench()
    const { device, operator } = start(bench)
    device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    void device.secure.enterPin(request)
    for (const key of ['1', '9', 'clear', 'menu'] as const) operator.press(key)
    expect(bench.beeps).toEqual(['key', 'key', 'key', 'key'])
  })

  test('the power lost while a PIN is typed → the wait never ends, the next start asks afresh', async () => {
    const bench = makeBench()
    const first = start(bench)
    first.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    let ended = false
    void first.device.secure.enterPin(request).then(() => {
      ended = true
    })
    for (const key of ['1', '2', '3', '4'] as const) first.operator.press(key)
    first.powerLost()
    first.operator.press('enter')
    await bench.time.advance(60_000)
    expect(ended).toBe(false)
    expect(await enterPin(bench, start(bench))).toMatchObject({ kind: 'entered' })
  })

  test('a PAN or an amount that no card and no sale has → RangeError, no prompt', () => {
    const { device } = start(makeBench())
    for (const pan of ['123456789012', '62226000O1234567890', '']) {
      expect(() => device.secure.enterPin({ ...request, pan })).toThrow(RangeError)
    }
    for (const amountFen of [-1, 0.5, 1_000_000_000_000]) {
      expect(() => device.secure.enterPin({ ...request, amountFen })).toThrow(RangeError)
    }
  })
})

describe('the PIN limit', () => {
  test('a sale every 20 s with three tries in every tenth, all day → never stopped', async () => {
    const bench = makeBench()
    const unit = start(bench)
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    for (let sale = 0; sale < 500; sale++) {
      for (let attempt = 0; attempt < (sale % 10 === 0 ? 3 : 1); attempt++) {
        expect((await enterPin(bench, unit)).kind, `sale ${sale}`).toBe('entered')
      }
      await bench.time.advance(20_000)
    }
  })

  test(`PINs as fast as keys can be pressed → ${PIN_BURST}, then one in ${PIN_COST_MS} ms`, async () => {
    const bench = makeBench()
    const unit = start(bench)
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    await bench.time.advance(3_600_000) // an idle hour saves nothing up
    let entered = 0
    for (let second = 0; second < 600; second++) {
      if ((await enterPin(bench, unit)).kind === 'entered') entered++
      else for (let key = 0; key < 5; key++) await unit.device.keypad.next(0)
      await bench.time.advance(1000)
    }
    expect(entered).toBe(PIN_BURST + 60 - 1)
  })

  test('neither a restart nor the clock refills it', async () => {
    const bench = makeBench()
    let unit = start(bench)
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    for (let count = 0; count < PIN_BURST; count++) expect((await enterPin(bench, unit)).kind).toBe('entered')
    unit.powerLost()
    bench.time.setWall(Date.UTC(2030, 0, 1))
    await bench.time.advance(60_000) // power is off
    unit = start(bench)
    unit.device.clock.set({ year: 2031, month: 1, day: 1, hour: 0, minute: 0, second: 0 })
    expect(await unit.device.secure.enterPin(request)).toEqual({ kind: 'tooOften', waitMs: PIN_COST_MS })
    await bench.time.advance(PIN_COST_MS)
    expect((await enterPin(bench, unit)).kind).toBe('entered')
  })

  test('a block that cannot be counted does not leave: noKey', async () => {
    const bench = makeBench()
    const unit = start(bench)
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    bench.storage.saves = 'not'
    expect(await enterPin(bench, unit)).toEqual({ kind: 'noKey' })
  })

  test('the power cut while a block is counted → no block has left', async () => {
    const bench = makeBench()
    const { device, operator } = start(bench)
    device.secure.loadWorkingKeys(TEST_SLOT, '004', block)
    const results: PinResult[] = []
    void device.secure.enterPin(request).then((result) => results.push(result))
    for (const key of ['1', '2', '3', '4'] as const satisfies readonly Key[]) operator.press(key)
    bench.storage.saves = 'cut'
    expect(() => operator.press('enter')).toThrow('cut while saving')
    await bench.time.advance(0)
    expect(results).toEqual([])
  })
})
