import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What the native port cannot be tested without; empty where all of it is there. */
export function missingTools(): string {
  const missing = ['gcc', 'make'].filter((tool) => !runs(tool, ['--version']))
  return missing.length === 0 ? '' : `needs ${missing.join(' and ')}`
}
function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const source = resolve('terminal/port/posix')
const objects = resolve('build/native/x86-64')

/**
 * The product, but for one line of board.c: it runs whatever program it is given. So a few lines of guest can try a
 * peripheral in real time, with the files and sockets that the rig does not have. Gives the path of the binary.
 */
export function buildGuestDevice(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-port-'))
  execFileSync('make', ['-C', source, 'objects'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const board = readFileSync(join(source, 'board.c'), 'utf8').replace(
    'board_is_rig = false',
    'board_is_rig = true',
  )
  writeFileSync(join(folder, 'board.c'), board)
  const names = execFileSync('sh', ['-c', `ls ${source}/*.c`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.slice(path.lastIndexOf('/') + 1, -2))
    .filter((name) => name !== 'board' && name !== 'rig')
  const engine = ['quickjs', 'cutils', 'dtoa', 'libregexp', 'libunicode'].map((name) => `engine/${name}.o`)
  const linked = [...names.map((name) => `${name}.o`), ...engine].map((name) => join(objects, name))
  const flags = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', `-I${source}`, `-I${resolve('terminal/port')}`]
  const binary = join(folder, 'guest-device')
  execFileSync('gcc', [
    ...[...flags, '-isystem', resolve('terminal/port/quickjs'), '-I', resolve('build/native')],
    ...['-o', binary, join(folder, 'board.c'), ...linked, '-lcrypto', '-lm'],
  ])
  return binary
}

export interface GuestOptions {
  readonly binary: string
  /** Body of an async function; `show(value)` makes a screen of it, JSON in its first rows. */
  readonly guest: string
  readonly model?: 'standard' | 'compact'
  readonly printer?: string
  readonly reader?: string
  readonly folder?: string
}

/** A guest that runs, and all that its front has said, in order. */
export interface GuestDevice {
  readonly process: ChildProcessWithoutNullStreams
  readonly folder: string
  readonly words: readonly Word[]
  readonly complaints: () => string
  /** Sends a word: its fields. */
  say(...fields: readonly string[]): void
  /** The next word, after those that were taken before, that `wanted` takes. */
  next(wanted: (word: Word) => boolean): Promise<Word>
  /** The value of the guest's next `show`. */
  shown(): Promise<unknown>
  readonly ended: Promise<number | null>
}
export interface Word {
  readonly word: string
  readonly json: unknown
}

const setup = {
  ...{ terminalId: '00000001', merchantId: '000000000000001', merchantName: '小店', tpdu: '6000000000' },
  ...{ profile: 'standard', dialect: 'cup', keySlot: 0, parameters: {}, stores: [] },
}

/** Writes a device folder for `guest`. */
export function guestFolder({
  guest,
  model = 'standard',
  printer,
  reader,
  folder,
}: Omit<GuestOptions, 'binary'>): string {
  const at = folder ?? mkdtempSync(join(tmpdir(), 'shuaka-guest-'))
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'device.json'), JSON.stringify({ serial: 'G1', model, setup, printer, reader }))
  writeFileSync(
    join(at, 'guest.js'),
    `var application = { running: (async () => {
      const { display, keypad, reader, printer, clock, charset } = device
      const show = (value) => {
        const text = JSON.stringify(value)
        const { columns, rows } = display.size()
        display.clear()
        for (let row = 0; row < rows; row++) display.draw(row, 0, text.slice(row * columns, (row + 1) * columns), 'normal')
      }
      ${guest}
      for (;;) await clock.sleep(600000)
    })() }`,
  )
  return at
}

/** Starts the guest; it is killed when the test's process ends. */
export function runGuest(options: GuestOptions): GuestDevice {
  const folder = guestFolder(options)
  const args = ['--folder', folder, '--program', join(folder, 'guest.js'), '--pipe']
  const process = spawn(options.binary, args, { stdio: 'pipe' })
  const words: Word[] = []
  let taken = 0
  let complaint = ''
  let told = (): void => undefined
  let rest = ''
  process.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const at = line.indexOf(' ')
      const word = at < 0 ? line : line.slice(0, at)
      words.push({ word, json: at < 0 ? undefined : JSON.parse(line.slice(at + 1)) })
    }
    told()
  })
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  process.stdin.on('error', () => undefined) // it has ended
  let isOver = false
  const ended = new Promise<number | null>((settle) => {
    const over = (code: number | null): void => {
      isOver = true
      told()
      settle(code)
    }
    process.on('close', over)
    process.on('error', () => over(null))
  })
  async function next(wanted: (word: Word) => boolean): Promise<Word> {
    for (;;) {
      while (taken < words.length) {
        const word = words[taken++]
        if (word !== undefined && wanted(word)) return word
      }
      if (isOver) throw new Error(`it has ended: ${complaint}`)
      await new Promise<void>((settle) => {
        told = settle
      })
    }
  }
  return {
    ...{ process, folder, words, next, ended },
    complaints: () => complaint,
    say: (...fields) => void process.stdin.write(`${fields.join('\t')}\n`),
    async shown() {
      const { json } = await next(({ word, json }) => word === 'screen' && textOf(json) !== '')
      return JSON.parse(textOf(json))
    },
  }
}

/** The rows of a picture in one. Trailing blanks of a row are not kept: values shown hold none. */
export function textOf(picture: unknown): string {
  return (picture as { rows: { text: string }[] }).rows.map(({ text }) => text).join('')
}

/** Takes a folder away. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
