import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { A, B, KBPK, KEY, leaks } from './keys-run.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const k0 = ['--usage', 'K0', '--mode', 'D']

describe('shuaka keys: as a process', () => {
  /** With a pipe for each secret, from descriptor 3 on. */
  function run(
    words: readonly string[],
    secrets: readonly string[],
    input = '',
  ): Promise<{ code: number | null; out: string; error: string }> {
    return new Promise((resolve) => {
      const stdio: SpawnOptions['stdio'] = ['pipe', 'pipe', 'pipe', ...secrets.map(() => 'pipe' as const)]
      const options: SpawnOptions = { cwd: tmpdir(), stdio }
      const child = spawn(process.execPath, [SHUAKA, 'keys', ...words], options)
      const said = ['', '']
      for (const [at, stream] of [child.stdout, child.stderr].entries()) {
        stream?.on('data', (part) => {
          said[at] += String(part)
        })
      }
      for (const [at, secret] of secrets.entries()) {
        const pipe = child.stdio[3 + at]
        if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end(secret)
      }
      child.stdin?.end(input)
      child.on('close', (code) => resolve({ code, out: said[0] ?? '', error: said[1] ?? '' }))
    })
  }

  test('pipes on descriptors 3 and 4 → a block; piped on, it is opened', async () => {
    const wrapped = await run(
      ['wrap', '--algorithm', 'TDES', ...k0, '--key-fd', '3', '--kbpk-fd', '4'],
      [KEY, KBPK],
    )
    expect(wrapped).toMatchObject({ code: 0, error: '' })
    const opened = await run(['unwrap', '--kbpk-fd', '3'], [KBPK], wrapped.out.split('\n')[0])
    expect(opened.out).toContain('check value 校验值: 08D7B4')
    expect(opened).toMatchObject({ code: 0, error: '' })
  })

  test('standard input as descriptor 0 → taken; without a terminal and a descriptor → one line, code 2', async () => {
    expect(await run(['kcv', '--algorithm', 'TDES', '--key-fd', '0'], [], KEY)).toMatchObject({
      code: 0,
      out: '08D7B4\n',
    })
    const none = await run(['kcv', '--algorithm', 'TDES'], [], KEY)
    expect(none).toMatchObject({ code: 2, out: '' })
    expect(leaks(none.error)).toEqual([])
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  /** At a terminal of its own (util-linux `script`); `keys` are pressed as `prompts` appear. */
  function atTerminal(
    words: readonly string[],
    presses: readonly (readonly [string, string])[],
  ): Promise<string> {
    return new Promise((resolve) => {
      const command = [process.execPath, SHUAKA, 'keys', ...words].join(' ')
      const child = spawn('script', ['-qefc', command, '/dev/null'], {
        cwd: tmpdir(),
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      let said = ''
      let seen = 0
      const waiting = [...presses]
      child.stdout.on('data', (part) => {
        said += String(part)
        const [next] = waiting
        const at = next === undefined ? -1 : said.indexOf(next[0], seen)
        if (next === undefined || at < 0) return
        seen = at + next[0].length
        waiting.shift()
        child.stdin.write(next[1])
      })
      child.on('close', () => resolve(said))
    })
  }

  test.skipIf(!hasScript)(
    'at a terminal: two components typed blind → check values, and no digit of them on the screen',
    async () => {
      const said = await atTerminal(
        ['combine', '--algorithm', 'TDES'],
        [
          ['component 1 (hex, not shown): ', `${A}\r`],
          ['component 2 (hex, not shown): ', `${B}\r`],
        ],
      )
      expect(said).toContain('check value of component 1 分量校验值: 68152D')
      expect(said).toContain('check value of the key 密钥校验值: 055809')
      expect(leaks(said)).toEqual([])
    },
  )

  test.skipIf(!hasScript)(
    'at a terminal: components are shown one at a time on a screen of their own, which Enter clears',
    async () => {
      const said = await atTerminal(
        ['component', '--algorithm', 'TDES', '--count', '2'],
        [
          ['then press Enter', '\r'],
          ['then press Enter', '\r'],
        ],
      )
      const shown = [...said.matchAll(/([0-9A-F]{4} ){7}[0-9A-F]{4}/g)].map((match) => match[0])
      expect(shown).toHaveLength(2)
      const screens = said
        .split('\x1b[?1049h')
        .slice(1)
        .map((each) => each.split('\x1b[2J\x1b[H\x1b[?1049l')[0])
      expect(screens.map((screen, at) => screen?.includes(shown[at] ?? '-'))).toEqual([true, true])
      expect(said.slice(said.lastIndexOf('\x1b[?1049l'))).toMatch(
        /check value of the key 密钥校验值: [0-9A-F]{6}/,
      )
    },
  )
})
