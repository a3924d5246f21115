import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { makeTill, type Till } from '../../rig/till.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const notice = (number: number, text: string) => ({ number, date: '20261121', text })

async function ready(messages: readonly { number: number; date: string; text: string }[]): Promise<Till> {
  const till = makeTill({
    acquirer: { messages },
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
  })
  till.machine.powerOn()
  await till.toIdle()
  return till
}
const open = (till: Till) => till.press('8', '3')

describe('service information 服务信息', () => {
  it('fetched, newest first, unread ones marked; read and printed', async () => {
    const till = await ready([notice(1, '本周五二十三点系统维护'), notice(2, '新的优惠活动已经开始')])
    await open(till)
    await till.see(/1 \*11-21 新的/)
    expect(till.screen()).toMatch(/2 \*11-21 本周/)
    await till.press('1')
    await till.see(/新的优惠活动已经开始/)
    await till.press('enter')
    await till.see(/1 11-21 新的/)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/新的优惠活动已经开始/)
    await till.press('cancel')
    await till.toIdle()
    expect(till.screen()).toMatch(/有新服务信息/) // one is unread
  })

  it('kept over a power cut, with what was read; nothing is fetched twice', async () => {
    const till = await ready([notice(1, 'First'), notice(2, 'Second')])
    await open(till)
    await till.see(/1 \*/)
    await till.press('1')
    await till.see(/Second/)
    await till.press('cancel')
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    till.machine.operator.cable(false)
    await open(till)
    await till.see(/无法连接/, 30_000)
    await till.press('enter')
    await till.see(/1 11-21 Second/, 30_000)
    expect(till.screen()).toMatch(/2 \*11-21 First/)
  })

  it('no more than the newest eight are kept', async () => {
    const till = await ready(
      Array.from({ length: 12 }, (_, index) => notice(index + 1, `Message ${index + 1}`)),
    )
    await open(till)
    await till.see(/1 \*11-21 Message 12/)
    expect(till.screen()).not.toMatch(/Message 4\b/)
  })

  it('a sale hears that a message waits: idle says so', async () => {
    const till = await ready([notice(7, 'News')])
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(till.screen()).toMatch(/有新服务信息/)
  })

  it('nothing there: said so', async () => {
    const till = await ready([])
    await open(till)
    await till.see(/没有服务信息/)
    await till.toIdle()
    expect(till.screen()).not.toMatch(/有新服务信息/)
  })
})
