import { writeFileSync } from 'node:fs'
import { isUserRole } from '../host-link/tms/access.ts'
import type { AuditVerdictView, UserView } from '../host-link/tms/api-people.ts'
import { facesSchema } from '../host-link/tms/node/api-schema.ts'
import { appendAudit, verifyAudit } from '../host-link/tms/node/audit-log.ts'
import {
  countUsers,
  findUser,
  insertUser,
  makeVerifier,
  nameFault,
  passwordFault,
  userView,
} from '../host-link/tms/node/people.ts'
import { openTmsDatabase } from '../host-link/tms/node/tms-store.ts'
import { SCRYPT_COST } from '../keys/station/passphrase.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError, sentence } from './command-error.ts'
import { type TmsClient, type TmsClientOptions, tmsClient, tmsSession } from './tms-client.ts'
import { existingDatabase } from './tms-database.ts'
import { databaseOf } from './tms-folder.ts'
import { output } from './tms-output.ts'
import { passwordFor } from './tms-password.ts'

/** Who does what no token may do, in a session of his own. */
export interface AsOptions extends TmsClientOptions {
  readonly as?: string
  readonly asPasswordFd?: number
  readonly passwordFd?: number
  readonly json?: boolean
}

export interface AddUserOptions extends AsOptions {
  readonly role?: string
  readonly first?: boolean
  readonly db?: string
  readonly folder: string
}

/** `shuaka tms user add`: over the API, or the first one on the database. */
export async function addUserCommand(
  name: string,
  options: AddUserOptions,
  words: (view: UserView) => string,
): Promise<string> {
  if (options.first === true)
    return output(
      await firstUser(name, options),
      options,
      () => `${name}: 首个管理员 the first administrator\n`,
    )
  if (options.role === undefined)
    throw new CommandError('tms user add: --role is wanted; --first makes the first administrator.', 2)
  const { role } = options
  return settingPassword(name, options, words, (session, password) =>
    session.call('addUser', { body: { name, role, password } }),
  )
}

/** `shuaka tms user password`: one that an administrator gives. */
export function givePasswordCommand(
  name: string,
  options: AsOptions,
  words: (view: UserView) => string,
): Promise<string> {
  return settingPassword(name, options, words, (session, password) =>
    session.call('changeUser', { path: name, body: { password } }),
  )
}

async function settingPassword(
  name: string,
  options: AsOptions,
  words: (view: UserView) => string,
  set: (session: TmsClient, password: string) => Promise<UserView>,
): Promise<string> {
  const { as, asPasswordFd, passwordFd } = options
  if (as === undefined)
    throw new CommandError('tms user: --as NAME is wanted, an administrator: no token sets a password.', 2)
  checkDistinct(asPasswordFd, passwordFd)
  const own = await passwordFor(`Password of ${as}`, asPasswordFd, false, 'as-password')
  const session = await tmsSession(options, as, own).finally(() => wipe(own))
  try {
    const view = await set(session, await textPassword(`New password of ${name}`, passwordFd))
    return output(view, options, () => words(view))
  } finally {
    await session.end()
  }
}

/** The second of two secrets would find one descriptor at its end. */
function checkDistinct(first: number | undefined, second: number | undefined): void {
  if (first !== undefined && first === second)
    throw new CommandError('tms: one file descriptor is given twice.', 2)
}

/** `shuaka tms password`: one's own. All other sessions of the person end by it. */
export async function ownPasswordCommand(
  options: TmsClientOptions & {
    readonly user: string
    readonly oldPasswordFd?: number
    readonly passwordFd?: number
    readonly json?: boolean
  },
): Promise<string> {
  const { user, oldPasswordFd, passwordFd } = options
  checkDistinct(oldPasswordFd, passwordFd)
  const old = await passwordFor(`Password of ${user}`, oldPasswordFd, false, 'old-password')
  try {
    const session = await tmsSession(options, user, old)
    try {
      const fresh = await textPassword(`New password of ${user}`, passwordFd)
      await session.call('changePassword', { body: { old: new TextDecoder().decode(old), fresh } })
    } finally {
      await session.end()
    }
    return output({ name: user }, options, () => `${user}: 口令已修改 the password is changed\n`)
  } finally {
    wipe(old)
  }
}

/** On the database itself, and only while nobody is there. */
async function firstUser(
  name: string,
  { role, folder, db, passwordFd, dryRun }: AddUserOptions,
): Promise<UserView> {
  if (role !== undefined && (!isUserRole(role) || role !== 'administrator'))
    throw new CommandError('tms user add --first: the first one is an administrator.', 2)
  const why = nameFault(name)
  if (why !== undefined) throw new CommandError(`tms user add: ${why}.`, 2)
  const address = databaseOf(folder, db)
  const database = await openTmsDatabase(address, [facesSchema(address)])
  try {
    if ((await countUsers(database)) > 0)
      throw new CommandError('tms user add --first: there are users already; an administrator adds others.')
    const password = await passwordFor(`Password of ${name}`, passwordFd, true)
    const fault = passwordFault(password)
    if (fault !== undefined) {
      wipe(password)
      throw new CommandError(`tms user add: ${fault}.`, 2)
    }
    const verifier = await makeVerifier(password, SCRYPT_COST)
    const now = Math.floor(Date.now() / 1000)
    const nobody: UserView = { name, role: 'administrator', state: 'active', createdAt: now, tokens: 0 }
    if (dryRun === true) return nobody
    return await database.write(async (query) => {
      const [there] = await query.query('SELECT 1 FROM tms_user LIMIT 1')
      if (there !== undefined) throw new CommandError('tms user add --first: there are users already.')
      await insertUser(query, { name, role: 'administrator', mustChange: false }, verifier, now)
      await appendAudit(
        database.kind,
        query,
        { who: 'service', event: 'firstUser', subject: `user ${name}`, detail: {} },
        now,
      )
      const user = await findUser(query, name)
      return user === undefined ? nobody : userView(user, 0, now)
    })
  } finally {
    await database.close()
  }
}

/** A password as the JSON of the API wants it. */
export async function textPassword(prompt: string, fd: number | undefined): Promise<string> {
  const password = await passwordFor(prompt, fd, true)
  const fault = passwordFault(password)
  const text = new TextDecoder().decode(password)
  wipe(password)
  if (fault !== undefined) throw new CommandError(`tms: ${fault}.`, 2)
  return text
}

export interface AddTokenOptions extends TmsClientOptions {
  readonly user: string
  readonly role: string
  readonly days: number
  readonly out?: string
  readonly passwordFd?: number
  readonly json?: boolean
}

/** `shuaka tms token add`: in a session of its own. */
export async function addTokenCommand(name: string, options: AddTokenOptions): Promise<string> {
  const { user, role, days, out, passwordFd } = options
  const password = await passwordFor(`Password of ${user}`, passwordFd, false)
  const session = await tmsSession(options, user, password).finally(() => wipe(password))
  try {
    const made = await session.call('addToken', { body: { name, role, days } })
    if (out === undefined) return output(made, options, () => `${made.token}\n`)
    if (options.dryRun !== true) writeToken(out, made.token)
    return output(made.view, options, () => `${out}: ${made.view.id}\n`)
  } finally {
    await session.end()
  }
}

function writeToken(path: string, token: string): void {
  try {
    writeFileSync(path, `${token}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new CommandError(
      `tms token add: the token is not kept and worth nothing to you: ${sentence(error)} Revoke it and make another.`,
    )
  }
}

/** `shuaka tms audit verify`. */
export async function verdictOf(
  options: TmsClientOptions & { readonly db?: string },
): Promise<AuditVerdictView> {
  if (options.db === undefined) return tmsClient(options).call('verifyAudit')
  const database = await existingDatabase('tms audit verify', options.db)
  try {
    return await verifyAudit(database.reads)
  } finally {
    await database.close()
  }
}
