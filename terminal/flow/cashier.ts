import { operatorExists, roleOf, setPassword } from '../parameter/operators.ts'
import type { Pos } from '../pos.ts'
import { askDigits, notice } from '../screen/input.ts'
import { t } from '../screen/page.ts'
import { askPassword } from './step/approval.ts'

/** The cashier that parameter `cashierLogOn: automatic` logs on. */
export const FIRST_CASHIER = 1

/** 柜员登录: number and password. Whoever is logged on stays so until somebody else is. */
export async function cashierLogOn(pos: Pos): Promise<void> {
  const title = t(pos, 'cashierLogOn')
  const number = await askDigits(pos, { title, label: t(pos, 'askCashier'), min: 2, max: 2 })
  if (number.kind !== 'digits') return
  const operator = Number(number.digits)
  if (!operatorExists(pos, operator)) return notice(pos, title, [t(pos, 'noCashier')])
  const checked = await askPassword(pos, title, operator, t(pos, 'askPassword'))
  if (checked.kind !== 'right') return
  pos.session.operator = operator
  const lines = [`${t(pos, 'cashier')} ${number.digits}`, t(pos, 'loggedOn')]
  await notice(pos, title, checked.initial ? [...lines, t(pos, 'defaultPassword')] : lines, 3)
}

/** 修改密码: of whoever is logged on. The old one first, the new one twice. */
export async function changePassword(pos: Pos): Promise<void> {
  const title = t(pos, 'changePassword')
  const { operator } = pos.session
  if (operator === undefined) return cashierLogOn(pos)
  const old = await askPassword(pos, title, operator, t(pos, 'askOldPassword'))
  if (old.kind !== 'right') return
  const { digits } = roleOf(operator)
  const question = { title, min: digits, max: digits, hidden: true }
  const first = await askDigits(pos, { ...question, label: t(pos, 'askNewPassword') })
  if (first.kind !== 'digits') return
  const second = await askDigits(pos, { ...question, label: t(pos, 'askNewAgain') })
  if (second.kind !== 'digits') return
  if (first.digits !== second.digits) return notice(pos, title, [t(pos, 'passwordsDiffer')])
  const kept = setPassword(pos, operator, first.digits)
  await notice(pos, title, [t(pos, kept ? 'passwordChanged' : 'storageFault')])
}
