import { balance54 } from '../wire/subfields.ts'
import { asFen } from '../wire/values.ts'
import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'

/** 余额查询 balance enquiry: the checks of card and PIN, the balance in field 54, no effect. */
export function judgeBalance(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { account, found } = presented
  return { ...found, code: '00', answer: { 54: balanceText(account.balanceFen) } }
}

/** 积分查询 points enquiry: the same of the points, currency 999. */
export function judgePointsEnquiry(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { account, found } = presented
  return { ...found, code: '00', answer: { 54: balanceText(account.points, '999') } }
}

/** Field 54: account type 01, 02 available, yuan (156) or points (999), C or D (owed). */
export function balanceText(amount: number, currency = '156'): string {
  const sign = amount < 0 ? 'D' : 'C'
  return balance54({ accountType: '01', amountType: '02', currency, sign, amount: asFen(Math.abs(amount)) })
}
