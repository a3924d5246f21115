import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { parameterRow } from '../../../terminal/parameter/table.ts'
import {
  makeUpdateTill,
  POLICY,
  START_SECONDS,
  sha256,
  stagedSet,
  type UpdateTill,
} from '../../rig/update-faces.ts'

const number = (name: string) => parameterRow(name)?.number ?? 0
const LIMIT = number('amountMaxFen')
const STORE = number('storeNumberRequired')

async function idle(options: Parameters<typeof makeUpdateTill>[0] = {}): Promise<UpdateTill> {
  const till = makeUpdateTill(options)
  till.machine.powerOn()
  await till.toIdle()
  await till.press('4', 'cancel')
  await till.see(/1 消费/)
  return till
}
async function sold(till: UpdateTill, amount = '8880'): Promise<void> {
  await till.order({ amount })
  await till.see(/交易成功/)
  await till.toIdle()
}
const facts = (till: UpdateTill) => till.script.parts?.facts().parameters

describe('parameters come into force 参数生效', () => {
  it('a set arrives → at a quiet moment in force, after a restart of the application alone, and reported', async () => {
    const till = await idle()
    const set = stagedSet(9, [
      [LIMIT, 50_000],
      [STORE, 1],
    ])
    till.script.staged.push(set)
    await till.see(/参数已更新/, 120_000)
    await till.toIdle()
    expect(till.starts).toEqual(['factory', 'factory'])
    expect(till.script.calls).toContain('applied 9')
    expect(facts(till)).toEqual({ pseq: 9, hash: set.hash, drift: [], code: 0, refused: null })
    await till.press('1')
    await till.see(/门店编号/)
    await till.type('0012')
    await till.press('enter')
    await till.see(/RMB 0\.00/)
    await till.type('50001')
    await till.press('enter')
    await till.see(/金额超限/)
  })

  it('somebody is typing → not under the fingers; a transaction is never cut by it', async () => {
    const till = await idle()
    await till.press('1')
    await till.see(/门店编号/)
    till.script.staged.push(
      stagedSet(9, [
        [LIMIT, 50_000],
        [STORE, 1],
      ]),
    )
    await till.time.advance(50_000)
    expect(till.screen()).toMatch(/门店编号/)
    await till.press('cancel')
    await till.time.advance(50_000)
    expect(till.script.calls).not.toContain('applied 9')
    await till.see(/参数已更新/, 60_000)
  })

  it('effective 生效时间 by the time of the orders, not by the clock of the terminal, which is a year ahead', async () => {
    const till = await idle({ clockMs: Date.UTC(2027, 10, 21, 9, 5) })
    till.script.seconds = START_SECONDS
    till.script.staged.push(stagedSet(9, [[STORE, 1]], { effective: START_SECONDS + 7_200 }))
    await till.time.advance(7_100_000)
    expect(till.script.calls).not.toContain('applied 9')
    await till.see(/参数已更新/, 300_000)
  })

  it('no order was heard since the start → at its time by the clock of the terminal, whose zone an order has shown', async () => {
    const till = await idle()
    till.script.seconds = START_SECONDS - 3_600 // this wall is nine hours ahead
    till.script.staged.push(stagedSet(9, [[STORE, 1]], { effective: START_SECONDS + 3_600 }))
    await till.time.advance(60_000)
    till.script.seconds = 0
    till.machine.powerOff()
    till.machine.powerOn()
    await till.toIdle()
    await till.time.advance(7_000_000)
    expect(till.script.calls).not.toContain('applied 9')
    await till.see(/参数已更新/, 600_000)
  })

  it('D04 what wants an empty batch, while it is open → held, whole; after the settlement in force', async () => {
    const till = await idle()
    await sold(till)
    till.script.staged.push(
      stagedSet(9, [
        [STORE, 0],
        [LIMIT, 50_000],
      ]),
    )
    await till.time.advance(3_600_000)
    expect(till.script.calls).not.toContain('applied 9')
    await sold(till, '60000') // the old limit still holds
    await till.press('9')
    await till.see(/确认:是/)
    await till.press('enter')
    await till.see(/平/, 60_000)
    await till.press('enter')
    await till.see(/参数已更新/, 60_000)
    await till.toIdle()
    await till.press('1')
    await till.see(/RMB 0\.00/)
  })

  it('D05 a value that the table refuses → the parameter named on screen, the code in the report, nothing changed', async () => {
    const till = await idle()
    const set = stagedSet(9, [
      [LIMIT, 50_000],
      [number('receiptCopies'), 7],
    ])
    till.script.staged.push(set)
    await till.see(/参数下载未采用\s+receiptCopies\s+代码 28/, 120_000)
    await till.toIdle()
    expect(till.script.calls).toContain('failed 9 28')
    expect(facts(till)).toEqual({
      ...{ pseq: 0, hash: null, drift: [] },
      ...{ code: CODE.parameterValue, refused: set.hash },
    })
    await sold(till, '60000')
  })

  it('it needs a program: waits for the update, then both; the update went back → cancelled, code 29', async () => {
    for (const program of ['0.2.0', 'crash 0.2.0']) {
      const till = await idle()
      till.script.staged.push(stagedSet(9, [[STORE, 1]], { needsProgram: sha256(program) }))
      till.ready(program, { policy: { ...POLICY, windowFrom: 600, windowTo: 660 } })
      await till.time.advance(1_800_000)
      expect(till.script.calls).not.toContain('applied 9')
      if (program === '0.2.0') await till.see(/参数已更新/, 7_200_000)
      else {
        await till.see(/升级未成功/, 7_200_000)
        till.script.view = { state: 'reverted' }
        await till.see(/参数下载未采用\s+代码 29/, 300_000)
      }
    }
  })

  it('with a set the program does not come up, three times → the values before it, named', async () => {
    // Breaks from the set on, until it was taken back.
    const breaks = (calls: readonly string[]) =>
      calls.includes('applied 9') && !calls.some((call) => call.startsWith('failed'))
    const seen: { calls: readonly string[] } = { calls: [] }
    const till = await idle({
      seenBy: (_program, device) => ({
        ...device,
        display: {
          ...device.display,
          clear() {
            if (breaks(seen.calls)) throw new Error('this set breaks it')
            device.display.clear()
          },
        },
      }),
    })
    seen.calls = till.script.calls
    till.script.staged.push(
      stagedSet(9, [
        [LIMIT, 50_000],
        [STORE, 1],
      ]),
    )
    await till.time.runUntil(() => till.script.calls.some((call) => call.startsWith('failed')), 600_000)
    expect(till.stops.length).toBeGreaterThanOrEqual(3)
    expect(till.script.calls).toContain('failed 9 21')
    await till.toIdle()
    expect(facts(till)).toMatchObject({ pseq: 0, code: CODE.healthParameters, refused: sha256('set 9') })
    await sold(till, '60000')
  })

  it('changed at the terminal → the report names it; a cut between store and document → the document goes at the next start', async () => {
    const till = await idle()
    till.script.staged.push(
      stagedSet(9, [
        [LIMIT, 50_000],
        [STORE, 1],
      ]),
    )
    await till.see(/参数已更新/, 120_000)
    await till.toIdle()
    till.script.staged.push(
      stagedSet(9, [
        [LIMIT, 50_000],
        [STORE, 1],
      ]),
    ) // as if it had not gone
    await till.time.advance(30_000)
    expect(till.script.staged).toEqual([])
    await till.press('4', '9', '7')
    await till.see(/请管理员输入密码/)
    await till.type('12345678')
    await till.press('enter', 'enter')
    await till.type('16')
    await till.press('enter')
    await till.see(/1 联/)
    await till.press('1', 'enter')
    await till.press('cancel')
    await till.see(/参数已更新/)
    await till.toIdle()
    expect(facts(till)?.drift).toEqual(['receiptCopies'])
  })
})
