import {
  addOperator,
  CASHIER_MAX,
  cashiers,
  deleteOperator,
  operatorExists,
  resetOperator,
} from '../parameter/operators.ts'
import type { Pos } from '../pos.ts'
import { askDigits, confirm, notice } from '../screen/input.ts'
import { t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { supervisorApproval } from './step/approval.ts'

/** 增加柜员: with the first password, to be changed by themselves. */
export async function addCashier(pos: Pos): Promise<void> {
  const title = t(pos, 'addCashier')
  const cashier = await asked(pos, title)
  if (cashier === undefined) return
  if (operatorExists(pos, cashier)) return notice(pos, title, [t(pos, 'cashierExists')])
  const added = addOperator(pos, cashier)
  await told(
    pos,
    title,
    cashier,
    added === 'written' ? 'cashierAdded' : added === 'full' ? 'cashierFull' : 'storageFault',
  )
}

/** 删除柜员: nobody is deleted who is logged on. */
export async function deleteCashier(pos: Pos): Promise<void> {
  const title = t(pos, 'deleteCashier')
  const cashier = await asked(pos, title)
  if (cashier === undefined) return
  if (!operatorExists(pos, cashier)) return notice(pos, title, [t(pos, 'noCashier')])
  if (cashier === pos.session.operator) return notice(pos, title, [t(pos, 'cashierInUse')])
  const sure = await confirm(pos, { title, lines: [`${t(pos, 'deleteSure')} ${two(cashier)}?`] })
  if (sure.kind !== 'yes') return
  await told(
    pos,
    title,
    cashier,
    deleteOperator(pos, cashier) === 'written' ? 'cashierDeleted' : 'storageFault',
  )
}

/** 重置密码: of a cashier who forgot it, back to the first one. */
export async function resetCashier(pos: Pos): Promise<void> {
  const title = t(pos, 'resetCashier')
  const cashier = await asked(pos, title)
  if (cashier === undefined) return
  if (!operatorExists(pos, cashier)) return notice(pos, title, [t(pos, 'noCashier')])
  await told(pos, title, cashier, resetOperator(pos, cashier) === 'written' ? 'cashierReset' : 'storageFault')
}

/** 柜员列表. */
export async function listCashiers(pos: Pos): Promise<void> {
  const numbers = cashiers(pos).map(two)
  await notice(pos, t(pos, 'listCashiers'), [numbers.join(' ')], 60)
}

/** The supervisor's password, then a cashier's number. */
async function asked(pos: Pos, title: string): Promise<number | undefined> {
  if ((await supervisorApproval(pos, title)).kind !== 'approved') return undefined
  for (let fault: { readonly fault?: string } = {}; ; fault = { fault: t(pos, 'askNewCashier') }) {
    const answer = await askDigits(pos, { title, label: t(pos, 'askNewCashier'), min: 2, max: 2, ...fault })
    if (answer.kind !== 'digits') return undefined
    const cashier = Number(answer.digits)
    if (cashier >= 1 && cashier <= CASHIER_MAX) return cashier
  }
}

async function told(pos: Pos, title: string, cashier: number, key: TextKey): Promise<void> {
  if (key === 'storageFault') pos.session.storageFault = true
  await notice(pos, title, [`${t(pos, 'cashier')} ${two(cashier)}`, t(pos, key)])
}

function two(cashier: number): string {
  return String(cashier).padStart(2, '0')
}
