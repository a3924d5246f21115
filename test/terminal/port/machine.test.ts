import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type RigProcess, startRig } from '../../../emulator/native/rig-process.ts'
import { DEVICE_JSON, ensureNative, newDeviceFolder, runNative } from '../../rig/native.ts'

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

/** A rig that runs a program of the test's own; time passes as the test says. */
interface Run {
  readonly rig: RigProcess
  /** Words that the machine has said, with the text of the screen's first row in the place of pictures. */
  readonly said: string[]
  readonly ended: Promise<number | string>
  /** Lets time pass to `ms`, timer by timer, and waits for what follows. */
  until(ms: number): Promise<void>
}

function start(program: string, { heap }: { readonly heap?: number } = {}): Run {
  if ('missing' in native) return expect.fail(native.missing)
  const folder = newDeviceFolder({ ...DEVICE_JSON, ...(heap && { heap }) })
  const file = join(folder, 'test.js')
  writeFileSync(file, program)
  const said: string[] = []
  let dueMs = -1
  let resolve: (status: number | string) => void = () => undefined
  const ended = new Promise<number | string>((done) => {
    resolve = done
  })
  const { command, args } = native.rig
  const rig = startRig(
    { command, args: [...args, '--folder', folder, '--pipe', '--program', file] },
    {
      said(word, rest) {
        if (word === 'idle') dueMs = Number(rest)
        else if (word === 'random') rig.answer(`random\t${'5a'.repeat(Number(rest))}`)
        else if (word === 'screen')
          said.push((JSON.parse(rest) as { rows: { text: string }[] }).rows[0]?.text ?? '')
        else said.push(`${word} ${rest}`)
      },
      ended: (status) => resolve(status),
    },
  )
  rig.answer('time\t0\t0')
  async function until(ms: number): Promise<void> {
    await rig.quiet()
    while (dueMs >= 0 && dueMs <= ms) {
      rig.send(`time\t${dueMs}\t${dueMs}`)
      dueMs = -1
      await rig.quiet()
    }
    rig.send(`time\t${ms}\t${ms}`)
    await rig.quiet()
  }
  return { rig, said, ended, until }
}

const BEGIN = 'start {"place":"factory","attempt":0}'
const stopped = (why: string, count: number): string => `stopped ${JSON.stringify({ why, count })}`
/** A program whose body runs after a second, and that waits otherwise. */
const after = (body: string): string =>
  `var application = { running: device.clock.sleep(1000).then(async () => { ${body}; await device.keypad.next(600000) }).then(() => new Promise(() => {})) }`

describe.skipIf(missing !== undefined)('how a run ends', () => {
  // biome-ignore format: one row an end
  const ends: readonly (readonly [name: string, body: string, why: string])[] = [
    ['a thrown error',              `throw new Error('out of sorts')`,                          'Error: out of sorts'                                          ],
    ['an endless loop',             'for (;;) {}',                                              'ran over its budget of 20000 ticks without waiting'           ],
    ['an endless loop that catches', 'for (;;) try { for (;;) {} } catch {}',                   'ran over its budget of 20000 ticks without waiting'           ],
    ['a full heap',                 'const all = []; for (;;) all.push(new Uint8Array(1000))',   'out of memory: the heap of 524288 bytes is full'              ],
    ['a full heap that is caught',  'const all = []; for (;;) try { for (;;) all.push({}) } catch {}', 'out of memory: the heap of 524288 bytes is full'        ],
    ['one request too large',       'try { new Uint8Array(600000) } catch {}',                   'out of memory: the heap of 524288 bytes is full'              ],
    ['a call out of range',         'device.keypad.next(600001)',                                'device.keypad.next: RangeError: time-out: 0 to 600000 ms, got 600001'],
    ['the same, caught',            'try { device.keypad.next(-1) } catch { for (;;) {} }',      'device.keypad.next: RangeError: time-out: 0 to 600000 ms, got -1'],
    ['the same in a promise',       'Promise.resolve().then(() => device.reader.wait("1"))',     'device.reader.wait: RangeError: time-out: 0 to 600000 ms, got -1'],
    ['nothing to wait for',         'return new Promise(() => {})',                              'the application has ended: it waits for nothing'              ],
  ]
  test.each(ends)('%s → 重启 RESTART 1, and it starts again after a second', async (_, body, why) => {
    const run = start(after(body), { heap: 524_288 })
    await run.until(1_000)
    expect(run.said).toEqual([BEGIN, '', '重启 RESTART 1', stopped(why, 1)])
    await run.until(1_999)
    expect(run.said).toHaveLength(4)
    await run.until(2_000)
    expect(run.said.slice(4)).toEqual([BEGIN, ''])
    await run.rig.kill()
  })

  test('an endless recursion → a RangeError or InternalError that the program may catch', async () => {
    const run = start(
      after(
        'const f = () => 1 + f(); try { f() } catch (e) { device.display.draw(0, 0, e.message, "normal") }',
      ),
    )
    await run.until(1_000)
    expect(run.said.at(-1)).toBe('stack overflow')
    await run.rig.kill()
  })

  test('an application that is done → ended as one that crashed', async () => {
    const run = start('var application = { running: device.clock.sleep(5) }')
    await run.until(5)
    expect(run.said.at(-1)).toBe(stopped('the application has ended', 1))
    await run.rig.kill()
  })

  test('a script that does not compile, or throws → a crash with what the engine says', async () => {
    const syntax = start('var application = {')
    await syntax.until(0)
    expect(syntax.said[2]).toMatch(/^stopped \{"why":"SyntaxError: /)
    await syntax.rig.kill()
    const thrown = start('throw new TypeError("no")')
    await thrown.until(0)
    expect(thrown.said).toContain(stopped('TypeError: no', 1))
    await thrown.rig.kill()
  })

  test('info.restart() → starts again after 100 ms, is no crash, and nothing after it runs', async () => {
    const run = start(
      after('try { device.info.restart() } catch {} device.display.draw(0, 0, "after", "normal")'),
    )
    await run.until(1_099)
    expect(run.said).toEqual([BEGIN, ''])
    await run.until(1_100)
    expect(run.said).toEqual([BEGIN, '', BEGIN, ''])
    await run.rig.kill()
  })
})

describe.skipIf(missing !== undefined)('a program that would have the engine read on, or wait twice', () => {
  test('a NUL in a comment → no text, and never given to the engine', async () => {
    const run = start('/* \0 */ var application = { running: device.clock.sleep(5) }')
    await run.until(10)
    expect(run.said.some((line) => /is no text/.test(line))).toBe(true)
    await run.rig.kill()
  })

  test('a getter that makes the call once more from inside it → ends the run', async () => {
    const again =
      'device.printer.print([{ get text() { device.printer.print([{ feed: 1 }]); return "x" }, align: "left", size: "normal" }])'
    const run = start(`var application = { running: ${again} }`)
    await run.until(10)
    expect(run.said.some((line) => /from inside its own arguments/.test(line))).toBe(true)
    await run.rig.kill()
  })
})

describe.skipIf(missing !== undefined)('crashes in a row', () => {
  const crashing =
    'var application = { running: device.clock.sleep(5).then(() => { throw new Error("again") }) }'

  test('1 s, doubled to 60 s, and after the eleventh 停机 HALTED: the process ends with 7', async () => {
    const run = start(crashing)
    await run.until(10 * 60_000)
    expect(await run.ended).toBe(7)
    const shown = run.said.filter((line) => /RESTART|HALTED/.test(line))
    expect(shown).toEqual([
      ...Array.from({ length: 10 }, (_, at) => `重启 RESTART ${at + 1}`),
      '停机 HALTED 11',
    ])
    expect(run.said.at(-1)).toBe(stopped('Error: again', 11))
  })

  test('the waits between them are 1, 2, 4, 8, 16, 32, 60, 60 s', async () => {
    const run = start(crashing)
    let now = 5
    await run.until(now)
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const starts = run.said.filter((line) => line === BEGIN).length
      await run.until(now + seconds * 1_000 - 1)
      expect(run.said.filter((line) => line === BEGIN)).toHaveLength(starts)
      now += seconds * 1_000 + 5
      await run.until(now)
      expect(run.said.filter((line) => line === BEGIN)).toHaveLength(starts + 1)
    }
    await run.rig.kill()
  })

  test('a run of 60 s is a good one: the next crash is a first', async () => {
    const run = start(
      'var application = { running: device.clock.sleep(60000).then(() => { throw new Error("late") }) }',
    )
    await run.until(200_000)
    expect(run.said.filter((line) => line.startsWith('stopped')).map((line) => line.slice(-2))).toEqual([
      '1}',
      '1}',
      '1}',
    ])
    await run.rig.kill()
  })
})

describe.skipIf(missing !== undefined)('the order of what follows', () => {
  test('what is settled at once comes after the jobs of the entry, one by one, each with its own jobs', async () => {
    const show = 'const told = []; const say = (word) => told.push(word);'
    const run = start(
      after(`${show}
        device.keypad.next(0).then(() => { say('a'); Promise.resolve().then(() => say('a2')) })
        device.reader.wait(0).then(() => say('b'))
        Promise.resolve().then(() => say('job'))
        say('now')
        await device.clock.sleep(10)
        device.display.draw(0, 0, told.join(' '), 'normal')`),
    )
    await run.until(1_010)
    expect(run.said.at(-1)).toBe('now job a a2 b')
    await run.rig.kill()
  })
})

describe.skipIf(missing !== undefined)('the heap', () => {
  test('bytecode runs where it lies: 100 kB of it cost the heap next to nothing', async () => {
    const used = async (program: string): Promise<number> => {
      const run = start(program)
      await run.until(1)
      run.rig.send('heap')
      await run.rig.quiet()
      await run.rig.kill()
      return (JSON.parse(run.said.at(-1)?.slice('heap '.length) ?? '') as { used: number }).used
    }
    const waits =
      'var application = { running: device.keypad.next(600000).then(() => new Promise(() => {})) }'
    const long = `var f = (a, b) => { ${'a = b * a + 7; '.repeat(10_000)} }; ${waits}`
    expect((await used(long)) - (await used(waits))).toBeLessThan(2_000)
  })
})

describe.skipIf(missing !== undefined)('the end of the process', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('%s → 0, as a person ends it', async (signal) => {
    if ('missing' in native) return expect.fail(native.missing)
    const ended = await runNative(native.device, ['--folder', newDeviceFolder(), '--pipe'], (line, kill) => {
      if (line.startsWith('screen')) kill(signal)
      return undefined
    })
    expect(ended).toMatchObject({ status: 0, err: [] })
  })

  test('standard input closed → 0', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    const ended = await runNative(native.device, ['--folder', newDeviceFolder(), '--pipe'], undefined, [])
    expect(ended).toMatchObject({ status: 0, err: [] })
  })
})
