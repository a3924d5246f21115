import { isApproval } from '../../host-link/wire/response-code.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { t } from '../screen/page.ts'
import { enquireOfCard } from './step/card-enquiry.ts'
import { balanceOf, signedFen } from './step/new-balance.ts'
import { codeLine, doubtTexts } from './step/online.ts'

/** 余额查询: moves no money, so nothing is owed when its answer is lost, and no balance is ever kept. */
export async function balanceEnquiry(pos: Pos): Promise<void> {
  const title = t(pos, 'balanceEnquiry')
  const answer = await enquireOfCard(pos, title, 'balanceEnquiry')
  if (answer === undefined) return
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  if (!isApproval(answer.code)) return notice(pos, title, [t(pos, 'declined'), codeLine(pos, answer.code)])
  const balance = balanceOf(answer.message)
  if (balance === undefined) return notice(pos, title, [t(pos, 'noAnswer')])
  const amount = { text: `RMB ${yuan(signedFen(balance))}`, align: 'right' as const, large: true }
  await notice(pos, title, [t(pos, 'balance'), amount], 30)
}
