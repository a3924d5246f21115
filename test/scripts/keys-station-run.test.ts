import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AN, BO, done, logInTwo, row, TestTerminal, tcpDial, trust } from '../keys/station/rig.ts'
import { PASSES, type StationFolder, stationFolder } from './keys-station-rig.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
let here: StationFolder
let root = new Uint8Array(32)

beforeAll(async () => {
  here = stationFolder()
  root = Uint8Array.from(await here.ready())
  const station = await here.open()
  await logInTwo(station)
  done(station.expect([row('SK-0001'), row('SK-0002')]) as { kind: 'ok' })
  await station.close()
})
afterAll(() => here.end())

/** `shuaka keys station run` as a process; each secret is written to a descriptor of its own, from 3 on. */
function start(words: readonly string[]) {
  const two = ['--login', AN, '--login', BO, '--passphrase-fd', '3', '--passphrase-fd', '4']
  const all = [SHUAKA, 'keys', 'station', 'run', '--folder', here.path('station'), ...two, ...words]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] })
  let out = ''
  let error = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    error += part
  })
  for (const [index, secret] of PASSES.entries()) (child.stdio[index + 3] as Writable).end(`${secret}\n`)
  const ended = new Promise<{ code: number | null; out: string; error: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, error })),
  )
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(out)
        if (match) resolve(match)
      }
      child.stdout?.on('data', look)
      void ended.then(({ code, error: why }) => reject(new Error(`ended with ${code}: ${why}`)))
      look()
    })
  return { child, ended, says }
}

it('run with people of options injects over TCP, tells each step; terminals shows it meanwhile; SIGINT → code 0, every record signed', async () => {
  const station = start(['--listen', 'tcp://127.0.0.1:0', '--json'])
  const [, address = ''] = await station.says(/"address":"(127\.0\.0\.1:\d+)"/)
  const terminal = new TestTerminal('SK-0001', trust(root).issue('terminal', 'SK-0001'))
  expect((await terminal.inject(tcpDial(address))).kind).toBe('loaded')
  await station.says(/"state":"loaded".*"loaded":1,"total":2/)
  const shown = await here.keys('station terminals --folder HERE/station --json --state loaded')
  expect(JSON.parse(shown.out)).toMatchObject([{ serial: 'SK-0001', checkValue: terminal.checkValue() }])
  const second = await here.keys('station labels --folder HERE/station TWO', PASSES)
  expect([second.code, second.error]).toEqual([
    1,
    expect.stringContaining('another process has this station open'),
  ])
  station.child.kill('SIGINT')
  const { code, out, error } = await station.ended
  expect([code, error]).toEqual([0, ''])
  for (const secret of PASSES) expect(out).not.toContain(secret)
  const audit = await here.keys('audit verify HERE/station')
  expect(audit.out).toMatch(/^whole: \d+ records, all of them signed\n/)
})
