import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FOUND, type FuzzEnd, inFolder, type Round, runProduct, SANITIZERS } from './fuzz-rounds.ts'
import { type Chance, mutated, mutatedJson, mutatedLine } from './mutate.ts'

/** How long one round goes on where nothing ends it: typing, a printer that does not read. */
const TYPING_MS = 1_200
const LATE_MS = 20_000

/** Ways in that a person, a shop's network, or whoever has the folder in his hands has. */
// biome-ignore format: one row a way in
export const faceRounds: { readonly [way: string]: Round } = {
  tty:      (ground, chance) => inFolder(ground, (folder) => strangeStrokes(ground.device.command, folder, chance)),
  cards:    (ground, chance) => inFolder(ground, (folder) => strangeCards(ground, folder, chance)),
  printer:  (ground, chance) => inFolder(ground, (folder) => strangePrinter(ground, folder, chance)),
  settings: (ground, chance) => inFolder(ground, (folder) => strangeFile(ground, folder, 'device.json', mutatedJson(fileOf(ground.folder, 'device.json'), chance))),
  bytecode: (ground, chance) => inFolder(ground, (folder) => strangeFile(ground, folder, 'program.bc', mutatedHead(fileOf(ground.folder, 'program.bc'), chance))),
  boot:     (ground, chance) => inFolder(ground, (folder) => strangeFile(ground, folder, 'programs.bin', bootRecords(fileOf(ground.folder, 'programs.bin'), chance))),
}

type Ground = Parameters<Round>[0]

function fileOf(folder: string, name: string): Buffer {
  return readFileSync(join(folder, name))
}

function strangeFile(
  ground: Ground,
  folder: string,
  name: string,
  content: string | Uint8Array,
): Promise<FuzzEnd> {
  writeFileSync(join(folder, name), content)
  return runProduct(ground, folder, [], { shown: (say) => say('key\t1', 'key\tcancel', 'quit') })
}

const HEADER_BYTES = 72
/** Bytecode whose header, of all its bytes, has changed often. */
function mutatedHead(bytes: Buffer, chance: Chance): Uint8Array {
  if (chance.below(2) === 0) return mutated(bytes, chance)
  return Buffer.concat([mutated(bytes.subarray(0, HEADER_BYTES), chance), bytes.subarray(HEADER_BYTES)])
}

const BOOT_SECTORS = 3
const SECTOR_BYTES = 4_096
const COPY_BYTES = 512
const CBOR = [0x84, 0x86, 0x88, 0xa0, 0xbf, 0x58, 0x59, 0x5b, 0x1b, 0xf6, 0xff, 0x00, 0x18, 0x9f] as const
/** Copies of boot records that nobody has written: a length, something like CBOR, and often a CRC that is right. */
function bootRecords(bytes: Buffer, chance: Chance): Uint8Array {
  const image = Buffer.from(bytes)
  for (let count = 1 + chance.below(9); count > 0; count--) {
    const copy = Buffer.alloc(COPY_BYTES, 0xff)
    const length = chance.below(4) === 0 ? chance.below(65_536) : chance.below(COPY_BYTES)
    copy.writeUInt16LE(length, 0)
    for (let at = 2; at < Math.min(2 + length, COPY_BYTES); at++)
      copy[at] = chance.below(3) === 0 ? (CBOR[chance.below(CBOR.length)] ?? 0) : chance.below(256)
    copy.writeUInt32LE(crc32(copy.subarray(0, COPY_BYTES - 4)), COPY_BYTES - 4)
    const bent = chance.below(4) === 0 ? mutated(copy, chance).subarray(0, COPY_BYTES) : copy
    image.set(bent, chance.below(BOOT_SECTORS) * SECTOR_BYTES + chance.below(3) * COPY_BYTES)
  }
  return image
}

const WALLET = [
  ';6222600001234567890=30122010000000000? member 123456',
  '%B6222600001234567890^TEST/CARD^30122010000000000?;6222600001234567890=30122010000000000? 普通卡',
  '+12345678901234567890123456789012345678901234567890?',
  '',
  '# a card',
] as const
/** A file of cards, as `--reader` names it. */
function wallet(folder: string, chance: Chance): string {
  const path = join(folder, 'wallet')
  const lines = Array.from({ length: chance.below(40) }, () => {
    const line = Buffer.from(WALLET[chance.below(WALLET.length)] ?? '').toString('latin1')
    return chance.below(2) === 0 ? mutatedLine(line, chance) : line
  })
  writeFileSync(path, Buffer.from(lines.join('\n'), 'latin1'))
  return path
}

function strangeCards(ground: Ground, folder: string, chance: Chance): Promise<FuzzEnd> {
  return runProduct(ground, folder, ['--reader', wallet(folder, chance)], {
    shown: (say) => say('key\t1', 'key\tcancel', 'quit'),
  })
}

const STROKES = [
  ...['\r', '\n', '\x7f', '\b', 'm', '\x1b', '*', '.', '\x1b[A', '\x1bOA', '\x1b[B', '\x1bOP', '\x1b[11~'],
  ...[
    '\x1b[[A',
    '\x1b[24~',
    '\x1b[1;5C',
    '\x1b[M !!',
    'c',
    'c1\r',
    'c9\r',
    'c;6222=1?\r',
    'l',
    'o',
    'T',
    'M',
  ],
  ...['0', '1', '2', '3', '9', '金额', '\u{1f600}', '\x00', '\x03', '\x1a'],
] as const
/** The terminal is the device's from here on: before that its own driver would take ^C. */
const ENTERED = '\x1b[?1049h'
const OUTPUT_MAX = 4_000_000
/** A person at a terminal, whose keystrokes come in pieces; at the end the terminal goes. */
function strangeStrokes(command: string, folder: string, chance: Chance): Promise<FuzzEnd> {
  const size = `stty rows ${chance.below(60)} cols ${chance.below(200)}`
  const device = `exec ${command} --folder ${folder} --reader ${wallet(folder, chance)}`
  const log = join(folder, 'findings')
  const child = spawn('script', ['-qec', `${size}; ${device}`, '/dev/null'], {
    env: {
      ...process.env,
      ...SANITIZERS,
      ASAN_OPTIONS: `${SANITIZERS.ASAN_OPTIONS}:log_path=${log}`,
      UBSAN_OPTIONS: `${SANITIZERS.UBSAN_OPTIONS}:log_path=${log}`,
    },
  })
  let output = ''
  child.stdin.on('error', () => undefined) // it has ended
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < OUTPUT_MAX) output += text
  })
  const typing = setInterval(() => {
    const stroke = Buffer.from(STROKES[chance.below(STROKES.length)] ?? '').toString('latin1')
    const bytes = Buffer.from(chance.below(4) === 0 ? mutatedLine(stroke, chance) : stroke, 'latin1')
    if (output.includes(ENTERED) && child.stdin.writable) child.stdin.write(bytes)
  }, 2)
  let isGone = false
  const leave = setTimeout(() => {
    isGone = true
    child.kill()
  }, TYPING_MS)
  const late = setTimeout(() => child.kill('SIGKILL'), LATE_MS)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearInterval(typing)
      clearTimeout(leave)
      clearTimeout(late)
      const found = readdirSync(folder).filter((name) => name.startsWith('findings'))
      const complaints = found.map((name) => readFileSync(join(folder, name), 'utf8'))
      const said = output.match(/shuaka-device: [^\r\n]*/g) ?? []
      const status = found.length > 0 ? FOUND : isGone ? 0 : (code ?? signal ?? 'ended')
      resolve({ status, complaint: [...complaints, ...said].join('\n') })
    })
  })
}

/** What has a slip of totals printed at the menu, twice; a hand waits for each question. */
const PRINTS = ['cancel', '3', '4', 'enter', 'cancel', '3', '4', 'enter'] as const
const HAND_MS = 150
/** A printer at the other end of a socket that closes, does not read, or answers with anything. */
async function strangePrinter(ground: Ground, folder: string, chance: Chance): Promise<FuzzEnd> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const manner = chance.below(6)
    if (manner === 0) socket.destroy()
    else if (manner === 1) socket.pause()
    else if (manner === 2) socket.resetAndDestroy()
    else
      socket.on('data', (bytes) => {
        socket.write(mutated(bytes.subarray(0, 300), chance))
        if (manner === 3) socket.end()
        if (manner === 4) socket.write(Buffer.alloc(200_000, chance.below(256)))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  if (chance.below(8) === 0) server.close() // nobody is there
  try {
    return await runProduct(ground, folder, ['--printer', `tcp://127.0.0.1:${port}`], {
      shown(say) {
        for (const [at, key] of PRINTS.entries()) setTimeout(() => say(`key\t${key}`), at * HAND_MS).unref()
        setTimeout(() => say('quit'), PRINTS.length * HAND_MS + chance.below(TYPING_MS)).unref()
      },
    })
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}
