import { ADMINISTRATOR, SUPERVISOR } from '../parameter/operators.ts'
import type { Pos } from '../pos.ts'
import { askDigits, notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import { askPassword } from './step/approval.ts'
import { refreshMs, workUnattended } from './unattended.ts'

/** Setting: who locked the terminal (operator + 1); 0 or absent: nobody. A power cut does not unlock it. */
const SETTING_LOCKED = 11

/** 锁定终端: nothing goes until whoever locked it (or the supervisor, or the administrator) unlocks it with their password. */
export async function lockTerminal(pos: Pos): Promise<void> {
  const written = pos.journal.set(SETTING_LOCKED, new Uint8Array([(pos.session.operator ?? 0) + 1]))
  if (written !== 'written') return notice(pos, t(pos, 'lock'), [t(pos, 'storageFault')])
  await whileLocked(pos)
}

/** Comes back once the terminal is not locked, at once where it was not. What is owed goes all the same. */
export async function whileLocked(pos: Pos): Promise<void> {
  for (let locker = lockedBy(pos); locker !== undefined; locker = lockedBy(pos)) {
    showPage(pos, {
      title: pos.setup.merchantName,
      lines: [
        { text: t(pos, 'locked'), align: 'centre', large: true },
        { text: `${t(pos, 'lockedBy')} ${two(locker)}`, align: 'centre' },
      ],
      hint: t(pos, 'unlockHow'),
    })
    const pressed = await pos.device.keypad.next(refreshMs(pos))
    if (pressed.kind === 'key') await unlock(pos, locker)
    else await workUnattended(pos)
  }
}

async function unlock(pos: Pos, locker: number): Promise<void> {
  const title = t(pos, 'locked')
  const answer = await askDigits(pos, { title, label: t(pos, 'askCashier'), min: 2, max: 2 })
  if (answer.kind !== 'digits') return
  const operator = Number(answer.digits)
  if (![locker, SUPERVISOR, ADMINISTRATOR].includes(operator))
    return notice(pos, title, [t(pos, 'notTheLocker')])
  if ((await askPassword(pos, title, operator, t(pos, 'askPassword'))).kind !== 'right') return
  if (pos.journal.set(SETTING_LOCKED, new Uint8Array([0])) !== 'written') pos.session.storageFault = true
  else pos.session.operator = operator === ADMINISTRATOR ? locker : operator
}

function lockedBy(pos: Pos): number | undefined {
  const [value = 0] = pos.journal.setting(SETTING_LOCKED) ?? []
  return value === 0 ? undefined : value - 1
}

function two(operator: number): string {
  return String(operator).padStart(2, '0')
}
