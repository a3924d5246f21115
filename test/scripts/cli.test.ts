import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const MALL = fileURLToPath(new URL('../../scripts/demo/mall.json', import.meta.url))
const FRENCH = /french\.json: parameter locale must be zh or en\.$/
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-cli-'))
  writeFileSync(join(folder, 'bad.txt'), '# a\npres 1\n')
  writeFileSync(join(folder, 'good.txt'), 'expect screen .\n')
  writeFileSync(join(folder, 'broken.json'), '{ "terminal": ')
  writeFileSync(join(folder, 'empty.json'), '{}')
  const mall = JSON.parse(readFileSync(MALL, 'utf8'))
  writeFileSync(join(folder, 'french.json'), JSON.stringify({ ...mall, parameters: { locale: 'fr' } }))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command from another folder than the tree's, without a console. */
function shuaka(
  words: readonly string[],
  input = '',
): Promise<{ code: number | null; out: string; error: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SHUAKA, ...words], { cwd: folder })
    let out = ''
    let error = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      out += part
    })
    child.stderr.setEncoding('utf8').on('data', (part) => {
      error += part
    })
    child.on('close', (code) => resolve({ code, out, error }))
    child.stdin.end(input)
  })
}

describe('shuaka: bad input → one sentence on standard error and an exit code that is not 0', () => {
  // biome-ignore format: one row a command
  const rows: [string[], number, RegExp][] = [
    [[], 2, /^shuaka: which command\?/],
    [['sell'], 2, /^shuaka: there is no command sell; shuaka --help lists them\.$/],
    [['--fast'], 2, /^shuaka: unknown option '--fast'\.$/],
    [['terminal', '--fast'], 2, /^shuaka: unknown option '--fast'\.$/],
    [['terminal', 'more'], 2, /^shuaka: too many arguments for 'terminal'/],
    [['terminal', '--device', 'big'], 2, /'big' is invalid; allowed choices are compact, standard\.$/i],
    [['terminal', '--host', 'localhost:1'], 2, /'localhost:1' is invalid; it wants tcp:\/\/HOST:PORT\.$/],
    [['terminal', '--host', 'tcp://a:0'], 2, /wants tcp/],
    [['terminal', '--scenario'], 2, /argument missing\.$/],
    [['terminal'], 1, /^terminal: this is no console; play a file with --scenario FILE\.$/],
    [['terminal', '--scenario', 'none.txt'], 1, /^terminal: none\.txt: there is no such file\.$/],
    [['terminal', '--scenario', 'bad.txt'], 1, /^bad\.txt:2: "pres" is no word; allowed: press, type/],
    [['terminal', '--scenario', 'good.txt', '--provision', 'none.json'], 1, /none\.json.*no such file/],
    [['terminal', '--scenario', 'good.txt', '--provision', 'broken.json'], 1, /broken\.json/],
    [['terminal', '--scenario', 'good.txt', '--provision', 'empty.json'], 1, /empty\.json/],
    [['terminal', '--scenario', '.'], 1, /^terminal: \.: it is a folder, not a file\.$/],
    [['terminal', '--scenario', 'good.txt', '--provision', 'french.json'], 1, FRENCH],
    [['host', '--provision', 'french.json'], 1, FRENCH],
    [['emulator', '--provision', 'french.json'], 1, FRENCH],
    [['host', 'report', '--date', '2026-11-21'], 1, /host report: \.shuaka.host\.db does not exist here; .*--db FILE\.$/],
    [['host', '--listen', 'tcp://203.0.113.9:1', '--provision', MALL, '--db', 'new.db'], 1, /it is no address of this machine\.$/],
    [['host', '--listen', 'tcp://127.0.0.1:0', '--db', 'no/new.db'], 1, /no\/new\.db: the folder no does not exist\.$/],
    [['conformance', '--only', 'ZZZ'], 1, /^conformance: no vector's id begins with "ZZZ"\.$/],
    [['host', '--listen', 'here'], 1, /here: an address like tcp:\/\/127\.0\.0\.1:9100 is wanted\.$/],
    [['emulator', '--port', 'x'], 2, /'x' is invalid; it wants a port from 0 to 65535\.$/],
    [['conformance', '--port', 'minimal', '--device', 'compact'], 2, /^conformance: the minimal port is a standard device\.$/],
    [['conformance', '--device', 'big'], 2, /allowed choices are compact, standard\.$/],
    [['describe', 'xyz'], 1, /^describe: character 1 of the input is no hex digit\.$/],
  ]
  test.concurrent.each(rows)('shuaka %j → refused with code %i', async (words, code, message) => {
    const run = await shuaka(words)
    expect(run.error.trimEnd()).toMatch(message)
    expect(run.error.trimEnd().split('\n')).toHaveLength(1)
    expect(run).toMatchObject({ code, out: '' })
  })
})

describe('shuaka terminal --scenario', () => {
  test.concurrent('a sale in QuickJS, then a reprint at the next start with the same --flash → the slip is still there', async () => {
    const flash = join(folder, 'flash')
    const sale = fileURLToPath(new URL('../scenario/sale-mall.txt', import.meta.url))
    expect(await shuaka(['terminal', '--flash', flash, '--scenario', sale])).toMatchObject({
      code: 0,
      error: '',
    })
    writeFileSync(
      join(folder, 'again.txt'),
      'expect screen 消费\npress 3\npress 1\nexpect receipt DUPLICATE\nexpect receipt 88\\.80\n',
    )
    expect(await shuaka(['terminal', '--flash', flash, '--scenario', 'again.txt'])).toMatchObject({
      code: 0,
      error: '',
    })
    expect(readdirSync(flash).sort()).toEqual(['flash.bin', 'secure.bin'])
  })
  test.concurrent('a step that fails → the report on standard output, code 1', async () => {
    writeFileSync(join(folder, 'fails.txt'), 'expect screen 消费\nexpect screen 没有\n')
    const run = await shuaka(['terminal', '--scenario', 'fails.txt'])
    expect(run).toMatchObject({ code: 1, error: '' })
    expect(run.out).toMatch(/^fails\.txt:2: expect screen 没有\n/)
  })
  test.concurrent('--flash of another terminal that runs → refused, and its lock stays', async () => {
    const flash = join(folder, 'taken')
    mkdirSync(flash)
    writeFileSync(join(flash, 'lock'), `${process.pid}\n`)
    const run = await shuaka(['terminal', '--flash', flash, '--scenario', 'good.txt'])
    expect(run.error).toMatch(/taken is in use by another terminal \(process \d+\)\.\n$/)
    expect(run.code).toBe(1)
    expect(readdirSync(flash)).toEqual(['lock'])
  })
  test.concurrent('--host where nobody listens → refused, and --flash is not touched', async () => {
    const run = await shuaka([
      'terminal',
      '--host',
      'tcp://127.0.0.1:1',
      '--flash',
      'none',
      '--scenario',
      'good.txt',
    ])
    expect(run).toMatchObject({ code: 1, out: '' })
    expect(run.error).toBe('the host tcp://127.0.0.1:1 is not reachable: nobody listens there.\n')
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })
})

describe('shuaka host', () => {
  test('a terminal with --host sells there in real time; the report has the sale; Ctrl-C ends the host', async () => {
    const books = join(folder, '.shuaka', 'host.db') // where the emulator keeps them
    mkdirSync(join(folder, '.shuaka'))
    const host = spawn(
      process.execPath,
      [SHUAKA, 'host', '--listen', 'tcp://127.0.0.1:0', '--db', books, '--provision', MALL],
      { cwd: folder },
    )
    const exited = new Promise((resolve) => host.once('exit', resolve))
    const port = await new Promise<string>((resolve) => {
      host.stdout.setEncoding('utf8').on('data', (text: string) => {
        const found = /TCP port (\d+)/.exec(text)?.[1]
        if (found !== undefined) resolve(found)
      })
    })
    try {
      const sale = fileURLToPath(new URL('../scenario/sale-mall.txt', import.meta.url))
      const busy = await shuaka(['host', '--listen', `tcp://127.0.0.1:${port}`, '--db', 'new.db'])
      expect(busy).toMatchObject({ code: 1, out: '' })
      expect(readdirSync(folder).filter((name) => name.startsWith('new.db'))).toEqual([])
      const twice = await shuaka(['host', '--listen', 'tcp://127.0.0.1:0', '--db', books])
      expect(twice.error).toBe(
        `shuaka: ${books}: another host has these books open; end it, or give another --db FILE.\n`,
      )
      expect(busy.error).toBe(
        `127.0.0.1:${port}: cannot listen there, the port is in use.\n`.replace(/^/, 'shuaka: '),
      )
      const sold = await shuaka(['terminal', '--host', `tcp://127.0.0.1:${port}`, '--scenario', sale])
      expect(sold).toMatchObject({ code: 0, error: '' })
      const report = await shuaka(['host', 'report', '--json'])
      expect(report.error).toBe('')
      expect(JSON.parse(report.out)).toMatchObject({ stores: [{ storeNumber: '0012', salesFen: 8880 }] })
    } finally {
      host.kill('SIGINT')
    }
    expect(await exited).toBe(0)
  })
})

describe('shuaka: help', () => {
  test.concurrent('--help → the commands, code 0', async () => {
    const run = await shuaka(['--help'])
    expect(run).toMatchObject({ code: 0, error: '' })
    for (const command of ['emulator', 'terminal', 'host', 'describe', 'conformance', 'build'])
      expect(run.out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  })
  test.concurrent('conformance --only clock → that part of the suite passes, code 0; of nothing → code 1', async () => {
    const run = await shuaka(['conformance', '--only', 'clock', '--json'])
    expect(run.code).toBe(0)
    expect(JSON.parse(run.out)).toMatchObject({ failed: 0 })
    expect((await shuaka(['conformance', '--only', 'nothing'])).code).toBe(1)
  })
  test.concurrent('terminal --help → every option, code 0', async () => {
    const run = await shuaka(['terminal', '--help'])
    expect(run.code).toBe(0)
    for (const option of ['provision', 'host', 'dialect', 'flash', 'scenario', 'device', 'locale'])
      expect(run.out).toContain(`--${option} `)
  })
  test.concurrent('describe - → reads standard input', async () => {
    const run = await shuaka(
      ['describe', '-'],
      '0800 0020000000C00010 000001 3130303030303031 383938333230313533313130303031 0011 00000001 0030\n',
    )
    expect(run.out + run.error).toContain('10000001')
  })
})

describe('shuaka host', () => {
  const start = (more: readonly string[]) => shuaka(['host', '--db', 'none/books.db', ...more])
  test('keys of the demonstration on an address that others reach → a warning on standard error', async () => {
    const { out, error } = await start(['--listen', 'tcp://0.0.0.0:0'])
    expect(out).toBe('')
    expect(error.split('\n')[0]).toMatch(/^warning: tcp:\/\/0\.0\.0\.0:0 is no loopback address/)
  })
  test('on this machine alone → no warning', async () => {
    expect((await start([])).error).not.toContain('warning')
  })
})
