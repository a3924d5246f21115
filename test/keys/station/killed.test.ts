import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { verifyAuditFolder } from '../../../keys/station/audit-file.ts'
import { stations, TestTerminal, tcpDial, trust } from './rig.ts'

const use = stations()
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** Starts a station process; gives its line when it waits for terminals. */
async function started(words: readonly string[]): Promise<{ child: ChildProcess; address: string }> {
  const script = join(import.meta.dirname, 'killed-station.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...words])
  running.push(child)
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint += text
  })
  const [text] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer]
  if (!(text instanceof Uint8Array)) throw new Error(`the station did not start: ${complaint}`)
  const [address = '', missing = '?'] = text.toString().trim().split(' ')
  expect(missing).toBe('?') // nothing is missing: it opened, and its audit agrees with its terminals
  return { child, address }
}

describe('J03 the station is killed (kill -9)', () => {
  it('at many points of an injection: started again it ends each one with the same key, audit and terminals agree', async () => {
    const folder = use.folder()
    const root = join(folder, 'root.hex')
    const budget = Number(process.env.SHUAKA_BUDGET ?? 1)
    const step = Math.max(1, Math.round(3 / budget))
    const points = Array.from({ length: Math.ceil(15 / step) }, (_, at) => 1 + at * step)
    const serials = points.map((point) => `SN${point}`)
    const terminals: TestTerminal[] = []
    for (const [at, point] of [...points, 0].entries()) {
      const { child, address } = await started([join(folder, 'station'), root, String(point), ...serials])
      const ended = once(child, 'exit')
      const { issue } = trust(Uint8Array.from(Buffer.from(readFileSync(root, 'utf8'), 'hex')))
      const serial = serials[at]
      if (serial !== undefined) {
        const terminal = new TestTerminal(serial, issue('terminal', serial))
        terminals.push(terminal)
        await terminal.inject(tcpDial(address))
        child.kill('SIGKILL')
      } else {
        for (const terminal of terminals) {
          const last = await terminal.inject(tcpDial(address))
          expect(['loaded', 'refused'], `${terminal.serial}: ${last.kind}`).toContain(last.kind)
        }
        child.stdin?.end()
      }
      await ended
      expect(verifyAuditFolder(join(folder, 'station')).kind, `killed at ${point}`).toBe('whole')
    }
    const station = await use.open(join(folder, 'station'))
    const told = station.progress().map(({ serial, state, checkValue, keyVersion }) => {
      return { serial, state, checkValue, keyVersion }
    })
    expect(told).toEqual(
      terminals
        .map((terminal) => {
          const checkValue = terminal.checkValue()
          return { serial: terminal.serial, state: 'loaded', checkValue, keyVersion: '01' }
        })
        .sort((a, b) => (a.serial < b.serial ? -1 : 1)),
    )
  }, 60_000)
})
