import { parsePoints62 } from '../../host-link/wire/by-use.ts'
import { type Message, WireError } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import type { Fen } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'
import { askAmount, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { begin } from './step/begin.ts'
import { readCard } from './step/card.ts'
import { enquireOfCard } from './step/card-enquiry.ts'
import { conduct, type DealEnd, left } from './step/deal.ts'
import { balanceOf } from './step/new-balance.ts'
import { codeLine, doubtTexts } from './step/online.ts'
import { askStoreNumber, storeLine } from './step/store-number.ts'

/** 币种 of points in field 54. */
const POINTS = '999'

/** 积分消费: a sale that points pay, one point for one fen; never in part. */
export async function pointsSale(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'pointsSale')
  const begun = await begin(pos, title, 'pointsSale')
  if (begun.kind !== 'begun') return begun
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return left(pos, title, store)
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const { typed, limitFen } = pos.functions.pointsSale
  const entered = await askAmount(pos, title, where, limitFen)
  if (entered.kind !== 'amount') return left(pos, title, entered)
  const { amount } = entered
  const shown = [{ text: `RMB ${yuan(amount)}`, align: 'centre' as const, large: true }]
  const card = await readCard(pos, title, [...shown, ...where], typed)
  if (card.kind !== 'card') return left(pos, title, card)
  const storeNumber = store.kind === 'store' ? store.storeNumber : undefined
  return conduct(pos, {
    title,
    name: 'pointsSale',
    card,
    pin: 'ask',
    intent: { amount, storeNumber, approver: begun.approver },
    accept: (answer) => paidByPoints(answer, amount),
    shown,
  })
}

/** Whether the host took points for all of it: anything else is not what the customer agreed to. */
function paidByPoints({ fields }: Message, amount: Fen): boolean {
  const field = fields[62]
  if (!(field instanceof Uint8Array)) return false
  try {
    const { points, ownMoney } = parsePoints62(field)
    return points === amount && ownMoney === 0
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

/** 积分查询: moves nothing and is never kept. */
export async function pointsEnquiry(pos: Pos): Promise<void> {
  const title = t(pos, 'pointsEnquiry')
  const answer = await enquireOfCard(pos, title, 'pointsEnquiry')
  if (answer === undefined) return
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  if (!isApproval(answer.code)) return notice(pos, title, [t(pos, 'declined'), codeLine(pos, answer.code)])
  const balance = balanceOf(answer.message)
  if (balance?.currency !== POINTS) return notice(pos, title, [t(pos, 'noAnswer')])
  const points = { text: String(balance.amount), align: 'right' as const, large: true }
  await notice(pos, title, [t(pos, 'points'), points], 30)
}
