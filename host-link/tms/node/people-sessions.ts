import { createHash, randomBytes } from 'node:crypto'
import { ACTIONS, type Action, isUserRole, mayDo, type UserRole } from '../access.ts'
import type { NewToken, TokenView } from '../api-people.ts'
import type { Query, Row } from './database.ts'
import { findUser, type User } from './people.ts'

/** A session ends when nothing was asked for so long, and after so long in any case. Seconds. */
export const SESSION_IDLE = 30 * 60
export const SESSION_MAX = 12 * 60 * 60
/** How often the time of the last use is written. */
const TOUCH = 60
export const TOKEN_DAYS_MAX = 366
const SECRET_BYTES = 32
const TOKEN_FORM = /^stms_[\w-]{43}$/
const SESSION_FORM = /^[\w-]{43}$/

/** Who asks. A token is its owner with at most the rights of its role. */
export interface Identity {
  readonly name: string
  readonly role: UserRole
  readonly by: 'session' | 'token'
  readonly token?: string
  readonly mustChange: boolean
  readonly until: number
  /** Digest of the session. */
  readonly session?: string
  may(action: Action): boolean
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** Begins a session; gives the secret of its cookie, of which only the digest is kept. */
export async function beginSession({ run }: Query, owner: string, now: number): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  await run('DELETE FROM tms_session WHERE used_at < ? OR created_at < ?', [
    now - SESSION_IDLE,
    now - SESSION_MAX,
  ])
  await run('INSERT INTO tms_session (digest, owner, created_at, used_at) VALUES (?, ?, ?, ?)', [
    digestOf(secret),
    owner,
    now,
    now,
  ])
  return secret
}

export async function endSession({ run }: Query, digest: string): Promise<void> {
  await run('DELETE FROM tms_session WHERE digest = ?', [digest])
}

/** Ends all sessions of a person, but one. */
export async function endSessions({ run }: Query, owner: string, but = ''): Promise<void> {
  await run('DELETE FROM tms_session WHERE owner = ? AND digest <> ?', [owner, but])
}

/** Whose session it is; undefined where it is none, is over, or its owner may no longer come in. `touch` notes the use. */
export async function sessionOf(
  { query }: Pick<Query, 'query'>,
  secret: string,
  now: number,
  touch: (digest: string) => Promise<void>,
): Promise<Identity | undefined> {
  if (!SESSION_FORM.test(secret)) return undefined
  const digest = digestOf(secret)
  const [row] = await query('SELECT owner, created_at, used_at FROM tms_session WHERE digest = ?', [digest])
  if (row === undefined) return undefined
  const [owner, createdAt, usedAt] = [String(row[0]), Number(row[1]), Number(row[2])]
  if (usedAt < now - SESSION_IDLE || createdAt < now - SESSION_MAX) return undefined
  const user = await findUser({ query }, owner)
  if (user === undefined || !user.enabled) return undefined
  if (usedAt < now - TOUCH) await touch(digest)
  const { name, role, mustChange } = user
  const until = Math.min(now + SESSION_IDLE, createdAt + SESSION_MAX)
  return {
    name,
    role,
    by: 'session',
    mustChange,
    until,
    session: digest,
    may: (action) => mayDo(role, action),
  }
}

/** Notes that a session or a token was used. */
export async function touchSession({ run }: Query, digest: string, now: number): Promise<void> {
  await run('UPDATE tms_session SET used_at = ? WHERE digest = ?', [now, digest])
}
export async function touchToken({ run }: Query, digest: string, now: number): Promise<void> {
  await run('UPDATE tms_token SET used_at = ? WHERE digest = ?', [now, digest])
}

/** Whose token it is; undefined where it is none, expired, revoked, or its owner may no longer come in. */
export async function tokenOf(
  { query }: Pick<Query, 'query'>,
  secret: string,
  now: number,
  touch: (digest: string) => Promise<void>,
): Promise<Identity | undefined> {
  if (!TOKEN_FORM.test(secret)) return undefined
  const digest = digestOf(secret)
  const [row] = await query(`SELECT ${TOKEN_COLUMNS} FROM tms_token WHERE digest = ?`, [digest])
  const token = row && tokenOfRow(row, now)
  if (token === undefined || token.state !== 'active') return undefined
  const user = await findUser({ query }, token.owner)
  if (user === undefined || !user.enabled || user.mustChange) return undefined
  if ((token.lastUsed ?? 0) < now - TOUCH) await touch(digest)
  return {
    ...{
      name: user.name,
      role: token.role,
      by: 'token',
      token: token.name,
      mustChange: false,
      until: token.expires,
    },
    may: (action) => mayDo(token.role, action) && mayDo(user.role, action),
  }
}

/** Whether a role gives nothing that another does not give too. */
export function isWithin(role: UserRole, other: UserRole): boolean {
  return ACTIONS.every((action) => !mayDo(role, action) || mayDo(other, action))
}

/** Makes a token, whose secret is in this answer and nowhere else. */
export async function makeToken(
  { run }: Query,
  {
    owner,
    name,
    role,
    days,
  }: { readonly owner: User; readonly name: string; readonly role: UserRole; readonly days: number },
  now: number,
): Promise<NewToken> {
  const token = `stms_${randomBytes(SECRET_BYTES).toString('base64url')}`
  const id = randomBytes(6).toString('hex')
  const expires = now + days * 86_400
  await run(
    'INSERT INTO tms_token (id, digest, name, owner, role, created_at, expires) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [id, digestOf(token), name, owner.name, role, now, expires],
  )
  return { token, view: { id, name, owner: owner.name, role, createdAt: now, expires, state: 'active' } }
}

const TOKEN_COLUMNS = 'id, name, owner, role, created_at, expires, used_at, revoked_at'

function tokenOfRow(
  [id, name, owner, word, createdAt, expires, usedAt, revokedAt]: Row,
  now: number,
): TokenView {
  const role = String(word)
  return {
    id: String(id),
    name: String(name),
    owner: String(owner),
    role: isUserRole(role) ? role : 'viewer',
    createdAt: Number(createdAt),
    expires: Number(expires),
    ...(Number(usedAt) > 0 && { lastUsed: Number(usedAt) }),
    state: Number(revokedAt) > 0 ? 'revoked' : Number(expires) <= now ? 'expired' : 'active',
  }
}

/** Of one person, or of all; the newest first. */
export async function listTokens(
  { query }: Pick<Query, 'query'>,
  owner: string | undefined,
  now: number,
): Promise<readonly TokenView[]> {
  const rows = await query(
    `SELECT ${TOKEN_COLUMNS} FROM tms_token ${owner === undefined ? '' : 'WHERE owner = ? '}ORDER BY created_at DESC, id`,
    owner === undefined ? [] : [owner],
  )
  return rows.map((row) => tokenOfRow(row, now))
}

export async function revokeToken(
  { query, run }: Query,
  id: string,
  now: number,
): Promise<TokenView | undefined> {
  await run('UPDATE tms_token SET revoked_at = ? WHERE id = ? AND revoked_at = 0', [now, id])
  const [row] = await query(`SELECT ${TOKEN_COLUMNS} FROM tms_token WHERE id = ?`, [id])
  return row && tokenOfRow(row, now)
}
