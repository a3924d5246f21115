import { describe, expect, it } from 'vitest'
import { readyTill } from '../../rig/failure.ts'

describe('passwords 柜员密码', () => {
  it('a failure that cannot be counted → nothing is checked: right and wrong look alike, nobody is logged on', async () => {
    for (const password of ['0000', '1111']) {
      const till = await readyTill()
      await till.press('4', '4')
      await till.see(/请输入柜员号/)
      await till.type('02')
      await till.press('enter')
      await till.see(/请输入密码/)
      await till.type(password)
      till.chip.failures([{ of: 'program', from: 0, count: Number.POSITIVE_INFINITY }])
      const before = till.screens.length
      await till.press('enter')
      await till.time.advance(300)
      const shown = till.screens.slice(before).join('\n')
      expect(shown, password).toMatch(/存储故障/)
      expect(shown, password).not.toMatch(/密码错误|登录成功/)
      await till.toIdle('cancel')
      expect(till.screen(), password).toMatch(/柜员 01/)
    }
  })
})
