import { checkPassword, operatorExists, roleOf, SUPERVISOR, waitSeconds } from '../../parameter/operators.ts'
import type { Pos } from '../../pos.ts'
import { askDigits, type Left, notice } from '../../screen/input.ts'
import { showPage, t } from '../../screen/page.ts'

export type PasswordEnd =
  | { readonly kind: 'right'; readonly initial: boolean }
  | Left
  | { readonly kind: 'refused' }

/** Asks for a password and checks it; says itself what was wrong. After three failures each try waits, longer and longer. */
export async function askPassword(
  pos: Pos,
  title: string,
  operator: number,
  label: string,
): Promise<PasswordEnd> {
  const seconds = waitSeconds(pos, operator)
  if (seconds > 0) {
    showPage(pos, {
      title,
      lines: [t(pos, 'waitSeconds'), { text: String(seconds), align: 'right', large: true }],
    })
    await pos.device.clock.sleep(seconds * 1000)
    pos.device.keypad.flush()
  }
  const { digits } = roleOf(operator)
  const answer = await askDigits(pos, { title, label, min: digits, max: digits, hidden: true })
  if (answer.kind !== 'digits') return answer
  const checked = checkPassword(pos, operator, answer.digits)
  if (checked.kind === 'right') return checked
  await notice(pos, title, [t(pos, checked.kind === 'wrong' ? 'wrongPassword' : 'storageFault')])
  return { kind: 'refused' }
}

export type Approval =
  | { readonly kind: 'approved'; readonly approver: number | undefined }
  | Left
  | { readonly kind: 'refused' }

/** 主管授权: the supervisor's password. A supervisor who is logged on types it too: the till may stand unattended. */
export async function supervisorApproval(pos: Pos, title: string): Promise<Approval> {
  const answer = await askPassword(pos, title, SUPERVISOR, t(pos, 'askSupervisor'))
  return answer.kind === 'right' ? { kind: 'approved', approver: SUPERVISOR } : answer
}

/** 充值审核人: a second person, with number and password. Nobody approves what is their own. */
export async function secondPerson(pos: Pos, title: string): Promise<Approval> {
  const number = await askDigits(pos, { title, label: t(pos, 'askApprover'), min: 2, max: 2 })
  if (number.kind !== 'digits') return number
  const approver = Number(number.digits)
  if (!operatorExists(pos, approver) || approver === pos.session.operator) {
    await notice(pos, title, [t(pos, approver === pos.session.operator ? 'notYourself' : 'noCashier')])
    return { kind: 'refused' }
  }
  const answer = await askPassword(pos, title, approver, t(pos, 'askPassword'))
  return answer.kind === 'right' ? { kind: 'approved', approver } : answer
}
