import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStation } from '../../keys/station/open.ts'
import type { Station } from '../../keys/station/station.ts'
import { writeIdentity } from '../../scripts/identity/identity-file.ts'
import { guide, type Hands } from '../../scripts/keys-station-console.ts'
import {
  AN,
  BO,
  COMPONENTS,
  done,
  fresh,
  PASS_AN,
  PASS_BO,
  stateOf,
  TestTerminal,
  tcpDial,
  trust,
  utf8,
} from '../keys/station/rig.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-console-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a person does at a question: the part of it that must be asked, and the answer. */
type Row = readonly [question: string, answer: string | (() => Promise<string>)]

/** Two people who know exactly what comes; another question fails the test. */
function scripted(rows: readonly Row[]): Hands & { readonly said: string[] } {
  const left = [...rows]
  const said: string[] = []
  const answer = async (question: string): Promise<string> => {
    const row = left.shift()
    if (row === undefined || !question.includes(row[0]))
      throw new Error(
        `asked "${question}", wanted "${row?.[0] ?? 'nothing'}" after:\n${said.slice(-4).join('\n')}`,
      )
    return typeof row[1] === 'string' ? row[1] : row[1]()
  }
  return {
    said,
    ask: answer,
    secret: async (question) => utf8(await answer(`secret ${question}`)),
    say: (line) => void said.push(line),
    over: (line) => void said.push(line),
    close: () => undefined,
  }
}

const opened = (name: string): Promise<Station> =>
  openStation(join(folder, name), { clock: { nowMs: () => Date.now() }, random: fresh, scryptCost: 2 })

describe('the dialogue at the console 控制台', () => {
  it('guides two people through a whole day: enrol, key, list, line, injection, labels, export, close', async () => {
    const station = await opened('day')
    const list = join(folder, 'list.csv')
    writeFileSync(list, 'serial,terminalId\nSK-1,10000001\n')
    const { rows, labels, keys } = day(station, list)
    const hands = scripted(rows)
    await guide(station, hands, 'en')
    const said = hands.said.join('\n')
    expect(said).toContain('▶ Next: Enrol the first person')
    expect(said).toContain('✗ The two are not the same.')
    expect(said).toContain('▶ Next: Component 2 of 2: a custodian other than An Na types it')
    expect(said).toContain('✗ This person has typed a component of this key.')
    expect(said).toContain(`✗ The name or the passphrase is wrong (${BO}).`)
    expect(said).toContain('✗ Fewer custodians are enrolled than the key has components.')
    expect(said).toContain('✓ Cai Yu is enrolled.')
    expect(said).toContain('✓ The key is made. Check value ')
    expect(said).toContain('✗ line 2: a slot is 0 to 9')
    expect(said).toContain('✓ 1 terminals imported, 0 were there already.')
    expect(said).toMatch(/\[#{30}\] 1\/1 loaded · 0 failed · 0 left/)
    expect(said).toContain('▶ Next: All 1 of the list are done.')
    expect(said).toContain('The session is closed and the audit signed.')
    for (const secret of [PASS_AN, PASS_BO, ...COMPONENTS]) expect(said).not.toContain(secret)
    expect(readFileSync(labels, 'utf8')).toContain('SK-1')
    expect(JSON.parse(readFileSync(keys, 'utf8')).keys).toHaveLength(1)
    const { records, signedUpTo } = station.view().audit
    expect(signedUpTo).toBe(records)
    await station.close()
  })

  it('asks again after a wrong passphrase and a wrong answer; says it in Chinese', async () => {
    const station = await opened('log-in')
    expect((await station.enrol(AN, 'custodian', utf8(PASS_AN))).kind).toBe('ok')
    expect((await station.enrol(BO, 'operator', utf8(PASS_BO))).kind).toBe('ok')
    station.closeSession()
    const hands = scripted([
      ...[['姓名', AN] as const, [`secret ${AN} 的口令`, 'wrong passphrase'] as const],
      ...[['姓名', AN] as const, [`secret ${AN} 的口令`, PASS_AN] as const],
      ...[['姓名', BO] as const, [`secret ${BO} 的口令`, PASS_BO] as const],
      ['身份文件', join(folder, 'none.bin')],
      [
        '身份文件',
        async () => {
          station.developmentIdentity('S')
          return ''
        },
      ],
      ['请选择 [n]', 'z'],
      ['请选择 [n]', 'q'],
    ])
    await guide(station, hands, 'zh')
    const said = hands.said.join('\n')
    expect(said).toContain(`▶ 下一步: ${AN} 已登录。请另一位人员登录，注入站才会打开。`)
    expect(said).toContain('✗ 姓名或口令错误。')
    expect(said).toContain('✓ 注入站已打开。')
    expect(said).toContain('none.bin：没有这个文件。')
    expect(said).toContain('请从中选择。')
    expect(station.view().state).toBe('closed')
    await station.close()
  })
})

describe('no way into a corner', () => {
  it('no identity file at hand → Enter leads to the menu: keys, lines, the way out; the file can come later', async () => {
    const station = await opened('corner')
    expect((await station.enrol(AN, 'custodian', utf8(PASS_AN))).kind).toBe('ok')
    expect((await station.enrol(BO, 'operator', utf8(PASS_BO))).kind).toBe('ok')
    const file = join(folder, 'later.json')
    writeIdentity(file, trust().issue('station', 'STATION-9'))
    const hands = scripted([
      ...[
        ['Identity file', ''] as const,
        ['Choose [d]', 'o'] as const,
        ['Line, as', 'tcp:127.0.0.1:0'] as const,
      ],
      ...[['Identity file', ''] as const, ['Choose [d]', ''] as const, ['Identity file', file] as const],
      ...[['Choose [n]', 'd'] as const, ['Identity file', ''] as const, ['Choose [n]', 'q'] as const],
    ])
    await guide(station, hands, 'en')
    expect(hands.said.join('\n')).toContain('✓ The station is STATION-9.')
    expect(station.view().state).toBe('closed')
    await station.close()
  })

  it('a console in Chinese says everything in Chinese: refusals, faults of a list, of a file, of a line', async () => {
    const station = await opened('chinese')
    expect((await station.enrol(AN, 'custodian', utf8(PASS_AN))).kind).toBe('ok')
    expect((await station.enrol(BO, 'operator', utf8(PASS_BO))).kind).toBe('ok')
    const list = join(folder, 'chinese.csv')
    writeFileSync(list, 'serial,slot\nSK 1,0\nSK1,12\n')
    const { address } = done(await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 }))
    const hands = scripted([
      ...[['身份文件', list] as const, ['身份文件', folder] as const, ['身份文件', ''] as const],
      ...[['请选择 [d]', 'i'] as const, ['终端清单', list] as const],
      ...[
        ['身份文件', ''] as const,
        ['请选择 [d]', 'x'] as const,
        ['主机文件', join(folder, 'x.json')] as const,
      ],
      ...[['身份文件', ''] as const, ['请选择 [d]', 'o'] as const, ['端口，如', `tcp:${address}`] as const],
      ...[
        ['身份文件', ''] as const,
        ['请选择 [d]', 'l'] as const,
        ['序列号', 'SK1'] as const,
        ['标签文件', ''] as const,
      ],
      ...[['身份文件', ''] as const, ['请选择 [d]', 'q'] as const],
    ])
    await guide(station, hands, 'zh')
    const wrong = hands.said.filter((line) => line.startsWith('✗'))
    expect(wrong).toEqual([
      '✗ 不是注入站的身份文件。',
      `✗ ${folder}：这是一个文件夹。`,
      '✗ 第 2 行: 序列号须为 1 至 20 个可见 ASCII 字符，不含空格',
      '✗ 第 3 行: 索引须为 0 至 9',
      '✗ 注入站还没有 ZMK。',
      `✗ 端口无法打开 (${address} 已打开)。`,
      '✗ 清单上没有这个序列号 (SK1)。',
    ])
    await station.close()
  })
})

/** One answer after the other, from the first person to the end. */
function day(station: Station, list: string) {
  const labels = join(folder, 'labels.txt')
  const keys = join(folder, 'keys.json')
  const bad = join(folder, 'bad.csv')
  writeFileSync(bad, 'serial,slot\nSK-1,12\n')
  let root = new Uint8Array(32)
  const injected = async (): Promise<string> => {
    const terminal = new TestTerminal('SK-1', trust(root).issue('terminal', 'SK-1'))
    const result = await terminal.inject(tcpDial(station.view().lines[0]?.address ?? ''))
    expect(result.kind).toBe('loaded')
    expect(stateOf(station, 'SK-1')?.checkValue).toBe(terminal.checkValue())
    await new Promise((resolve) => setTimeout(resolve, 700)) // a turn of the progress line
    return ''
  }
  const identity = async (): Promise<string> => {
    const made = station.developmentIdentity('STATION-1')
    if (made.kind === 'ok') root = made.rootSecret.slice()
    return ''
  }
  const rows: Row[] = [
    ...[['Name', AN] as const, ['Role', ''] as const],
    ...[['secret New passphrase', PASS_AN] as const, ['secret Once more', 'another one'] as const],
    ...[['Name', AN] as const, ['Role', 'c'] as const],
    ...[['secret New passphrase', PASS_AN] as const, ['secret Once more', PASS_AN] as const],
    ...[['Name', BO] as const, ['Role', ''] as const],
    ...[['secret New passphrase', PASS_BO] as const, ['secret Once more', PASS_BO] as const],
    ['Identity file', identity],
    ...[['Choose [n]', ''] as const, ['Label', ''] as const, ['Algorithm', ''] as const],
    ...[['Components', '3'] as const, ['Check value on the form', ''] as const],
    ...[['Choose [n]', ''] as const, ['Label', ''] as const, ['Algorithm', ''] as const],
    ...[['Components', '2'] as const, ['Check value on the form', ''] as const],
    ...[[`secret ${AN}, your passphrase, to agree`, PASS_AN] as const],
    ...[[`secret ${BO}, your passphrase, to agree`, PASS_BO] as const],
    ...[
      ['Custodian of component 1 of 2', AN] as const,
      [`secret ${AN}, your 64 digits`, COMPONENTS[0]] as const,
      [`secret ${AN}, your passphrase`, PASS_AN] as const,
    ],
    ...[['Check value 2E45586F3F', 'n'] as const],
    ...[
      ['Custodian of component 1 of 2', AN] as const,
      [`secret ${AN}, your 64 digits`, COMPONENTS[0]] as const,
      [`secret ${AN}, your passphrase`, PASS_AN] as const,
    ],
    ...[['Check value 2E45586F3F', 'y'] as const, [`secret ${AN}, your passphrase`, PASS_AN] as const],
    ...[['Custodian of component 2 of 2', AN] as const, [`secret ${AN}, your 64`, COMPONENTS[1]] as const],
    [`secret ${AN}, your passphrase`, PASS_AN],
    ...[['Custodian of component 2 of 2', BO] as const, [`secret ${BO}, your 64`, COMPONENTS[1]] as const],
    [`secret ${BO}, your passphrase`, PASS_AN],
    ...[['Custodian of component 2 of 2', BO] as const, [`secret ${BO}, your 64`, COMPONENTS[1]] as const],
    [`secret ${BO}, your passphrase`, PASS_BO],
    ...[['Check value B54491F644', 'y'] as const, [`secret ${BO}, your passphrase`, PASS_BO] as const],
    ...[['Choose [i]', 'e'] as const, ['Name', 'Cai Yu'] as const, ['Role', 'o'] as const],
    ...[
      ['secret New passphrase', 'third passphrase'] as const,
      ['secret Once more', 'third passphrase'] as const,
    ],
    ...[[`secret ${AN}, your passphrase, to agree`, PASS_AN] as const],
    ...[[`secret ${BO}, your passphrase, to agree`, PASS_BO] as const],
    ...[['Choose [i]', ''] as const, ['CSV file', bad] as const],
    ...[['Choose [i]', ''] as const, ['CSV file', list] as const],
    ...[['Choose [o]', ''] as const, ['Line, as serial', 'tcp:127.0.0.1:0'] as const],
    ...[['Choose [w]', ''] as const, ['', injected] as const],
    ...[['Choose [l]', ''] as const, ['Serial number', ''] as const, ['File for labels', labels] as const],
    ...[['Choose [l]', 'x'] as const, ['File for the host', keys] as const],
    ['Choose [l]', 'q'],
  ]
  return { rows, labels, keys }
}

const hasSocat = spawnSync('socat', ['-V']).status === 0

describe.skipIf(!hasSocat)(`at a real terminal${hasSocat ? '' : ' (skipped: no socat)'}`, () => {
  it('passphrases are typed without echo: nothing of them is on the terminal', async () => {
    const command = `${process.execPath} ${SHUAKA} keys station init --folder pty`
    const env = { ...process.env, LANG: 'C', LC_ALL: 'C' }
    const child = spawn('socat', ['-', `EXEC:"${command}",pty,setsid,ctty,stderr`], { cwd: folder, env })
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      screen += part
    })
    const ended = new Promise((resolve) => child.on('close', resolve))
    let from = 0
    const sees = async (part: string): Promise<void> => {
      for (let turn = 0; turn < 600; turn++) {
        const at = screen.indexOf(part, from)
        if (at >= 0) {
          from = at + part.length
          await new Promise((resolve) => setTimeout(resolve, 50)) // the prompt before its reader
          return
        }
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      throw new Error(`no "${part}" in:\n${screen}`)
    }
    for (const [name, passphrase] of [
      [AN, PASS_AN],
      [BO, PASS_BO],
    ] as const) {
      await sees('Name: ')
      child.stdin.write(`${name}\r`)
      await sees('Role')
      child.stdin.write('\r')
      await sees('New passphrase')
      child.stdin.write(`${passphrase}\r`)
      await sees('Once more')
      child.stdin.write(`${passphrase}\r`)
    }
    await sees('key of the audit')
    await ended
    expect(screen).toContain(AN)
    expect(screen).not.toContain(PASS_AN)
    expect(screen).not.toContain(PASS_BO)
    // Nothing at all, also not with each letter twice.
    expect(screen.match(/characters or more: \s*Once more: \s*✓/gu)).toHaveLength(2)
    const station = await opened('pty')
    expect(station.view().people.map(({ name }) => name)).toEqual([AN, BO])
    await station.close()
  })
})
