import { points62 } from '../wire/by-use.ts'
import { asFen } from '../wire/values.ts'
import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'
import { amountFault, amountOf, storeNumberOf } from './merchant.ts'

/** 积分消费 points sale: one point pays one fen, all of the amount or nothing; the merchant is paid as by a card. */
export function judgePointsSale(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { account, found } = presented
  if (storeNumberOf(context).kind === 'bad') return { ...found, code: '03' }
  const code = amountFault(context)
  if (code !== undefined) return { ...found, code }

  const points = amountOf(context)
  if (points > account.points) return { ...found, code: '51' }
  const paid = { points, ownMoney: asFen(0), balance: account.points - points }
  return { ...found, code: '00', points: -points, answer: { 62: points62(paid) } }
}
