import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'
import { journalOf } from '../../rig/audit.ts'
import { messageOf, typeOf } from '../../rig/frames.ts'
import { makeTill, type Till, type TillOptions } from '../../rig/till.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))

async function ready(options: TillOptions = {}): Promise<Till> {
  const till = makeTill({ gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)), ...options })
  till.machine.powerOn()
  await till.toIdle()
  return till
}
const typed = async (till: Till, digits: string): Promise<void> => {
  await till.type(digits)
  await till.press('enter')
}
/** 管理 → 更多 → entry. */
const more = (till: Till, digit: '1' | '2' | '3' | '4' | '5' | '6' | '7') => till.press('4', '9', digit)
/** 管理 → 柜员管理 → entry, with the supervisor's password. */
async function cashiers(till: Till, digit: '1' | '2' | '3', number: string): Promise<void> {
  await till.press('4', '8', digit)
  await till.see(/请主管输入密码/)
  await typed(till, '123456')
  await till.see(/柜员号 01-98/)
  await typed(till, number)
}
async function logOn(till: Till, number: string, password: string): Promise<void> {
  await till.press('4', '4')
  await till.see(/请输入柜员号/)
  await typed(till, number)
  await till.see(/请输入密码|没有此柜员/)
  if (!/没有此柜员/.test(till.screen())) await typed(till, password)
}
const fieldsSent = (till: Till, network: string) =>
  till.network.passed
    .filter(({ direction }) => direction === 'toHost')
    .map(({ body }) => messageOf(body)?.fields ?? {})
    .filter((fields) => String(fields[60]).slice(8) === network)

describe('cashiers 柜员管理', () => {
  it('added with the first password, logs on, is deleted, and is nobody then', async () => {
    const till = await ready()
    await cashiers(till, '1', '42')
    await till.see(/已增加,初始密码0000/)
    await till.toIdle()
    await logOn(till, '42', '0000')
    await till.see(/登录成功/)
    await till.toIdle()
    expect(till.screen()).toMatch(/柜员 42/)
    await logOn(till, '01', '0000')
    await till.see(/登录成功/)
    await till.toIdle()
    await cashiers(till, '2', '42')
    await till.see(/确认删除柜员 42/)
    await till.press('enter')
    await till.see(/柜员已删除/)
    await till.toIdle()
    await logOn(till, '42', '0000')
    await till.see(/没有此柜员/)
  })

  it('exists already, logged on just now, 00 and 99: refused', async () => {
    const till = await ready()
    await cashiers(till, '1', '03')
    await till.see(/柜员已存在/)
    await till.toIdle()
    await cashiers(till, '2', '01')
    await till.see(/已登录,不能删除/)
    await till.toIdle()
    expect(till.screen()).toMatch(/柜员 01/)
    for (const number of ['00', '99']) {
      await cashiers(till, '2', number)
      await till.see(/柜员号 01-98\s*$/)
      await till.press('cancel')
      await till.toIdle('cancel')
    }
  })

  it('the wrong password of the supervisor: nothing happens', async () => {
    const till = await ready()
    await till.press('4', '8', '1')
    await till.see(/请主管输入密码/)
    await typed(till, '654321')
    await till.see(/密码错误/)
    await till.toIdle()
    await logOn(till, '42', '0000')
    await till.see(/没有此柜员/)
    expect(journalOf(till).setting(142)).toBeUndefined()
  })

  it('reset: a forgotten password is the first one again, also after a power cut', async () => {
    const till = await ready()
    await cashiers(till, '3', '02')
    await till.see(/密码已重置为0000/)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await logOn(till, '02', '0000')
    await till.see(/登录成功/)
    await till.toIdle()
    expect(till.screen()).toMatch(/柜员 02/)
  })
})

describe('lock 锁定终端', () => {
  it('nothing goes while it is locked, also after a power cut, until whoever locked it unlocks it', async () => {
    const till = await ready()
    await more(till, '2')
    await till.see(/终端已锁定/)
    expect(till.screen()).toMatch(/锁定柜员 01/)
    const frames = till.network.passed.length
    till.machine.powerOff()
    till.machine.powerOn()
    await till.see(/终端已锁定/, 20_000)
    await till.swipe(';6222600001234567890=30122010000000000?')
    await till.time.advance(5_000)
    expect(till.screen()).toMatch(/终端已锁定/)
    await till.press('1')
    await till.see(/请输入柜员号/)
    await typed(till, '02')
    await till.see(/须锁定柜员或主管/)
    await till.see(/任意键解锁/, 20_000)
    await till.press('1')
    await till.see(/请输入柜员号/)
    await typed(till, '01')
    await till.see(/请输入密码/)
    await typed(till, '0000')
    await till.toIdle()
    expect(till.network.passed.slice(frames).some(({ body }) => typeOf(body) === '0200')).toBe(false)
  })

  it('a wrong password, or none: it stays locked', async () => {
    const till = await ready()
    await more(till, '2')
    await till.see(/终端已锁定/)
    await till.press('1')
    await till.see(/请输入柜员号/)
    await typed(till, '01')
    await till.see(/请输入密码/)
    await typed(till, '1111')
    await till.see(/密码错误/)
    await till.see(/任意键解锁/, 20_000)
    await till.press('1')
    await till.see(/请输入柜员号/)
    await typed(till, '01')
    await till.see(/请输入密码/)
    await till.press('cancel')
    await till.see(/任意键解锁/)
    expect(till.network.passed.some(({ body }) => typeOf(body) === '0200')).toBe(false)
  })

  it('the supervisor unlocks it and is logged on then', async () => {
    const till = await ready()
    await more(till, '2')
    await till.see(/终端已锁定/)
    await till.press('enter')
    await till.see(/请输入柜员号/)
    await typed(till, '00')
    await till.see(/请输入密码/)
    await typed(till, '123456')
    await till.toIdle()
    expect(till.screen()).toMatch(/柜员 00/)
  })
})

describe('sign-off 签退', () => {
  it('told to the host; the next sale signs on first', async () => {
    const till = await ready()
    await more(till, '1')
    await till.see(/签退成功/)
    expect(fieldsSent(till, '002').length).toBe(1)
    await till.toIdle()
    const from = till.network.passed.length
    await till.order()
    await till.see(/交易成功/)
    const types = till.network.passed.slice(from).map(({ body }) => typeOf(body))
    expect(types.slice(0, 3)).toEqual(['0800', '0810', '0200'])
  })

  it('a restart after it: signed on anew before anything else, for the host has no keys any more', async () => {
    const till = await ready()
    await more(till, '1')
    await till.see(/签退成功/)
    await till.toIdle()
    till.machine.powerOff()
    const from = till.network.passed.length
    till.machine.powerOn()
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    const types = till.network.passed.slice(from).map(({ body }) => typeOf(body))
    expect(types.slice(0, 3)).toEqual(['0800', '0810', '0200'])
  })
})

describe('status 状态上送, inspection 巡检', () => {
  it('status: 127 characters that the host takes', async () => {
    const till = await ready()
    await more(till, '4')
    await till.see(/上送成功/)
    const [fields] = fieldsSent(till, '362')
    const record = Buffer.from((fields?.[62] ?? new Uint8Array()) as Uint8Array).toString('latin1')
    expect(record).toMatch(/^010020030040050.{112}$/)
  })

  it('inspection: number, six questions, sent; what is bad is said so', async () => {
    const till = await ready()
    await more(till, '5')
    await till.see(/工程师编号/)
    await typed(till, '1234')
    for (const [index, question] of [/显示/, /按键/, /读卡/, /打印/, /封条/, /接线/].entries()) {
      await till.see(question)
      await till.press(index === 3 ? 'cancel' : 'enter')
    }
    await till.see(/上送成功/)
    const [fields] = fieldsSent(till, '803')
    const text = Buffer.from(fields?.[62] as Uint8Array).toString('latin1')
    expect(text).toMatch(
      /^E1234;screen=good;keys=good;reader=good;printer=bad;case=good;cables=good;version=/,
    )
    expect(text).toMatch(/batch=000001;entries=0;/)
  })
})

describe('self-test 机具自检', () => {
  it('screen, every key, card, paper: all good', async () => {
    const till = await ready()
    await more(till, '6')
    for (let screen = 0; screen < 4; screen++) await till.press('enter')
    await till.see(/显示是否清晰/)
    await till.press('enter')
    await till.see(/未按/)
    for (const key of KEYS) await till.press(key)
    await till.see(/请刷任意卡/)
    await till.swipe(';6222600001234567890=30122010000000000?')
    await till.see(/打印是否清晰/, 10_000)
    await till.press('enter')
    await till.see(/正常/)
    expect(till.screen()).not.toMatch(/异常/)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/消费充值结算门店/)
  })

  it('a key that nobody can press: cancel twice, and it is called bad', async () => {
    const till = await ready()
    await more(till, '6')
    for (let screen = 0; screen < 4; screen++) await till.press('enter')
    await till.see(/显示是否清晰/)
    await till.press('enter')
    await till.see(/未按/)
    await till.press('cancel', 'cancel')
    await till.see(/请刷任意卡/)
    await till.time.advance(31_000)
    await till.see(/打印是否清晰/, 10_000)
    await till.press('enter')
    await till.see(/异常/)
    expect(till.screen()).toMatch(/异常 按键/)
  })
})
