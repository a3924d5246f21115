import { spawn, spawnSync } from 'node:child_process'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ensureNative, newDeviceFolder } from '../../rig/native.ts'

const native = await ensureNative('x86-64')
const hasScript = spawnSync('script', ['--version']).status === 0
const missing =
  'missing' in native
    ? native.missing
    : hasScript
      ? undefined
      : 'no program `script` (util-linux) here: no terminal to try'
if (missing !== undefined) console.warn(missing)

/** What only says how the next character looks. */
const STYLES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

/** Runs the product at a terminal of its own, sends the signal once its screen is there, and gives all that was shown. */
function atTerminal(signal: NodeJS.Signals): Promise<string> {
  if ('missing' in native) return expect.fail(native.missing)
  const inner = `echo "pid $$"; exec ${native.device.command} --folder ${newDeviceFolder()}`
  const outer = `stty rows 30 cols 90; stty -g | sed 's/^/before /'; sh -c '${inner}'; echo "exit $?"; stty -g | sed 's/^/after /'`
  const child = spawn('script', ['-q', '-c', outer, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
  })
  onTestFinished(() => void child.kill()) // and with it the terminal and all that runs at it
  let shown = ''
  let isSent = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const pid = /pid (\d+)/.exec(shown)?.[1]
    if (isSent || pid === undefined || !shown.replace(STYLES, '').includes('未注入密钥')) return
    isSent = true
    process.kill(Number(pid), signal)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(shown))
  })
}

describe.skipIf(missing !== undefined)('a person at a terminal', () => {
  test.each([
    ['SIGTERM', 0],
    ['SIGINT', 0],
    ['SIGHUP', 0],
    ['SIGQUIT', 0],
    ['SIGBUS', 6],
    ['SIGALRM', 8],
    ['SIGABRT', 134],
  ] as const)('%s → %i, the terminal is as it was, and the cursor is there', async (signal, code) => {
    const shown = await atTerminal(signal)
    expect(shown).toMatch(new RegExp(`exit ${code}\\r?\\n`))
    if (code !== 0 && code !== 134)
      expect(shown.match(/shuaka-device: .+: start again|shuaka-device: .+, start again/g)).toHaveLength(1)
    const before = /before (\S+)/.exec(shown)?.[1]
    expect(before).toBeDefined()
    expect(/after (\S+)/.exec(shown)?.[1]).toBe(before)
    expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'))
  })
})
