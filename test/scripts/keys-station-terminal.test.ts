import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSocat } from '../../scripts/setup-socat.ts'
import { AN, BO, COMPONENTS, done, enrolTwo, PASS_AN, PASS_BO } from '../keys/station/rig.ts'
import { type StationFolder, stationFolder } from './keys-station-rig.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const RUN = [SHUAKA, 'keys', 'station', 'run', '--folder', 'station', '--language', 'en']

/** A program that gives `shuaka` a terminal of its own, echo and all, and this process the other side of it. */
function terminalProgram(): readonly [string, ...string[]] | undefined {
  const socat = findSocat()
  const command = [process.execPath, ...RUN].join(' ')
  if (socat !== undefined) return [socat, '-', `EXEC:"${command}",pty,setsid,ctty,stderr`]
  const linux = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  return linux ? ['script', '-q', '-E', 'always', '-e', '-c', command, '/dev/null'] : undefined
}

const program = terminalProgram()
const skipped = program === undefined ? ' (skipped: neither socat nor script of util-linux is here)' : ''

let here: StationFolder
beforeAll(async () => {
  here = stationFolder()
  const station = await here.open()
  await enrolTwo(station)
  done(station.developmentIdentity('STATION-7'))
  await station.close()
})
afterAll(() => here.end())

/** The person's side of the terminal. */
function atTerminal([file, ...words]: readonly [string, ...string[]], cwd: string) {
  const child = spawn(file, words, { cwd, env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' } })
  const ended = new Promise((resolve) => child.on('close', resolve))
  let screen = ''
  let from = 0
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    screen += part
  })
  return {
    ended,
    screen: () => screen,
    /** Types a line when the question is there. */
    async answer(question: string, line: string): Promise<void> {
      for (let turn = 0; ; turn++) {
        const at = screen.indexOf(question, from)
        if (at >= 0) {
          from = at + question.length
          break
        }
        if (turn === 800) throw new Error(`no "${question}" in:\n${screen}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await new Promise((resolve) => setTimeout(resolve, 50)) // the prompt is there before its reader
      child.stdin.write(`${line}\r`)
    },
  }
}

describe.skipIf(program === undefined)(`the console at a real terminal 控制台${skipped}`, () => {
  it('two log in and type components: their names are echoed, no passphrase and no digit is', async () => {
    const person = atTerminal(program ?? [''], here.folder)
    const { answer } = person
    for (const [name, passphrase] of [
      [AN, PASS_AN],
      [BO, PASS_BO],
    ] as const) {
      await answer('Name: ', name)
      await answer(`Passphrase of ${name}: `, passphrase)
    }
    await answer('Choose [n]: ', '')
    for (const question of ['Label', 'Algorithm', 'Components', 'Check value on the form'])
      await answer(question, '')
    await answer(`${AN}, your passphrase`, PASS_AN)
    await answer(`${BO}, your passphrase`, PASS_BO)
    for (const [name, component, passphrase] of [
      [AN, COMPONENTS[0], PASS_AN],
      [BO, COMPONENTS[1], PASS_BO],
    ] as const) {
      await answer('Custodian of component', name)
      await answer(`${name}, your 64 digits: `, component)
      await answer(`${name}, your passphrase`, passphrase)
      await answer('Is it the one on your envelope?', 'y')
      await answer(`${name}, your passphrase`, passphrase)
    }
    await answer('Choose [i]: ', 'q')
    await person.ended
    const screen = person.screen()
    expect(screen).toContain('The key is made. Check value 0DC9631554.')
    expect(screen).toContain('The session is closed and the audit signed.')
    expect(screen).toContain(AN) // what is no secret is seen
    for (const secret of [PASS_AN, PASS_BO, ...COMPONENTS]) {
      for (const shown of [secret, [...secret].reverse().join('')]) {
        expect(screen).not.toContain(shown)
        // Also not a part of it, nor with each letter twice or drawn over.
        expect(screen.replace(/[^0-9A-Za-z ]/g, '')).not.toContain(shown.slice(2, 12))
      }
    }
    expect(screen.match(/: \S*[*•.]{8}/)).toBeNull()
  }, 60_000)
})
