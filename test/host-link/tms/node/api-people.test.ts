import { describe, expect, it } from 'vitest'
import { FAILURES_MAX, LOCK_SECONDS } from '../../../../host-link/tms/node/people.ts'
import { SESSION_IDLE, SESSION_MAX } from '../../../../host-link/tms/node/people-sessions.ts'
import { type ApiRig, apiRigs, KINDS, PASSWORD } from './api-rig.ts'

const rigs = apiRigs()

async function logIn(rig: ApiRig, name: string, password = PASSWORD) {
  return rig.ask('logIn', undefined, { body: { name, password } })
}
const withCookie = (rig: ApiRig, cookie: string | undefined) => ({
  cookie: (cookie ?? '').split(';')[0] ?? '',
  origin: rig.url,
})

describe.each(KINDS.filter(({ skip }) => !skip))('log-in 登录 on $title', ({ kind }) => {
  it('the right password → a cookie for this site alone, and who it is', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'releaser')
    const { status, body, cookie } = await logIn(rig, 'anna')
    expect(status).toBe(200)
    expect(body.name).toBe('Anna')
    expect(cookie).toMatch(/^shuaka_tms=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    const me = await rig.ask('me', undefined, { headers: withCookie(rig, cookie) })
    expect(me.body).toMatchObject({ name: 'Anna', role: 'releaser', by: 'session' })
    const [row] = await rig.database.reads.query('SELECT digest FROM tms_session')
    expect(cookie).not.toContain(String(row?.[0]))
  })

  it('five wrong passwords in a row → locked for 15 minutes, also for the right one; then free', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    for (let at = 1; at < FAILURES_MAX; at++)
      expect((await logIn(rig, 'Anna', 'wrong word 9')).status).toBe(401)
    expect((await logIn(rig, 'Anna', 'wrong word 9')).status).toBe(423)
    expect((await logIn(rig, 'Anna')).status).toBe(423)
    rig.clock.now += LOCK_SECONDS - 1
    expect((await logIn(rig, 'Anna')).status).toBe(423)
    rig.clock.now += 1
    expect((await logIn(rig, 'Anna')).status).toBe(200)
  })

  it('the right password on the fifth try → in, and the count begins anew', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    for (let round = 0; round < 2; round++) {
      for (let at = 1; at < FAILURES_MAX; at++) await logIn(rig, 'Anna', 'wrong word 9')
      expect((await logIn(rig, 'Anna')).status).toBe(200)
    }
  })

  it('twenty guesses at once → five are looked at, and the right one among the rest is refused', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const guesses = Array.from({ length: 12 }, (_, at) => (at === 11 ? PASSWORD : `wrong word ${at}`))
    const answers = await Promise.all(guesses.map((guess) => logIn(rig, 'Anna', guess)))
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toEqual([])
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(FAILURES_MAX - 1)
  })

  it('a name that nobody has → the same answer as a wrong password, and the audit does not repeat it', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const [nobody, wrong] = [await logIn(rig, 'my secret 123'), await logIn(rig, 'Anna', 'wrong word 9')]
    expect(nobody.error).toEqual(wrong.error)
    const [row] = await rig.database.reads.query(`SELECT record FROM tms_audit WHERE number = 1`)
    expect(String(row?.[0])).not.toContain('secret')
    expect(String(row?.[0])).toContain('"why":"name"')
  })

  it('a session that is not used for half an hour, or is 12 hours old → over', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const { cookie } = await logIn(rig, 'Anna')
    const ask = () => rig.ask('me', undefined, { headers: withCookie(rig, cookie) })
    rig.clock.now += SESSION_IDLE
    expect((await ask()).status).toBe(200)
    rig.clock.now += SESSION_IDLE + 1
    expect((await ask()).status).toBe(401)
    const second = await logIn(rig, 'Anna')
    const from = rig.clock.now
    while (rig.clock.now + SESSION_IDLE <= from + SESSION_MAX) {
      rig.clock.now += SESSION_IDLE
      await rig.ask('me', undefined, { headers: withCookie(rig, second.cookie) })
    }
    rig.clock.now += 1
    expect((await rig.ask('me', undefined, { headers: withCookie(rig, second.cookie) })).status).toBe(401)
  })

  it('log-out → the cookie is gone and worth nothing', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const { cookie } = await logIn(rig, 'Anna')
    const out = await rig.ask('logOut', undefined, { headers: withCookie(rig, cookie) })
    expect(out.cookie).toContain('Max-Age=0')
    expect((await rig.ask('me', undefined, { headers: withCookie(rig, cookie) })).status).toBe(401)
  })

  it('another role, a new password or an end of the account → the sessions are over', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    for (const change of [{ role: 'operator' }, { enabled: false }, { password: 'quite another 5' }]) {
      const { cookie } = await logIn(rig, 'Anna')
      const headers = await rig.session('administrator')
      expect((await rig.ask('changeUser', undefined, { path: 'Anna', body: change, headers })).status).toBe(
        200,
      )
      expect((await rig.ask('me', undefined, { headers: withCookie(rig, cookie) })).status).toBe(401)
      await rig.get('changeUser', 'administrator', { path: 'Anna', body: { enabled: true } })
    }
  })

  it('a user that an administrator made → nothing works before the password is changed', async () => {
    const rig = await rigs(kind)
    await rig.ask('addUser', undefined, {
      body: { name: '王芳', role: 'operator', password: PASSWORD },
      headers: await rig.session('administrator'),
    })
    const { cookie, body } = await logIn(rig, '王芳')
    expect(body.mustChange).toBe(true)
    const headers = withCookie(rig, cookie)
    expect((await rig.ask('terminals', undefined, { headers })).status).toBe(403)
    const fresh = 'another 安全 word'
    expect(
      (await rig.ask('changePassword', undefined, { headers, body: { old: PASSWORD, fresh } })).status,
    ).toBe(200)
    expect((await rig.ask('terminals', undefined, { headers })).status).toBe(200)
    expect((await logIn(rig, '王芳')).status).toBe(401)
    expect((await logIn(rig, '王芳', fresh)).status).toBe(200)
  })

  it('a password set with a token, of oneself or another → refused, and nobody can come in by it', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const password = 'of a stolen token 9'
    for (const path of ['administrator', 'Anna'])
      expect(
        (await rig.ask('changeUser', 'administrator', { path, body: { password } })).error,
      ).toMatchObject({ code: 'forbidden', en: 'A token cannot set a password: log in.' })
    const body = { name: 'Mallory', role: 'administrator', password }
    expect((await rig.ask('addUser', 'administrator', { body })).status).toBe(403)
    for (const name of ['administrator', 'Anna', 'Mallory'])
      expect((await logIn(rig, name, password)).status).toBe(401)
  })

  it('a password that an administrator gives → the tokens that were made with the old one are over', async () => {
    const rig = await rigs(kind)
    const bearer = { authorization: `Bearer ${await rig.token('viewer')}` }
    expect((await rig.ask('me', undefined, { headers: bearer })).status).toBe(200)
    const headers = await rig.session('administrator')
    const body = { password: 'given by another 5' }
    const { body: view } = await rig.ask('changeUser', undefined, { path: 'viewer', body, headers })
    expect(view.tokens).toBe(0)
    const { body: own, cookie } = await logIn(rig, 'viewer', body.password)
    expect(own.mustChange).toBe(true)
    const change = { headers: withCookie(rig, cookie), body: { old: body.password, fresh: 'of my own 123' } }
    expect((await rig.ask('changePassword', undefined, change)).status).toBe(200)
    expect((await rig.ask('me', undefined, { headers: bearer })).status).toBe(401)
  })

  it('a changed password → the other sessions of the person are over, this one goes on', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const [first, second] = [await logIn(rig, 'Anna'), await logIn(rig, 'Anna')]
    const body = { old: PASSWORD, fresh: 'another safe word' }
    await rig.ask('changePassword', undefined, { headers: withCookie(rig, first.cookie), body })
    expect((await rig.ask('me', undefined, { headers: withCookie(rig, first.cookie) })).status).toBe(200)
    expect((await rig.ask('me', undefined, { headers: withCookie(rig, second.cookie) })).status).toBe(401)
  })

  it('the last administrator → cannot be made anything else or shut out', async () => {
    const rig = await rigs(kind)
    await rig.token('administrator')
    for (const body of [{ role: 'viewer' }, { enabled: false }])
      expect((await rig.ask('changeUser', 'administrator', { path: 'administrator', body })).status).toBe(409)
  })

  it('a name that differs by case alone, or one of the service → refused', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'viewer')
    const headers = await rig.session('administrator')
    const add = (name: string) =>
      rig.ask('addUser', undefined, { body: { name, role: 'viewer', password: PASSWORD }, headers })
    expect((await add('ANNA')).status).toBe(409)
    expect((await add('policy')).status).toBe(400)
    expect((await add('Service')).status).toBe(400)
    expect((await add('Berta ')).status).toBe(400)
  })
})

describe.each(KINDS.filter(({ skip }) => !skip))('tokens 令牌 on $title', ({ kind }) => {
  it('made in a session → shown once, kept as a digest, good until it expires', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'releaser')
    const { cookie } = await logIn(rig, 'Anna')
    const made = await rig.ask('addToken', undefined, {
      headers: withCookie(rig, cookie),
      body: { name: 'ci', role: 'viewer', days: 2 },
    })
    const bearer = { authorization: `Bearer ${made.body.token}` }
    const list = await rig.ask('tokens', undefined, { headers: bearer })
    expect(list.body).toHaveLength(1)
    expect(JSON.stringify(list.body)).not.toContain(made.body.token)
    const [row] = await rig.database.reads.query('SELECT digest, id FROM tms_token')
    expect(made.body.token).not.toContain(String(row?.[0]))
    expect((await rig.ask('me', undefined, { headers: bearer })).body).toMatchObject({
      name: 'Anna',
      role: 'viewer',
      by: 'token',
    })
    rig.clock.now += 2 * 86_400
    expect((await rig.ask('me', undefined, { headers: bearer })).status).toBe(401)
  })

  it('of a role beyond one’s own → refused; by a token → refused', async () => {
    const rig = await rigs(kind)
    await rig.user('Anna', 'operator')
    const { cookie } = await logIn(rig, 'Anna')
    const headers = withCookie(rig, cookie)
    for (const role of ['releaser', 'approver', 'administrator'])
      expect(
        (await rig.ask('addToken', undefined, { headers, body: { name: 'x', role, days: 1 } })).status,
        role,
      ).toBe(403)
    expect(
      (await rig.ask('addToken', 'operator', { body: { name: 'x', role: 'viewer', days: 1 } })).status,
    ).toBe(403)
    expect(
      (await rig.ask('changePassword', 'operator', { body: { old: PASSWORD, fresh: 'another 1 word' } }))
        .status,
    ).toBe(403)
  })

  it('whose owner has less rights now → has no more than the owner', async () => {
    const rig = await rigs(kind)
    await rig.token('operator')
    const body = { serial: 'T1', model: 'A8' }
    expect((await rig.ask('addTerminal', 'operator', { body })).status).toBe(200)
    await rig.get('changeUser', 'administrator', { path: 'operator', body: { role: 'viewer' } })
    expect((await rig.ask('addTerminal', 'operator', { body: { ...body, serial: 'T2' } })).status).toBe(403)
    await rig.get('changeUser', 'administrator', { path: 'operator', body: { enabled: false } })
    expect((await rig.ask('terminals', 'operator')).status).toBe(401)
  })

  it('revoked by its owner or an administrator → worth nothing; by another → not found', async () => {
    const rig = await rigs(kind)
    await rig.token('operator')
    const [mine] = await rig.get('tokens', 'operator')
    const path = mine?.id ?? ''
    expect((await rig.ask('revokeToken', 'viewer', { path })).status).toBe(404)
    expect((await rig.ask('revokeToken', 'administrator', { path })).body).toMatchObject({ state: 'revoked' })
    expect((await rig.ask('me', 'operator')).status).toBe(401)
  })
})

describe('who may ask at all 来源', () => {
  it('another site’s page, another name, a session without an origin → told nothing', async () => {
    const rig = await rigs('sqlite')
    await rig.user('Anna', 'viewer')
    const { cookie } = await logIn(rig, 'Anna')
    const mine = withCookie(rig, cookie)
    const ask = (headers: Record<string, string>) =>
      rig.ask('me', undefined, { headers: { ...mine, ...headers } })
    expect((await ask({})).status).toBe(200)
    expect((await ask({ origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await rig.ask('logOut', undefined, { headers: { cookie: mine.cookie } })).status).toBe(403)
    const form = await fetch(`${rig.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ name: 'Anna', password: PASSWORD }),
    })
    expect(form.status).toBe(415)
  })
})
