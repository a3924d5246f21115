import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromHex } from '../../../../keys/hex.ts'
import { sealSecret } from '../../../../keys/station/page/seal.ts'
import { joinSecrets } from '../../../../keys/station/page/secrets.ts'
import { STATION_PAGE_FOLDER } from '../../../../scripts/build-page.ts'
import { startStationPage } from '../../../../scripts/keys-station-page.ts'
import { AN, BO, both, COMPONENTS, enrolTwo, fresh, logInTwo, PASS_AN, PASS_BO, utf8 } from '../rig.ts'
import { type StationBench, stationBench } from './bench.ts'

let bench: StationBench
let cookie = ''
beforeAll(async () => {
  bench = await stationBench()
  await enrolTwo(bench.station)
  cookie = await entered()
})
afterAll(() => bench?.close())

/** Opens the link of the console, as a browser does for the first time. */
async function entered(headers: { readonly [name: string]: string } = {}): Promise<string> {
  const response = await fetch(bench.page.url, { redirect: 'manual', headers })
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/')
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

const ask = (path: string, headers: { readonly [name: string]: string } = {}) =>
  fetch(`${bench.origin}/${path}`, { headers: { cookie, ...headers } })
const order = (name: string, body: BodyInit, headers: { readonly [name: string]: string } = {}) =>
  fetch(`${bench.origin}/api/${name}`, {
    method: 'POST',
    body,
    headers: { cookie, origin: bench.origin, ...headers },
  })
const json = async (response: Response): Promise<{ readonly [name: string]: unknown }> => {
  const value: unknown = await response.json()
  return value !== null && typeof value === 'object' ? { ...value } : {}
}

async function sealed(
  name: string,
  values: { readonly [name: string]: string },
  ...secrets: readonly Uint8Array[]
): Promise<Response> {
  const key = String((await json(await ask('api/seal'))).key)
  return order(
    `${name}?${new URLSearchParams({ ...values, key })}`,
    Uint8Array.from(sealSecret(joinSecrets(secrets), key)),
  )
}

describe('the session of a browser', () => {
  it('the link gives a cookie that no script reads and no other site sends', async () => {
    const response = await fetch(bench.page.url, { redirect: 'manual' })
    expect(response.headers.get('set-cookie')).toMatch(
      /^shuaka-station-\d+=[0-9A-F]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    if (bench.station.view().state !== 'open') await logInTwo(bench.station)
  })
  it('without it, or with a wrong one → 401 for questions and orders, and nothing is told', async () => {
    for (const wrong of [
      '',
      'shuaka-station=1',
      cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ]) {
      expect((await ask('api/state', { cookie: wrong })).status).toBe(401)
      expect((await ask('api/seal', { cookie: wrong })).status).toBe(401)
      const closed = await order('close', '{}', { cookie: wrong })
      expect([closed.status, await closed.json()]).toEqual([
        401,
        { error: 'The session of this browser is over.' },
      ])
    }
    expect(bench.station.view().state).toBe('open')
  })
  it('a wrong link → 403 and no cookie', async () => {
    const response = await fetch(`${bench.origin}/?enter=${'0'.repeat(32)}`, { redirect: 'manual' })
    expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null])
  })
  it('the same browser opens the link again → it keeps its session, nobody is logged out', async () => {
    expect(await entered({ cookie })).toBe('')
    expect((await ask('api/state')).status).toBe(200)
    expect(bench.station.view().state).toBe('open')
  })
  it('another browser opens the link → the first one is out, and both people are logged out', async () => {
    const first = cookie
    cookie = await entered()
    expect((await ask('api/state', { cookie: first })).status).toBe(401)
    expect((await ask('api/state')).status).toBe(200)
    expect(bench.station.view().people.filter((person) => person.loggedIn)).toEqual([])
    await logInTwo(bench.station)
  })
})

describe('who may ask', () => {
  it('another page → 403, whatever its cookie; an order that does not say where it comes from → 403', async () => {
    expect((await ask('api/state', { origin: 'http://shop.example' })).status).toBe(403)
    expect((await ask('api/state', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await order('close', '{}', { origin: 'http://shop.example' })).status).toBe(403)
    expect((await order('close', '{}', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    const silent = await fetch(`${bench.origin}/api/close`, {
      method: 'POST',
      body: '{}',
      headers: { cookie },
    })
    expect(silent.status).toBe(403)
    expect(bench.station.view().state).toBe('open')
  })
  it('another name for this machine → 403', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(bench.origin)
      const headers = { host: `shop.example:${port}`, cookie }
      get({ host: '127.0.0.1', port, path: '/api/state', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(403)
  })
  it('every answer: no script and no style in its text, nothing from elsewhere, no frame, no referrer', async () => {
    for (const path of ['', 'api/state', 'api/none', 'none']) {
      const { headers } = await ask(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
  it('hidden files, other methods, what is too long, no JSON → 404, 405, 413, 400 in one sentence', async () => {
    expect((await ask('.git/config')).status).toBe(404)
    expect((await ask('%2egit/config')).status).toBe(404)
    expect((await fetch(bench.origin, { method: 'PUT' })).status).toBe(405)
    expect((await fetch(bench.origin, { method: 'POST', body: '' })).status).toBe(405)
    expect((await order('reject', 'not JSON')).status).toBe(400)
    expect((await order('nothing', '{}')).status).toBe(404)
    expect((await ask('api/nothing')).status).toBe(404)
    expect((await ask('api/audit-file?format=pdf')).status).toBe(400)
    const long = await order('component?name=x&key=1', new Uint8Array(30_000)).catch(() => undefined)
    expect(long?.status ?? 413).toBe(413)
  })
  it('an address that others can reach → one sentence, exit code 2, nothing is opened', async () => {
    for (const web of [
      '0.0.0.0:0',
      '[::]:0',
      '192.168.1.2:0',
      'shop.example:0',
      '127.0.0.1',
      '127.0.0.1:70000',
    ]) {
      const options = {
        web,
        station: bench.station,
        folder: STATION_PAGE_FOLDER,
        clock: { nowMs: () => 0 },
        random: fresh,
      }
      await expect(startStationPage(options)).rejects.toMatchObject({
        exitCode: 2,
        message: `keys station: --web ${web}: an address of this machine alone is wanted, as 127.0.0.1:8091`,
      })
    }
  })
})

describe('orders', () => {
  it('a secret that was sealed once cannot be sent again: its key is forgotten', async () => {
    bench.station.logOut(AN)
    const key = String((await json(await ask('api/seal'))).key)
    const body = Uint8Array.from(sealSecret(joinSecrets([utf8(PASS_AN)]), key))
    const question = `login?${new URLSearchParams({ name: AN, key })}`
    expect((await order(question, body)).status).toBe(200)
    bench.station.logOut(AN)
    const again = await order(question, body)
    expect([again.status, await again.json()]).toEqual([
      400,
      { error: 'That was not sealed for this station; try again.' },
    ])
    await logInTwo(bench.station)
  })
  it('a secret in clear where a sealed one is wanted → 400', async () => {
    const response = await order(`login?${new URLSearchParams({ name: AN, key: '00' })}`, PASS_AN)
    expect(response.status).toBe(400)
  })
  it('a refusal of the station → 409 with its reason, which does not repeat what was typed', async () => {
    await bench.station.beginKey({ label: 'ZMK', algorithm: 'AES', components: 2 }, both())
    const short = await sealed('component', { name: AN }, utf8(COMPONENTS[0].slice(0, 60)), utf8(PASS_AN))
    const text = await short.text()
    expect([short.status, JSON.parse(text).why]).toEqual([409, 'componentHex'])
    expect(text).not.toContain(COMPONENTS[0].slice(0, 8))
    bench.station.cancelKey()
  })
  it('components that are not of a person who is here, or of the same person twice → refused', async () => {
    const values = { label: 'ZMK', algorithm: 'AES', bytes: 32, components: 2 }
    const key = { ...values, bytes: '32', components: '2', first: AN, second: BO }
    expect((await order('check-key', JSON.stringify(values))).status).toBe(200)
    expect((await json(await sealed('key', key, utf8(PASS_AN), utf8(PASS_AN)))).why).toBe('credentials')
    expect((await sealed('key', key, utf8(PASS_AN), utf8(PASS_BO))).status).toBe(200)
    const given = await sealed('component', { name: AN }, utf8(COMPONENTS[0]), utf8(PASS_AN))
    expect(await given.json()).toEqual({ checkValue: '2E45586F3F' })
    expect((await sealed('confirm', { name: AN }, utf8(PASS_AN))).status).toBe(200)
    const twice = await sealed('component', { name: AN }, utf8(COMPONENTS[1]), utf8(PASS_AN))
    expect((await json(twice)).why).toBe('sameCustodian')
    const nobody = await sealed('component', { name: 'Nobody' }, utf8(COMPONENTS[1]), utf8(PASS_AN))
    expect((await json(nobody)).why).toBe('notLoggedIn')
    const forBo = await sealed('component', { name: BO }, utf8(COMPONENTS[1]), utf8(PASS_AN))
    expect((await json(forBo)).why).toBe('credentials')
    await sealed('component', { name: BO }, utf8(COMPONENTS[1]), utf8(PASS_BO))
    expect((await json(await sealed('confirm', { name: BO }, utf8(PASS_AN)))).why).toBe('credentials')
    const made = await sealed('confirm', { name: BO }, utf8(PASS_BO))
    expect(await made.json()).toEqual({ checkValue: bench.station.view().zmk?.checkValue })
  })
  it('a person is enrolled and dismissed by the passphrases of two, and by no others; too few secrets → 400', async () => {
    const two = { first: AN, second: BO }
    const cai = { name: 'Cai Yu', role: 'operator', ...two }
    const fresh = () => utf8('third passphrase')
    expect((await json(await sealed('enrol', cai, fresh()))).why).toBe('twoPeople')
    expect((await sealed('enrol', cai, fresh(), utf8(PASS_AN))).status).toBe(400)
    expect((await json(await sealed('enrol', cai, fresh(), utf8(PASS_AN), utf8(PASS_AN)))).why).toBe(
      'credentials',
    )
    expect((await sealed('enrol', cai, fresh(), utf8(PASS_AN), utf8(PASS_BO))).status).toBe(200)
    expect((await order('dismiss', JSON.stringify(cai))).status).toBe(400)
    expect((await sealed('dismiss', cai, utf8(PASS_AN))).status).toBe(400)
    expect((await sealed('dismiss', cai, utf8(PASS_AN), utf8(PASS_BO))).status).toBe(200)
    expect(bench.station.view().people.map(({ name }) => name)).toEqual([AN, BO])
  })
  it('orders with values that are none → 400, and nothing happens', async () => {
    for (const [name, values] of [
      ['check-key', { label: 'x', algorithm: 'SM4', bytes: 16, components: 2 }],
      ['check-key', { label: 'x', algorithm: 'AES', bytes: 8, components: 2 }],
      ['check-key', { label: 'x', algorithm: 'AES', bytes: 32, components: 4 }],
      ['again', { serial: 'A' }],
      ['line', { kind: 'serial', address: '/etc/passwd' }],
      ['line', { kind: 'serial', address: '/dev/../etc/passwd' }],
      ['line', { kind: 'tcp', address: 'nowhere' }],
      ['line', { kind: 'pipe', address: '127.0.0.1:1' }],
    ] as const)
      expect([values, (await order(name, JSON.stringify(values))).status]).toEqual([values, 400])
    expect(bench.station.view().lines).toEqual([])
  })
  it('the state is read each second and is no activity: the idle time goes on', async () => {
    bench.clock.ms += 1_000
    const before = bench.station.view().session?.idleEndsMs
    bench.clock.ms += 60_000
    for (const question of ['api/state', 'api/terminals', 'api/audit', 'api/seal']) await ask(question)
    expect(bench.station.view().session?.idleEndsMs).toBe(before)
    bench.clock.ms += 10 * 60_000
    expect((await json(await ask('api/state'))).view).toMatchObject({ state: 'closed' })
    await logInTwo(bench.station)
  })
  it('no answer holds a passphrase, a component, or what they were sealed to', async () => {
    const texts = await Promise.all(
      ['state', 'terminals', 'audit', 'audit-file?format=csv', 'audit-file?format=json'].map(
        async (question) => (await ask(`api/${question}`)).text(),
      ),
    )
    const all = texts.join('\n')
    for (const secret of [PASS_AN, PASS_BO, ...COMPONENTS]) {
      expect(all).not.toContain(secret)
      expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20))
    }
    for (const component of COMPONENTS)
      expect(all).not.toContain(Buffer.from(fromHex(component)).toString('base64').slice(0, 20))
    expect(all).toContain('componentConfirmed')
  })
})
