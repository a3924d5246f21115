import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Launch } from './build-native.ts'
import { type Chance, mutated, mutatedJson, mutatedLine } from './mutate.ts'

/** How one start of the product has ended that was given something strange. */
export interface FuzzEnd {
  readonly status: number | string
  readonly complaint: string
}

export interface FuzzGround {
  /** The product with sanitizers. */
  readonly device: Launch
  /** A device that has been started once. */
  readonly folder: string
}

export type Round = (ground: FuzzGround, chance: Chance) => Promise<FuzzEnd>

const ROUND_MS = 60_000
/** Every finding of a sanitizer ends the process with this. */
export const FOUND = 70
export const SANITIZERS = {
  ASAN_OPTIONS: `detect_leaks=0:exitcode=${FOUND}:allocator_may_return_null=1`,
  UBSAN_OPTIONS: `exitcode=${FOUND}:print_stacktrace=1`,
}

const FILES = [
  'device.json',
  'keys.json',
  'keys.sealed',
  'device.key',
  'flash.bin',
  'programs.bin',
  'program.bc',
  'clock',
  'program.js',
] as const
const WORDS = [
  ...[
    'key\t1',
    'key\tenter',
    'key\tcancel',
    'key\tup',
    'key\tfunction',
    'swipe\t\t;6222600001234567890=30122010000000000?\t',
    'swipe\t%B6222^A/B^3012?\t\t',
  ],
  ...[
    'swipe-bad',
    'paper\tout\t3',
    'paper\tin',
    'cable\t0',
    'cable\t1',
    'service',
    'tamper',
    'key\t0',
    'key\t9',
    'key\tclear',
  ],
] as const
const LINES = [
  '%B6222600001234567890^TEST/CARD^30122010000000000?;6222600001234567890=30122010000000000?+99?',
  ';6222600001234567890=30122010000000000?',
  '%B1^A^?',
  '+12345678901234567890123456789012345678901234567890?',
] as const

// biome-ignore format: one row a way in
export const rounds: { readonly [way: string]: Round } = {
  files:  (ground, chance) => inFolder(ground, (folder) => strangeFiles(ground, folder, chance)),
  words:  (ground, chance) => inFolder(ground, (folder) => runProduct(ground, folder, [], { input: lines(chance, WORDS) })),
  reader: (ground, chance) => inFolder(ground, (folder) => strangeReader(ground, folder, chance)),
  host:   (ground, chance) => inFolder(ground, (folder) => strangeHost(ground, folder, chance)),
}

/** Does it in a copy of that device's folder. */
export async function inFolder(
  ground: FuzzGround,
  work: (folder: string) => Promise<FuzzEnd>,
): Promise<FuzzEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-fuzz-'))
  try {
    cpSync(ground.folder, folder, { recursive: true })
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One to three files of the folder changed, cut short, made longer or away. */
function strangeFiles(ground: FuzzGround, folder: string, chance: Chance): Promise<FuzzEnd> {
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const name = FILES[chance.below(FILES.length)] ?? 'flash.bin'
    const path = join(folder, name)
    const before = readFileSync(join(ground.folder, name), { flag: 'a+' })
    if (chance.below(12) === 0) rmSync(path, { force: true })
    else
      writeFileSync(
        path,
        name.endsWith('.json') && chance.below(4) > 0 ? mutatedJson(before, chance) : mutated(before, chance),
      )
    if (name === 'keys.json' && chance.below(4) > 0)
      for (const kept of ['keys.sealed', 'device.key']) rmSync(join(folder, kept), { force: true }) // factory-new
  }
  return runProduct(ground, folder, [], { input: lines(chance, WORDS) })
}

function lines(chance: Chance, words: readonly string[]): string {
  const said = Array.from({ length: 1 + chance.below(60) }, () => {
    const word = words[chance.below(words.length)] ?? ''
    return chance.below(3) === 0 ? mutatedLine(word, chance) : word
  })
  return `${said.join('\n')}\nquit\n`
}

/** A magnetic head that sends anything, into a terminal at its menu. */
function strangeReader(ground: FuzzGround, folder: string, chance: Chance): Promise<FuzzEnd> {
  const reader = join(folder, 'reader')
  if (spawnSync('mkfifo', [reader]).status !== 0) throw new Error(`${reader}: mkfifo cannot make it`)
  const file = openSync(reader, 'r+')
  const bytes = lines(chance, LINES).replace('quit\n', '')
  return runProduct(ground, folder, ['--reader', reader], {
    shown(say) {
      writeSync(file, Buffer.from(bytes, 'latin1'))
      say('key\tcancel', 'swipe-bad', 'quit')
    },
  }).finally(() => closeSync(file))
}

/** A host that answers with anything: frames of the right length with anything in them, and what is no frame. */
async function strangeHost(ground: FuzzGround, folder: string, chance: Chance): Promise<FuzzEnd> {
  const sockets = new Set<Socket>()
  let say: ((...words: string[]) => void) | undefined
  let answers = 1 + chance.below(4)
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      socket.write(strangeAnswer(request, chance))
      if (chance.below(3) === 0) socket.end()
      if (--answers <= 0) say?.('quit')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    return await runProduct(ground, folder, ['--host', `127.0.0.1:${port}`], {
      shown(speak) {
        say = speak
        setTimeout(() => speak('quit'), 1_500).unref()
      },
    })
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** The request with its MTI turned into an answer's, and then changed: so that some of it is understood. */
function strangeAnswer(request: Uint8Array, chance: Chance): Uint8Array {
  const answer = Uint8Array.from(request)
  const mti = 2 + 5 + 6
  if (answer.length > mti + 2) answer[mti + 1] = (answer[mti + 1] ?? 0) | 0x10
  const body = chance.below(4) === 0 ? answer : mutated(answer, chance)
  if (body.length >= 2 && chance.below(4) !== 0)
    new DataView(body.buffer, body.byteOffset).setUint16(0, body.length - 2)
  return body
}

/** The first start of a device, and its end. */
export function firstStart(ground: FuzzGround): Promise<FuzzEnd> {
  return runProduct(ground, ground.folder, [], { shown: (say) => say('quit') })
}

interface Feed {
  /** All that comes on standard input. */
  readonly input?: string
  /** The first picture is on the screen. */
  shown?(say: (...words: string[]) => void): void
}

/** Starts the product in `folder`, feeds it, and waits for its end. */
export function runProduct(
  { device }: FuzzGround,
  folder: string,
  words: readonly string[],
  feed: Feed,
): Promise<FuzzEnd> {
  const child = spawn(device.command, [...device.args, '--folder', folder, '--pipe', ...words], {
    env: { ...process.env, ...device.env, ...SANITIZERS },
  })
  let complaint = ''
  let isShown = false
  const say = (...said: string[]): void => {
    if (child.stdin.writable) child.stdin.write(said.map((word) => `${word}\n`).join(''))
  }
  child.stdin.on('error', () => undefined) // it has ended, and says why
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(0, 1_000_000)
  })
  child.stdout.on('data', (bytes: Buffer) => {
    if (isShown || !bytes.includes('screen')) return
    isShown = true
    feed.shown?.(say)
  })
  if (feed.input !== undefined) child.stdin.end(Buffer.from(feed.input, 'latin1'))
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), ROUND_MS)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(late)
      resolve({ status: code ?? signal ?? 'ended', complaint })
    })
  })
}
