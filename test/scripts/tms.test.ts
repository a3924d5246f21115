import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from '../../scripts/cli.ts'
import { tmsClient, tmsSession } from '../../scripts/tms-client.ts'
import { output, tableText } from '../../scripts/tms-output.ts'
import {
  addTokenCommand,
  addUserCommand,
  givePasswordCommand,
  ownPasswordCommand,
} from '../../scripts/tms-people.ts'
import { type ApiRig, apiRigs, PASSWORD } from '../host-link/tms/node/api-rig.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const rigs = apiRigs()
let folder = ''
let rig: ApiRig
const tokens: { [role: string]: string } = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-cli-'))
  rig = await rigs('sqlite')
  for (const role of ['operator', 'releaser', 'approver', 'administrator'] as const) {
    tokens[role] = join(folder, role)
    writeFileSync(tokens[role], `${await rig.token(role)}\n`)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

function wordsOf(words: string, role: string | undefined): readonly string[] {
  const token = role === undefined ? [] : ['--url', rig.url, '--token-file', tokens[role] ?? '']
  return ['tms', ...words.split(' ').filter(Boolean), ...token]
}

/** `shuaka tms …` in this process, as who has this role. */
async function tms(words: string, role?: string): Promise<Ended> {
  const said = { out: '', error: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((part, ...rest: unknown[]) => {
    said.out += String(part)
    for (const done of rest) if (typeof done === 'function') done()
    return true
  })
  vi.spyOn(console, 'error').mockImplementation((line) => {
    said.error += `${line}\n`
  })
  vi.stubEnv('SHUAKA_TMS_TOKEN', undefined)
  try {
    return { code: await main(wordsOf(words, role)), ...said }
  } finally {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  }
}

/** The same in a process of its own, with this on its standard input. */
function piped(words: string, input: string, role?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SHUAKA, ...wordsOf(words, role)], { cwd: folder })
    const said = { out: '', error: '' }
    child.stdout.setEncoding('utf8').on('data', (part) => {
      said.out += part
    })
    child.stderr.setEncoding('utf8').on('data', (part) => {
      said.error += part
    })
    child.on('close', (code) => resolve({ code, ...said }))
    child.stdin.end(input)
  })
}

describe('shuaka tms', () => {
  it.each([
    ['bogus', undefined, 2, /no command bogus/],
    ['terminal', undefined, 2, /which command/],
    ['terminal list', undefined, 2, /who asks/],
    ['terminal list --filter x=1', 'operator', 2, /no field "x"/],
    ['terminal show NOBODY', 'operator', 1, /没有此项: There is no such terminal/],
    ['users', 'operator', 2, /no command users|unknown option/],
    ['user list', 'operator', 1, /无此权限/],
    ['deploy create --name x', 'operator', 2, /--name and --reason/],
    ['parameters show nonsense:x', 'operator', 2, /a layer is product/],
    ['command send dance --serial T1', 'operator', 2, /one of message/],
    ['terminal add T9 --model A8 --set merchant=1 store=0012', 'operator', 2, /too many arguments for 'add'/],
    ['terminal retire T8 T9 --reason x', 'operator', 2, /too many arguments for 'retire'/],
    ['command send lock --serial A B --zh x --en x', 'operator', 2, /too many arguments for 'send'/],
    ['group put g --serial A B', 'operator', 2, /too many arguments for 'put'/],
    ['deploy create --name x --reason r --release 1 --serial A B', 'operator', 2, /too many arguments/],
    ['deploy submit abc', 'operator', 2, /submit <id> wants a whole number, not abc/],
    ['release approve 1.2.0', 'operator', 2, /approve <id> wants a whole number/],
    ['deploy show 7', 'operator', 1, /There is no such deployment/],
    ['deploy show 1 junk', 'operator', 2, /too many arguments for 'show'/],
    ['--listen nowhere', undefined, 1, /root document/],
    ['bench --terminals abc', undefined, 2, /--terminals wants a number/],
    ['bench --scenario foo', undefined, 2, /--scenario wants some of hold/],
    ['bench --over rabbit', undefined, 2, /--over wants/],
    [
      'deploy create --name x --reason r --parameters --filter x --window 22:00-05:00',
      'operator',
      2,
      /--window is for programs/,
    ],
  ] as const)('%s (%s) → exit code %d and one line that says why', async (words, role, code, why) => {
    const ended = await tms(words, role)
    expect(ended.error).toMatch(why)
    expect([ended.code, ended.out, ended.error.trimEnd().split('\n').length]).toEqual([code, '', 1])
  })

  it('add, list, import, dry run, audit → tables for people, JSON for programs', async () => {
    const added = await tms('terminal add T1 --model A8 --set merchant=8981 --set labels=a,b', 'operator')
    expect([added.code, added.out]).toMatchObject([0, expect.stringMatching(/^T1 {2}[\w-]{24}\n$/)])
    const dry = await piped('terminal import - --dry-run', 'serial,model\nT2,A8\n', 'operator')
    expect(dry.out).toMatch(/^试运行 dry run: nothing was changed\n新增 added 1/)
    const csv = join(folder, 'wrong.csv')
    writeFileSync(csv, 'serial,model\nT2,A8\nT 3,A8\n')
    const wrong = await tms(`terminal import ${csv}`, 'operator')
    expect([wrong.code, wrong.error]).toMatchObject([
      1,
      expect.stringMatching(/line 3: .*nothing was imported/),
    ])
    const [table, json, audit] = [
      await tms('terminal list', 'operator'),
      await tms('terminal list --json', 'operator'),
      await tms('audit verify --json', 'approver'),
    ]
    expect(table.out).toMatch(/序列号 serial.*\n.*\n.*T1.*8981/)
    expect(JSON.parse(json.out)).toMatchObject({ total: 1, rows: [{ serial: 'T1' }] })
    expect(JSON.parse(audit.out)).toMatchObject({ kind: 'whole', records: 1 })
  })

  it('audit verify on the database itself → the same; a broken chain → exit code 1 and the record', async () => {
    const broken = await rigs('sqlite')
    await broken.get('addTerminal', 'operator', { body: { serial: 'T1', model: 'A8' } })
    await broken.database.write(({ run }) => run('DROP TRIGGER tms_audit_update'))
    await broken.database.write(({ run }) => run(`UPDATE tms_audit SET who = 'Eve'`))
    const ended = await tms(`audit verify --db ${broken.address}`)
    expect([ended.code, ended.error]).toEqual([
      1,
      'tms audit: record 1 is broken: its columns are not those of its record.\n',
    ])
  })
})

describe('a database that is not there', () => {
  it.each(['audit verify --db', 'acl --tenant T --out somewhere --db'])(
    '%s FILE → one line, exit code 1, and no file is made or changed',
    async (words) => {
      for (const [name, text] of [
        ['nonexistent.db', undefined],
        ['empty.db', ''],
        ['letter.txt', 'Dear Sir'],
      ] as const) {
        const file = join(folder, name)
        if (text !== undefined) writeFileSync(file, text)
        const ended = await tms(`${words} ${file}`)
        expect([ended.code, ended.out]).toEqual([1, ''])
        expect(ended.error).toMatch(
          /^tms (audit verify|acl): .*: (there is no such file|it is no database of a download service)\.\n$/,
        )
        expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(text)
      }
    },
  )

  it('init without somebody to type → its own option is named', async () => {
    const { code, error } = await piped('init --folder new', '')
    expect([code, error]).toEqual([
      2,
      'tms: there is no terminal to type a passphrase at; give --passphrase-fd.\n',
    ])
  })
})

describe('people by command', () => {
  it('the first user → on the database, an administrator, once', async () => {
    const db = join(folder, 'first.db')
    const add = (name: string) =>
      piped(`user add ${name} --first --db ${db} --password-fd 0`, `${PASSWORD}\n`)
    expect((await add('Ada')).out).toBe('Ada: 首个管理员 the first administrator\n')
    expect((await add('Bob')).error).toMatch(/there are users already/)
  })

  it('a token by command → in a file that its owner alone reads, made in a session that is ended', async () => {
    await rig.user('Anna', 'operator')
    const out = join(folder, 'token')
    const options = { url: rig.url, user: 'Anna', role: 'viewer', days: 1, out }
    const session = await tmsSession({ url: rig.url }, 'Anna', new TextEncoder().encode(PASSWORD))
    const made = await session.call('addToken', { body: { name: 'x', role: options.role, days: 1 } })
    await session.end()
    await expect(session.call('me')).rejects.toThrow(/未登录/)
    writeFileSync(out, made.token, { mode: 0o600 })
    expect(statSync(out).mode & 0o077).toBe(0)
    const me = await tmsClient({ url: rig.url, tokenFile: out }).call('me')
    expect(me).toMatchObject({ name: 'Anna', role: 'viewer', by: 'token' })
    expect(readFileSync(out, 'utf8')).toBe(made.token)
    await expect(addTokenCommand('x', { ...options, passwordFd: 999 })).rejects.toThrow(/cannot be read/)
    await expect(addUserCommand('x', { url: rig.url, folder }, () => '')).rejects.toThrow(/--role is wanted/)
  })

  it('a user by command, another password, one of one’s own → each in a session, and what is wrong in one line', async () => {
    const word = (name: string, text: string) => {
      const path = join(folder, name)
      writeFileSync(path, `${text}\n`)
      return openSync(path, 'r')
    }
    await rig.token('administrator')
    const [base, as] = [{ url: rig.url, folder }, 'administrator']
    const fds = (own: string, fresh: string) => ({
      asPasswordFd: word('own', own),
      passwordFd: word('fresh', fresh),
    })
    const shown = ({ name, role }: { name: string; role: string }) => `${name} ${role}`
    const add = { ...base, as, role: 'viewer' }
    expect(await addUserCommand('Vera', { ...add, ...fds(PASSWORD, 'given word 1') }, shown)).toBe(
      'Vera viewer',
    )
    await givePasswordCommand('Vera', { ...base, as, ...fds(PASSWORD, 'given word 2') }, shown)
    expect(
      await ownPasswordCommand({
        ...{ url: rig.url, user: 'Vera' },
        ...{ oldPasswordFd: word('own', 'given word 2'), passwordFd: word('fresh', 'of her own 3') },
      }),
    ).toBe('Vera: 口令已修改 the password is changed\n')
    const own = (old: string, fresh: string) => ({
      ...{ url: rig.url, user: 'Vera', json: true, dryRun: true },
      ...{ oldPasswordFd: word('own', old), passwordFd: word('fresh', fresh) },
    })
    expect(JSON.parse(await ownPasswordCommand(own('of her own 3', 'not kept 4')))).toEqual({ name: 'Vera' })
    await expect(ownPasswordCommand(own('of her own 4', 'not kept 4'))).rejects.toThrow(/is wrong/)
    const session = await tmsSession({ url: rig.url }, 'Vera', new TextEncoder().encode('of her own 3'))
    expect(await session.call('me')).toMatchObject({ name: 'Vera', mustChange: false })
    await session.end()
    await expect(
      addUserCommand('Vito', { ...add, ...fds('wrong word 9', 'given word 1') }, shown),
    ).rejects.toThrow(/Name or password is wrong/)
    expect((await tms('user password Vera', 'administrator')).error).toMatch(/unknown option '--token-file'/)
    expect((await tms(`user password Vera --url ${rig.url}`)).error).toMatch(/--as NAME is wanted/)
    expect((await tms('password --user Vera --old-password-fd 3 --password-fd 3')).error).toMatch(
      /given twice/,
    )
  })

  it('nobody there, or somebody else → one sentence', async () => {
    const tokenFile = tokens.operator ?? ''
    await expect(tmsClient({ url: 'http://127.0.0.1:9', tokenFile }).call('me')).rejects.toThrow(
      /127\.0\.0\.1:9/,
    )
    await expect(tmsClient({ url: 'ftp://x', tokenFile }).call('me')).rejects.toThrow(/--url wants/)
    expect(() => tmsClient({ url: rig.url, tokenFile: SHUAKA })).toThrow(/holds no token/)
  })
})

describe('what is printed', () => {
  it('a table has both languages; a long text is cut for people, and whole in JSON', () => {
    const text = 'x'.repeat(100)
    expect(tableText([{ text }], [['内容 text', (row) => row.text]])).toContain(`${'x'.repeat(60)}…`)
    expect(output({ text }, { json: true, dryRun: true }, () => 'words')).toBe(
      `${JSON.stringify({ text }, undefined, 2)}\n`,
    )
  })
})

describe('shuaka tms, what it says of downloads and plans', () => {
  it('a preview wants no name and no reason; the help of create says that they are wanted', async () => {
    const ended = await tms('deploy preview --release 1 --filter model=A8', 'releaser')
    expect([ended.code, ended.error]).toEqual([1, expect.stringMatching(/There is no such release/)])
    const help = (await tms('deploy create --help')).out.replace(/\s+/g, ' ')
    expect(help).toMatch(/--name <text> what people call it; wanted without --plan/)
    expect(help).toMatch(/--reason <text> why, for the audit; wanted without --plan/)
  })

  it('a layer file without locks and variables → a draft', async () => {
    const file = join(folder, 'layer.json')
    writeFileSync(file, '{"values": {"locale": "en"}}')
    const ended = await tms(`parameters save product ${file} --reason x`, 'operator')
    expect([ended.code, ended.error]).toEqual([0, ''])
  })
})

describe('shuaka tms, logs and roots', () => {
  it('a log that a command brought → on the screen, and its bytes in a new file; a root that cannot follow → one line', async () => {
    await rig.get('addTerminal', 'operator', { body: { serial: 'LOG1', model: 'A8' } })
    const order = { kind: 'log', bytes: 4_096 }
    const { commands } = await rig.get('sendCommand', 'operator', { body: { serials: ['LOG1'], order } })
    const id = commands[0]?.id ?? 0
    expect((await tms(`command log ${id}`, 'operator')).error).toMatch(/No log has come/)
    await rig.database.write(({ run }) =>
      run('INSERT INTO command_log (command, start, size, bytes) VALUES (?, 0, 6, ?)', [
        id,
        Buffer.from('line 1'),
      ]),
    )
    expect(await tms(`command log ${id}`, 'operator')).toEqual({
      ...{ code: 0, error: '' },
      out: 'line 1\nLOG1: 6 of 6 bytes\n',
    })
    expect((await tms('command list LOG1', 'operator')).out).toMatch(/6 of 6 bytes/)
    const file = join(folder, 'LOG1.log')
    expect((await tms(`command log ${id} --out ${file}`, 'operator')).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('line 1')
    expect((await tms(`command log ${id} --out ${file}`, 'operator')).error).toMatch(/there already/)
    expect((await tms(`root add ${file}`, 'administrator')).error).toMatch(
      /cannot follow: it is no root document as shuaka release root export writes it/,
    )
    expect((await tms('root list', 'operator')).out).toMatch(/root 1\/3/)
  })
})
