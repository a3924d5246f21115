import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask, createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pagePart } from '../../../../host-link/tms/node/page-part.ts'

let folder = ''
const servers: Server[] = []
const ports: { [path: string]: number } = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-served-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<p>console</p>')
  writeFileSync(join(folder, '.secret'), 'no')
  writeFileSync(join(folder, 'assets', 'a.js'), 'let a')
  for (const path of ['/', '/tms/']) {
    const part = pagePart({ folder, path, names: ['tms.example'] })
    const server = createServer((request, response) => {
      void part(request, response).then((ours) => {
        if (!ours) response.writeHead(404).end('not ours')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    ports[path] = typeof address === 'object' && address ? address.port : 0
    servers.push(server)
  }
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: string
}

/** As it is: `fetch` would mend the path and name the host. */
function get(path: string, { under = '/', host = '', method = 'GET' } = {}): Promise<Answer> {
  const port = ports[under]
  return new Promise((resolve, reject) => {
    const headers = { host: host === '' ? `127.0.0.1:${port}` : host }
    const sent = ask({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          ...{ status: response.statusCode ?? 0, headers: response.headers },
          body: Buffer.concat(parts).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('serving the console page', () => {
  it('its files, with a policy that lets in nothing from elsewhere and shows it in no frame', async () => {
    const { status, body, headers } = await get('/')
    expect([status, body]).toEqual([200, '<p>console</p>'])
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    )
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect((await get('/assets/a.js')).body).toBe('let a')
  })
  it('hidden files, paths out of the folder, other methods → not its own', async () => {
    for (const path of [
      '/.secret',
      '/%2esecret',
      '/../package.json',
      '/%2e%2e/package.json',
      '/nothing',
      '/assets/../.secret',
    ])
      expect((await get(path)).body, path).toBe('not ours')
    expect((await get('/', { method: 'POST' })).status).toBe(404)
  })
  it('under a name that is not ours → 403; under one that was given, and localhost → 200', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(403)
    expect((await get('/', { host: 'tms.example' })).status).toBe(200)
    expect((await get('/', { host: 'localhost:8100' })).status).toBe(200)
  })
  it('below a path of its own → there and nowhere else', async () => {
    expect((await get('/tms/', { under: '/tms/' })).body).toBe('<p>console</p>')
    expect((await get('/tms/assets/a.js', { under: '/tms/' })).body).toBe('let a')
    expect((await get('/tms', { under: '/tms/' })).headers.location).toBe('/tms/')
    expect((await get('/', { under: '/tms/' })).body).toBe('not ours')
    expect((await get('/assets/a.js', { under: '/tms/' })).body).toBe('not ours')
  })
})
