import { describe, expect, it } from 'vitest'
import { entriesOf } from '../../rig/audit.ts'
import { makeTill, type Till } from '../../rig/till.ts'

const paperOf = (till: Till): string => till.paper.map(({ text }) => text).join('\n')

describe('the clock', () => {
  it('X03: the clock reads 1970 → sells, and prints the host’s month, day and time without any year', async () => {
    const till = makeTill({ clockMs: Date.UTC(1970, 0, 1, 0, 0, 30) })
    till.machine.powerOn()
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(entriesOf(till).map(({ state }) => state)).toEqual(['approved'])
    expect(paperOf(till)).toMatch(/日期\/时间: 11\/21 09:05:\d\d/)
    expect(paperOf(till)).not.toMatch(/1970|2026\/11/)
  })

  it('X03: its settlement slip has no year either', async () => {
    const till = makeTill({ clockMs: Date.UTC(1970, 0, 1, 0, 0, 30) })
    till.machine.powerOn()
    await till.toIdle()
    await till.press('9')
    await till.see(/净额/)
    await till.press('enter')
    await till.see(/结算完成/, 30_000)
    await till.toIdle()
    expect(paperOf(till)).toMatch(/结算总计单/)
    expect(paperOf(till)).not.toMatch(/1970/)
    expect(paperOf(till)).toMatch(/11\/21 09:05/)
  })

  it('the clock is right: the slip has the whole date', async () => {
    const till = makeTill()
    till.machine.powerOn()
    await till.toIdle()
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(paperOf(till)).toMatch(/2026\/11\/21 09:05:\d\d/)
  })
})
