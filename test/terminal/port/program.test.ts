import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { NATIVE_FOLDER } from '../../../scripts/native/build-info.ts'
import { ensureNative, newDeviceFolder, runNative } from '../../rig/native.ts'

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

/** Layout of program.bc: magic, engine, source, bytecode, MAC. */
const AT = { magic: 0, engine: 8, source: 40, bytecode: 72 } as const

/** Runs the product in `folder` until it shows its first screen, then ends it. */
function boot(folder: string, ...words: string[]) {
  if ('missing' in native) return expect.fail(native.missing)
  let isAsked = false
  return runNative(native.device, ['--folder', folder, '--pipe', ...words], (line) => {
    if (isAsked || !/^(screen|stopped)/.test(line)) return undefined
    isAsked = true
    return 'quit'
  })
}
const bytecodeOf = (folder: string): Buffer => readFileSync(join(folder, 'program.bc'))
const arm = await ensureNative('arm')
const armMissing = 'missing' in arm ? arm.missing : undefined
if (armMissing !== undefined) console.warn(armMissing)
const programFile = (): string => {
  if ('missing' in native) return expect.fail(native.missing)
  return join(native.folder, 'program.js')
}

describe.skipIf(missing !== undefined)('program.js is run only as it was built', () => {
  const text = missing === undefined ? readFileSync(programFile()) : Buffer.alloc(0)
  // biome-ignore format: one row a damage
  const damages: readonly (readonly [name: string, bytes: Uint8Array])[] = [
    ['one bit',       Buffer.from(text.map((byte, at) => (at === 100_000 ? byte ^ 1 : byte)))],
    ['cut short',     text.subarray(0, -1)                                                   ],
    ['a byte more',   Buffer.concat([text, Buffer.from('\n')])                               ],
    ['nothing in it', new Uint8Array(0)                                                      ],
  ]
  test.each(damages)('%s → 3 and one line, nothing of it has run', async (_, bytes) => {
    const folder = newDeviceFolder()
    writeFileSync(join(folder, 'program.js'), bytes)
    const ended = await boot(folder)
    expect(ended).toMatchObject({ status: 3, out: [] })
    expect(ended.err).toEqual([
      expect.stringMatching(/program\.js: is damaged, or not the program that this runtime/),
    ])
    expect(existsSync(join(folder, 'program.bc'))).toBe(false)
  })

  test('the right one in the folder, or named → it runs', async () => {
    const folder = newDeviceFolder()
    const own = join(folder, 'mine.js')
    copyFileSync(programFile(), own)
    expect(await boot(folder, '--program', own)).toMatchObject({ status: 0, err: [] })
    copyFileSync(programFile(), join(folder, 'program.js'))
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
  })
})

describe.skipIf(missing !== undefined)('program.bc: sealed bytecode', () => {
  let first = ''
  beforeAll(async () => {
    first = newDeviceFolder()
    expect(await boot(first)).toMatchObject({ status: 0, err: [] })
  })
  /** A copy of a device that has been started once. */
  function started(): string {
    const folder = newDeviceFolder()
    cpSync(first, folder, { recursive: true })
    return folder
  }
  /** One line, the program compiled again, and what lies there afterwards is as it was. */
  async function refused(folder: string, line: string): Promise<void> {
    const { status, err, out } = await boot(folder)
    expect({ status, err }).toEqual({
      status: 0,
      err: [`shuaka-device: ${join(folder, 'program.bc')}: ${line}, it is compiled again`],
    })
    expect(out.some((each) => each.startsWith('screen'))).toBe(true)
    expect(bytecodeOf(folder).equals(bytecodeOf(first))).toBe(true)
  }

  test('the second start runs it and leaves it alone', async () => {
    const folder = started()
    expect(await boot(folder)).toMatchObject({ status: 0, err: [] })
    expect(bytecodeOf(folder).equals(bytecodeOf(first))).toBe(true)
  })

  // biome-ignore format: one row a damage
  const damages: readonly (readonly [name: string, at: number | 'cut', line: string])[] = [
    ['another magic',             AT.magic,          'is no bytecode of mine'          ],
    ['a bit of the engine',       AT.engine,         'is damaged, or of another device'],
    ['a bit of the source',       AT.source + 31,    'is damaged, or of another device'],
    ['a bit of the bytecode',     AT.bytecode,       'is damaged, or of another device'],
    ['a bit far inside',          200_000,           'is damaged, or of another device'],
    ['a bit of the MAC',          -1,                'is damaged, or of another device'],
    ['cut short',                 'cut',             'is damaged, or of another device'],
  ]
  test.each(damages)('%s → one line, never run', async (_, at, line) => {
    const folder = started()
    const bytes = bytecodeOf(folder)
    const where = at === 'cut' ? 0 : at < 0 ? bytes.length + at : at
    bytes[where] = (bytes[where] ?? 0) ^ (at === 'cut' ? 0 : 1)
    writeFileSync(join(folder, 'program.bc'), at === 'cut' ? bytes.subarray(0, -1) : bytes)
    await refused(folder, line)
  })

  test('a few bytes, and none → one line', async () => {
    const folder = started()
    writeFileSync(join(folder, 'program.bc'), 'SKBC')
    await refused(folder, 'is no bytecode of mine')
    writeFileSync(join(folder, 'program.bc'), '')
    await refused(folder, 'is no bytecode of mine')
  })

  test('of another device → one line, for its key has not sealed it', async () => {
    const [own, other] = [started(), newDeviceFolder()]
    await boot(other)
    expect(bytecodeOf(other).subarray(0, -32).equals(bytecodeOf(own).subarray(0, -32))).toBe(true)
    copyFileSync(join(other, 'program.bc'), join(own, 'program.bc'))
    await refused(own, 'is damaged, or of another device')
  })

  test('of another engine, sealed by this device → one line', async () => {
    const folder = started()
    const bytes = bytecodeOf(folder)
    bytes[AT.engine] = (bytes[AT.engine] ?? 0) ^ 1
    const own = createHmac('sha256', readFileSync(join(folder, 'device.key')))
      .update('bytecode')
      .digest()
    const mac = createHmac('sha256', own).update(bytes.subarray(0, -32)).digest()
    writeFileSync(join(folder, 'program.bc'), Buffer.concat([bytes.subarray(0, -32), mac]))
    await refused(folder, 'is of another engine')
  })

  test('of another program, sealed by this device → one line', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    const folder = started()
    const program = join(folder, 'other.js')
    writeFileSync(program, 'var application = { running: device.clock.sleep(1) }')
    // the rig takes any program, and seals as the product does
    await runNative(native.rig, ['--folder', folder, '--pipe', '--program', program], () => undefined, [
      'rig-calls\t{}',
      'time\t0\t0',
    ])
    await refused(folder, 'is of another program')
  })

  test('a place that takes no file → one line, and it is compiled at every start', async () => {
    const folder = newDeviceFolder()
    mkdirSync(join(folder, 'program.bc.next'))
    expect(await boot(folder)).toMatchObject({
      status: 0,
      err: [`shuaka-device: ${join(folder, 'program.bc')}: cannot be written, it is compiled at every start`],
    })
  })

  test('the binary moved with its program → it finds it beside itself', async () => {
    if ('missing' in native) return expect.fail(native.missing)
    const moved = newDeviceFolder()
    cpSync(native.device.command, join(moved, 'terminal'))
    copyFileSync(programFile(), join(moved, 'program.js'))
    const folder = newDeviceFolder()
    const ended = await runNative({ command: join(moved, 'terminal'), args: [] }, [
      '--folder',
      folder,
      '--check',
    ])
    expect(ended).toMatchObject({ status: 0, err: [] })
    rmSync(join(moved, 'program.js'))
    const without = await runNative({ command: join(moved, 'terminal'), args: [] }, [
      '--folder',
      folder,
      '--check',
    ])
    expect(without).toMatchObject({
      status: 3,
      err: [expect.stringContaining('program.js: there is no program')],
    })
  })

  test.skipIf(armMissing !== undefined)('compiled on ARM → the same bytes, but for the seal', async () => {
    if ('missing' in arm) return expect.fail(arm.missing)
    const folder = newDeviceFolder()
    const ended = await runNative(arm.device, ['--folder', folder, '--pipe'], (line) =>
      line.startsWith('screen') ? 'quit' : undefined,
    )
    expect(ended).toMatchObject({ status: 0, err: [] })
    expect(bytecodeOf(folder).subarray(0, -32).equals(bytecodeOf(first).subarray(0, -32))).toBe(true)
  })
})

describe.skipIf(missing !== undefined)('a boot record that points outside of the chip', () => {
  const PROGRAMS = 1_048_576
  // biome-ignore format: one row a place
  const places: readonly (readonly [name: string, address: number, length: number, hashBytes: number])[] = [
    ['the last bytes',               PROGRAMS - 8,   8,             32],
    ['the whole chip',               0,              PROGRAMS,      32],
    ['one byte beyond',              PROGRAMS - 8,   9,              0],
    ['longer than the chip',         0,              PROGRAMS + 1,   0],
    ['from behind its end',          PROGRAMS + 4,   4,              0],
    ['over the end of 32 bits',      0xffff_fff0,    0x20,           0],
    ['all that 32 bits can say',     0,              0xffff_ffff,    0],
  ]

  let binary = ''
  /** The rig with another first stage: it says how long the hash is that it was given for the place that is asked for. */
  beforeAll(() => {
    if ('missing' in native) return
    const own = newDeviceFolder()
    const stage = `var boot = { choice: { kind: 'halt', why: device.slots.read(0, 8).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '') } }
      var word = (at) => parseInt(boot.choice.why.slice(at, at + 8), 16)
      boot.choice.why = 'hash of ' + load(word(0), word(8)).length`
    const info = readFileSync(join(NATIVE_FOLDER, 'build_info.h'), 'utf8')
    const quoted = JSON.stringify(stage.replaceAll('\n', ';'))
    writeFileSync(
      join(own, 'build_info.h'),
      info.replace(/#define BUILD_BOOT [\s\S]*/, `#define BUILD_BOOT ${quoted}\n`),
    )
    const port = resolve('terminal/port')
    const flags = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', `-I${own}`, `-I${port}/posix`, `-I${port}`]
    const without = ['program.o', 'board.o', 'stream.o', 'minimal.o']
    const ours = readdirSync(native.folder).filter((name) => name.endsWith('.o') && !without.includes(name))
    const engine = readdirSync(join(native.folder, 'engine')).map((name) => join('engine', name))
    binary = join(own, 'rig')
    execFileSync('gcc', [
      ...[...flags, '-isystem', `${port}/quickjs`, '-o', binary, `${port}/posix/program.c`],
      ...[...ours, ...engine].map((name) => join(native.folder, name)),
      ...['-lcrypto', '-lm'],
    ])
  })

  test.each(places)('%s: %i, %i bytes → a hash of %i', async (_, address, length, hashBytes) => {
    const folder = newDeviceFolder()
    const chip = Buffer.alloc(PROGRAMS, 0xff)
    chip.writeUInt32BE(address, 0)
    chip.writeUInt32BE(length, 4)
    writeFileSync(join(folder, 'programs.bin'), chip)
    const ended = await runNative(
      { command: binary, args: [] },
      ['--folder', folder, '--pipe', '--program', programFile()],
      undefined,
      ['time\t0\t0', `random\t${'5a'.repeat(16)}`],
    )
    expect(ended).toMatchObject({ status: 7, err: [`shuaka-device: halted: hash of ${hashBytes}`] })
  })
})
