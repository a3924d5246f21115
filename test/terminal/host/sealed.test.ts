import { expect, it } from 'vitest'
import { v8Engine } from '../../../emulator/v8-engine.ts'
import type { Device } from '../../../terminal/device/device.ts'
import { startWhole } from '../../../terminal/whole.ts'
import { type AuditedTill, statesOf } from '../../rig/audit.ts'
import { fates, finish, lose, readyTill } from '../../rig/failure.ts'
import { requests } from '../../rig/frames.ts'

/** A till whose secure element has no MAC key from `lose` on, until the next sign-on loads one. */
async function forgetful(): Promise<{ till: AuditedTill; forget(): void }> {
  let hasKey = true
  const forgetting = ({ secure, ...device }: Device): Device => ({
    ...device,
    secure: {
      ...secure,
      mac: (...given) => (hasKey ? secure.mac(...given) : { kind: 'noKey' }),
      loadWorkingKeys(...given) {
        hasKey = true
        return secure.loadWorkingKeys(...given)
      },
    },
  })
  const till = await readyTill({ engine: v8Engine((device) => startWhole(forgetting(device))) })
  return {
    till,
    forget() {
      hasKey = false
    },
  }
}

/** Rings 现金 88.80, paid exactly. */
async function cash(till: AuditedTill): Promise<void> {
  await till.press('8', '1')
  await till.see(/门店编号/)
  await till.type('0012')
  await till.press('enter')
  await till.see(/请输入金额/)
  await till.type('8880')
  await till.press('enter')
  await till.see(/应收/)
  await till.press('enter')
  await till.see(/找零/)
  await till.press('enter')
}

it('no MAC key when a reversal is owed → a sign-on, then the reversal, by itself; it does not wait for the next day', async () => {
  const { till, forget } = await forgetful()
  fates(till, ['0210', lose], ['0410', lose])
  await till.order()
  await till.time.runUntil(() => requests(till).includes('0400'), 90_000)
  forget()
  const before = till.network.passed.length
  await finish(till)
  expect(statesOf(till)).toEqual(['2 undone'])
  expect(requests(till, before).slice(0, 2)).toEqual(['0800', '0400'])
})

it('no MAC key when an advice waits → a sign-on, then the advice', async () => {
  const { till, forget } = await forgetful()
  fates(till, ['0230', lose])
  forget()
  await cash(till)
  await till.time.advance(300_000)
  await till.toIdle()
  expect(statesOf(till)).toEqual(['2 approved'])
})
