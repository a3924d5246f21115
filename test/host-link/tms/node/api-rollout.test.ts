import { describe, expect, it } from 'vitest'
import { type ApiRig, addTerminals, apiRigs, KINDS, NOW, releaseFile, reportFrom } from './api-rig.ts'

const rigs = apiRigs()
const plan = (change: object = {}) => ({
  ...{
    name: '1.2.0 to all',
    kind: 'program',
    release: 1,
    dynamic: false,
    waves: [10, 50],
    ratePerMinute: 0,
    startAt: 0,
    reason: 'new',
  },
  target: { kind: 'filter', text: 'merchant = 898100000000001' },
  gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 },
  policy: {
    earliest: 0,
    windowFrom: 1320,
    windowTo: 330,
    deadline: 0,
    deferrals: 3,
    allowOpenBatch: false,
    automatic: true,
  },
  ...change,
})

async function approved(rig: ApiRig, version = '1.2.0'): Promise<void> {
  const { row } = await rig.get('uploadRelease', 'releaser', { bytes: releaseFile(version) })
  await rig.get('approveRelease', 'approver', { path: String(row.id), body: { note: 'read it' } })
}

describe.each(KINDS.filter(({ skip }) => !skip))('releases 版本 on $title', ({ kind }) => {
  it('signed by enough → a draft, approved by another person alone, then withdrawn', async () => {
    const rig = await rigs(kind)
    const { row, signatures, threshold, mayApprove } = await rig.get('uploadRelease', 'releaser', {
      bytes: releaseFile(),
    })
    expect(row).toMatchObject({ id: 1, version: '1.2.0', state: 'draft', uploadedBy: 'releaser' })
    expect([signatures.map(({ valid }) => valid), threshold, mayApprove]).toEqual([[true, true], 2, 'role'])
    await rig.database.write(({ run }) =>
      run(`UPDATE tms_user SET role = 'approver' WHERE name = 'releaser'`),
    )
    const { cookie } = await rig.ask('logIn', undefined, {
      body: { name: 'releaser', password: 'right horse 7' },
    })
    const headers = { cookie: (cookie ?? '').split(';')[0] ?? '', origin: rig.url }
    const own = await rig.ask('approveRelease', undefined, { path: '1', body: { note: '' }, headers })
    expect([own.status, own.error?.code]).toEqual([403, 'secondPerson'])
    const yes = await rig.get('approveRelease', 'approver', { path: '1', body: { note: 'read it' } })
    expect(yes.row.state).toBe('approved')
    expect(yes.approvals).toMatchObject([{ by: 'approver', verdict: 'approved', note: 'read it' }])
    const gone = await rig.get('withdrawRelease', 'approver', { path: '1', body: { reason: 'bad' } })
    expect(gone.row).toMatchObject({ state: 'withdrawn', withdrawnBy: 'approver' })
  })

  it.each([
    ['one signature of two', releaseFile('1.2.0', 1), /1 right signatures of the 2/],
    ['no signature', releaseFile('1.2.0', 0), /not signed/],
    ['another tenant', releaseFile('1.2.0', 2, { tenant: 'other' }), /tenant other/],
    ['expired', releaseFile('1.2.0', 2, { expires: 1_000 }), /expired/],
    ['a counter below the floor', releaseFile('1.2.0', 2, { counter: 1 }), /below the floor 2/],
    ['no release at all', new Uint8Array([1, 2, 3]), /no release/],
  ])('%s → refused in one sentence, and nothing is kept', async (_, bytes, why) => {
    const rig = await rigs(kind)
    const { status, error } = await rig.ask('uploadRelease', 'releaser', { bytes })
    expect([400, 409]).toContain(status)
    expect(error?.en).toMatch(why)
    expect(await rig.get('releases', 'viewer')).toEqual([])
  })
})

describe.each(KINDS.filter(({ skip }) => !skip))('deployments 下发 on $title', ({ kind }) => {
  it('preview → terminals by wave, those it cannot be for with their code, those that have it; nothing is written', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 20)
    await rig.get('addTerminal', 'operator', {
      body: { serial: 'X1', model: 'B2', merchant: '898100000000001' },
    })
    await approved(rig)
    const preview = await rig.get('previewDeployment', 'releaser', { body: plan() })
    expect(preview).toMatchObject({
      terminals: 20,
      alreadyThere: 0,
      refused: [{ code: 3, terminals: 1, examples: ['X1'] }],
    })
    expect(preview.waves.map(({ terminals }) => terminals)).toEqual([2, 8, 10])
    expect(await rig.get('deployments', 'viewer')).toEqual([])
  })

  it.each([
    ['earliest', NOW],
    ['windowFrom', 60],
    ['windowTo', 60],
    ['deadline', NOW],
    ['deferrals', 1],
    ['allowOpenBatch', true],
    ['automatic', false],
  ])('parameters with %s, which no terminal would look at → 400, and its place', async (name, value) => {
    const rig = await rigs(kind)
    const any = { earliest: 0, deadline: 0, windowFrom: 0, windowTo: 0, deferrals: 0 }
    const policy = { ...any, allowOpenBatch: false, automatic: true, [name]: value }
    const body = { ...plan(), kind: 'parameters', release: 0, policy }
    for (const call of ['createDeployment', 'previewDeployment'] as const) {
      const { status, error } = await rig.ask(call, 'releaser', { body })
      expect([status, error?.at, error?.en]).toEqual([
        400,
        `policy.${name}`,
        expect.stringMatching(/parameters come into force/),
      ])
    }
  })

  it('made, handed in, approved by another, paused, resumed, next wave, aborted → each step where it is possible', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 10)
    await approved(rig)
    const made = await rig.get('createDeployment', 'releaser', { body: plan() })
    expect(made.row).toMatchObject({ id: 1, state: 'draft', terminals: 10, waves: 3 })
    expect(made.plan.reason).toBe('new')
    expect(made.steps).toEqual(['submit', 'abort'])
    const path = '1'
    expect((await rig.ask('pauseDeployment', 'operator', { path, body: { reason: 'x' } })).status).toBe(409)
    expect((await rig.get('submitDeployment', 'releaser', { path })).row.state).toBe('waitingApproval')
    const yes = await rig.get('approveDeployment', 'approver', { path, body: { note: 'ok' } })
    expect(yes.row.state).toBe('scheduled')
    expect(yes.approvals).toMatchObject([{ by: 'approver', note: 'ok' }])
    expect(
      (await rig.get('abortDeployment', 'approver', { path, body: { reason: 'wrong' } })).row,
    ).toMatchObject({ state: 'aborted' })
    const { rows, total } = await rig.get('targets', 'viewer', { path, query: { limit: '3' } })
    expect([rows.length, total, rows[0]?.state]).toEqual([3, 10, 'cancelled'])
  })

  it('approved by who handed it in → refused, also where another made it', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 3)
    await approved(rig)
    await rig.get('createDeployment', 'releaser', { body: plan() })
    await rig.get('submitDeployment', 'releaser 2', { path: '1' })
    await rig.database.write(({ run }) =>
      run(`UPDATE tms_user SET role = 'approver' WHERE name LIKE 'releaser%'`),
    )
    for (const name of ['releaser', 'releaser 2']) {
      const { cookie } = await rig.ask('logIn', undefined, { body: { name, password: 'right horse 7' } })
      const headers = { cookie: (cookie ?? '').split(';')[0] ?? '', origin: rig.url }
      expect(
        (await rig.ask('approveDeployment', undefined, { path: '1', body: { note: '' }, headers })).error
          ?.code,
        name,
      ).toBe('secondPerson')
    }
  })

  it('of a release that is a draft or withdrawn, to a group that is none, to nobody → refused', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 2)
    await rig.get('uploadRelease', 'releaser', { bytes: releaseFile() })
    const ask = async (change: object = {}) =>
      (await rig.ask('createDeployment', 'releaser', { body: plan(change) })).status
    expect(await ask()).toBe(409)
    await rig.get('approveRelease', 'approver', { path: '1', body: { note: '' } })
    expect(await ask({ target: { kind: 'group', name: 'nobody' } })).toBe(404)
    expect(await ask({ target: { kind: 'list', serials: ['NOBODY'] } })).toBe(409)
    expect(await ask({ target: { kind: 'filter', text: 'model = B2' } })).toBe(409)
    expect(await ask({ release: 7 })).toBe(404)
    expect(await ask()).toBe(200)
  })

  it('why a terminal waits → what it says, and what the service knows', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await approved(rig)
    await rig.get('createDeployment', 'releaser', { body: plan({ waves: 'all' }) })
    const waiting = async () => (await rig.get('targets', 'viewer', { path: '1' })).rows[0]?.waiting
    expect(await waiting()).toEqual(['wave', 'offline'])
    await rig.database.write(({ run }) =>
      run(`UPDATE target SET state = 'armed', waiting = 3 WHERE serial = ?`, [serial]),
    )
    await rig.database.write(({ run }) => run(`UPDATE terminal SET online = 1 WHERE serial = ?`, [serial]))
    expect(await waiting()).toEqual(['batch', 'window'])
    const { waves } = await rig.get('deployment', 'viewer', { path: '1' })
    expect(waves[0]).toMatchObject({ byState: { armed: 1 }, byWaiting: { batch: 1, window: 1 } })
  })
})

describe.each(KINDS.filter(({ skip }) => !skip))('what else the console asks on $title', ({ kind }) => {
  it('a dry run of each change → its answer, and nothing is written, nobody is told', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 2)
    await approved(rig)
    const count = async () => (await rig.get('audit', 'approver')).total
    const headers = await rig.session('administrator')
    const [before, woken] = [await count(), rig.woken()]
    const dry = { dryRun: '1' }
    const made = await rig.get('createDeployment', 'releaser', { body: plan(), query: dry })
    expect(made.row.terminals).toBe(2)
    const layer = { kind: 'terminal', name: 'T000', ...dry }
    const body = {
      content: { values: { locale: 'en' }, locks: [], variables: {} },
      effective: 0,
      waves: 'all',
      reason: 'r',
    }
    expect((await rig.get('saveLayer', 'operator', { query: layer, body })).draft?.version).toBe(1)
    await rig.get('addTerminal', 'operator', { body: { serial: 'T9', model: 'A8' }, query: dry })
    await rig
      .get('sendCommand', 'operator', { body: { filter: '', order: { kind: 'report' } }, query: dry })
      .catch(() => undefined)
    await rig.get('importTerminals', 'operator', { body: { csv: '序列号,型号\nT8,A8\n' }, query: dry })
    await rig.ask('addUser', undefined, {
      headers,
      body: { name: 'Zoe', role: 'viewer', password: 'right horse 7' },
      query: dry,
    })
    expect([await count(), rig.woken()]).toEqual([before, woken])
    expect(await rig.get('deployments', 'viewer')).toEqual([])
    expect((await rig.get('terminals', 'viewer')).total).toBe(2)
    expect((await rig.ask('terminals', 'viewer', { query: dry })).status).toBe(400)
  })

  it('every change → a record in the same transaction; what was refused leaves none', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 1)
    const refused = await rig.ask('addTerminal', 'operator', { body: { serial: 'T000', model: 'A8' } })
    expect(refused.status).toBe(409)
    const { rows } = await rig.get('audit', 'approver', { query: { subject: 'terminal T000' } })
    expect(rows.map(({ event, who, token }) => [event, who, token])).toEqual([
      ['terminalAdded', 'operator', 'test'],
    ])
  })

  it('the chain → whole; a row changed, deleted or cut by force → refused by the database; past that → found', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 3)
    expect(await rig.get('verifyAudit', 'approver')).toMatchObject({ kind: 'whole', records: 3 })
    for (const sql of [`UPDATE tms_audit SET who = 'x'`, 'DELETE FROM tms_audit WHERE number = 2'])
      await expect(rig.database.write(({ run }) => run(sql))).rejects.toThrow(/append-only/)
    const drop =
      kind === 'sqlite' ? 'DROP TRIGGER tms_audit_update' : 'ALTER TABLE tms_audit DISABLE TRIGGER USER'
    await rig.database.write(({ run }) => run(drop))
    await rig.database.write(({ run }) => run(`UPDATE tms_audit SET who = 'Eve' WHERE number = 2`))
    expect(await rig.get('verifyAudit', 'approver')).toMatchObject({ kind: 'broken', record: 2 })
    await rig.database.write(({ run }) =>
      run(`UPDATE tms_audit SET who = 'operator', record = replace(record, 'T001', 'T009') WHERE number = 2`),
    )
    expect(await rig.get('verifyAudit', 'approver')).toMatchObject({
      kind: 'broken',
      record: 2,
      why: 'it was changed',
    })
  })

  it('twenty changes at once → twenty records, one chain', async () => {
    const rig = await rigs(kind)
    await rig.token('operator')
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        rig.get('addTerminal', 'operator', { body: { serial: `P${at}`, model: 'A8' } }),
      ),
    )
    expect(await rig.get('verifyAudit', 'approver')).toMatchObject({ kind: 'whole', records: 20 })
  })

  it('import → all or nothing, by line; what is there is changed, what is the same stays', async () => {
    const rig = await rigs(kind)
    const run = async (csv: string) => rig.get('importTerminals', 'operator', { body: { csv } })
    const first = await run(
      '\uFEFFserial,model,merchant,labels,address\r\nT1,A8,898,pilot;own,"上海, 南京路"\r\nT2,A8,898,,\r\n',
    )
    expect(first).toMatchObject({ added: 2, changed: 0, wrong: [] })
    expect(first.passwords).toHaveLength(2)
    expect((await rig.get('terminal', 'viewer', { path: 'T1' })).asset).toMatchObject({
      labels: ['pilot', 'own'],
      address: '上海, 南京路',
    })
    expect(await run('序列号,商户编号\nT1,898\nT2,899\n')).toMatchObject({ added: 0, changed: 1, same: 1 })
    for (const [csv, line] of [
      ['serial,nonsense\nT3,x\n', 1],
      ['model\nA8\n', 1],
      ['serial,model\nT3,A8\nT 4,A8\n', 3],
      ['serial,model\nT3,A8\nT3,A8\n', 3],
      ['serial,model\nT3,A8,x\n', 2],
      ['serial,model\nT3,"A8\n', 2],
      ['serial,model,zoneMinutes\nT3,A8,east\n', 2],
    ] as const) {
      const { wrong } = await run(csv)
      expect(wrong[0]?.line, csv).toBe(line)
    }
    expect(
      (await rig.ask('importTerminals', 'operator', { body: { csv: 'serial,merchant\nT5,898\n' } })).error
        ?.en,
    ).toMatch(/Line 2: the model/)
    expect((await rig.get('terminals', 'viewer')).total).toBe(2)
  })

  it('the terminal page → versions, batch, check values, comms and commands, as it reported them', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await rig.get('putGroup', 'operator', {
      path: '试点',
      body: { note: '', rule: { kind: 'filter', text: 'model = A8' } },
    })
    await reportFrom(rig, serial)
    const sent = await rig.get('sendCommand', 'operator', {
      body: { filter: 'model = A8', order: { kind: 'message', number: 3, zh: '你好', en: 'hello' } },
    })
    expect(sent.commands).toHaveLength(1)
    const detail = await rig.get('terminal', 'viewer', { path: serial })
    expect(detail).toMatchObject({
      ...{ groups: ['试点'], batch: { number: 7, count: 2 }, runtime: 'quickjs' },
      slots: [{ place: 'a', version: '1.0.0', running: true }],
      checkValues: [{ slot: '0', values: ['A1B2C3', '', '', ''] }],
      commands: [
        {
          kind: 'message',
          order: { kind: 'message', number: 3, zh: '你好', en: 'hello' },
          state: 'waiting',
          by: 'operator',
        },
      ],
      row: { version: '1.0.0', batchOpen: true },
    })
  })

  it('saved filters → one’s own and those that others share', async () => {
    const rig = await rigs(kind)
    await rig.get('saveFilter', 'operator', { path: 'mine', body: { text: 'model = A8', shared: false } })
    await rig.get('saveFilter', 'operator', { path: 'ours', body: { text: 'drift > 0', shared: true } })
    expect((await rig.get('savedFilters', 'viewer')).map(({ name }) => name)).toEqual(['ours'])
    expect((await rig.get('savedFilters', 'operator')).map(({ name }) => name)).toEqual(['mine', 'ours'])
    expect((await rig.ask('dropFilter', 'viewer', { path: 'ours' })).status).toBe(404)
  })

  it('silent terminals → not those that are new, those that are there, or retired', async () => {
    const rig = await rigs(kind)
    const [first = '', second = '', third = ''] = await addTerminals(rig, 3)
    expect((await rig.get('silent', 'viewer')).rows).toEqual([])
    rig.clock.now += 8 * 86_400
    await reportFrom(rig, second)
    await rig.get('retireTerminal', 'operator', { path: third, body: { reason: 'sold' } })
    const { rows, total } = await rig.get('silent', 'viewer')
    expect([rows, total]).toMatchObject([[{ serial: first, days: 8 }], 1])
  })
})
