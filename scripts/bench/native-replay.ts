import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NATIVE_FOLDER } from '../native/build-info.ts'
import { sysroot } from '../native/tools.ts'
import { MARKS, recordTape, TAPE_SALES } from './native-tape.ts'
import type { Row, Work } from './row.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const PORT = here('../../terminal/port')
const WASI = { include: '/usr/include/wasm32-wasi', lib: '/usr/lib/wasm32-wasi' } as const
const ENGINE = ['quickjs', 'cutils', 'dtoa', 'libregexp', 'libunicode'] as const
const OURS = ['vm', 'heap', 'value'] as const
/** Of the port's own Makefile, as far as they decide about the heap. */
const FLAGS = [
  '-O1',
  '-fwrapv',
  '-D_GNU_SOURCE',
  '-DCONFIG_VERSION="replay"',
  '-w',
  '-ffunction-sections',
  '-fdata-sections',
]
const STACK = '-Wl,-z,stack-size=1048576'

interface Target {
  readonly name: string
  /** What is missing here for it, as one sentence. */
  lacking(): string | undefined
  readonly compiler: string
  readonly flags: readonly string[]
  readonly link: readonly string[]
  start(binary: string, words: readonly string[]): readonly [command: string, words: readonly string[]]
}

const targets: readonly Target[] = [
  {
    name: 'arm',
    lacking: () =>
      has('arm-linux-gnueabihf-gcc') && has('qemu-arm') ? undefined : 'no compiler or emulator for ARM here',
    compiler: 'arm-linux-gnueabihf-gcc',
    flags: ['-mthumb'],
    link: ['-Wl,--gc-sections', '-lm'],
    start: (binary, words) => ['qemu-arm', ['-L', sysroot(), binary, ...words]],
  },
  {
    name: 'wasm32',
    lacking: () =>
      has('clang') && has('wasm-ld') && existsSync(WASI.lib)
        ? undefined
        : 'no compiler for wasm32 here: the Debian packages clang, lld, wasi-libc and libclang-rt-14-dev-wasm32 make one',
    compiler: 'clang',
    flags: [
      '--target=wasm32-wasi',
      '-nostdlibinc',
      '-isystem',
      here('replay/wasm'),
      '-isystem',
      WASI.include,
    ],
    link: ['--target=wasm32-wasi', `-L${WASI.lib}`, STACK, '-Wl,--gc-sections', '-lm'],
    // Node 20 may fall over in its compiler's threads while a WASI program runs.
    start: (binary, words) => [
      process.execPath,
      ['--no-warnings', '--single-threaded', here('replay/wasi.mjs'), binary, ...words],
    ],
  },
]

/**
 * Heap of one and the same run on two processors of 32 bits, with one engine, allocator and bytecode: what the application
 * was told by its device in the emulator is told once more (`replay/replay.c`). Beside them the engine of the emulator.
 */
export async function replayRows(bytecode: string, work: Work): Promise<readonly Row[]> {
  work.progress('the same run on wasm32 and ARM')
  const folder = join(NATIVE_FOLDER, 'replay')
  mkdirSync(folder, { recursive: true })
  const tape = await recordTape()
  const path = join(folder, 'tape.txt')
  writeFileSync(path, tape.text)
  const heaps = new Map<string, Heap>()
  for (const target of targets) {
    const missing = target.lacking()
    if (missing !== undefined) work.progress(missing)
    else heaps.set(target.name, await played(target, build(target, folder), [bytecode, path]))
  }
  const [arm, wasm] = [heaps.get('arm'), heaps.get('wasm32')]
  if (arm === undefined) return []
  const emulated = tape.heap
  const points = [
    ['in use after boot', 'boot', 'used'],
    ['in use after one sale', 'one', 'used'],
    [`at most, over boot and ${TAPE_SALES} sales`, 'end', 'peak'],
  ] as const
  return points.flatMap(([name, mark, which]) => {
    const beside = { what: 'arm', value: arm[mark]?.[which] ?? Number.NaN }
    const same = wasm?.[mark]?.[which]
    const other = emulated[mark][which]
    return [
      ...(same === undefined
        ? []
        : [
            {
              quantity: `heap ${name}, the same engine on wasm32`,
              value: same,
              unit: 'B',
              beside,
              note: `difference ${same - beside.value} B`,
            },
          ]),
      {
        quantity: `heap ${name}, QuickJS 2025-09-13 of the emulator, from source`,
        value: other,
        unit: 'B',
        beside,
        note: `difference ${other - beside.value} B: another engine and allocator, with its debug information`,
      },
    ]
  })
}

function build({ name, compiler, flags, link }: Target, folder: string): string {
  const own = join(folder, name)
  mkdirSync(own, { recursive: true })
  const sources = [
    ...ENGINE.map((file) => join(PORT, `quickjs/${file}.c`)),
    ...OURS.map((file) => join(PORT, `posix/${file}.c`)),
    here('replay/replay.c'),
  ]
  const includes = ['-I', join(PORT, 'posix'), '-I', PORT, '-isystem', join(PORT, 'quickjs')]
  const resources =
    compiler === 'clang' ? ['-isystem', join(ask('clang', '-print-resource-dir'), 'include')] : []
  const objects = sources.map((source) => {
    const object = join(own, `${basename(source, '.c')}.o`)
    if (isNewer(object, source)) return object
    must(compiler, [...flags, ...resources, ...FLAGS, ...includes, '-c', source, '-o', object])
    return object
  })
  const binary = join(own, 'replay')
  must(compiler, [...objects, '-o', binary, ...link])
  return binary
}

interface Heap {
  readonly [mark: string]: { readonly used: number; readonly peak: number }
}

async function played(target: Target, binary: string, words: readonly string[]): Promise<Heap> {
  const [command, args] = target.start(binary, words)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString()
  })
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'ended'))
  })
  const heap = Object.fromEntries(
    out.split('\n').map((line) => {
      const [mark = '', used, peak] = line.split(' ')
      return [mark, { used: Number(used), peak: Number(peak) }]
    }),
  )
  if (status !== 0 || MARKS.some((mark) => heap[mark] === undefined))
    throw new Error(`bench: the tape does not play on ${target.name}: ${status} ${out}`)
  return heap
}

/** Of the engine, which takes long to compile and never changes; what is ours is compiled each time. */
function isNewer(object: string, source: string): boolean {
  return (
    source.startsWith(join(PORT, 'quickjs')) &&
    existsSync(object) &&
    statSync(object).mtimeMs > statSync(source).mtimeMs
  )
}

function must(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`bench: ${command}: ${stderr.split('\n')[0]}`)
}

function ask(command: string, word: string): string {
  return spawnSync(command, [word], { encoding: 'utf8' }).stdout.trim()
}

function has(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}
