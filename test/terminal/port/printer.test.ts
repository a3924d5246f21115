import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Body } from '../../../emulator/device/body.ts'
import type { Bus } from '../../../emulator/device/bus.ts'
import type { PaperLine } from '../../../emulator/device/ports.ts'
import { makePrinter } from '../../../emulator/device/printer.ts'
import type { PrintLine, PrintResult } from '../../../terminal/device/printer.ts'
import { buildGuestDevice, type GuestDevice, missingTools, removeFolder, runGuest } from './guest-device.ts'

const missing = missingTools()
describe.skipIf(missing !== '')(`打印机 of the native port ${missing}`, () => {
  let binary = ''
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-printer-'))
  const folders: string[] = [folder]
  beforeAll(() => {
    binary = buildGuestDevice()
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const each of folders) removeFolder(each)
  })
  function run(
    guest: string,
    options: { printer?: string; model?: 'standard' | 'compact' } = {},
  ): GuestDevice {
    const device = runGuest({ binary, guest, ...options })
    folders.push(device.folder)
    return device
  }
  async function quit(device: GuestDevice): Promise<number | null> {
    device.say('quit')
    return await device.ended
  }
  const feed = (lines: number): PrintLine => ({ feed: lines })
  const line = (
    text: string,
    align: PaperLine['align'] = 'left',
    size: PaperLine['size'] = 'normal',
  ): PrintLine => ({
    ...{ text, align, size },
  })
  const odd = [
    '\u0000\u0007tab\tbell',
    '\ud800 half \udc00',
    'a\u202eb\u200bc',
    '😀 picture',
    '°C ± “quoted”',
  ]

  test('what comes out, line by line, is what the emulator prints, on both models', async () => {
    const print = async (model: 'standard' | 'compact'): Promise<void> => {
      const lines: PrintLine[] = [
        ...[
          '',
          'a',
          '中',
          '中文字符'.repeat(9),
          `${'x'.repeat(31)}中`,
          `${'x'.repeat(23)}中`,
          'w'.repeat(99),
          ...odd,
        ].flatMap((text) => [line(text), line(text, 'centre', 'large'), line(text, 'right')]),
        feed(1),
        feed(3),
      ]
      const expected = emulated(model, lines)
      const device = run(`show(await printer.print(${JSON.stringify(lines)}))`, { model })
      expect(await device.shown()).toEqual({ kind: 'printed' })
      await quit(device)
      expect(outOf(device)).toEqual(expected.out)
    }
    await Promise.all([print('standard'), print('compact')])
  })

  test('paper that ends on the way: whole entries count, and a feed that it did not last for is none', async () => {
    const lines = [line('1'), line('2'), feed(3), line('4')]
    const withLeft = async (left: number): Promise<void> => {
      const expected = emulated('standard', lines, left)
      const device = run(
        `await keypad.next(600000); show([await printer.print(${JSON.stringify(lines)}), printer.paper()])`,
      )
      device.say('paper', 'out', String(left))
      device.say('key', '1')
      expect(await device.shown()).toEqual([expected.result, 'out'])
      await quit(device)
      expect(outOf(device), `${left} lines left`).toEqual(expected.out)
    }
    await Promise.all([0, 1, 2, 4, 5, 6].map(withLeft))
  })

  test('paper that is taken out under the head ends the print, and a new roll prints again', async () => {
    const device = run(`
      show(await printer.print([{ text: '1', align: 'left', size: 'normal' }, { feed: 20 }]))
      await keypad.next(600000)
      show([printer.paper(), await printer.print([{ feed: 1 }])])`)
    await device.next(({ word }) => word === 'paper')
    device.say('paper', 'out', '0')
    expect(await device.shown()).toEqual({ kind: 'paperOut', printedLines: 1 })
    device.say('paper', 'in')
    device.say('key', '1')
    expect(await device.shown()).toEqual(['ok', { kind: 'printed' }])
    await quit(device)
  })

  test('a second print while one runs is busy; no lines at all are printed at once', async () => {
    const device = run(`
      const first = printer.print([{ feed: 2 }])
      const second = await printer.print([{ feed: 1 }])
      show([second, await first, await printer.print([]), printer.columns()])`)
    expect(await device.shown()).toEqual([{ kind: 'busy' }, { kind: 'printed' }, { kind: 'printed' }, 32])
    await quit(device)
    expect(outOf(device)).toHaveLength(3)
  })

  test('201 lines, a feed of 0, 21 or 1.5, or no word of the contract: the run ends and nothing is printed', async () => {
    const wrong = [
      'Array(201).fill({ feed: 1 })',
      '[{ feed: 0 }]',
      '[{ feed: 21 }]',
      '[{ feed: 1.5 }]',
      'undefined',
    ]
    for (const lines of [...wrong, `[{ text: '', align: 'middle', size: 'normal' }]`]) {
      const device = run(`await printer.print(${lines})`)
      const { json } = await device.next(({ word }) => word === 'stopped')
      expect((json as { why: string }).why).toMatch(/^device\.printer\.print: /)
      await quit(device)
      expect(outOf(device)).toEqual([])
    }
  })

  test('ESC/POS: initialise, alignment, size, GBK, feed and cut', async () => {
    const printer = join(folder, 'slip.bin')
    const lines = [line('你好 A€', 'centre', 'large'), line('r', 'right'), feed(4)]
    const device = run(`show(await printer.print(${JSON.stringify(lines)}))`, { printer })
    expect(await device.shown()).toEqual({ kind: 'printed' })
    await quit(device)
    expect(readFileSync(printer).toString('hex')).toBe(
      ['1b401c26', '1b61011d2111c4e3bac320413f0a', '1b61021d2100720a', '1b64041d564200'].join(''),
    )
  })

  test('a full disk is a fault, and the application goes on', async () => {
    const guest = `let late = false; clock.sleep(1000).then(() => { late = true })
      show([await printer.print([{ feed: 1 }]), await printer.print([{ feed: 1 }]), late])`
    const device = run(guest, { printer: '/dev/full' })
    expect(await device.shown()).toEqual([{ kind: 'fault' }, { kind: 'fault' }, false])
    await quit(device)
  })

  test('a printer file in no folder, or an address that is none: one line, and exit 5', async () => {
    for (const printer of [join(folder, 'none/slip.bin'), 'tcp://no-such-host.invalid:9100']) {
      const device = run('', { printer })
      expect(await device.ended).toBe(5)
      expect(device.complaints()).toMatch(/^shuaka-device: printer:? [^\n]+\n$/)
    }
  })

  test.each([
    'tcp://127.0.0.1:99999',
    'tcp://127.0.0.1:0',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:91x',
    'tcp://::1:9100',
    'tcp://[::1]',
    'tcp://[]:9100',
  ])('%s → no file of that name is made: one line, and exit 2', async (printer) => {
    const device = run('', { printer })
    device.say('quit')
    expect(await device.ended).toBe(2)
    expect(device.complaints()).toBe(
      `shuaka-device: printer ${printer}: wants tcp://HOST:PORT or tcp://[ADDRESS]:PORT\n`,
    )
  })

  test('tcp: an address of IPv6 in brackets is dialled', async () => {
    const arrived: Buffer[] = []
    const server: Server = createServer((socket) => socket.on('data', (bytes) => arrived.push(bytes)))
    await new Promise<void>((settle) => server.listen(0, '::1', settle))
    const { port } = server.address() as { port: number }
    const device = run(`show(await printer.print([{ feed: 1 }]))`, { printer: `tcp://[::1]:${port}` })
    expect(await device.shown()).toEqual({ kind: 'printed' })
    await until(() => Buffer.concat(arrived).toString('hex') === '1b401c261b64011d564200')
    await quit(device)
    server.close()
  })

  test('tcp: a printer that says how it is and hangs up is dialled again: no slip goes to nobody', async () => {
    const arrived: string[] = []
    const server: Server = createServer((socket) => {
      const at = arrived.push('') - 1
      socket.on('data', (bytes) => {
        arrived[at] += bytes.toString('hex')
        if (at === 0) socket.end(Buffer.alloc(40_000, 0x14))
      })
    })
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
    const { port } = server.address() as { port: number }
    const device = run(
      `for (;;) { await keypad.next(600000); show([await printer.print([{ feed: 1 }]), clock.monotonicMs()]) }`,
      { printer: `tcp://127.0.0.1:${port}` },
    )
    for (const slips of [1, 2]) {
      device.say('key', '1')
      expect(((await device.shown()) as unknown[])[0]).toEqual({ kind: 'printed' })
      const slip = '1b401c261b64011d564200'
      await expect.poll(() => arrived, { timeout: 3_000 }).toEqual(Array(slips).fill(slip))
      await new Promise((settle) => setTimeout(settle, 100)) // until what it said has arrived
    }
    await quit(device)
    server.close()
  })

  test('tcp: what is printed arrives; a printer that hangs up is dialled again; none there is a fault', async () => {
    const arrived: Buffer[] = []
    const sockets: Socket[] = []
    const server: Server = createServer((socket) => {
      sockets.push(socket)
      socket.on('data', (bytes) => arrived.push(bytes))
    })
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
    const { port } = server.address() as { port: number }
    const device = run(
      `for (;;) { await keypad.next(600000); show([await printer.print([{ text: '中', align: 'left', size: 'normal' }]), clock.monotonicMs()]) }`,
      { printer: `tcp://127.0.0.1:${port}` },
    )
    const print = async (): Promise<unknown> => {
      device.say('key', '1')
      return ((await device.shown()) as unknown[])[0]
    }
    const slip = '1b401c261b61001d2100d6d00a'
    expect(await print()).toEqual({ kind: 'printed' })
    expect(await print()).toEqual({ kind: 'printed' })
    await until(() => Buffer.concat(arrived).toString('hex') === slip + slip)
    expect(sockets).toHaveLength(1)
    await new Promise<void>((settle) => sockets[0]?.end(settle))
    expect(await print()).toEqual({ kind: 'printed' })
    await until(() => Buffer.concat(arrived).toString('hex') === slip + slip + slip)
    expect(sockets).toHaveLength(2)
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((settle) => server.close(() => settle()))
    expect(await print()).toEqual({ kind: 'fault' })
    await quit(device)
  })

  test('printed is said when the printer has taken the last byte, and the device does other things until then', async () => {
    const printer = join(folder, 'slow')
    execFileSync('mkfifo', [printer])
    const file = openSync(printer, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      for (;;) writeSync(file, Buffer.alloc(4_096)) // until it is full
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' })
    }
    const device = run(
      `const print = printer.print([{ feed: 1 }])
      const key = keypad.next(600000).then(() => 'key')
      show([await Promise.race([print.then(() => 'printed'), key])])
      show(await print)`,
      { printer },
    )
    await device.next(({ word }) => word === 'slip-end')
    device.say('key', '1')
    expect(await device.shown()).toEqual(['key'])
    readSync(file, Buffer.alloc(65_536))
    expect(await device.shown()).toEqual({ kind: 'printed' })
    await quit(device)
    closeSync(file)
  })

  test('a FIFO that nobody reads is a fault, and prints once somebody does', async () => {
    const printer = join(folder, 'fifo')
    execFileSync('mkfifo', [printer])
    const device = run(
      `for (;;) { await keypad.next(600000); show([await printer.print([{ feed: 1 }]), clock.monotonicMs()]) }`,
      {
        printer,
      },
    )
    device.say('key', '1')
    expect(((await device.shown()) as unknown[])[0]).toEqual({ kind: 'fault' })
    const copy = join(folder, 'copy')
    writeFileSync(copy, '')
    const cat = spawn('sh', ['-c', `cat ${printer} > ${copy}`])
    const copied = new Promise((settle) => cat.on('close', settle))
    const printed = async (): Promise<boolean> => {
      device.say('key', '1')
      return JSON.stringify(((await device.shown()) as unknown[])[0]) === '{"kind":"printed"}'
    }
    while (!(await printed())) await new Promise((settle) => setTimeout(settle, 20)) // until cat has opened it
    await quit(device)
    await copied
    expect(existsSync(copy) && readFileSync(copy).toString('hex')).toBe('1b401c261b64011d564200')
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((settle) => setTimeout(settle, 10))
}

/** Paper and cuts, in order. */
function outOf(device: GuestDevice): unknown[] {
  return device.words
    .filter(({ word }) => word === 'paper' || word === 'slip-end')
    .map(({ word, json }) => (word === 'paper' ? json : 'cut'))
}

/** The same on the emulator's printer, with time that passes at once. */
function emulated(
  model: 'standard' | 'compact',
  lines: readonly PrintLine[],
  linesLeft?: number,
): { readonly out: unknown[]; readonly result: PrintResult | undefined } {
  const out: unknown[] = []
  const due: (() => void)[] = []
  const observer = { paper: (paper: PaperLine) => out.push(paper), slipEnd: () => out.push('cut') }
  const bus = { observer, after: (_: number, then: () => void) => due.push(then), show: () => undefined }
  const body = { linesLeft } as Body
  const printer = makePrinter(bus as unknown as Bus, body, model === 'standard' ? 32 : 24)
  const results: PrintResult[] = []
  const original = printer.print(lines)
  void original.then((result) => results.push(result))
  for (let next = due.shift(); next !== undefined; next = due.shift()) next()
  const whole = lines.findIndex(
    (_, at) => lengthOf(lines.slice(0, at + 1)) > (linesLeft ?? Number.POSITIVE_INFINITY),
  )
  return { out, result: whole < 0 ? { kind: 'printed' } : { kind: 'paperOut', printedLines: whole } }
}
function lengthOf(lines: readonly PrintLine[]): number {
  return lines.reduce((sum, line) => sum + ('feed' in line ? line.feed : 1), 0)
}
