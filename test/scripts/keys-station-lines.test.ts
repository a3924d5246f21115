import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../scripts/cli.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-keys-lines-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

/** The command in this process, with what it wrote. `HERE` is a folder that is empty. */
async function run(words: readonly string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(console, 'error').mockImplementation((text) => {
    error += `${text}\n`
  })
  const code = await main(['keys', ...words.map((word) => word.replace('HERE', folder))])
  vi.restoreAllMocks()
  return { code, out, error: error.replaceAll(folder, 'HERE') }
}

describe('wrong lines of shuaka keys station and audit → one clear line and exit code 2', () => {
  // biome-ignore format: one row a line
  const lines: readonly (readonly [string, string])[] = [
    ['station',                                           'keys station: which command? shuaka keys station --help lists them.'],
    ['station start',                                     'keys station: there is no such command; shuaka keys station --help lists them.'],
    ['station init --person A --passphrase-fd 3 --folder HERE/s',         'keys station: two people enrol; give --person and --passphrase-fd twice, or neither.'],
    ['station init --identity a --development b --folder HERE/s',         'keys station: --identity or --development, not both.'],
    ['station init --development S --folder HERE/s',                      'keys station: --development and --root-out go together.'],
    ['station init --folder HERE/s',                                      'keys station: two people type here, and standard input is no terminal; --web gives the page.'],
    ['station run --folder HERE/s',                                       'keys station: two people type here, and standard input is no terminal; --web gives the page.'],
    ['station run --web 0.0.0.0:8091 --folder HERE/s',                    'keys station: --web 0.0.0.0:8091: an address of this machine alone is wanted, as 127.0.0.1:8091.'],
    ['station run --web 127.0.0.1:0 --listen 9200 --folder HERE/s',       'keys station: --listen 9200: an address like tcp://127.0.0.1:9200 is wanted.'],
    ['station run --web 127.0.0.1:0 --serial /etc/passwd --folder HERE/s', 'keys station: --serial /etc/passwd: an address like /dev/ttyUSB0 is wanted.'],
    ['station run --login A --folder HERE/s',                             'keys station: two people log in; give --login twice.'],
    ['station run --login A --login B --passphrase-fd 3 --folder HERE/s', 'keys station: each --login wants a --passphrase-fd, in the same order.'],
    ['station run --token-label x --web 127.0.0.1:0 --folder HERE/s',     'keys station: --token-label and --token-pin-fd are of a token; give --token-module.'],
    ['station labels --folder HERE/s',                      'keys station: two people log in, and standard input is no terminal; give --login and --passphrase-fd twice.'],
    ['station run --login A --login B --folder HERE/s',                   'keys station: no terminal can come; give --listen, --ws, --serial, --web or --console.'],
    ['identity',                                          'keys identity: which command? shuaka keys identity --help lists them.'],
    ['identity isue',                                     'keys identity: there is no such command; shuaka keys identity --help lists them.'],
    ['audit',                                             'keys audit: which command? shuaka keys audit --help lists them.'],
    ['audit verify HERE --public-key 12',              'keys audit: --public-key wants the 64 hex digits that were written down.'],
    ['audit export HERE',                              'keys audit: --csv or --json, one of the two.'],
  ]
  it.each(lines)('%s', async (words, line) => {
    const ran = await run(words.split(' '))
    expect([ran.code, ran.out, ran.error]).toEqual([2, '', `${line}\n`])
    expect(readdirSync(folder)).toEqual([]) // and no station was made
  })
})

describe('--help', () => {
  it.each([
    ['station', 'A day at the station'],
    ['station init --folder HERE/s', '--root-out'],
    ['station run --folder HERE/s', '--serial'],
    ['station terminals', '--find'],
    ['station terminals import', 'terminalId'],
    ['station labels --folder HERE/s', '--serial'],
    ['station export', '--out'],
    ['audit', 'verify'],
    ['audit verify', '--public-key'],
    ['audit export', '--csv'],
  ])('shuaka keys %s --help says what it does', async (words, part) => {
    const { code, out } = await run([...words.split(' '), '--help'])
    expect(code).toBe(0)
    expect(out).toContain(part)
  })
})
