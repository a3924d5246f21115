import { wipe } from '../../../keys/wipe.ts'
import { ACTIONS, isUserRole, mayDo, USER_ROLES } from '../access.ts'
import type { Me } from '../api-people.ts'
import type { Handlers } from './api-face.ts'
import { type Face, notFound } from './api-face.ts'
import { ApiFault, type Input, inputOf } from './api-input.ts'
import { provedPassword } from './api-log-in.ts'
import {
  clearTries,
  countAdministrators,
  findUser,
  insertUser,
  listUsers,
  makeVerifier,
  nameFault,
  passwordFault,
  setEnabled,
  setRole,
  setVerifier,
  type User,
  userView,
  type Verifier,
} from './people.ts'
import {
  beginSession,
  endSession,
  endSessions,
  type Identity,
  isWithin,
  listTokens,
  makeToken,
  revokeToken,
  SESSION_IDLE,
  TOKEN_DAYS_MAX,
} from './people-sessions.ts'

type PeopleCalls =
  | 'logIn'
  | 'logOut'
  | 'me'
  | 'changePassword'
  | 'users'
  | 'addUser'
  | 'changeUser'
  | 'tokens'
  | 'addToken'
  | 'revokeToken'

/** 人员 and 令牌: in and out, passwords, roles, tokens. */
export const peopleHandlers: Handlers<PeopleCalls> = {
  logIn: async (asked) => {
    const input = inputOf(asked.body, ['name', 'password'])
    const name = input.text('name', 80)
    const user = await provedPassword(asked, name, passwordOf(input, 'password'), 'loggedIn')
    return async (face) => {
      await clearTries(face.query, user.name, face.now)
      face.cookie(await beginSession(face.query, user.name, face.now))
      await face.audit('loggedIn', `user ${user.name}`)
      return meOf(face, user, face.now + SESSION_IDLE, 'session')
    }
  },

  logOut: () => async (face) => {
    if (face.who.session === undefined) throw new ApiFault('refused', 'A token has no session to end.')
    await endSession(face.query, face.who.session)
    face.cookie(undefined)
    await face.audit('loggedOut', `user ${face.who.name}`)
    return {}
  },

  me: () => async (face) => {
    const user = await userAt(face, face.who.name)
    return meOf(face, user, face.who.until, face.who.by)
  },

  changePassword: async (asked) => {
    const input = inputOf(asked.body, ['old', 'fresh'])
    const [old, fresh] = [passwordOf(input, 'old'), newPasswordOf(input, 'fresh')]
    const { who } = asked
    if (who?.by !== 'session') {
      wipe(old, fresh)
      throw new ApiFault('forbidden', 'A token cannot change a password: log in.')
    }
    const user = await provedPassword(asked, who.name, old, 'passwordChanged')
    const verifier = await makeVerifier(fresh, asked.options.scryptCost)
    return async (face) => {
      await setVerifier(face.query, user.name, verifier, false)
      await endSessions(face.query, user.name, who.session)
      await face.audit('passwordChanged', `user ${user.name}`)
      return {}
    }
  },

  users: () => async (face) => {
    const tokens = await listTokens(face.query, undefined, face.now)
    const active = (name: string) =>
      tokens.filter(({ owner, state }) => owner === name && state === 'active').length
    return (await listUsers(face.query)).map((user) => userView(user, active(user.name), face.now))
  },

  addUser: async ({ body, options, who }) => {
    const input = inputOf(body, ['name', 'role', 'password'])
    const [name, role] = [input.text('name', 80), input.one('role', USER_ROLES)]
    const why = nameFault(name)
    if (why !== undefined) throw new ApiFault('badInput', `name: ${why}.`, 'name')
    bySession(who)
    const verifier = await makeVerifier(newPasswordOf(input, 'password'), options.scryptCost)
    return async (face) => {
      if (!(await insertUser(face.query, { name, role, mustChange: true }, verifier, face.now)))
        throw new ApiFault('refused', 'Somebody has this name already.', 'name')
      await face.audit('userAdded', `user ${name}`, { role })
      return userView(await userAt(face, name), 0, face.now)
    }
  },

  changeUser: async ({ path, body, options, who }) => {
    const input = inputOf(body, ['role', 'enabled', 'password'])
    const given = ['role', 'enabled', 'password'].filter((name) => input.has(name))
    if (given.length !== 1)
      throw new ApiFault('badInput', 'body: one of role, enabled and password is wanted.', 'body')
    const role = input.has('role') ? input.one('role', USER_ROLES) : undefined
    const enabled = input.has('enabled') ? input.flag('enabled') : undefined
    if (input.has('password')) bySession(who)
    const verifier = input.has('password')
      ? await makeVerifier(newPasswordOf(input, 'password'), options.scryptCost)
      : undefined
    return (face) => changed(face, path, { role, enabled, verifier })
  },

  tokens: () => async (face) =>
    listTokens(face.query, face.who.may('manageUsers') ? undefined : face.who.name, face.now),

  addToken: ({ body, who }) => {
    const input = inputOf(body, ['name', 'role', 'days'])
    const [name, role] = [input.text('name', 40), input.one('role', USER_ROLES)]
    const days = input.whole('days', 1, TOKEN_DAYS_MAX)
    if (who?.by !== 'session') throw new ApiFault('forbidden', 'A token cannot make a token: log in.')
    return async (face) => {
      const owner = await userAt(face, face.who.name)
      if (!isWithin(role, owner.role))
        throw new ApiFault(
          'forbidden',
          `A token of yours can have no right that a ${owner.role} has not.`,
          'role',
        )
      const made = await makeToken(face.query, { owner, name, role, days }, face.now)
      const { id, expires } = made.view
      await face.audit('tokenMade', `token ${id}`, { name, role, expires })
      return made
    }
  },

  revokeToken:
    ({ path }) =>
    async (face) => {
      const token = (await listTokens(face.query, undefined, face.now)).find(({ id }) => id === path)
      const own = token?.owner === face.who.name || face.who.may('manageUsers')
      if (token === undefined || !own) throw notFound('token')
      const revoked = await revokeToken(face.query, path, face.now)
      await face.audit('tokenRevoked', `token ${path}`, { name: token.name, owner: token.owner })
      return revoked ?? token
    },
}

/** Who sets a password can log in, and make sessions and tokens: no token may. */
function bySession(who: Identity | undefined): void {
  if (who?.by !== 'session') throw new ApiFault('forbidden', 'A token cannot set a password: log in.')
}

async function changed(
  face: Face,
  path: string,
  change: {
    readonly role?: string | undefined
    readonly enabled?: boolean | undefined
    readonly verifier?: Verifier | undefined
  },
) {
  const { role, enabled, verifier } = change
  const user = await userAt(face, path)
  const { name } = user
  const less = (role !== undefined && role !== 'administrator') || enabled === false
  if (less && user.role === 'administrator' && user.enabled && (await countAdministrators(face.query)) === 1)
    throw new ApiFault('refused', 'The last administrator stays one.')
  if (role !== undefined && isUserRole(role)) await setRole(face.query, name, role)
  if (enabled !== undefined) await setEnabled(face.query, name, enabled)
  if (verifier !== undefined) {
    await setVerifier(face.query, name, verifier, true)
    // Given because the old one is lost or known: what was made with it is worth no more.
    for (const { id, state } of await listTokens(face.query, name, face.now))
      if (state === 'active') await revokeToken(face.query, id, face.now)
  }
  await endSessions(face.query, name)
  await face.audit('userChanged', `user ${name}`, {
    ...(role !== undefined && { role, before: user.role }),
    ...(enabled !== undefined && { enabled }),
    ...(verifier !== undefined && { password: 'new' }),
  })
  const tokens = await listTokens(face.query, name, face.now)
  return userView(await userAt(face, name), tokens.filter(({ state }) => state === 'active').length, face.now)
}

async function userAt({ query }: Pick<Face, 'query'>, name: string): Promise<User> {
  const user = await findUser(query, name)
  if (user === undefined) throw notFound('user')
  return user
}

function meOf({ options, who }: Face, user: User, until: number, by: Me['by']): Me {
  const { tenant, policy, version, broker } = options
  const may = by === 'token' ? ACTIONS.filter((action) => who.may(action)) : actionsOf(user)
  return {
    ...{
      name: user.name,
      role: by === 'token' ? who.role : user.role,
      until,
      by,
      tenant,
      policy,
      version,
      broker,
    },
    actions: may,
    mustChange: user.mustChange,
  }
}

const actionsOf = ({ role }: User) => ACTIONS.filter((action) => mayDo(role, action))

/** A password out of JSON, as bytes that are wiped after use. */
function passwordOf(input: Input, name: string): Uint8Array {
  const text = input.value(name)
  if (typeof text !== 'string' || text.length > 256)
    throw new ApiFault('badInput', `${name}: a password is wanted.`, name)
  return new TextEncoder().encode(text.normalize('NFC'))
}

function newPasswordOf(input: Input, name: string): Uint8Array {
  const password = passwordOf(input, name)
  const why = passwordFault(password)
  if (why === undefined) return password
  wipe(password)
  throw new ApiFault('badInput', `${name}: ${why}.`, name)
}
