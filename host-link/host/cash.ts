import type { Context } from './context.ts'
import type { Verdict } from './judge.ts'
import { amountFault, storeNumberOf } from './merchant.ts'
import { text } from './request.ts'

/** 现金消费 cash sale: the terminal books at the acquirer what its merchant took in cash. No card is in it: 920. */
export function judgeCashSale(context: Context): Verdict {
  const found = { cardKind: 'cash' } as const
  if (!isCash(context)) return { ...found, code: '12' }
  if (storeNumberOf(context).kind === 'bad') return { ...found, code: '03' }
  return { ...found, code: amountFault(context) ?? '00' }
}

/** Whether a request says that there is no card at all. */
export function isCash({ fields }: Context): boolean {
  return text(fields, 22) === '920' && fields[2] === undefined && fields[35] === undefined
}
