import type { Command } from 'commander'
import { USER_ROLES, userRoles } from '../../host-link/tms/access.ts'
import type { UserView } from '../../host-link/tms/api-people.ts'
import { CommandError } from '../command-error.ts'
import { type Column, detailText, output, tableText, timeText } from '../tms-output.ts'
import { wholeOf } from '../tms-plan.ts'
import { descriptorOption } from './key-options.ts'
import { type ApiCommandOptions, addApiCommand, apiOptions, noun } from './tms-options.ts'

const roles = `${USER_ROLES.map((role) => `${role} ${userRoles[role].zh}`).join(', ')}`

const userColumns: readonly Column<UserView>[] = [
  ['姓名 name', ({ name }) => name],
  ['角色 role', ({ role }) => `${userRoles[role].zh} ${role}`],
  ['状态 state', ({ state }) => state],
  ['令牌 tokens', ({ tokens }) => tokens],
  ['登录 last log-in', ({ lastLogIn }) => timeText(lastLogIn)],
]
const oneUser = (view: UserView): string => tableText([view], userColumns)

interface AddOptions extends ApiCommandOptions {
  readonly role?: string
  readonly first?: boolean
  readonly db?: string
  readonly folder: string
  readonly passwordFd?: number
  readonly as?: string
  readonly asPasswordFd?: number
}

/** No token sets a password: an administrator gives his own. */
const asOptions = (command: Command): Command =>
  command
    .option('--as <name>', 'the administrator who does it: no token sets a password')
    .addOption(descriptorOption('--as-password-fd', 'gives the password of that one (default: typed blind)'))
    .addOption(descriptorOption('--password-fd', 'gives the new password (default: typed blind)'))
    .option('--url <address>', 'where the service is', 'http://127.0.0.1:8100')
    .option('--json', 'one JSON document')
    .option('--dry-run', 'does all of it, says what came of it, and undoes it')

/** `shuaka tms user`. */
export function addTmsUser(tms: Command): void {
  const user = noun(tms, 'user', '用户', 'who may come in, and as what')
  addApiCommand(user, {
    ...{ call: 'users', usage: 'list', summary: 'all users' },
    words: (users) => tableText(users, userColumns),
  })
  const add = user
    .command('add')
    .argument('<name>')
    .allowExcessArguments(false)
    .summary('a new user, who changes the password at the first log-in')
    .description(
      'A new user, who changes the password at the first log-in. --first makes the first administrator on the database itself.',
    )
    .option('--role <role>', roles)
    .option('--first', 'the first user of a service, an administrator: on the database, without a token')
    .option('--db <address>', 'with --first: file or address of the database (default: tms.db in the folder)')
    .option('--folder <folder>', 'with --first: folder of the service', '.shuaka/tms')
  asOptions(add).action(async (name: string, _: AddOptions, command: Command) => {
    const options = command.optsWithGlobals<AddOptions>()
    const { addUserCommand } = await import('../tms-people.ts')
    process.stdout.write(await addUserCommand(name, options, oneUser))
  })
  addApiCommand(user, {
    ...{ call: 'changeUser', usage: 'role <name> <role>', summary: `another role: ${roles}` },
    input: ([path = '', role]) => ({ path, body: { role } }),
    words: oneUser,
  })
  for (const [usage, summary, enabled] of [
    ['disable <name>', 'may no longer come in; sessions and tokens end', false],
    ['enable <name>', 'may come in again; also ends a lock', true],
  ] as const)
    addApiCommand(user, {
      ...{ call: 'changeUser', usage, summary, words: oneUser },
      input: ([path = '']) => ({ path, body: { enabled } }),
    })
  const password = user
    .command('password')
    .argument('<name>')
    .allowExcessArguments(false)
    .summary('a new password for somebody, to be changed at the next log-in')
    .description(
      'A new password for somebody, to be changed at the next log-in. The sessions and tokens of the person end.',
    )
  asOptions(password).action(async (name: string, _: AddOptions, command: Command) => {
    const { givePasswordCommand } = await import('../tms-people.ts')
    process.stdout.write(await givePasswordCommand(name, command.optsWithGlobals<AddOptions>(), oneUser))
  })
}

interface OwnPasswordOptions extends ApiCommandOptions {
  readonly user: string
  readonly oldPasswordFd?: number
  readonly passwordFd?: number
}

/** `shuaka tms password`. */
export function addTmsPassword(tms: Command): void {
  tms
    .command('password')
    .allowExcessArguments(false)
    .summary('密码: changes your own')
    .description('密码: changes your own password, also the one that an administrator gave.')
    .requiredOption('--user <name>', 'who you are')
    .addOption(descriptorOption('--old-password-fd', 'gives the old password (default: typed blind)'))
    .addOption(descriptorOption('--password-fd', 'gives the new password (default: typed blind)'))
    .option('--url <address>', 'where the service is', 'http://127.0.0.1:8100')
    .option('--json', 'one JSON document')
    .option('--dry-run', 'does all of it, says what came of it, and undoes it')
    .action(async (_: OwnPasswordOptions, command: Command) => {
      const { ownPasswordCommand } = await import('../tms-people.ts')
      process.stdout.write(await ownPasswordCommand(command.optsWithGlobals<OwnPasswordOptions>()))
    })
}

interface TokenOptions extends ApiCommandOptions {
  readonly user: string
  readonly role: string
  readonly days: string
  readonly out?: string
  readonly passwordFd?: number
}

/** `shuaka tms token`. */
export function addTmsToken(tms: Command): void {
  const token = noun(tms, 'token', '令牌', 'for programs and for this command')
  addApiCommand(token, {
    ...{ call: 'tokens', usage: 'list', summary: 'own tokens; an administrator sees all' },
    words: (tokens) =>
      tableText(tokens, [
        ['号 id', ({ id }) => id],
        ['名称 name', ({ name }) => name],
        ['何人 owner', ({ owner }) => owner],
        ['角色 role', ({ role }) => role],
        ['状态 state', ({ state }) => state],
        ['到期 expires', ({ expires }) => timeText(expires)],
        ['使用 last used', ({ lastUsed }) => timeText(lastUsed)],
      ]),
  })
  token
    .command('add')
    .argument('<name>')
    .allowExcessArguments(false)
    .summary('makes a token; asks for your password, as no token makes a token')
    .description(
      'Makes a token; asks for your password, as no token makes a token. It is printed once, or written to a new file that only its owner reads.',
    )
    .requiredOption('--user <name>', 'whose token')
    .requiredOption('--role <role>', `what it may do at most: ${roles}`)
    .option('--days <n>', 'how long it is good, 1 to 366', '90')
    .option('--out <file>', 'new file for it')
    .addOption(descriptorOption('--password-fd', 'gives the password (default: typed blind)'))
    .option('--url <address>', 'where the service is', 'http://127.0.0.1:8100')
    .option('--json', 'one JSON document')
    .option('--dry-run', 'does all of it, says what came of it, and undoes it')
    .action(async (name: string, _: TokenOptions, command: Command) => {
      const options = command.optsWithGlobals<TokenOptions>()
      const { addTokenCommand } = await import('../tms-people.ts')
      const days = wholeOf('--days', options.days)
      process.stdout.write(await addTokenCommand(name, { ...options, days }))
    })
  addApiCommand(token, {
    ...{ call: 'revokeToken', usage: 'revoke <token>', summary: 'ends a token' },
    input: ([path = '']) => ({ path }),
    words: ({ id, state }) => `${id}  ${state}\n`,
  })
}

interface VerifyOptions extends ApiCommandOptions {
  readonly db?: string
}

/** `shuaka tms audit`. */
export function addTmsAudit(tms: Command): void {
  const audit = noun(tms, 'audit', '审计', 'who did what; the chain can be checked')
  addApiCommand<'audit', { who?: string; event?: string; subject?: string; after?: string; limit?: string }>(
    audit,
    {
      ...{ call: 'audit', usage: 'list', summary: 'records, newest first' },
      options: (command) =>
        command
          .option('--who <name>', 'by this person')
          .option('--event <event>', 'of this kind, as releaseApproved')
          .option('--subject <text>', 'about this, as "release 4"')
          .option('--after <number>', 'older than this record')
          .option('--limit <n>', 'rows, 1 to 500 (default: 100)'),
      input: (_, { who, event, subject, after, limit }) => ({ query: { who, event, subject, after, limit } }),
      words: ({ rows, total, next }) =>
        tableText(
          rows,
          [
            ['号 no.', ({ number }) => number],
            ['时间 time', ({ time }) => timeText(time)],
            ['何人 who', ({ who, token }) => (token === undefined ? who : `${who} (${token})`)],
            ['何事 event', ({ zh, en }) => `${zh} ${en}`],
            ['对象 subject', ({ subject }) => subject],
          ],
          `共 ${total} total${next === undefined ? '' : `; more: --after ${next}`}`,
        ),
    },
  )
  const verify = audit
    .command('verify')
    .allowExcessArguments(false)
    .summary('whether the records are what the service wrote')
    .description(
      'Whether the records are what the service wrote; over the API, or with --db on the database itself. Exits with 1 where the chain is broken.',
    )
    .option('--db <address>', 'file or address of the database, also while the service runs')
  apiOptions(verify, 'verifyAudit').action(async (_: VerifyOptions, command: Command) => {
    const options = command.optsWithGlobals<VerifyOptions>()
    const { verdictOf } = await import('../tms-people.ts')
    const verdict = await verdictOf(options)
    if (verdict.kind === 'broken') {
      if (options.json === true) process.stdout.write(output(verdict, options, () => ''))
      throw new CommandError(`tms audit: record ${verdict.record} is broken: ${verdict.why}.`)
    }
    process.stdout.write(output(verdict, options, () => detailText(verdict)))
  })
}
