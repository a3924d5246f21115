import { spawn, spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { converge, differences, journalOf } from '../../rig/audit.ts'
import { type FateRow, fates } from '../../rig/failure.ts'
import { ensureNative, newDeviceFolder, runNative } from '../../rig/native.ts'
import { makeNativeTill, type NativeTill } from '../../rig/native-till.ts'

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

/** Runs the product until its first picture; then it is asked to end. */
function boot(folder: string, ...words: string[]) {
  if ('missing' in native) return expect.fail(native.missing)
  let isAsked = false
  return runNative(native.device, ['--folder', folder, '--pipe', ...words], (line) => {
    if (isAsked || !line.startsWith('screen')) return undefined
    isAsked = true
    return 'quit'
  })
}

describe.skipIf(missing !== undefined)('what cannot run: one clear line, and its exit code', () => {
  const JOURNAL = 262_144
  const PROGRAMS = 1_048_576
  // biome-ignore format: one row a fault
  const faults: readonly (readonly [name: string, code: number, line: RegExp, words: readonly string[], spoil: (folder: string) => void])[] = [
    ['a damaged bundle',             3, /program\.js: is damaged/,     [],                               put('program.js', 'var application = {}')],
    ['a bundle that is not there',   3, /there is no program/,         ['--program', '/nowhere/p.js'],   () => undefined                           ],
    ['a journal of no bytes',        4, /flash\.bin is no image/,      [],                               size('flash.bin', 0)                      ],
    ['a journal of one byte less',   4, /flash\.bin is no image/,      [],                               size('flash.bin', JOURNAL - 1)            ],
    ['a journal of one byte more',   4, /flash\.bin is no image/,      [],                               size('flash.bin', JOURNAL + 1)            ],
    ['a journal of another chip',    4, /flash\.bin is no image/,      [],                               size('flash.bin', 4 * JOURNAL)            ],
    ['programs of one byte less',    4, /programs\.bin is no image/,   [],                               size('programs.bin', PROGRAMS - 1)        ],
    ['programs of one byte more',    4, /programs\.bin is no image/,   [],                               size('programs.bin', PROGRAMS + 1)        ],
    ['no such printer',              5, /printer .*nowhere/,           ['--printer', '/nowhere/printer'], () => undefined                          ],
    ['a folder for a printer',       5, /printer /,                    ['--printer', '/tmp'],            () => undefined                           ],
    ['no such reader',               5, /reader: .*nowhere/,           ['--reader', '/nowhere/reader'],  () => undefined                           ],
    ['a folder for a reader',        5, /reader: /,                    ['--reader', '/tmp'],             () => undefined                           ],
    ['a device.json of another',     2, /device\.json: /,              [],                               put('device.json', '{"serial":7}')        ],
    ['keys that are none',           2, /keys\.json: /,                [],                               put('keys.json', '{}')                    ],
  ]
  test.each(faults)('%s → %i', async (_, code, line, words, spoil) => {
    const folder = newDeviceFolder()
    spoil(folder)
    const { status, err, out } = await boot(folder, ...words)
    expect({ status, out }).toEqual({ status: code, out: [] })
    expect(err).toEqual([expect.stringMatching(line)])
    expect(err[0]).toMatch(/^shuaka-device: /)
  })

  test.each([
    ['device.json', 6],
    ['program.js', 6],
    ['flash.bin', 4],
    ['programs.bin', 4],
    ['device.key', 6],
    ['keys.json', 6],
    ['keys.sealed', 6],
    ['clock', 6],
    ['program.bc', 6],
  ])(
    'a FIFO that nobody writes in the place of %s → %i, at once',
    async (name, code) => {
      const folder = newDeviceFolder()
      rmSync(join(folder, name), { force: true })
      expect(spawnSync('mkfifo', [join(folder, name)]).status).toBe(0)
      const { status, err } = await boot(folder)
      expect({ status, err }).toEqual({ status: code, err: [expect.stringContaining(`/${name}`)] })
    },
    20_000,
  )

  test('a FIFO where a file would be made anew → it counts as a disk that refuses', async () => {
    const folder = newDeviceFolder()
    expect(spawnSync('mkfifo', [join(folder, 'program.bc.next')]).status).toBe(0)
    expect(await boot(folder)).toMatchObject({ status: 0, err: [expect.stringMatching(/cannot be written/)] })
  }, 20_000)

  test('an image of another size is left as it is', async () => {
    const folder = newDeviceFolder()
    size('flash.bin', 1_000)(folder)
    await boot(folder)
    expect(readFileSync(join(folder, 'flash.bin'))).toEqual(Buffer.alloc(1_000, 0xa5))
  })

  function put(name: string, text: string) {
    return (folder: string): void => writeFileSync(join(folder, name), text)
  }
  function size(name: string, bytes: number) {
    return (folder: string): void => writeFileSync(join(folder, name), Buffer.alloc(bytes, 0xa5))
  }
})

test.skipIf(missing !== undefined)(
  'bytecode of another engine, sealed by this very device → one line, compiled again, never run',
  async () => {
    const folder = newDeviceFolder()
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
    const path = join(folder, 'program.bc')
    const right = readFileSync(path)
    const other = Buffer.from(right)
    const engineAt = 8
    other[engineAt] = (other[engineAt] ?? 0) ^ 1
    const key = createHmac('sha256', readFileSync(join(folder, 'device.key')))
      .update('bytecode')
      .digest()
    const body = other.subarray(0, -32)
    createHmac('sha256', key).update(body).digest().copy(other, body.length)
    writeFileSync(path, other)
    const { status, err } = await boot(folder)
    expect({ status, err }).toEqual({
      status: 0,
      err: [`shuaka-device: ${path}: is of another engine, it is compiled again`],
    })
    expect(readFileSync(path).equals(right)).toBe(true)
  },
)

/** Whether this user may have a file system of a few kilobytes, in a namespace of its own. */
const mountable =
  spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt']).status === 0
if (missing === undefined && !mountable)
  console.warn('no file system of our own here: a full disk is not tried')

describe.skipIf(missing !== undefined || !mountable)('a full disk at the first start', () => {
  // biome-ignore format: one row a size
  const sizes: readonly (readonly [kilobytes: number, status: number, line: RegExp])[] = [
    [   8, 6, /cannot be made|cannot be written|cannot keep/             ],
    [ 128, 6, /flash\.bin cannot be made: No space left on device/       ],
    [ 512, 6, /programs\.bin cannot be made: No space left on device/    ],
    [1288, 6, /cannot be written|cannot keep its state/                  ],
    [1400, 0, /program\.bc: cannot be written, it is compiled at every/  ],
  ]
  test.each(sizes)('%i kB → %i', async (kilobytes, status, line) => {
    if ('missing' in native) return expect.fail(native.missing)
    const folder = newDeviceFolder()
    const script = `json=$(cat "$1/device.json") && mount -t tmpfs -o size=${kilobytes}k none "$1" && echo "$json" > "$1/device.json" && echo quit | "$0" --folder "$1" --pipe > /dev/null`
    const ended = await runNative({ command: 'unshare', args: ['-Urm', 'sh', '-c', script] }, [
      native.device.command,
      folder,
    ])
    expect(ended.status).toBe(status)
    expect(ended.err.at(-1)).toMatch(line)
    for (const each of ended.err) expect(each).toMatch(/^shuaka-device: /)
  })
})

describe.skipIf(missing !== undefined)('a storage that refuses while the terminal trades', () => {
  test('the secure element can keep nothing → nothing is sold unseen, what was sold is known, and later all goes on', async () => {
    const till = await newTill()
    for (const name of ['keys.sealed.next', 'clock.next']) mkdirSync(join(till.folder, name))
    await till.order().catch(() => undefined)
    await till.time.advance(120_000)
    await till.toIdle('cancel')
    till.machine.powerOff()
    for (const name of ['keys.sealed.next', 'clock.next'])
      rmSync(join(till.folder, name), { recursive: true })
    till.machine.powerOn()
    await converge(till)
    expect(await differences(till)).toEqual([])
    expect(till.violations).toEqual([])
    await till.order()
    await till.see(/交易成功/)
    await till.close()
  })
})

/** The folder of a device that has sold, and is off. */
async function tradedFolder(): Promise<string> {
  const till = await newTill()
  await till.order()
  till.machine.powerOff()
  await till.native.quiet()
  const folder = newDeviceFolder()
  cpSync(till.folder, folder, { recursive: true })
  await till.close()
  return folder
}

describe.skipIf(missing !== undefined)('a device that has traded', () => {
  const ERASED = Buffer.alloc(262_144, 0xff)
  const sold = missing === undefined ? tradedFolder() : Promise.resolve('')
  const copy = async (): Promise<string> => {
    const folder = newDeviceFolder()
    cpSync(await sold, folder, { recursive: true })
    return folder
  }
  const journal = (folder: string): Buffer => readFileSync(join(folder, 'flash.bin'))

  // biome-ignore format: one row a set of closed descriptors
  const closed: readonly (readonly [shell: string, first: number])[] = [
    ['0<&-', 0], ['1>&-', 1], ['2>&-', 2], ['0<&- 1>&-', 0], ['1>&- 2>&-', 1], ['0<&- 1>&- 2>&-', 0],
  ]
  test.each(closed)('started with %s → 2, and its journal is as it was', async (shell, first) => {
    if ('missing' in native) return expect.fail(native.missing)
    const folder = await copy()
    const before = journal(folder)
    const inner = `(echo a word that nobody knows; echo quit) | "$0" "$@" ${shell}`
    const launch = { command: 'sh', args: ['-c', inner, native.device.command] }
    const { status, err } = await runNative(launch, ['--folder', folder, '--pipe'])
    const line = `shuaka-device: standard descriptor ${first} is closed: open it, on /dev/null at least`
    expect({ status, err }).toEqual({ status: 2, err: shell.includes('2>') ? [] : [line] })
    expect(journal(folder).equals(before)).toBe(true)
  })

  // biome-ignore format: one row a damage
  const damages: readonly (readonly [name: string, bytes: Buffer | undefined])[] = [
    ['gone',         undefined                                                            ],
    ['erased',       ERASED                                                               ],
    ['all zeros',    Buffer.alloc(262_144)                                                ],
    ['random bytes', createHash('shake256', { outputLength: 262_144 }).update('6').digest()],
  ]
  test.each(damages)(
    'its journal is %s → 4 and a line at every start, until it is put back',
    async (_, bytes) => {
      const folder = await copy()
      rmSync(join(folder, 'flash.bin'))
      if (bytes !== undefined) writeFileSync(join(folder, 'flash.bin'), bytes)
      for (let start = 0; start < 2; start++) {
        const { status, err } = await boot(folder)
        expect({ status, err }).toEqual({
          status: 4,
          err: [
            expect.stringMatching(
              /flash\.bin holds no journal, and this device has traded: put back a copy; /,
            ),
          ],
        })
        expect(journal(folder).equals(bytes ?? ERASED)).toBe(true)
      }
      cpSync(join(await sold, 'flash.bin'), join(folder, 'flash.bin'))
      expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
    },
  )

  test('its keys are gone too, for the case was opened → 4 all the same', async () => {
    const folder = await copy()
    expect(await tamper(folder)).toMatchObject({ status: 0 })
    writeFileSync(join(folder, 'flash.bin'), ERASED)
    expect(await boot(folder)).toMatchObject({ status: 4, err: [expect.stringMatching(/has traded/)] })
  })

  test('one copy of a sector’s header is left → the journal is there, and starts', async () => {
    const folder = await copy()
    const image = journal(folder)
    image.fill(0, 0, 36)
    writeFileSync(join(folder, 'flash.bin'), image)
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
  })

  test('keys.sealed and flash.bin are taken away → a new device, as the line says', async () => {
    const folder = await copy()
    for (const name of ['keys.sealed', 'flash.bin']) rmSync(join(folder, name))
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
  })

  function tamper(folder: string) {
    if ('missing' in native) return expect.fail(native.missing)
    const words = ['tamper', 'quit']
    return runNative(native.device, ['--folder', folder, '--pipe'], (line) =>
      line.startsWith('screen') ? words.shift() : undefined,
    )
  }
})

describe.skipIf(missing !== undefined)('the terminal is closed over the running product', () => {
  test('its pty goes → 0, the terminal is free for the next start', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    const folder = newDeviceFolder()
    const status = join(folder, 'status')
    const words = `trap : HUP; '${native.device.command}' --folder '${folder}'; echo $? > '${status}'`
    const terminal = spawn('script', ['-qfec', words, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await new Promise<void>((resolve) => {
      let seen = ''
      terminal.stdout.on('data', (bytes: Buffer) => {
        seen += bytes.toString()
        if (seen.length > 100) resolve()
      })
    })
    terminal.kill('SIGKILL')
    for (let look = 0; look < 400 && !existsSync(status); look++) await pause(10)
    await pause(20)
    expect(readFileSync(status, 'utf8')).toBe('0\n')
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
  })
})

async function newTill(): Promise<NativeTill> {
  if ('missing' in native) return expect.fail(native.missing)
  const till = makeNativeTill({ build: native })
  till.machine.powerOn()
  await till.toIdle()
  return till
}

describe.skipIf(missing !== undefined)('the host is gone', () => {
  const lose = { kind: 'lose' } as const
  const drop = { kind: 'drop' } as const
  // biome-ignore format: one row a phase
  const phases: readonly (readonly [name: string, owed: number, rows: readonly FateRow[]])[] = [
    ['nobody there to dial',                 0, []                                         ],
    ['the line drops with the request',      1, [['0200', drop], ['0400', lose]]           ],
    ['the request is lost',                  1, [['0200', lose], ['0400', lose]]           ],
    ['the line drops with the answer',       1, [['0210', drop], ['0400', drop]]           ],
    ['the answer is lost',                   1, [['0210', lose], ['0400', lose]]           ],
    ['half an answer, and the line drops',   1, [['0210', { kind: 'truncate', bytes: 20 }], ['0400', drop]]],
    ['no answer to the reversal 冲正',       1, [['0210', lose], ['0410', lose]]           ],
    ['the line drops with its answer',       1, [['0210', drop], ['0410', drop]]           ],
  ]
  test.each(phases)(
    '%s → %i owed, over a power cut too, and nothing lost once it is back',
    async (_, owed, rows) => {
      const till = await newTill()
      fates(till, ...rows, ...rows.filter(([mti]) => mti.startsWith('04')))
      till.network.refuses = rows.length === 0
      await till.order()
      await till.time.runUntil(() => till.network.passed.length >= 6, 30_000)
      expect(journalOf(till).owed()).toHaveLength(owed)
      till.machine.powerOff()
      await till.native.quiet()
      expect(journalOf(till).owed()).toHaveLength(owed)
      till.network.fate = () => ({ kind: 'deliver' })
      till.network.refuses = false
      till.machine.powerOn()
      await converge(till)
      expect(await differences(till)).toEqual([])
      expect(till.violations).toEqual([])
      expect([till.stops, till.ends]).toEqual([[], []])
      await till.close()
    },
  )
})
