import { describe, expect, it } from 'vitest'
import { terminalCredential } from '../../rig/channel.ts'
import { altered, messageOf, typeOf } from '../../rig/frames.ts'
import { makeTill, type TillOptions } from '../../rig/till.ts'
import { FIRST, makeKeyTill, SECOND, SUPERVISOR } from './key-till.ts'

const noKeys: TillOptions = { device: { masterKeys: [] } }

describe('密钥: a terminal without its master key (J05)', () => {
  it('says 未注入密钥 and what to do, sends nothing, and sells nothing; after the injection it signs on by itself and sells', async () => {
    const { till, station, keysMenu, passwords } = makeKeyTill(noKeys)
    till.machine.powerOn()
    await till.see(/未注入密钥[\s\S]*请主管注入密钥/)
    await till.toIdle()
    expect(till.screen()).toContain('未注入密钥')
    for (const digit of ['1', '2'] as const) {
      await till.press(digit)
      await till.see(/未注入密钥[\s\S]*请主管注入密钥/)
      await till.toIdle()
    }
    await till.press('4', '1')
    await till.see(/未注入密钥/)
    await till.toIdle()
    expect(till.network.passed).toEqual([])

    await keysMenu('1')
    await till.see(/设置密码一/)
    await passwords(FIRST, FIRST, SECOND, SECOND)
    await till.see(/成功 密钥槽 1[\s\S]*校验值 FB4529/)
    expect(station.given.state).toBe('confirmed')
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    expect(till.network.passed.map(({ body }) => typeOf(body))).toContain('0800')
    expect(till.stops).toEqual([])
  })

  it('a wrong supervisor’s password → no injection begins', async () => {
    const { till } = makeKeyTill(noKeys)
    till.machine.powerOn()
    await till.toIdle()
    await till.press('4', '9', '8', '1')
    await till.type('000000')
    await till.press('enter')
    await till.see(/密码错误/)
    await till.press('enter')
    await till.time.advance(1_000)
    expect(till.screens.join('\n')).not.toContain('设置密码一')
    expect(till.picture()?.secure).toBe(false)
  })

  it.each([
    ['no certificate', { masterKeys: [] }, /本机无身份证书/],
    ['no socket', { masterKeys: [], credential: terminalCredential }, /未接注入站/],
  ])('%s → said in one line', async (_, device, words) => {
    const till = makeTill({ device })
    till.machine.powerOn()
    await till.toIdle()
    await till.press('4', '9', '8', '1')
    await till.type(SUPERVISOR)
    await till.press('enter')
    await till.see(words)
    await till.toIdle()
    expect(till.stops).toEqual([])
  })
})

describe('密钥: a terminal whose case was opened', () => {
  it.each(['standard', 'compact'] as const)(
    '机具被拆动 on the idle screen and at every sale, before and after a restart, %s',
    async (model) => {
      const { till } = makeKeyTill({ model })
      till.machine.powerOn()
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle()
      const frames = till.network.passed.length
      till.machine.operator.tamper()
      await till.see(/机具被拆动,停用/, 30_000)
      await till.press('1')
      await till.see(/机具被拆动,停用[\s\S]*未扣款/)
      if (model === 'compact') await till.press('down')
      await till.see(/请与客服联系/)
      await till.toIdle()
      await till.press('8', '1') // cash, which needs no line
      await till.see(/机具被拆动,停用[\s\S]*未扣款/)
      await till.toIdle()
      till.machine.powerOff()
      till.machine.powerOn()
      await till.see(/机具被拆动,停用[\s\S]*请与客服联系/)
      await till.toIdle()
      await till.press('4', '1')
      await till.see(/机具被拆动/)
      await till.toIdle()
      expect(till.network.passed.length).toBe(frames)
    },
  )

  it('送修: the maker closes it → 未注入密钥; new injection passwords, a key, and it sells; operators’ passwords are as before', async () => {
    const { till, keysMenu, passwords } = makeKeyTill()
    till.machine.powerOn()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    till.machine.operator.tamper()
    till.machine.operator.service() // with the power on: nothing
    await till.toIdle()
    await keysMenu('1')
    await till.see(/本机无身份证书[\s\S]*请送厂家维修/)
    await till.toIdle()
    till.machine.powerOff()
    till.machine.operator.service()
    till.machine.powerOn()
    await till.see(/未注入密钥/)
    await till.toIdle()
    await keysMenu('1')
    await till.see(/设置密码一/)
    await passwords(FIRST, FIRST, SECOND, SECOND)
    await till.see(/成功 密钥槽 1/)
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    expect(till.stops).toEqual([])
  })

  it('opened while a PIN is typed → the sale is given up, nothing is sent, nothing is owed', async () => {
    const { till } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    await till.press('1')
    await till.type('0012')
    await till.press('enter')
    await till.type('8880')
    await till.press('enter')
    await till.see(/请刷卡/)
    await till.swipe(till.cards[0] as (typeof till.cards)[0])
    await till.see(/请输入密码/)
    till.machine.operator.tamper()
    await till.toIdle()
    expect(till.network.passed.map(({ body }) => typeOf(body))).not.toContain('0200')
    expect(till.screen()).toContain('机具被拆动')
  })
})

describe('远程密钥下载', () => {
  it('the new key’s check value is told; the next need signs on; what is owed stays owed (K07)', async () => {
    const { till, host, keysMenu, renew } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    till.network.fate = ({ body }) => ({
      kind: typeOf(body) === '0210' || typeOf(body) === '0410' ? 'lose' : 'deliver',
    })
    await till.order()
    await till.time.advance(61_000)
    await till.toIdle()
    expect(till.screen()).toContain('待冲正')
    renew(true)
    await keysMenu('2')
    await till.see(/新密钥已装载[\s\S]*[0-9A-F]{6}/)
    expect(host.given.state).toBe('confirmed')
    renew(false)
    await till.toIdle()
    expect(till.screen()).toContain('待冲正')
    const before = till.network.passed.length
    await till.press('1')
    await till.time.advance(2_000)
    expect(typeOf(till.network.passed[before]?.body ?? new Uint8Array(0))).toBe('0800')
  })

  it('not ordered → 主机未给密钥, 收单机构未安排, 密钥未更换; and it goes on selling', async () => {
    const { till, host, keysMenu, renew } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    host.refusal = 'notExpected'
    renew(true)
    await keysMenu('2')
    await till.see(/主机未给密钥[\s\S]*收单机构未安排[\s\S]*密钥未更换/)
    renew(false)
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    expect(till.stops).toEqual([])
  })

  it('the red key ends a silent host', async () => {
    const { till, host, keysMenu, renew } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    host.silent = true
    renew(true)
    await keysMenu('2')
    await till.see(/正在连接主机/)
    await till.press('cancel')
    await till.see(/密钥下载失败[\s\S]*密钥未更换/)
    expect(till.stops).toEqual([])
  })
})

describe('密钥校验', () => {
  it.each(['standard', 'compact'] as const)(
    'every slot with keys and their check values, %s',
    async (model) => {
      const { till, keysMenu } = makeKeyTill({ model })
      till.machine.powerOn()
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle()
      await keysMenu('3')
      await till.see(/1 TMK FB4529\n1 PIK [0-9A-F]{6}/)
      await till.press('down')
      await till.see(/1 MAK [0-9A-F]{6}/)
      await till.toIdle()
      expect(till.stops).toEqual([])
    },
  )
})

describe('K05 a sign-on answer that is not of now', () => {
  it('cup: an older key block in a fresh answer → 签到应答重放, the keys stay', async () => {
    const { till } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    const first = till.network.passed.find(({ body }) => typeOf(body) === '0810')?.body ?? new Uint8Array(0)
    const block = messageOf(first)?.fields[62] as Uint8Array
    await till.press('4', '1')
    await till.see(/签到成功/)
    await till.toIdle()
    till.network.fate = ({ body }) =>
      typeOf(body) === '0810' ? { kind: 'replace', body: altered(body, { 62: block }) } : { kind: 'deliver' }
    await till.press('4', '1')
    await till.see(/签到失败[\s\S]*签到应答重放/)
    expect(till.stops).toEqual([])
  })

  it.each([
    ['another key block', { 62: undefined as Uint8Array | undefined }],
    ['another time', { 12: '010203' }],
    ['no MAC', { 64: undefined }],
  ])('cbor: the answer with %s → 工作密钥校验错, the keys stay', async (_, changes) => {
    const { till } = makeKeyTill({ setup: { dialect: 'cbor' } })
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    const first = till.network.passed.find(({ body }) => typeOf(body) === '0810')?.body ?? new Uint8Array(0)
    const block = messageOf(first)?.fields[62] as Uint8Array
    await till.order() // the host has seen a message under these keys
    await till.see(/交易成功/)
    await till.toIdle()
    const changed = '62' in changes ? { 62: block } : changes
    till.network.fate = ({ body }) =>
      typeOf(body) === '0810' ? { kind: 'replace', body: altered(body, changed) } : { kind: 'deliver' }
    await till.press('4', '1')
    await till.see(/签到失败[\s\S]*工作密钥校验错/)
    till.network.fate = () => ({ kind: 'deliver' })
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    expect(till.stops).toEqual([])
  })
})
