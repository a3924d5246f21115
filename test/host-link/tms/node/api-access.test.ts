import { describe, expect, it } from 'vitest'
import { mayDo, USER_ROLES, type UserRole } from '../../../../host-link/tms/access.ts'
import { CALLS, type CallName, routes } from '../../../../host-link/tms/api.ts'
import { type ApiRig, addTerminals, apiRigs, type Input, releaseFile } from './api-rig.ts'

const rigs = apiRigs()
const product = { kind: 'product', name: '' }
const plan = {
  ...{
    name: 'x',
    kind: 'program',
    release: 1,
    dynamic: false,
    waves: 'all',
    ratePerMinute: 0,
    startAt: 0,
    reason: 'r',
  },
  target: { kind: 'filter', text: '' },
  gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 },
  policy: {
    earliest: 0,
    windowFrom: 0,
    windowTo: 0,
    deadline: 0,
    deferrals: 0,
    allowOpenBatch: false,
    automatic: true,
  },
}
const content = { values: {}, locks: [], variables: {} }

/** A request of each kind that is of the right form; what comes of it depends on what there is. */
const right: { readonly [Name in CallName]: Input } = {
  logIn: { body: { name: 'nobody', password: 'xxxxxxxx1' } },
  logOut: {},
  me: {},
  changePassword: { body: { old: 'x', fresh: 'another 1 word' } },
  overview: {},
  terminals: {},
  filterWords: {},
  savedFilters: {},
  saveFilter: { path: 'mine', body: { text: 'model = A8', shared: false } },
  dropFilter: { path: 'mine' },
  terminal: { path: 'T000' },
  addTerminal: { body: { serial: 'T900', model: 'A8' } },
  changeTerminal: { path: 'T000', body: { note: 'x' } },
  retireTerminal: { path: 'T000', body: { reason: 'r' } },
  restoreTerminal: { path: 'T000', body: { reason: 'r' } },
  resetTerminal: { path: 'T000', body: { reason: 'r' } },
  importTerminals: { body: { csv: 'serial\nT000' } },
  terminalEvents: { path: 'T000' },
  terminalParameters: { path: 'T000' },
  groups: {},
  putGroup: { path: 'g', body: { note: '', rule: { kind: 'filter', text: 'model = A8' } } },
  dropGroup: { path: 'g' },
  releases: {},
  release: { path: '1' },
  uploadRelease: { bytes: releaseFile() },
  roots: {},
  addRoot: { bytes: new Uint8Array([1]) },
  logOf: { path: '1' },
  approveRelease: { path: '1', body: { note: '' } },
  withdrawRelease: { path: '9', body: { reason: 'r' } },
  previewDeployment: { body: plan },
  deployments: {},
  deployment: { path: '1' },
  createDeployment: { body: plan },
  submitDeployment: { path: '1' },
  approveDeployment: { path: '1', body: { note: '' } },
  pauseDeployment: { path: '1', body: { reason: 'r' } },
  resumeDeployment: { path: '1' },
  nextWave: { path: '1' },
  abortDeployment: { path: '9', body: { reason: 'r' } },
  retryDeployment: { path: '1', body: {} },
  targets: { path: '1' },
  parameterTable: {},
  layers: {},
  layer: { query: product },
  saveLayer: { query: product, body: { content, effective: 0, waves: 'all', reason: 'r' } },
  dropDraft: { query: product },
  diffLayer: { query: product, body: content },
  publishLayer: { query: product, body: { draft: 1 } },
  approveLayer: { query: product, body: { version: 1, note: '' } },
  rejectLayer: { query: product, body: { version: 1, note: '' } },
  revertLayer: { query: product, body: { version: 1, reason: 'r' } },
  drift: {},
  sendCommand: { body: { serials: ['T000'], order: { kind: 'report' } } },
  commands: { path: 'T000' },
  cancelCommand: { path: '1' },
  alarms: {},
  seeAlarm: { path: '1' },
  audit: {},
  verifyAudit: {},
  users: {},
  addUser: { body: { name: 'Zoe', role: 'viewer', password: 'right horse 7' } },
  changeUser: { path: 'viewer', body: { enabled: true } },
  tokens: {},
  addToken: { body: { name: 'x', role: 'viewer', days: 1 } },
  revokeToken: { path: 'nothing' },
  versions: {},
  failures: {},
  silent: {},
}

/** Things of each kind that requests can be about. */
async function furnished(): Promise<ApiRig> {
  const rig = await rigs('sqlite')
  for (const role of USER_ROLES) await rig.token(role)
  await addTerminals(rig, 2)
  await rig.get('uploadRelease', 'releaser', { bytes: releaseFile() })
  await rig.get('approveRelease', 'approver', { path: '1', body: { note: '' } })
  await rig.get('createDeployment', 'releaser', { body: plan })
  return rig
}

describe('each request × each role', () => {
  it('the table of access says no → 403 and nothing else; says yes → never 401 or 403 but for a second person', async () => {
    const rig = await furnished()
    for (const call of CALLS) {
      const { action } = routes[call]
      expect((await rig.ask(call, undefined, right[call])).status, `${call}, nobody`).toBe(401)
      for (const role of USER_ROLES) {
        const { status, error } = await rig.ask(call, role, right[call])
        const may = action === 'anyone' || action === 'self' || mayDo(role, action)
        if (!may) expect([status, error?.code], `${call}, ${role}`).toEqual([403, 'forbidden'])
        else if (!byToken(call))
          expect(['forbidden', 'notLoggedIn', 'fault'], `${call}, ${role}: ${error?.en}`).not.toContain(
            error?.code,
          )
      }
    }
    expect(rig.faults).toEqual([])
  })

  it('lock and unlock → by who may lock; message and the like → by who may command', async () => {
    const rig = await furnished()
    const send = async (role: UserRole, kind: string, rest: object = {}) =>
      (await rig.ask('sendCommand', role, { body: { serials: ['T000'], order: { kind, ...rest } } })).status
    for (const role of USER_ROLES) {
      expect(await send(role, 'lock', { zh: '停用', en: 'stopped' }), role).toBe(
        mayDo(role, 'lock') ? 200 : 403,
      )
      expect(await send(role, 'report'), role).toBe(mayDo(role, 'command') ? 200 : 403)
    }
  })
})

/** What only a session may do, or what for a token has no meaning. */
const byToken = (call: CallName): boolean => ['logIn', 'changePassword', 'addToken', 'addUser'].includes(call)

describe('wrong input of each request', () => {
  /** Bodies that no request takes, each wrong in its own way. */
  const bodies: readonly unknown[] = [null, 1, 'text', [], true, { nonsense: 1 }, { __proto__x: 1 }]

  it('a body that is no object, or has a name too many → 400 with one sentence, or what the request says of its subject', async () => {
    const rig = await furnished()
    const roleFor = (call: CallName): UserRole =>
      USER_ROLES.find((role) => {
        const { action } = routes[call]
        return action === 'anyone' || action === 'self' || mayDo(role, action)
      }) ?? 'viewer'
    for (const call of CALLS) {
      const { body } = right[call]
      if (body === undefined) continue
      for (const wrong of bodies) {
        const { status, error } = await rig.ask(call, roleFor(call), { ...right[call], body: wrong })
        expect(
          [400, ...(byToken(call) ? [403] : [])],
          `${call} ${JSON.stringify(wrong)}: ${error?.en}`,
        ).toContain(status)
      }
      for (const [name, value] of Object.entries(Object(body)))
        for (const wrong of [
          null,
          {},
          [],
          -1,
          1.5,
          'x'.repeat(20_000),
          '\u0000',
          '\ud800',
          Number.MAX_SAFE_INTEGER,
        ]) {
          if (JSON.stringify(wrong) === JSON.stringify(value)) continue
          const { status, error } = await rig.ask(call, roleFor(call), {
            ...right[call],
            body: { ...Object(body), [name]: wrong },
          })
          expect(status, `${call}.${name} ${JSON.stringify(wrong).slice(0, 40)}: ${error?.en}`).toBeLessThan(
            500,
          )
          if (status !== 200) expect(error?.en, `${call}.${name}`).toMatch(/^[^\n]{1,400}[.。]$/)
          expect(error?.en ?? '').not.toMatch(/ at .*\.ts|undefined|\[object/)
        }
    }
    expect(rig.faults).toEqual([])
  })

  it('wrong paths, questions and methods → 400, 404 or 405', async () => {
    const rig = await furnished()
    for (const call of CALLS) {
      if (call === 'logIn') continue // whoever asks has no question
      const role = 'administrator'
      const unknown = await rig.ask(call, role, {
        ...right[call],
        query: { ...right[call].query, nonsense: '1' },
      })
      expect([400, 403], `${call}: ${unknown.error?.en}`).toContain(unknown.status)
      if (right[call].path === undefined) continue
      for (const path of [
        '',
        '0',
        '-1',
        '1e9',
        '9'.repeat(30),
        '../../etc',
        '%00',
        'ü'.repeat(90),
        '\u0001',
      ]) {
        const { status, error } = await rig.ask(call, role, { ...right[call], path })
        expect(status, `${call} ${path}: ${error?.en}`).toBeLessThan(500)
      }
    }
    const plain = async (method: string, path: string, headers = {}) =>
      (await fetch(`${rig.url}/api/v1${path}`, { method, headers })).status
    expect(await plain('GET', '/nothing')).toBe(404)
    expect(await plain('PATCH', '/terminals')).toBe(405)
    expect(await plain('GET', '/terminals/%')).toBe(404)
    expect(await plain('GET', '/me', { authorization: 'Basic eDp5' })).toBe(401)
    expect(await plain('GET', '/me', { cookie: `shuaka_tms=${'x'.repeat(43)}` })).toBe(401)
    expect(rig.faults).toEqual([])
  })

  it('limits, times and filters that are none → 400 that names the place', async () => {
    const rig = await furnished()
    const at = async (call: CallName, query: Record<string, string>) =>
      (await rig.ask(call, 'administrator', { ...right[call], query })).error?.at
    expect(await at('terminals', { limit: '0' })).toBe('limit')
    expect(await at('terminals', { limit: '501' })).toBe('limit')
    expect(await at('terminals', { filter: 'model =' })).toBe('filter')
    expect(await at('audit', { after: 'x' })).toBe('after')
    expect(await at('targets', { state: 'nonsense' })).toBe('state')
    expect(await at('silent', { days: '0' })).toBe('days')
    const body = { ...plan, policy: { ...plan.policy, windowFrom: 1440 } }
    expect((await rig.ask('createDeployment', 'releaser', { body })).error?.at).toBe('policy.windowFrom')
  })

  it('JSON that is none, too large, or of another type → 400, 413, 415', async () => {
    const rig = await furnished()
    const authorization = `Bearer ${await rig.token('operator')}`
    const post = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
      (
        await fetch(`${rig.url}/api/v1/terminals`, {
          method: 'POST',
          body,
          headers: { authorization, 'content-type': type },
        })
      ).status
    expect(await post('{')).toBe(400)
    expect(await post(new Uint8Array([0x22, 0xff, 0x22]))).toBe(400)
    expect(await post('{}', 'text/plain')).toBe(415)
    expect(await post(new Uint8Array(12_000_001))).toBe(413)
  })
})
