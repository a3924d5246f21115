import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
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
const fieldsSent = (till: Till, network: string) =>
  till.network.passed
    .filter(({ direction }) => direction === 'toHost')
    .map(({ body }) => messageOf(body)?.fields ?? {})
    .filter((fields) => String(fields[60]).slice(8) === network)

describe('parameter download 参数下载', () => {
  it('all taken at once, the terminal starts anew with them', async () => {
    const till = await ready({
      acquirer: {
        download: {
          answerTimeoutS: 30,
          autoSignOff: true,
          merchantName: '新名字商店',
          resends: 5,
          transactions: 'FFFFFF7F',
        },
      },
    })
    await more(till, '3')
    await till.see(/参数已更新/)
    await till.see(/新名字商店/, 30_000)
    await till.toIdle()
    expect(till.screen()).toMatch(/^ *新名字商店/)
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    expect(till.screen()).toMatch(/^ *新名字商店/)
    expect(fieldsSent(till, '361').length).toBe(1)
  })

  it('a function that is switched off leaves the menu', async () => {
    const bits = 0xffffffff & ~(1 << (31 - 1)) & ~(1 << (31 - 7)) // 预授权, 退货
    const transactions = (bits >>> 0).toString(16).padStart(8, '0').toUpperCase()
    const till = await ready({ acquirer: { download: { transactions } } })
    await more(till, '3')
    await till.see(/参数已更新/)
    await till.toIdle()
    await till.press('5')
    await till.see(/1 消费撤销/)
    expect(till.screen()).not.toMatch(/2 退货/)
  })

  it('what wants an empty batch: refused whole while there is something to settle, taken afterwards', async () => {
    const till = await ready({ acquirer: { download: { answerTimeoutS: 30, merchantName: 'New' } } })
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    await more(till, '3')
    await till.see(/请先结算/)
    expect(journalOf(till).setting(10)).toBeUndefined()
    await till.toIdle()
    await till.press('9')
    await till.see(/净额/)
    await till.press('enter')
    await till.see(/结算完成/, 30_000)
    await till.toIdle()
    await more(till, '3')
    await till.see(/参数已更新/)
  })

  it('a value that the table refuses: nothing is taken', async () => {
    const till = await ready({ acquirer: { download: { answerTimeoutS: 1, merchantName: 'X' } } })
    await more(till, '3')
    await till.see(/参数有误,未采用/)
    await till.toIdle()
    expect(till.screen()).toMatch(/示例家居广场/)
    expect(fieldsSent(till, '361')).toEqual([]) // the host is not told that they are in force
  })

  it('altered on the line: not taken, whatever it says', async () => {
    const till = await ready({ acquirer: { download: { answerTimeoutS: 30 } } })
    till.network.fate = ({ body, direction }) => {
      if (direction === 'toHost' || typeOf(body) !== '0810') return { kind: 'deliver' }
      const text = Buffer.from(body).toString('latin1').replace('1230', '1299')
      return { kind: 'replace', body: new Uint8Array(Buffer.from(text, 'latin1')) }
    }
    await more(till, '3')
    await till.see(/MAC/, 20_000)
    await till.toIdle()
    expect(journalOf(till).setting(10)).toBeUndefined()
  })

  it('power cut at every flash operation: the old values or the new ones, never a mixture', async () => {
    const download = { answerTimeoutS: 30, resends: 5, merchantName: 'New' }
    for (let operation = 0; operation < 60; operation++) {
      const till = await ready({ acquirer: { download } })
      till.chip.cut({
        operation: till.chip.operations() + operation,
        when: 'inside',
        tear: { kind: 'someBits' },
      })
      await more(till, '3')
      await till.time.advance(8_000)
      const cut = till.machine.state === 'off'
      till.chip.cut(undefined)
      if (cut) till.machine.powerOn()
      await till.toIdle()
      const isNew = /^ *New/.test(till.screen())
      const { storedParameters } = await import('../../../terminal/parameter/store.ts')
      const stored = storedParameters(journalOf(till))
      expect(stored, `operation ${operation}`).toEqual(
        isNew ? { answerTimeoutSeconds: 30, reversalAttempts: 5, merchantName: 'New' } : {},
      )
      if (!cut) return
    }
    expect.fail('the download never ended')
  })
})

describe('settings 参数设置', () => {
  const open = async (till: Till): Promise<void> => {
    await more(till, '7')
    await till.see(/请管理员输入密码/)
    await typed(till, '12345678')
    await till.see(/语言/)
    await till.press('enter')
    await till.see(/输入序号查看/)
  }

  it('the administrator changes the number of slip copies: in force after the restart', async () => {
    const till = await ready()
    await open(till)
    await typed(till, '16')
    await till.see(/1 1 联\s*\n2 2 联/)
    await till.press('1')
    await till.see(/语言/)
    await till.press('cancel')
    await till.see(/输入序号|参数已更新/)
    if (/输入序号/.test(till.screen())) await till.press('cancel')
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(till.paper.map(({ text }) => text).filter((text) => /存根/.test(text)).length).toBe(1)
  })

  it('what is the acquirer’s to change is shown and not changed; out of range is not taken', async () => {
    const till = await ready()
    await open(till)
    await typed(till, '22')
    await till.see(/限收单机构更改/)
    await till.press('enter')
    await till.see(/语言/)
    await till.press('enter')
    await typed(till, '10')
    await till.see(/5-120/)
    await typed(till, '121')
    await till.see(/5-120\s*$/)
    await till.press('cancel')
    await till.toIdle('cancel')
    expect(journalOf(till).setting(10)).toBeUndefined()
  })
})
