import { expect } from 'vitest'
import { type AuditedTill, entriesOf, slipsOf } from './audit.ts'
import { expectAgreement } from './failure.ts'
import { requests } from './frames.ts'

/** What happens at the counter before anything is sent. */
export const IDLE = /1 (消费|Sale)/
export const MEMBER = ';6222600001234567890=30122010000000000?'

/** Types an answer and enters it. */
export const typed =
  (digits: string) =>
  async (till: AuditedTill): Promise<void> => {
    await till.type(digits)
    await till.press('enter')
  }

/** From idle to the question for the card, store and amount given. */
export async function toCard(till: AuditedTill): Promise<void> {
  await till.press('1')
  await till.see(/请输入门店编号/)
  await typed('0012')(till)
  await till.see(/请输入金额/)
  await typed('8880')(till)
  await till.see(/请刷卡/)
}

/** Idle, nothing owed, nothing booked, no financial message sent since frame `from`. */
export async function expectNothingHappened(till: AuditedTill, from: number, label = ''): Promise<void> {
  await till.toIdle('cancel')
  expect(till.screen(), label).toMatch(IDLE)
  expect(till.screen(), label).not.toMatch(/待冲正/)
  expect(
    requests(till, from).filter((mti) => mti !== '0800'),
    label,
  ).toEqual([])
  expect(entriesOf(till), label).toEqual([])
  expect(slipsOf(till), label).toEqual([])
  await expectAgreement(till, label)
}
