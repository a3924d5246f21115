import { randomBytes } from 'node:crypto'
import { equalBytes } from '../../../keys/equal-bytes.ts'
import { derive, isPassphrase, SALT_LENGTH } from '../../../keys/station/passphrase.ts'
import { wipe } from '../../../keys/wipe.ts'
import { isUserRole, type UserRole } from '../access.ts'
import type { UserView } from '../api-people.ts'
import type { Query, Row, TmsDatabase, Value } from './database.ts'
import { isPersonName, nameKey } from './people-names.ts'

/** Wrong passwords in a row that lock a person out, and for how long in seconds. */
export const FAILURES_MAX = 5
export const LOCK_SECONDS = 15 * 60

export interface User {
  readonly name: string
  readonly role: UserRole
  readonly enabled: boolean
  readonly mustChange: boolean
  readonly failures: number
  readonly lockedUntil: number
  readonly createdAt: number
  readonly lastLogIn: number
}

/** A password as it is kept: scrypt with its cost and salt. */
export interface Verifier {
  readonly cost: number
  readonly salt: Uint8Array
  readonly verifier: Uint8Array
}

const COLUMNS = 'name, role, enabled, must_change, failures, locked_until, created_at, last_log_in'

/** The user of this name, however it is capitalised. */
export async function findUser({ query }: Pick<Query, 'query'>, name: string): Promise<User | undefined> {
  const [row] = await query(`SELECT ${COLUMNS} FROM tms_user WHERE name_key = ?`, [nameKey(name)])
  return row && userOf(row)
}

export async function listUsers({ query }: Pick<Query, 'query'>): Promise<readonly User[]> {
  return (await query(`SELECT ${COLUMNS} FROM tms_user ORDER BY name_key`)).map(userOf)
}

function userOf([name, role, enabled, mustChange, failures, lockedUntil, createdAt, lastLogIn]: Row): User {
  const word = String(role)
  return {
    name: String(name),
    role: isUserRole(word) ? word : 'viewer',
    enabled: enabled === 1,
    mustChange: mustChange === 1,
    failures: Number(failures),
    lockedUntil: Number(lockedUntil),
    createdAt: Number(createdAt),
    lastLogIn: Number(lastLogIn),
  }
}

export function userView(user: User, tokens: number, now: number): UserView {
  const { name, role, createdAt, lastLogIn, lockedUntil } = user
  const locked = lockedUntil > now
  return {
    ...{ name, role, createdAt, tokens },
    state: !user.enabled ? 'disabled' : locked ? 'locked' : 'active',
    ...(locked && { lockedUntil }),
    ...(lastLogIn > 0 && { lastLogIn }),
  }
}

/** scrypt over a password, which is overwritten. Slow on purpose: outside of any transaction. */
export async function makeVerifier(password: Uint8Array, cost: number): Promise<Verifier> {
  const salt = new Uint8Array(randomBytes(SALT_LENGTH))
  const { share, verifier } = await derive(password, salt, cost)
  wipe(share)
  return { cost, salt, verifier }
}

/** Why a password or name is not one, for people; undefined where it is. The password is not repeated, and not wiped. */
export function passwordFault(password: Uint8Array): string | undefined {
  return isPassphrase(password)
    ? undefined
    : 'a password has 8 characters or more, 4 of them different, and 256 bytes at most'
}
export function nameFault(name: string): string | undefined {
  return isPersonName(name)
    ? undefined
    : 'a name has 1 to 40 letters and digits, with . - _ and single blanks inside, and is none of the service’s own'
}

/** Adds a user; false where somebody has the name already. */
export async function insertUser(
  { query, run }: Query,
  user: { readonly name: string; readonly role: UserRole; readonly mustChange: boolean },
  { cost, salt, verifier }: Verifier,
  now: number,
): Promise<boolean> {
  const [there] = await query('SELECT 1 FROM tms_user WHERE name_key = ?', [nameKey(user.name)])
  if (there !== undefined) return false
  await run(
    `INSERT INTO tms_user (name, name_key, role, cost, salt, verifier, enabled, must_change, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)`,
    [user.name, nameKey(user.name), user.role, cost, salt, verifier, user.mustChange ? 1 : 0, now],
  )
  return true
}

/** A new password: the lock and its count are gone with the old one. */
export async function setVerifier(
  { run }: Query,
  name: string,
  { cost, salt, verifier }: Verifier,
  mustChange: boolean,
): Promise<void> {
  const values: Value[] = [cost, salt, verifier, mustChange ? 1 : 0, name]
  await run(
    'UPDATE tms_user SET cost = ?, salt = ?, verifier = ?, must_change = ?, failures = 0, locked_until = 0 WHERE name = ?',
    values,
  )
}

export type Claim =
  | { readonly kind: 'try'; readonly user: User; readonly stored: Verifier; readonly failures: number }
  | { readonly kind: 'locked'; readonly until: number }
  | { readonly kind: 'nobody' }

/**
 * Counts a try before its password is looked at, so that guesses side by side, of all processes, are counted too. The try
 * that is the last one allowed locks at once; the right password takes the lock away again.
 */
export async function claimTry({ query, run }: Query, name: string, now: number): Promise<Claim> {
  const [row] = await query(`SELECT ${COLUMNS}, cost, salt, verifier FROM tms_user WHERE name_key = ?`, [
    nameKey(name),
  ])
  const user = row && userOf(row)
  if (row === undefined || user === undefined || !user.enabled) return { kind: 'nobody' }
  if (user.lockedUntil > now) return { kind: 'locked', until: user.lockedUntil }
  const failures = (user.lockedUntil > 0 ? 0 : user.failures) + 1
  const until = failures >= FAILURES_MAX ? now + LOCK_SECONDS : 0
  const changed = await run(
    'UPDATE tms_user SET failures = ?, locked_until = ? WHERE name = ? AND failures = ? AND locked_until = ?',
    [failures, until, user.name, user.failures, user.lockedUntil],
  )
  if (changed !== 1) return { kind: 'locked', until: now } // another process took the try
  const [cost, salt, verifier] = row.slice(-3)
  return {
    kind: 'try',
    user,
    failures,
    stored: { cost: Number(cost), salt: bytesOf(salt), verifier: bytesOf(verifier) },
  }
}

/** Whether a password is the stored one. It is overwritten. */
export async function isRight(password: Uint8Array, { cost, salt, verifier }: Verifier): Promise<boolean> {
  const derived = await derive(password, salt, cost)
  wipe(derived.share)
  const right = equalBytes(derived.verifier, verifier)
  wipe(derived.verifier)
  return right
}

/** The try was right. */
export async function clearTries({ run }: Query, name: string, now: number): Promise<void> {
  await run('UPDATE tms_user SET failures = 0, locked_until = 0, last_log_in = ? WHERE name = ?', [now, name])
}

export async function setRole({ run }: Query, name: string, role: UserRole): Promise<void> {
  await run('UPDATE tms_user SET role = ? WHERE name = ?', [role, name])
}
export async function setEnabled({ run }: Query, name: string, enabled: boolean): Promise<void> {
  await run('UPDATE tms_user SET enabled = ?, failures = 0, locked_until = 0 WHERE name = ?', [
    enabled ? 1 : 0,
    name,
  ])
}

/** Administrators that can log in: the last one stays. */
export async function countAdministrators({ query }: Pick<Query, 'query'>): Promise<number> {
  const [row] = await query(`SELECT count(*) FROM tms_user WHERE role = 'administrator' AND enabled = 1`)
  return Number(row?.[0] ?? 0)
}

export async function countUsers(database: Pick<TmsDatabase, 'reads'>): Promise<number> {
  const [row] = await database.reads.query('SELECT count(*) FROM tms_user')
  return Number(row?.[0] ?? 0)
}

function bytesOf(value: Value | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('people: a column of bytes is none')
  return new Uint8Array(value)
}
