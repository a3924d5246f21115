import type { Written } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'

/** Setting of operator n: 100 + n. Salt, tag of the password, failures in a row. */
const SETTING_FIRST = 100
/** Setting: how many cashiers were made at the first start. */
const SETTING_MADE = 3
const SALT_BYTES = 8
const TAG_BYTES = 16

/** 柜员: who may log on, with which password length and which first password (facts of the field, docs/glossary.md). */
export interface Role {
  readonly name: 'cashier' | 'supervisor' | 'administrator'
  readonly digits: number
  readonly initial: string
}
// biome-ignore format: one row a role
const roles = {
  cashier:       { name: 'cashier',       digits: 4, initial: '0000'     }, // 收银员 01–05 exist from the start
  supervisor:    { name: 'supervisor',    digits: 6, initial: '123456'   }, // 主管 00
  administrator: { name: 'administrator', digits: 8, initial: '12345678' }, // 系统管理员 99
} as const satisfies { readonly [name: string]: Role }

/** Cashiers are 01 to 98. */
export const CASHIER_MAX = 98
/** 柜员 at most, beside supervisor and administrator. */
export const CASHIERS_MAX = 30
export const SUPERVISOR = 0
export const ADMINISTRATOR = 99
const CASHIERS_AT_START = 5

export function roleOf(operator: number): Role {
  return operator === SUPERVISOR
    ? roles.supervisor
    : operator === ADMINISTRATOR
      ? roles.administrator
      : roles.cashier
}

/** A deleted operator's record is empty. */
export function operatorExists(pos: Pos, operator: number): boolean {
  return (pos.journal.setting(SETTING_FIRST + operator)?.length ?? 0) > 0
}

/** Numbers of the cashiers, ascending. */
export function cashiers(pos: Pos): number[] {
  const numbers: number[] = []
  for (let operator = 1; operator <= CASHIER_MAX; operator++)
    if (operatorExists(pos, operator)) numbers.push(operator)
  return numbers
}

/** 增加柜员, with the first password. `full`: there are `CASHIERS_MAX` already. */
export function addOperator(pos: Pos, operator: number): Written {
  if (cashiers(pos).length >= CASHIERS_MAX) return 'full'
  return resetOperator(pos, operator)
}
/** Back to the first password of the role. */
export function resetOperator(pos: Pos, operator: number): Written {
  return setPassword(pos, operator, roleOf(operator).initial) ? 'written' : 'fault'
}
export function deleteOperator(pos: Pos, operator: number): Written {
  return pos.journal.set(SETTING_FIRST + operator, new Uint8Array(0))
}

/**
 * Makes the operators of a new terminal, once. A record that is missing later was lost to rot: that operator cannot log
 * on any more, rather than with the first password again.
 */
export function makeOperators(pos: Pos): void {
  const { journal } = pos
  if (journal.setting(SETTING_MADE) !== undefined || journal.report().lost > 0) return
  for (let operator = 1; operator <= CASHIERS_AT_START; operator++) makeOperator(pos, operator)
  makeOperator(pos, SUPERVISOR)
  makeOperator(pos, ADMINISTRATOR)
  journal.set(SETTING_MADE, new Uint8Array([CASHIERS_AT_START]))
}

function makeOperator(pos: Pos, operator: number): void {
  if (!operatorExists(pos, operator)) setPassword(pos, operator, roleOf(operator).initial)
}

export type PasswordCheck =
  | { readonly kind: 'right'; readonly initial: boolean }
  | { readonly kind: 'wrong' | 'storageFault' }

/** Seconds to wait before the next try after this many failures in a row: none for two, then 10, 20, … up to 320. */
export function waitSeconds(pos: Pos, operator: number): number {
  const { failures } = recordOf(pos, operator)
  return failures < 3 ? 0 : 10 * 2 ** Math.min(failures - 3, 5)
}

/** Checks a password. The failure is durable before the check is made: a power cut does not give a try back. */
export function checkPassword(pos: Pos, operator: number, password: string): PasswordCheck {
  const record = recordOf(pos, operator)
  if (!save(pos, operator, { ...record, failures: Math.min(record.failures + 1, 255) }))
    return { kind: 'storageFault' }
  if (!equal(tagOf(pos, operator, record.salt, password), record.tag)) return { kind: 'wrong' }
  if (!save(pos, operator, { ...record, failures: 0 })) return { kind: 'storageFault' }
  return { kind: 'right', initial: password === roleOf(operator).initial }
}

/** Sets a password of the role's length. False: the flash failed. */
export function setPassword(pos: Pos, operator: number, password: string): boolean {
  const salt = pos.device.secure.random(SALT_BYTES)
  return save(pos, operator, { salt, tag: tagOf(pos, operator, salt, password), failures: 0 })
}

interface Record {
  readonly salt: Uint8Array
  readonly tag: Uint8Array
  readonly failures: number
}

function recordOf(pos: Pos, operator: number): Record {
  const bytes = pos.journal.setting(SETTING_FIRST + operator)
  if (bytes !== undefined && bytes.length === SALT_BYTES + TAG_BYTES + 1) {
    const tag = bytes.slice(SALT_BYTES, SALT_BYTES + TAG_BYTES)
    return { salt: bytes.slice(0, SALT_BYTES), tag, failures: bytes[SALT_BYTES + TAG_BYTES] ?? 0 }
  }
  // Nobody's password has this tag: a record that cannot be read lets nobody in.
  return { salt: new Uint8Array(SALT_BYTES), tag: new Uint8Array(0), failures: 255 }
}

function save(pos: Pos, operator: number, record: Record): boolean {
  const bytes = new Uint8Array([...record.salt, ...record.tag, record.failures])
  return pos.journal.set(SETTING_FIRST + operator, bytes) === 'written'
}

/** Under a secret of this device: a copied flash cannot be searched for four digits elsewhere. */
function tagOf(pos: Pos, operator: number, salt: Uint8Array, password: string): Uint8Array {
  const digits = Array.from(password, (digit) => digit.charCodeAt(0))
  return pos.device.secure.deviceTag(new Uint8Array([operator, ...salt, ...digits]))
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length
  for (let index = 0; index < a.length; index++) different |= (a[index] ?? 0) ^ (b[index] ?? 0)
  return different === 0
}
