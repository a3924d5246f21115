import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CONFORMANCE_FILE, ensureConformance } from '../../../scripts/conformance-build.ts'
import { isMinimalPart, runMinimalSuite } from '../../../scripts/conformance-minimal.ts'
import { vectors } from '../../../terminal/device/conformance/vectors.ts'
import { ensureNative, runNative } from '../../rig/native.ts'

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
  const { status, stdout, stderr } = spawnSync(native.minimalRig.command, args, { input, encoding: 'utf8' })
  return { status, said: stdout.split('\n'), stderr }
}
/** A host that answers what it is sent, backwards; `count` of its calls so far. */
async function mirror() {
  const made = { count: 0 }
  const server = createServer((socket) => {
    made.count++
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => socket.write(Uint8Array.from(bytes).reverse()))
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { made, port: typeof address === 'object' && address !== null ? `${address.port}` : '' }
}
/** What a picture shows in its first row. */
function firstRow(line: string): string | undefined {
  return line.startsWith('screen ') ? JSON.parse(line.slice(7)).rows[0].text : undefined
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

test.skipIf('missing' in native)(
  'the interrupt in docs/device.md that becomes an event compiles against port.h, and ends its event',
  () => {
    const page = readFileSync(new URL('../../../docs/device.md', import.meta.url), 'utf8')
    const code =
      page.split('**An interrupt becomes an event**')[1]?.split('```')[1]?.slice('c\n'.length) ?? ''
    expect(code).toMatch(/operator_press\(.*event_end\(\);/)
    const before =
      '#include <poll.h>\n#include <signal.h>\n#include "port.h"\nvoid sleep_until(int64_t until_ms);\n'
    const port = fileURLToPath(new URL('../../../terminal/port', import.meta.url))
    const words = ['-fsyntax-only', '-std=c11', '-Wall', '-Wextra', '-Werror', `-I${port}/posix`, `-I${port}`]
    const { stderr } = spawnSync('gcc', [...words, '-isystem', `${port}/quickjs`, '-xc', '-'], {
      ...{ input: before + code, encoding: 'utf8' },
    })
    expect(stderr).toBe('')
  },
)

describe.skipIf('missing' in native)('the minimal port', () => {
  test('its part of the suite → every vector passes, and every other one is declared absent', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    await ensureConformance()
    const { results } = await runMinimalSuite({
      ...{ model: 'standard', only: '', launch: native.minimalRig, program: CONFORMANCE_FILE },
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
    ['no program', [], EXIT_USAGE, 'wanted'],
    ['a host without its port', ['program.js', 'localhost'], EXIT_USAGE, 'wanted'],
    ['a port that is none', ['program.js', 'localhost', 'http'], EXIT_USAGE, 'wanted'],
    [
      'a program that is not there',
      ['/nowhere/program.js'],
      EXIT_PROGRAM,
      '/nowhere/program.js: is not there',
    ],
  ])('%s → one line on standard error, and its exit code', (_, args, code, why) => {
    const { status, stderr } = started(args)
    expect(stderr).toBe(
      `shuaka-device-minimal: ${why}${code === EXIT_USAGE ? ': shuaka-device-minimal PROGRAM.js [HOST PORT]' : ''}\n`,
    )
    expect(status).toBe(code)
  })

  test('a program that does not compile → one line on standard error, exit code 3', () => {
    const { status, stderr } = run('let = ;', 'time\t0\t0')
    expect(stderr).toMatch(/^shuaka-device-minimal: .*program\.js: SyntaxError: .*\n$/)
    expect(status).toBe(EXIT_PROGRAM)
  })
})

/** Says its keys, and with 1 what a host answers to three bytes; after 300 ms without a key it says so. */
const till = loop(`for (;;) {
  const { kind, key } = await keypad.next(300)
  display.clear()
  display.draw(0, 0, kind === 'key' ? key : kind, 'normal')
  if (key !== '1') continue
  const { kind: opened } = await link.open(5000)
  if (opened === 'open') await link.send(new Uint8Array([1, 2, 255]))
  const { kind: got, bytes } = opened === 'open' ? await link.receive(5000) : { kind: opened }
  display.draw(0, 0, got + ' ' + bytes, 'normal')
  link.close()
}`)

describe.each([
  ['x86-64', native],
  ['arm', arm],
] as const)('the minimal port as a device, %s', (_, build) => {
  const device = 'missing' in build ? undefined : build.minimal
  const path = join(mkdtempSync(join(tmpdir(), 'shuaka-minimal-')), 'till.js')
  writeFileSync(path, till)

  test.skipIf(device === undefined)(
    'started → time passes by itself, words press its keys, a host over TCP answers, the cable is pulled',
    async () => {
      if (device === undefined) return
      const { made, port } = await mirror()
      const words: { readonly [row: string]: string } = {
        timeout: 'key\tenter',
        enter: 'key\t1',
        'bytes 255,2,1': 'cable\t0',
      }
      let isOver = false
      const ended = await runNative(device, [path, '127.0.0.1', port], (line, kill) => {
        const row = firstRow(line) ?? ''
        if (row === 'bytes 255,2,1' && line.includes('"quality":0')) return 'key\t1'
        isOver ||= row.startsWith('noLine')
        if (isOver) kill('SIGTERM')
        return words[row]
      })
      expect(ended.err).toEqual([])
      expect(isOver).toBe(true)
      expect(made.count).toBe(1)
    },
  )

  test.skipIf(device === undefined)(
    'without a host → every call is refused; a word nobody knows is one line; the end of the words is its end',
    async () => {
      if (device === undefined) return
      const { status, err, out } = await runNative(device, [path], undefined, ['key\t1', 'hello'])
      expect(out.map(firstRow)).toContain('')
      expect(err).toEqual(['shuaka-device-minimal: nobody knows the word: hello'])
      expect(status).toBe(EXIT_ENDED)
      let last: string | undefined
      await runNative(device, [path], (line, kill) => {
        last = firstRow(line)
        if (last?.startsWith('refused')) kill('SIGTERM')
        return last === 'timeout' ? 'key\t1' : undefined
      })
      expect(last).toMatch(/^refused/)
    },
  )

  test.skipIf(device === undefined)(
    'two words at once → two events, the second without waiting for a third word',
    async () => {
      if (device === undefined) return
      const rows: (string | undefined)[] = []
      await runNative(device, [path], (line, kill) => {
        rows.push(firstRow(line))
        if (rows.length > 3) kill('SIGTERM')
        return rows.length === 2 ? 'key\t2\nkey\tenter' : undefined
      })
      expect(rows.slice(0, 4)).toEqual(['', 'timeout', '2', 'enter'])
    },
  )
})

test.skipIf('missing' in arm)('the minimal port on ARM → display, keypad and link pass', async () => {
  if ('missing' in arm) return expect.fail(arm.missing)
  await ensureConformance()
  for (const only of ['display.', 'keypad.', 'link.']) {
    const { results } = await runMinimalSuite({
      ...{ model: 'standard', only, launch: arm.minimalRig, program: CONFORMANCE_FILE },
    })
    expect(results.filter(({ result }) => result !== 'passed')).toEqual([])
  }
})
