import { describe, expect, it } from 'vitest'
import { FIRST, makeKeyTill, SECOND } from './key-till.ts'

/** Words of the load protocol are no words of a Chinese screen. */
const ENGLISH = /[a-z]{5,}/

describe('远程密钥下载: why not', () => {
  it.each([
    ['unknownSerial', '序列号未登记'],
    ['alreadyLoaded', '主机认为已装载'],
    ['notNow', '收单机构未安排'],
  ] as const)('refused, %s → %s', async (word, says) => {
    const { till, host, keysMenu, renew } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    host.refusal = word
    renew(true)
    await keysMenu('2')
    await till.see(new RegExp(`主机未给密钥[\\s\\S]*${says}[\\s\\S]*密钥未更换`))
    expect(till.screen()).not.toMatch(ENGLISH)
  })

  it.each([
    ['a foreign message', Uint8Array.of(0xa1, 0x00, 0x09), /密钥下载失败[\s\S]*身份验证失败/],
    ['the line lost', 'close', /密钥下载失败[\s\S]*线路中断/],
  ] as const)('%s → in words', async (_, answer, says) => {
    const { till, host, keysMenu, renew } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    host.tamper = () => answer
    renew(true)
    await keysMenu('2')
    await till.see(says)
    expect(till.screen()).not.toMatch(ENGLISH)
  })

  it.each(['2', '3'] as const)('the case was opened, 密钥 %s → 机具被拆动, not 未注入密钥', async (digit) => {
    const { till, keysMenu } = makeKeyTill()
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    till.machine.operator.tamper()
    await till.toIdle()
    await keysMenu(digit)
    await till.see(/机具被拆动,停用[\s\S]*请与客服联系/)
    expect(till.screen()).not.toMatch(ENGLISH)
    expect(till.screen()).not.toContain('未注入密钥')
  })
})

describe('密钥: a secure element whose storage was damaged', () => {
  function makeDamagedTill(at: (length: number) => readonly number[]) {
    let saved: Uint8Array | undefined
    const made = makeKeyTill({
      device: {
        secureStorage: {
          load: () => saved?.slice(),
          save(bytes) {
            saved = bytes.slice()
            return true
          },
        },
      },
    })
    return {
      ...made,
      async damaged() {
        made.till.machine.powerOn()
        await made.till.see(/1 ?消费/)
        await made.till.toIdle()
        made.till.machine.powerOff()
        for (const index of at(saved?.length ?? 0)) if (saved) saved[index] = (saved[index] ?? 0) ^ 1
        made.till.machine.powerOn()
      },
    }
  }

  it('the keys → 未注入密钥; the supervisor’s password is right, and an injection makes it good again', async () => {
    const { till, damaged, keysMenu, passwords } = makeDamagedTill((length) => [length >> 1])
    await damaged()
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

  it('all of it → 安全模块损坏 and 请与客服联系, at every start, and nobody is asked for a password that cannot be right', async () => {
    const { till, damaged } = makeDamagedTill((length) => [10, length - 20])
    await damaged()
    await till.see(/安全模块损坏[\s\S]*请与客服联系/)
    await till.toIdle()
    expect(till.screen()).toContain('安全模块损坏')
    till.machine.powerOff()
    till.machine.powerOn()
    await till.see(/安全模块损坏/)
    await till.toIdle()
    await till.press('1')
    await till.see(/安全模块损坏[\s\S]*未扣款[\s\S]*请与客服联系/)
    for (const digit of ['1', '2', '3'] as const) {
      await till.toIdle()
      await till.press('4', '9', '8', digit)
      await till.see(/安全模块损坏[\s\S]*请与客服联系/)
    }
    expect(till.stops).toEqual([])
  })
})
