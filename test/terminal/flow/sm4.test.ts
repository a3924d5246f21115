import { describe, expect, it } from 'vitest'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { fromHex } from '../../../keys/hex.ts'
import { conversation, expectClosed, settle } from '../../rig/batch.ts'
import { HOST_ID, hostCredential, terminalCredential } from '../../rig/channel.ts'
import { sentFields } from '../../rig/failure.ts'
import { messageOf, requests } from '../../rig/frames.ts'
import { choose } from '../../rig/member-till.ts'
import { makeRawLine, type RawLine } from '../../rig/raw-line.ts'
import {
  makeSm4Till,
  SHORT,
  SIGNS,
  SM4_CHECK_VALUE,
  SM4_PROFILE,
  type Sm4TillOptions,
} from '../../rig/sm4.ts'
import { CARDS, MASTER_KEY, TERMINAL, type Till } from '../../rig/till.ts'

async function ready(options: Sm4TillOptions = {}): Promise<Till> {
  const till = makeSm4Till(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** From idle to the swipe of a card; the PIN is never asked for. */
async function order(till: Till, card = SIGNS, amount = '8880'): Promise<void> {
  await till.press('1')
  await till.see(/门店编号/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额|RMB 0\.00/)
  await till.type(amount)
  await till.press('enter')
  await till.see(/请刷卡/)
  await till.swipe(card)
}

/** 现金 for 88.80. */
async function cash(till: Till): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额/)
  await till.type('8880')
  await till.press('enter')
  await till.see(/应收/)
  await till.type('10000')
  await till.press('enter')
  await till.see(/找零 RMB 11\.20/)
  await till.press('enter')
  await till.see(/交易成功/)
  await till.toIdle()
}

const seen = (till: Till): string => till.screens.join('\n')
const answers = (till: Till, mti: string) =>
  till.network.passed.flatMap(({ direction, body }) => {
    const message = messageOf(body)
    return direction === 'toTerminal' && message?.mti === mti ? [message.fields] : []
  })

describe.each(['cup', 'cbor'] as const)('a till of an SM4 acquirer 国密, dialect %s', (dialect) => {
  it('sign-on 006, a cash sale and its settlement: every MAC is right at the other end, the batch is balanced', async () => {
    const till = await ready({ dialect })
    expect(sentFields(till, '0800').map((fields) => String(fields[60]).slice(8))).toEqual(['006'])
    const [signedOn] = answers(till, '0810')
    const block = signedOn?.[62]
    expect([signedOn?.[39], block instanceof Uint8Array && block.length]).toEqual(['00', 60])
    expect(signedOn !== undefined && 64 in signedOn).toBe(dialect === 'cbor')
    await cash(till)
    await settle(till)
    expect(seen(till)).toMatch(/结算完成\s+对账平/)
    expect(conversation(till)).toContain('0500')
    await expectClosed(till, { debit: [1, 8880], credit: [0, 0] })
    expect([till.host.alarms(), till.stops]).toEqual([{}, []])
  })

  it('a card without PIN: 机构不收密码 is said, the sale goes without, 53 says SM4, the track is encrypted and read', async () => {
    const till = await ready({ dialect })
    await order(till)
    await till.see(/机构不收密码/)
    await till.press('enter')
    await till.see(/交易成功/, 70_000)
    await till.toIdle()
    const [sale] = sentFields(till, '0200')
    expect(sale).toMatchObject({ 22: '022', 53: '0310000000000000' })
    expect([26 in (sale ?? {}), 52 in (sale ?? {})]).toEqual([false, false])
    const [sent, kept] = [String(sale?.[35]), SIGNS.track2]
    expect([sent.length, sent.slice(0, 4), sent.slice(36)]).toEqual([37, kept.slice(0, 4), kept.slice(36)])
    expect(sent.slice(4, 36)).not.toBe(kept.slice(4, 36))
    expect(await till.balance('signs')).toBe(1_000_000 - 8880)
    expect([till.host.alarms(), till.stops]).toEqual([{}, []])
  })
})

describe('no PIN under SM4: its block has no confirmed place in a message', () => {
  it('a card with a PIN → 55 from the host, and the terminal does not try again without', async () => {
    const till = await ready()
    await order(till, CARDS[0])
    await till.toIdle()
    expect(requests(till).filter((mti) => mti === '0200')).toHaveLength(1)
    expect(answers(till, '0210').map((fields) => fields[39])).toEqual(['55'])
    expect(seen(till).match(/机构不收密码/g)).toHaveLength(2)
    expect([await till.balance('member'), till.stops]).toEqual([10_000_000, []])
  })

  it('where no PIN may be left out → refused, nothing is sent', async () => {
    const till = await ready({ parameters: { pinBypass: false } })
    await order(till)
    await till.see(/机构不收密码/)
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
    expect(till.stops).toEqual([])
  })

  it('修改密码, 余额查询 → the PIN change is refused before a card is asked for; the enquiry goes without a PIN', async () => {
    const till = await ready()
    await choose(till, '4')
    await till.see(/机构不收密码/)
    await till.toIdle()
    expect(requests(till)).toEqual(['0800'])
    expect(seen(till)).not.toMatch(/请刷卡(?!或)/)
    await till.press('2')
    await till.see(/请刷卡/)
    await till.swipe(SIGNS)
    await till.toIdle()
    const [enquiry] = sentFields(till, '0200')
    expect([enquiry?.[3], 52 in (enquiry ?? {})]).toEqual(['310000', false])
    expect(till.stops).toEqual([])
  })

  it('a track too short for one block of SM4 → 无效卡, nothing is sent, nothing stops; in clear it is sold', async () => {
    const till = await ready()
    await order(till, SHORT)
    await till.see(/无效卡/)
    await till.toIdle()
    expect([requests(till), till.stops]).toEqual([['0800'], []])
    const clear = await ready({ profile: { ...SM4_PROFILE, trackEncryption: false } })
    await order(clear, SHORT)
    await clear.see(/交易成功/, 70_000)
    expect(sentFields(clear, '0200')[0]).toMatchObject({ 35: SHORT.track2, 53: '0300000000000000' })
  })
})

describe('keys of the other cipher', () => {
  it('a terminal with a TDES master key at an SM4 acquirer, or the other way round → not signed on, and it says why', async () => {
    const tdes = { slot: 1, key: fromHex(MASTER_KEY), checkValue: 'FB4529' }
    for (const [options, said] of [
      [{ device: { masterKeys: [tdes] } }, /工作密钥校验错/],
      [{ profile: { ...profileNamed('mall'), name: 'sm4' } }, /签到失败/],
    ] as const) {
      const till = makeSm4Till(options)
      till.machine.powerOn()
      await till.see(/签到失败/, 70_000)
      await till.toIdle()
      expect(seen(till)).toMatch(said)
      expect(till.stops).toEqual([])
    }
  })
})

describe('远程密钥下载 of an SM4 master key', () => {
  it('ordered → an SM4 key is loaded from the menu, the terminal signs on with 006 under it and sells', async () => {
    const line: RawLine = makeRawLine(
      () => till.time,
      () => till.host.connection(),
    )
    const till: Till = makeSm4Till({
      device: { credential: terminalCredential, hostId: HOST_ID, dial: line.dial },
      hostOptions: { channel: { credential: hostCredential, only: false } },
    })
    till.machine.powerOn()
    await till.toIdle()
    await till.store.transact(() => ({
      posting: {
        keyOrders: [
          { terminalId: TERMINAL, value: { by: 'chen', at: { date: '20261121', time: '090500' } } },
        ],
      },
      result: undefined,
    }))
    await till.press('4', '9', '8', '2')
    await till.see(/请主管输入密码/)
    await till.type('123456')
    await till.press('enter')
    await till.see(/新密钥已装载/, 70_000)
    await till.toIdle()
    const [keys] = await till.store.masterKeys()
    expect(keys).toMatchObject({
      provisioned: SM4_CHECK_VALUE,
      current: { algorithm: 'SM4', source: 'remote' },
    })
    expect(seen(till)).toContain(String(keys?.current.checkValue))
    await cash(till)
    expect(till.host.alarms()).toEqual({})
  })
})
