import { describe, expect, it } from 'vitest'
import { WAITING } from '../../../host-link/wire/tms/codes.ts'
import { type FateRow, fates, lose } from '../../rig/failure.ts'
import { makeUpdateTill, manifestOf, POLICY, START_SECONDS, type UpdateTill } from '../../rig/update-faces.ts'

const HOUR_MS = 3_600_000
/** A terminal that somebody has just touched: neither start-up nor after a settlement. */
async function inUse(options: Parameters<typeof makeUpdateTill>[0] = {}): Promise<UpdateTill> {
  const till = makeUpdateTill(options)
  till.machine.powerOn()
  await till.toIdle()
  await till.press('4', 'cancel')
  await till.see(/请刷卡|Swipe/)
  return till
}
async function sold(till: UpdateTill): Promise<void> {
  await till.order()
  await till.see(/交易成功|APPROVED/)
  await till.toIdle()
}
const settle = async (till: UpdateTill) => {
  await till.press('9')
  await till.see(/确认:是/)
  await till.press('enter')
  await till.see(/平/, 60_000)
  await till.press('enter')
}
const isNew = (till: UpdateTill) => till.starts.at(-1) === '0.2.0'
const runs = (till: UpdateTill, ms: number) => till.time.runUntil(() => isNew(till), ms)
const day = (hours: number, minutes = 0) => hours * 60 + minutes

describe('when a program is put in 安全点', () => {
  it('straight after start, nobody there → prompt for a minute, trial, confirmed, told once on screen and paper', async () => {
    const till = makeUpdateTill()
    till.ready('0.2.0')
    till.machine.powerOn()
    await till.see(/有新版本/)
    expect(till.screen()).toMatch(/无人时自动升级/)
    await till.see(/已升级到 0\.2\.0/, 100_000)
    expect(till.screens.some((screen) => /试运行 TRIAL 1\/3/.test(screen))).toBe(true)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(
      /软件更新[\s\S]*10000001[\s\S]*已升级到 0\.2\.0/,
    )
    await till.press('enter')
    await till.toIdle()
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    expect(till.screens.filter((screen) => /已升级到/.test(screen))).toHaveLength(1)
    expect(till.starts).toEqual(['factory', '0.2.0', '0.2.0'])
    expect(till.stops).toEqual([])
  })

  it('what it waits for, in the report: somebody there until a minute has gone, then the word of whoever is asked', async () => {
    const till = await inUse()
    const waits = () => till.script.parts?.facts().waiting
    till.ready('0.2.0', { policy: { ...POLICY, automatic: false } })
    await till.press('4', 'cancel')
    await till.time.advance(30_000)
    expect(waits()).toBe(WAITING.transaction) // idle again, and yet not left alone
    await till.see(/有新版本/, 60_000)
    expect(waits()).toBe(WAITING.deferred)
    await till.press('cancel')
    await till.time.advance(70_000)
    expect(waits()).toBe(WAITING.deferred) // asked, and nobody has said
  })

  it('story: install later than download, in my window 在窗口内: nothing at noon, at two in the morning by itself', async () => {
    const till = await inUse()
    till.ready('0.2.0', { policy: { ...POLICY, windowFrom: day(2), windowTo: day(4) } })
    expect(await runs(till, 16 * HOUR_MS)).toBe(false)
    expect(till.screens.some((screen) => /有新版本/.test(screen))).toBe(false)
    expect(till.screen()).toMatch(/新版/)
    expect(await runs(till, 2 * HOUR_MS)).toBe(true)
    expect(till.machine.state).toBe('running')
    await till.see(/11-22 02:0/, 90_000)
  })

  it('not before its earliest time, also in the window', async () => {
    const till = await inUse()
    till.script.seconds = START_SECONDS
    till.ready('0.2.0', { policy: { ...POLICY, earliest: START_SECONDS + 7_200 } })
    expect(await runs(till, 2 * HOUR_MS - 10_000)).toBe(false)
    expect(await runs(till, 10 * 60_000)).toBe(true)
  })

  it('a prompt never stands over a transaction: verified while an amount is typed → after the sale and a quiet minute', async () => {
    const till = await inUse()
    await till.press('1')
    await till.see(/门店编号/)
    till.ready('0.2.0', { policy: { ...POLICY, allowOpenBatch: true }, manifest: manifestOf({}) })
    await till.time.advance(40_000)
    expect(till.screen()).toMatch(/门店编号/)
    await till.type('0012')
    await till.press('enter')
    await till.see(/RMB 0\.00/)
    await till.type('100')
    await till.press('enter')
    await till.see(/请刷卡/)
    await till.swipe(till.cards[0] as never)
    await till.pin('123456')
    await till.see(/交易成功/)
    await till.toIdle()
    await till.time.advance(40_000)
    expect(till.screen()).not.toMatch(/有新版本/)
    await till.see(/有新版本/, 60_000)
  })

  it('a card at the prompt → the sale, and the update waits', async () => {
    const till = makeUpdateTill()
    till.ready('0.2.0')
    till.machine.powerOn()
    await till.see(/有新版本/)
    await till.swipe(till.cards[0] as never)
    await till.see(/门店编号/)
    await till.type('0012')
    await till.press('enter')
    await till.see(/RMB 0\.00/)
    await till.type('8880')
    await till.press('enter')
    await till.pin('123456')
    await till.see(/交易成功/)
    expect(await till.net(2)).toBe(-8880)
    expect(isNew(till)).toBe(false)
  })

  it('now 现在升级 → at once', async () => {
    const till = await inUse()
    till.ready('0.2.0', { policy: { ...POLICY, automatic: false } })
    await till.see(/有新版本/, 120_000)
    expect(till.screen()).not.toMatch(/无人时/)
    await till.press('1')
    expect(await runs(till, 5_000)).toBe(true)
  })

  it('not automatic, nobody answers → nothing, and the prompt comes again later', async () => {
    const till = await inUse()
    till.ready('0.2.0', { policy: { ...POLICY, automatic: false } })
    expect(await runs(till, HOUR_MS)).toBe(false)
    const times = till.screens.filter((screen) => /有新版本/.test(screen)).length
    expect(times).toBeGreaterThan(2)
    expect(times).toBeLessThan(8)
  })

  it('later 稍后 → one deferral less, quiet for four hours; none left → not offered', async () => {
    const till = await inUse()
    till.ready('0.2.0')
    for (const left of [2, 1]) {
      await till.see(/有新版本/, 5 * HOUR_MS)
      expect(till.screen()).toMatch(new RegExp(`还可推迟 ${left} 次`))
      await till.press('3')
      expect(await runs(till, 4 * HOUR_MS - 60_000), `${left}`).toBe(false)
    }
    expect(till.script.calls.filter((call) => call === 'defer')).toHaveLength(2)
    await till.see(/有新版本/, 5 * HOUR_MS)
    expect(till.screen()).not.toMatch(/稍后|还可推迟/)
    await till.press('3')
    expect(till.screen()).toMatch(/有新版本/)
    expect(await runs(till, 120_000)).toBe(true)
  })

  it('cancel at the prompt → a quiet minute, and it is there again', async () => {
    const till = await inUse()
    till.ready('0.2.0')
    await till.see(/有新版本/, 120_000)
    await till.press('cancel')
    await till.see(/1 消费/)
    await till.see(/有新版本/, 120_000)
    expect(till.script.deferred).toBe(0)
  })

  it('G07 a batch is open → waits; after settlement 结算后 goes straight after it', async () => {
    const till = await inUse()
    await sold(till)
    till.ready('0.2.0')
    await till.see(/有新版本/, 120_000)
    expect(till.screen()).toMatch(/1 结算并升级[\s\S]*2 结算后升级/)
    await till.press('2')
    expect(await runs(till, 3 * HOUR_MS)).toBe(false)
    await settle(till)
    expect(await runs(till, 30_000)).toBe(true)
    await till.see(/已升级到/, 30_000)
  })

  it('G07 a batch is open, now 结算并升级 → totals confirmed, settled, updated; left at the totals → nothing', async () => {
    const till = await inUse()
    await sold(till)
    till.ready('0.2.0')
    await till.see(/有新版本/, 120_000)
    await till.press('1')
    await till.see(/确认:是/)
    await till.press('cancel')
    await till.see(/1 消费/, 20_000)
    expect(isNew(till)).toBe(false)
    await till.see(/有新版本/, 2 * HOUR_MS)
    await till.press('1')
    await till.see(/确认:是/)
    await till.press('enter')
    expect(await runs(till, 120_000)).toBe(true)
  })

  it('G07 a reversal is owed → waits until the host has answered it, then goes', async () => {
    const till = await inUse()
    till.ready('0.2.0', { policy: { ...POLICY, allowOpenBatch: true }, manifest: manifestOf({}) })
    const lost = Array.from({ length: 12 }, (): FateRow => ['0400', lose])
    fates(till, ['0210', lose], ...lost)
    await till.order()
    await till.time.advance(600_000)
    expect(till.screens.some((screen) => /有新版本/.test(screen))).toBe(false)
    expect(isNew(till)).toBe(false)
    expect(await till.net(2)).toBe(-8880)
    expect(await runs(till, 2 * HOUR_MS)).toBe(true)
    expect(await till.net(2)).toBe(0)
  })

  it('the policy lets the batch open and its layout stays → updated with the batch as it was', async () => {
    const till = await inUse()
    await sold(till)
    till.ready('0.2.0', { policy: { ...POLICY, allowOpenBatch: true }, manifest: manifestOf({}) })
    expect(await runs(till, 200_000)).toBe(true)
    await till.see(/已升级到/, 60_000)
    await till.press('enter')
    await till.toIdle()
    await settle(till)
    expect(till.screens.some((screen) => /对账平|平/.test(screen))).toBe(true)
  })

  // biome-ignore format: one row a reason
  const changing = [
    ['the layout changes',         manifestOf({ journal: { readsMin: 1, readsMax: 3, writes: 3, reversible: false } })],
    ['it reads no such layout',    manifestOf({ journal: { readsMin: 3, readsMax: 3, writes: 2, reversible: false } })],
    ['it wants a settlement',      manifestOf({ policy: { needsSettlement: true } })],
    ['its maker does not let',     manifestOf({ policy: { allowOpenBatch: false } })],
  ] as const
  for (const [why, manifest] of changing)
    it(`G07 the policy lets the batch open, and ${why} → waits for the settlement`, async () => {
      const till = await inUse()
      await sold(till)
      till.ready('0.2.0', { policy: { ...POLICY, allowOpenBatch: true }, manifest })
      expect(await runs(till, 600_000)).toBe(false)
    })

  it('G07 deadline 截止 with an open batch → settled by itself first, nothing discarded, then updated', async () => {
    const till = await inUse()
    await sold(till)
    till.script.seconds = START_SECONDS
    till.ready('0.2.0', {
      policy: { ...POLICY, deadline: START_SECONDS + 3_600, windowFrom: 0, windowTo: 1 },
    })
    expect(await runs(till, HOUR_MS - 30_000)).toBe(false)
    await till.see(/先自动结算/, 180_000)
    expect(till.screen()).not.toMatch(/稍后|结算后升级/)
    expect(await runs(till, 300_000)).toBe(true)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/结算总计单/)
    expect(await till.net(2)).toBe(-8880)
    await till.see(/已升级到/, 60_000)
  })

  it('G07 deadline without a line → the batch is not frozen, sales go on, and it is tried again', async () => {
    const till = await inUse()
    await sold(till)
    till.script.seconds = START_SECONDS
    till.ready('0.2.0', { policy: { ...POLICY, deadline: START_SECONDS + 60 } })
    till.machine.operator.cable(false)
    expect(await runs(till, HOUR_MS)).toBe(false)
    expect(till.screens.some((screen) => /结算未完成|正在结算/.test(screen))).toBe(false)
    till.machine.operator.cable(true)
    await till.toIdle('cancel')
    await sold(till)
    expect(await runs(till, 1_200_000)).toBe(true)
  })

  it('nobody is logged on, or the terminal is locked → waits for nobody; who comes is told', async () => {
    const till = makeUpdateTill({ setup: { parameters: { cashierLogOn: 'ask' } } })
    till.ready('0.2.0')
    till.machine.powerOn()
    expect(await runs(till, 120_000)).toBe(true)
    expect(till.screens.some((screen) => /有新版本/.test(screen))).toBe(false)
    await till.see(/请输入柜员号/, 60_000)
    await till.type('01')
    await till.press('enter')
    await till.type('0000')
    await till.press('enter')
    await till.see(/已升级到 0\.2\.0/, 60_000)
  })

  it('story: update while the screen is off or the application is in front: somebody is in a menu → never under the fingers, soon after', async () => {
    const till = await inUse()
    till.ready('0.2.0')
    await till.press('4')
    await till.see(/回响测试/)
    await till.time.advance(50_000)
    expect(isNew(till)).toBe(false)
    await till.press('cancel')
    expect(await runs(till, 40_000)).toBe(false)
    expect(await runs(till, 200_000)).toBe(true)
  })
})
