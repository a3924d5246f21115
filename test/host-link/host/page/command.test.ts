import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator } from '../../../../scripts/emulator.ts'

const SHUAKA = fileURLToPath(new URL('../../../../scripts/shuaka.mjs', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-web-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function started(words: readonly string[]) {
  const child = spawn(process.execPath, [SHUAKA, 'host', ...words], { cwd: folder })
  let out = ''
  let error = ''
  child.stdout.setEncoding('utf8').on('data', (part) => {
    out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part) => {
    error += part
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(out)
        if (match) resolve(match)
      }
      child.stdout.on('data', look)
      void ended.then((code) => reject(new Error(`ended with ${code}: ${error}`)))
      look()
    })
  return { child, ended, says, error: () => error }
}

describe('shuaka host --web', () => {
  it('serves the page beside the host, says where, and ends with it', async () => {
    const host = started(['--listen', 'tcp://127.0.0.1:0', '--db', 'books.db', '--web', '127.0.0.1:0'])
    const [, url = ''] = await host.says(/clearing page: (\S+)/)
    expect(await (await fetch(url)).text()).toContain('<div id="app">')
    const state = await (await fetch(new URL('api/state', url))).json()
    expect(state).toMatchObject({ cutOver: '23:00' })
    expect(state.latest).toBeUndefined()
    expect(state.merchants).toContainEqual({ merchant: '898320153110001', name: '示例家居广场' })
    host.child.kill('SIGINT')
    expect(await host.ended).toBe(0)
  })
  it('without --db → one sentence, exit code 2', async () => {
    const host = started(['--web', '127.0.0.1:0'])
    expect(await host.ended).toBe(2)
    expect(host.error().trim()).toBe('host: --web shows books that are kept; give them with --db.')
  })
  it('--names without it → one sentence, exit code 2', async () => {
    const host = started(['--listen', 'tcp://127.0.0.1:0', '--db', 'named.db', '--names', 'till.lan'])
    expect(await host.ended).toBe(2)
    expect(host.error().trim()).toBe('host: --names are of the page; give it with --web.')
    expect(existsSync(join(folder, 'named.db'))).toBe(false)
  })
  it('an address that is none → one sentence, exit code 1, and the host has ended too', async () => {
    const host = started(['--listen', 'tcp://127.0.0.1:0', '--db', 'other.db', '--web', 'here'])
    expect(await host.ended).toBe(1)
    expect(host.error()).toContain('shuaka: here: an address like 127.0.0.1:8090 is wanted.')
  })
})

describe('an address that other machines reach', () => {
  it('→ one line of warning: the page asks nobody who he is', async () => {
    const host = started(['--listen', 'tcp://127.0.0.1:0', '--db', 'third.db', '--web', '0.0.0.0:0'])
    const [, port] = await host.says(/clearing page: http:\/\/0\.0\.0\.0:(\d+)/)
    expect((await fetch(`http://127.0.0.1:${port}/api/state`)).status).toBe(200)
    expect(host.error()).toContain(
      'warning: 0.0.0.0:0 is no loopback address, and the page asks nobody who he is',
    )
    host.child.kill('SIGINT')
    expect(await host.ended).toBe(0)
  })
})

describe('the emulator at /clearing', () => {
  it('serves the same page of its own books, behind the same guards', async () => {
    const emulator = await startEmulator({ port: 0, db: join(folder, 'emulator.db') })
    const fetched = (path: string, headers = {}) => fetch(new URL(path, emulator.url), { headers })
    const page = await fetched('clearing')
    expect([page.status, page.url]).toEqual([200, new URL('clearing/', emulator.url).href])
    expect(await page.text()).toContain('清算')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect((await fetched('clearing/api/state')).headers.get('content-type')).toContain('application/json')
    expect((await fetched('clearing/api/state', { origin: 'http://shop.example' })).status).toBe(403)
    expect((await fetched('clearing/api/day?date=x')).status).toBe(400)
    expect((await fetched('clearing/none')).status).toBe(404)
    await emulator.close()
  })
})
