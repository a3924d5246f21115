import { describe, expect, test } from 'vitest'
import { LOCKED_MS } from '../../../emulator/device/injection-lock.ts'
import { toHex } from '../../../keys/hex.ts'
import { FIRST, madeUnit, makeUnit, SECOND } from './injection-unit.ts'

describe('密钥注入: two passwords by two people', () => {
  test('first time: each is made and typed twice, then the station is sought', async () => {
    const unit = await makeUnit()
    unit.station.silent = true
    void unit.inject()
    const prompts: string[] = []
    for (const typed of [undefined, FIRST, FIRST, SECOND, SECOND]) {
      if (typed !== undefined) await unit.type(typed)
      else await unit.press()
      prompts.push(unit.bench.screen()[2]?.trim() ?? '')
    }
    expect(prompts).toEqual(['设置密码一', '再次输入密码一', '设置密码二', '再次输入密码二', '连接注入站'])
  })

  test('a repetition that differs → asked for again from that person on, nobody else', async () => {
    const unit = await makeUnit()
    void unit.inject()
    await unit.type(FIRST, '2718280')
    expect(unit.screen()).toMatch(/设置密码一[\s\S]*两次输入不一致/)
    await unit.type(FIRST, FIRST, SECOND, `${SECOND}0`)
    expect(unit.screen()).toMatch(/设置密码二[\s\S]*两次输入不一致/)
  })

  test('the second person takes the first one’s password → refused, asked again', async () => {
    const unit = await makeUnit()
    void unit.inject()
    await unit.type(FIRST, FIRST, FIRST)
    expect(unit.screen()).toMatch(/设置密码二[\s\S]*两人密码须不同/)
  })

  test.each([
    ['six digits', '123456', 6],
    ['a thirteenth digit', '1234567890123', 12],
  ])('%s → not taken', async (_, typed, stars) => {
    const unit = await makeUnit()
    void unit.inject()
    await unit.press(...typed)
    expect(unit.screen().split('*').length - 1).toBe(stars)
    await unit.press(...(stars === 6 ? ['enter'] : []))
    expect(unit.screen()).toContain('设置密码一')
    if (stars === 6) expect(unit.bench.beeps).toContain('bad')
  })

  test('clear takes the digits away; they show as asterisks only', async () => {
    const unit = await makeUnit({ model: 'compact' })
    void unit.inject()
    await unit.press(...'7654321', 'clear', '7', '7')
    expect(unit.screen().split('*').length - 1).toBe(2)
    expect(unit.screen()).not.toContain('7')
  })

  test('made once, asked for ever after, also after the power was off', async () => {
    const { bench, station } = await madeUnit()
    const unit = await makeUnit({ bench, station })
    void unit.inject()
    await unit.press()
    expect(unit.screen()).toContain('请输入密码一')
    await unit.type(FIRST)
    expect(unit.screen()).toContain('请输入密码二')
    station.silent = true
    await unit.type(SECOND)
    expect(unit.screen()).toContain('连接注入站')
  })

  test.each([
    ['the first wrong', '9999999', SECOND],
    ['the second wrong', FIRST, '9999999'],
    ['in the other order', SECOND, FIRST],
    ['one a digit longer', `${FIRST}0`, SECOND],
    ['the first one twice', FIRST, FIRST],
  ])('%s → 密码错, said after both, and not which', async (_, one, two) => {
    const unit = await madeUnit()
    void unit.inject()
    await unit.type(one)
    expect(unit.screen()).toContain('请输入密码二')
    await unit.type(two)
    expect(unit.screen()).toMatch(/请输入密码一[\s\S]*密码错请重输/)
    expect(unit.station.wire).toEqual([])
  })

  test('five wrong pairs → locked for 15 minutes, which a restart does not shorten; the right ones do not open it', async () => {
    const unit = await madeUnit()
    const first = unit.inject()
    for (let pair = 0; pair < 4; pair++) await unit.type('9999999', SECOND)
    expect(first.result).toBeUndefined()
    await unit.type('9999999', SECOND)
    expect(unit.screen()).toMatch(/已锁定[\s\S]*15/)
    await unit.press('enter')
    expect(first.result).toEqual({ kind: 'locked', waitMs: LOCKED_MS })
    const again = await makeUnit({ bench: unit.bench, station: unit.station })
    const second = again.inject()
    await again.press()
    expect(again.screen()).toMatch(/已锁定[\s\S]*15/)
    await again.press('enter')
    expect(second.result).toEqual({ kind: 'locked', waitMs: LOCKED_MS })
    await unit.bench.time.advance(LOCKED_MS - 1)
    const third = again.inject()
    await again.press('enter')
    expect(third.result).toEqual({ kind: 'locked', waitMs: 1 })
    await unit.bench.time.advance(1)
    void again.inject()
    await again.type(FIRST, SECOND)
    expect(again.screen()).not.toContain('已锁定')
  })

  test('each try is counted before it is judged: the plug pulled at the verdict gains nothing', async () => {
    const unit = await madeUnit()
    for (let pair = 0; pair < 5; pair++) {
      const next = await makeUnit({ bench: unit.bench, station: unit.station })
      void next.inject()
      await next.type('9999999', SECOND)
      next.powerLost()
    }
    const last = await makeUnit({ bench: unit.bench, station: unit.station })
    const locked = last.inject()
    await last.press('enter')
    expect(locked.result?.kind).toBe('locked')
  })

  test('right ones take the count back', async () => {
    const unit = await madeUnit()
    for (let round = 0; round < 3; round++) {
      const asked = unit.inject()
      for (let pair = 0; pair < 4; pair++) await unit.type('9999999', SECOND)
      await unit.type(FIRST, SECOND)
      await unit.press('cancel')
      expect(asked.result?.kind).not.toBe('locked')
    }
  })

  test('a try that cannot be counted is not judged: 保存失败, and nothing leaves on the cable', async () => {
    const unit = await madeUnit()
    const asked = unit.inject()
    unit.bench.storage.saves = 'not'
    await unit.type(FIRST, SECOND)
    expect(unit.screen()).toContain('保存失败')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'failed', why: 'storage' })
    expect(unit.station.wire).toEqual([])
  })

  test('no digit is in what is saved, nor a tag that the application could make with deviceTag', async () => {
    const unit = await madeUnit()
    const saved = toHex(unit.bench.storage.bytes ?? new Uint8Array(0))
    for (const password of [FIRST, SECOND]) {
      const values = Uint8Array.from(password, Number)
      for (const bytes of [values, Uint8Array.from(Buffer.from(password))]) {
        expect(saved).not.toContain(toHex(bytes))
        for (let length = 0; length <= 256; length++) {
          const padded = new Uint8Array(Math.max(length, bytes.length))
          padded.set(bytes)
          expect(saved).not.toContain(toHex(unit.device.secure.deviceTag(padded)))
        }
      }
    }
  })

  test('修改密码: the menu key, the old pair, the new one, each twice → kept; the old ones are wrong from then on', async () => {
    const unit = await madeUnit()
    const asked = unit.inject()
    await unit.press()
    expect(unit.screen()).toContain('菜单键:修改密码')
    await unit.press('menu')
    expect(unit.screen()).toMatch(/请输入密码一[\s\S]*修改:先输旧密码/)
    await unit.type(FIRST, SECOND)
    expect(unit.screen()).toContain('设置密码一')
    await unit.type('7777777', '7777777', '8888888', '8888888')
    expect(unit.screen()).toContain('密码已修改')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'cancelled' })
    expect(unit.station.wire).toEqual([])
    const again = await makeUnit({ bench: unit.bench, station: unit.station })
    void again.inject()
    await again.type(FIRST, SECOND)
    expect(again.screen()).toContain('密码错请重输')
    await again.type('7777777', '8888888')
    await again.bench.time.advance(100)
    expect(again.screen()).toContain('成功')
  })

  test('修改密码 with a wrong old pair → counted and refused, no new one is asked for', async () => {
    const unit = await madeUnit()
    void unit.inject()
    await unit.press('menu')
    await unit.type(FIRST, '9999999')
    expect(unit.screen()).toMatch(/请输入密码一[\s\S]*密码错请重输/)
    for (let pair = 0; pair < 4; pair++) await unit.type(FIRST, '9999999')
    expect(unit.screen()).toContain('已锁定')
  })

  test('the menu key is one of the beginning: not while digits are there, not at the second password, not where none are made', async () => {
    const unit = await madeUnit()
    void unit.inject()
    await unit.press('1', 'menu', 'clear')
    expect(unit.screen()).not.toContain('先输旧密码')
    await unit.type(FIRST)
    await unit.press('menu')
    expect(unit.screen()).not.toContain('先输旧密码')
    const fresh = await makeUnit()
    void fresh.inject()
    await fresh.press('menu')
    expect(fresh.screen()).toMatch(/设置密码一[\s\S]*7至12位数字/)
  })

  test('new passwords that cannot be saved → 保存失败, the old ones are right', async () => {
    const unit = await madeUnit()
    void unit.inject()
    await unit.press('menu')
    await unit.type(FIRST, SECOND, '7777777', '7777777', '8888888')
    unit.bench.storage.saves = 'not'
    await unit.type('8888888')
    expect(unit.screen()).toContain('保存失败')
    await unit.press('enter')
    unit.bench.storage.saves = 'well'
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('成功')
  })
})
