import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONFORMANCE_FILE, ensureConformance } from '../../../scripts/conformance-build.ts'
import { isMinimalPart, runMinimalSuite } from '../../../scripts/conformance-minimal.ts'
import { vectors } from '../../../terminal/device/conformance/vectors.ts'
import { ensureNative } from '../../rig/native.ts'

const LINES_MAX = 300
const EXIT_ENDED = 0
const EXIT_USAGE = 2
const EXIT_PROGRAM = 3
const EXIT_HALTED = 7

const source = new URL('../../../terminal/port/minimal/minimal.c', import.meta.url)
const native = await ensureNative('x86-64', { minimal: true })
const arm = await ensureNative('arm', { minimal: true })
for (const build of [native, arm]) if ('missing' in build) console.warn(build.missing)

/** Runs the minimal port with a program of the test's own, and with words on its standard input. */
function run(program: string, ...words: readonly string[]) {
  if ('missing' in native) return expect.fail(native.missing)
  const path = join(mkdtempSync(join(tmpdir(), 'shuaka-minimal-')), 'program.js')
  writeFileSync(path, program)
  return started([path], words)
}
function started(args: readonly string[], words: readonly string[] = []) {
  if ('missing' in native) return expect.fail(native.missing)
  const input = words.map((word) => `${word}\n`).join('')
  const { status, stdout, stderr } = spawnSync(native.minimal.command, args, { input, encoding: 'utf8' })
  return { status, said: stdout.split('\n'), stderr }
}
const loop = (body: string): string =>
  `var application = { running: (async () => { const { display, keypad, link, clock } = device; ${body} })() }`

test('the example is read in one sitting: 300 lines at most', () => {
  expect(readFileSync(source, 'utf8').split('\n').length).toBeLessThanOrEqual(LINES_MAX + 1)
})

test('the keypad to start from in docs/device.md is that of the example, line by line', () => {
  const page = readFileSync(new URL('../../../docs/device.md', import.meta.url), 'utf8')
  const part = page.split('## A peripheral to start from')[1]?.split('```')[1] ?? ''
  expect(part).toMatch(/^c\n[\s\S]*CALL\(keypad_flush\)/)
  expect(readFileSync(source, 'utf8')).toContain(part.slice('c\n'.length))
})

describe.skipIf('missing' in native)('the minimal port', () => {
  test('its part of the suite → every vector passes, and every other one is declared absent', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    await ensureConformance()
    const { results } = await runMinimalSuite({
      ...{ model: 'standard', only: '', launch: native.minimal, program: CONFORMANCE_FILE },
    })
    expect(results.filter(({ result }) => result === 'failed')).toEqual([])
    expect(results.map(({ id }) => id)).toEqual(vectors.map(({ id }) => id))
    const passed = results.filter(({ result }) => result === 'passed').map(({ id }) => id)
    for (const part of ['display.', 'keypad.', 'link.'])
      expect(passed.filter((id) => id.startsWith(part))).toEqual(
        vectors.map(({ id }) => id).filter((id) => id.startsWith(part)),
      )
    expect(
      results.filter(({ id, result }) => isMinimalPart(id) && result === 'absent').map(({ id }) => id),
    ).toEqual(vectors.filter(({ id, needs }) => isMinimalPart(id) && needs.length > 0).map(({ id }) => id))
  })

  test('keys and time as words → pictures as words, the first with what was drawn at the start', () => {
    const { said, status } = run(
      loop(`display.draw(0, 0, '刷卡 "1"', 'inverse')
        for (;;) display.draw(1, 0, (await keypad.next(1000)).kind, 'normal')`),
      ...['time\t0\t0', 'key\t5', 'time\t1000\t1000'],
    )
    const pictures = said
      .filter((line) => line.startsWith('screen '))
      .map((line) => JSON.parse(line.slice(7)))
    expect(pictures.map(({ rows }) => rows[1].text)).toEqual(['', 'key', 'timeout'])
    expect(pictures[0]).toMatchObject({
      ...{ columns: 24, quality: 4, secure: false, lit: true },
      ...{ icons: { signedOn: false, owed: false, paperOut: false } },
    })
    expect(pictures[0].rows[0]).toEqual({ text: '刷卡 "1"', runs: [{ from: 0, to: 8, style: 'inverse' }] })
    expect(said.filter((line) => line.startsWith('idle'))).toEqual(['idle 1000', 'idle 1000', 'idle 2000'])
    expect(status).toBe(EXIT_ENDED)
  })

  test('the line as words → bytes out and in', () => {
    const { said } = run(
      loop(`const opened = await link.open(5000)
        await link.send(new Uint8Array([1, 2, 255]))
        const { bytes } = await link.receive(5000)
        display.draw(0, 0, opened.kind + ' ' + bytes.join(), 'normal')
        link.close()
        await keypad.next(600000)`),
      ...['time\t0\t0', 'dialled\t1', 'bytes\t0a0b'],
    )
    expect(said.filter((line) => /^(dial|send|hang-up)/.test(line))).toEqual([
      'dial',
      'send 0102ff',
      'hang-up',
    ])
    expect(said.filter((line) => line.startsWith('screen')).at(-1)).toContain('"open 10,11"')
  })

  test.each([
    [
      'a call that the contract has no absence for',
      loop('device.secure.hash(new Uint8Array(1))'),
      'this device has none',
    ],
    [
      'a call out of range, caught',
      loop('try { keypad.next(-1) } catch {} await clock.sleep(1000)'),
      'time-out: 0 to 600000',
    ],
    ['an endless loop', loop('for (;;) {}'), 'without end'],
    [
      'a full heap, caught',
      loop(`const all = []; try { for (;;) all.push(new Uint8Array(9999)) } catch {} await clock.sleep(1)`),
      'the heap of 2097152 bytes is full',
    ],
    ['a rejection', loop(`throw new Error('no more')`), 'no more'],
    ['a restart', loop('device.info.restart()'), 'info.restart()'],
  ])('%s → the run is over, the process with it, and one line says why', (_, program, why) => {
    const { status, stderr } = run(program, 'time\t0\t0')
    expect(stderr.split('\n').length).toBe(2)
    expect(stderr).toContain(why)
    expect(status).toBe(EXIT_HALTED)
  })

  test.each([
    ['no program', [], EXIT_USAGE, 'one program is wanted'],
    [
      'a program that is not there',
      ['/nowhere/program.js'],
      EXIT_PROGRAM,
      '/nowhere/program.js: is not there',
    ],
  ])('%s → one line on standard error, and its exit code', (_, args, code, why) => {
    const { status, stderr } = started(args)
    expect(stderr).toBe(
      `shuaka-device-minimal: ${why}${code === EXIT_USAGE ? ': shuaka-device-minimal PROGRAM.js' : ''}\n`,
    )
    expect(status).toBe(code)
  })

  test('a program that does not compile → one line on standard error, exit code 3', () => {
    const { status, stderr } = run('let = ;', 'time\t0\t0')
    expect(stderr).toMatch(/^shuaka-device-minimal: .*program\.js: SyntaxError: .*\n$/)
    expect(status).toBe(EXIT_PROGRAM)
  })
})

test.skipIf('missing' in arm)('the minimal port on ARM → display, keypad and link pass', async () => {
  if ('missing' in arm) return expect.fail(arm.missing)
  await ensureConformance()
  for (const only of ['display.', 'keypad.', 'link.']) {
    const { results } = await runMinimalSuite({
      ...{ model: 'standard', only, launch: arm.minimal, program: CONFORMANCE_FILE },
    })
    expect(results.filter(({ result }) => result !== 'passed')).toEqual([])
  }
})
