import { describe, expect, it } from 'vitest'
import { slipsOf, statesOf } from '../../rig/audit.ts'
import {
  APPROVED,
  expectAgreement,
  finish,
  healed,
  nextSale,
  operationsOfSale,
  readyTill,
  sellUntilCut,
  TEARS,
} from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'

/** At most one complete slip of a copy is an original; every later print of it says DUPLICATE. */
function expectOneOriginal(till: Till, trace = 2): void {
  for (const copy of ['商户', '持卡人']) {
    const prints = slipsOf(till).filter((slip) => slip.startsWith(`${copy} ${trace}`))
    expect(prints.length, `${copy}: ${prints.join(', ')}`).toBeGreaterThan(0)
    for (const [at, print] of prints.entries()) if (at > 0) expect(print).toContain('again')
    expect(prints.some((print) => !print.includes('torn'))).toBe(true)
  }
}

describe('sale failures 消费: power around the OUTCOME', () => {
  it('S20 approval received, cut before OUTCOME: nothing shown, owed, reversed, credit-back', async () => {
    const { outcome } = await operationsOfSale()
    const till = await readyTill()
    till.chip.cut({ operation: outcome[0], when: 'before' })
    await sellUntilCut(till)
    expect(await till.net(2)).toBe(-8880)
    expect(statesOf(till)).toEqual(['2 owed'])
    expect(till.screens.join()).not.toMatch(APPROVED)
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(false)
    expect(await till.balance('member')).toBe(10_000_000)
    expect(slipsOf(till)).toEqual([])
    await nextSale(till)
  })

  it('S21 cut inside the OUTCOME: nothing was shown; torn is reversed, whole is approved, the host agrees', async () => {
    const { outcome } = await operationsOfSale()
    expect(outcome[1]).toBeGreaterThan(outcome[0])
    const ends = new Set<string>()
    for (let operation = outcome[0]; operation < outcome[1]; operation++)
      for (const tear of TEARS) {
        const label = `operation ${operation}, ${JSON.stringify(tear)}`
        const till = await readyTill()
        till.chip.cut({ operation, when: 'inside', tear })
        await sellUntilCut(till)
        expect(till.screens.join(), label).not.toMatch(APPROVED)
        expect(slipsOf(till), label).toEqual([])
        await healed(till, label)
        await healed(till, `${label}, once more`)
        const [state = ''] = statesOf(till)
        ends.add(state)
        expect(await till.net(2), label).toBe(state === '2 approved' ? -8880 : 0)
        expect(state === '2 approved' || state === '2 undone', `${label}: ${state}`).toBe(true)
        if (operation === outcome[0] && tear.kind === 'prefix') expect(state, label).toBe('2 undone')
      }
    expect(ends).toContain('2 undone')
  })

  it('S22 cut after OUTCOME, before screen and paper: approved, boot offers the slip', async () => {
    const { outcome } = await operationsOfSale()
    const till = await readyTill()
    till.chip.cut({ operation: outcome[1] - 1, when: 'after' })
    await sellUntilCut(till)
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(till.screens.join()).not.toMatch(APPROVED)
    till.machine.powerOn()
    await till.see(/签购单未打完|现在打印/)
    await healed(till)
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(await till.net(2)).toBe(-8880)
    expect(requests(till)).not.toContain('0400')
    expectOneOriginal(till)
    await nextSale(till)
  })

  it('S23 paper out after OUTCOME: approved, the print is pending, no reversal, offered again', async () => {
    for (const lines of [0, 1, 10, 27, 40]) {
      const till = await readyTill()
      till.machine.operator.paperOut(lines)
      await till.order()
      await till.see(/缺纸/, 60_000).catch(async () => {
        await till.press('enter') // lines enough for the merchant copy: the second one ends
        await till.see(/缺纸/, 60_000)
      })
      expect(statesOf(till)).toEqual(['2 approved'])
      expect(till.screens.join()).toMatch(APPROVED)
      till.machine.operator.paperIn()
      await finish(till)
      expect(requests(till)).not.toContain('0400')
      expect(await till.net(2)).toBe(-8880)
      expectOneOriginal(till)
      await nextSale(till)
    }
  })

  it('S23 paper out and nobody loads any: back to idle, still approved, the reprint prints it', async () => {
    const till = await readyTill()
    till.machine.operator.paperOut(0)
    await till.order()
    await till.see(/缺纸/, 30_000)
    await till.toIdle('cancel')
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(slipsOf(till)).toEqual([])
    till.machine.operator.paperIn()
    await till.press('3', '1')
    await till.time.advance(5_000)
    await finish(till)
    expect(slipsOf(till).length).toBeGreaterThan(0)
    expect(requests(till)).not.toContain('0400')
    await expectAgreement(till)
  })

  it('S24 cut while printing, after any line: approved, the reprint is marked, one original a copy', async () => {
    for (const lines of [1, 5, 20, 27, 28, 30, 40, 50]) {
      const till = await readyTill()
      await till.order()
      await till.see(APPROVED)
      await till.time.runUntil(() => till.paper.length >= lines || /撕下/.test(till.screen()), 30_000)
      if (till.paper.length < lines) await till.press('enter')
      await till.time.runUntil(() => till.paper.length >= lines, 30_000)
      expect(till.paper.length).toBe(lines)
      till.machine.powerOff()
      await healed(till)
      expect(statesOf(till)).toEqual(['2 approved'])
      expect(await till.net(2)).toBe(-8880)
      expect(requests(till)).not.toContain('0400')
      expectOneOriginal(till)
      await nextSale(till)
    }
  })
})
