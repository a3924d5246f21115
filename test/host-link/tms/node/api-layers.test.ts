import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MASKED } from '../../../../host-link/tms/api-parameters.ts'
import { LEAD } from '../../../../host-link/tms/node/api-documents.ts'
import { readEnvelope, signedBytes } from '../../../../host-link/wire/tms/envelope.ts'
import { decodeParameterSet } from '../../../../host-link/wire/tms/parameter-set.ts'
import { ed25519Verify } from '../../../../keys/ed25519.ts'
import { parameterRow } from '../../../../terminal/parameter/table.ts'
import { type ApiRig, addTerminals, apiRigs, KINDS, NOW, reportFrom } from './api-rig.ts'
import { TENANT, testSigners } from './rig.ts'

const rigs = apiRigs()
const product = { kind: 'product', name: '' }
const store = { kind: 'store', name: '898100000000001/0001' }
const draft = (values: object, more: object = {}, rest: object = {}) => ({
  content: { values, locks: [], variables: {}, ...more },
  ...{ effective: 0, waves: 'all', reason: 'test', ...rest },
})

async function save(
  rig: ApiRig,
  query: Record<string, string>,
  body: object,
  who = 'operator',
): Promise<number> {
  return (await rig.get('saveLayer', who, { query, body })).draft?.version ?? 0
}

/** Saved, handed in by one person and agreed to by another. */
async function publish(rig: ApiRig, query: Record<string, string>, body: object): Promise<void> {
  const version = await save(rig, query, body)
  const { draft: handed } = await rig.get('publishLayer', 'operator', { query, body: { draft: version } })
  if (handed?.state === 'waiting')
    await rig.get('approveLayer', 'approver', { query, body: { version, note: '' } })
}

/** The newest document of a terminal, its signature checked. */
async function documentsOf(rig: ApiRig, serial: string) {
  const rows = await rig.database.reads.query(
    'SELECT envelope FROM tms_document WHERE serial = ? ORDER BY pseq',
    [serial],
  )
  return rows.map(([bytes]) => {
    const envelope = readEnvelope(new Uint8Array(bytes as Uint8Array), 16_384)
    const { publicKey, kid } = testSigners().parameters
    const [signature] = envelope.signatures
    expect(Buffer.from(signature?.kid ?? []).equals(Buffer.from(kid))).toBe(true)
    expect(
      ed25519Verify(publicKey, signedBytes('parameters', envelope.payload), signature?.signature ?? kid),
    ).toBe(true)
    return { ...decodeParameterSet(envelope.payload), bytes: new Uint8Array(bytes as Uint8Array) }
  })
}
const numberOf = (name: string): number => parameterRow(name)?.number ?? 0

describe.each(KINDS.filter(({ skip }) => !skip))('parameter layers 参数层 on $title', ({ kind }) => {
  it('published with a second person → a signed set for each terminal, bound to it, and a deployment that brings it', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 2)
    await publish(
      rig,
      product,
      draft({ locale: 'en', autoSignOn: false, merchantName: '#{merchantName} #{sn}' }),
    )
    const [first] = await documentsOf(rig, serial)
    expect(first).toMatchObject({
      serial,
      tenant: TENANT,
      seq: NOW,
      effective: 0,
      drift: 0,
      schema: 1,
      base: null,
      created: NOW,
    })
    expect(first?.values).toEqual(
      new Map<number, number | string>([
        [numberOf('locale'), 'en'],
        [numberOf('autoSignOn'), 0],
        [numberOf('merchantName'), `老王面馆 ${serial}`],
      ]),
    )
    const [deployment] = await rig.get('deployments', 'viewer')
    expect(deployment).toMatchObject({
      kind: 'parameters',
      state: 'scheduled',
      terminals: 2,
      createdBy: 'operator',
    })
    const [target] = await rig.store.targetsOf(serial)
    expect(target?.object).toBe(
      createHash('sha256')
        .update(first?.bytes ?? '')
        .digest('hex'),
    )
    expect(rig.woken()).toBeGreaterThan(0)
  })

  it('published again with nothing changed for a terminal → no new set for it, and its number stays', async () => {
    const rig = await rigs(kind)
    const [serial = '', other = ''] = await addTerminals(rig, 2)
    await publish(rig, product, draft({ locale: 'en' }))
    await publish(rig, { kind: 'terminal', name: other }, draft({ noticeSeconds: 9 }))
    await publish(rig, product, draft({ locale: 'en' }))
    expect((await documentsOf(rig, serial)).map(({ seq }) => seq)).toEqual([NOW])
    const sets = await documentsOf(rig, other)
    expect(sets.map(({ seq }) => seq)).toEqual([NOW, NOW + 1])
    expect(
      Buffer.from(sets[1]?.base ?? []).equals(
        createHash('sha256')
          .update(sets[0]?.bytes ?? '')
          .digest(),
      ),
    ).toBe(true)
  })

  it('by whom it was written, saved before or handed in → cannot approve it; nor can a draft that changed meanwhile', async () => {
    const rig = await rigs(kind, { parameters: 'always' })
    const first = await save(rig, product, draft({ locale: 'en' }), 'operator 2')
    const second = await save(rig, product, draft({ locale: 'zh' }), 'operator')
    expect(
      (await rig.ask('publishLayer', 'operator', { query: product, body: { draft: first } })).status,
    ).toBe(404)
    await rig.get('publishLayer', 'operator 3', { query: product, body: { draft: second } })
    for (const name of ['operator', 'operator 2', 'operator 3']) {
      await rig.get('changeUser', 'administrator', { path: name, body: { role: 'approver' } })
      // Their tokens are of an operator: they come with a session.
      const { cookie } = await rig.ask('logIn', undefined, { body: { name, password: 'right horse 7' } })
      const headers = { cookie: (cookie ?? '').split(';')[0] ?? '', origin: rig.url }
      const body = { version: second, note: '' }
      const { status, error } = await rig.ask('approveLayer', undefined, { query: product, body, headers })
      expect([status, error?.code], name).toEqual([403, 'secondPerson'])
    }
    expect((await rig.get('layer', 'approver 2', { query: product })).mayApprove).toBe('yes')
  })

  it('policy: shared layers want a second person, one terminal does not; always: both; never: neither', async () => {
    for (const [parameters, forProduct, forTerminal] of [
      ['shared', 'waiting', 'published'],
      ['always', 'waiting', 'waiting'],
      ['never', 'published', 'published'],
    ] as const) {
      const rig = await rigs(kind, { parameters })
      await addTerminals(rig, 1)
      for (const [query, wanted] of [
        [product, forProduct],
        [{ kind: 'terminal', name: 'T000' }, forTerminal],
      ] as const) {
        const version = await save(rig, query, draft({ locale: 'en' }))
        const detail = await rig.get('publishLayer', 'operator', { query, body: { draft: version } })
        expect(detail.history[0]?.state, `${parameters} ${query.kind}`).toBe(wanted)
      }
    }
  })

  it('a key locked above → refused with layer and key when saved; flagged and ignored where it is older', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await publish(rig, store, draft({ locale: 'en' }))
    const { flags, findings, changed } = await rig.get('diffLayer', 'viewer', {
      query: product,
      body: { values: { locale: 'zh' }, locks: ['locale'], variables: {} },
    })
    expect([findings, changed]).toEqual([[], 1])
    expect(flags[0]?.en).toBe(
      'layer store:898100000000001/0001: locale does not count, the layer product locked it',
    )
    await publish(rig, product, draft({ locale: 'zh' }, { locks: ['locale'] }))
    const [, set] = await documentsOf(rig, serial)
    expect(set?.values.get(numberOf('locale'))).toBe('zh')
    const { rows } = await rig.get('terminalParameters', 'viewer', { path: serial })
    expect(rows.find(({ key }) => key === 'locale')).toMatchObject({
      value: 'zh',
      lockedBy: product,
      overrides: [{ layer: store, locked: true }],
    })
    const refused = await rig.ask('saveLayer', 'operator', { query: store, body: draft({ locale: 'en' }) })
    expect(refused.status).toBe(409)
    expect(refused.error?.findings?.[0]).toMatchObject({ problem: 'locked', key: 'locale', layer: store })
  })

  it('a wrong value, or a variable that a terminal has not → nothing is saved; the findings name layer, key and terminal', async () => {
    const rig = await rigs(kind)
    await addTerminals(rig, 1, { terminalId: '' })
    for (const values of [
      { noticeSeconds: 0 },
      { nonsense: true },
      { merchantName: '#{tid}' },
      { merchantName: '#{nobody}' },
    ]) {
      const { status, error } = await rig.ask('saveLayer', 'operator', {
        query: product,
        body: draft(values),
      })
      expect([status, error?.at], JSON.stringify(values)).toEqual([409, Object.keys(values)[0]])
    }
    expect((await rig.get('layer', 'viewer', { query: product })).history).toEqual([])
  })

  it('G08 a backup from before the last set is put back → the next set has a number above it all the same', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await publish(rig, product, draft({ locale: 'en' }))
    const [seen] = await documentsOf(rig, serial)
    await rig.database.write(({ run }) => run('DELETE FROM tms_document'))
    rig.clock.now += 60
    await publish(rig, product, draft({ locale: 'zh' }))
    expect((await documentsOf(rig, serial))[0]?.seq).toBeGreaterThan(seen?.seq ?? Number.MAX_VALUE)
  })

  it('an effective time ahead → the sets are of that time, and are sent out some hours before; until then the old ones count', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await publish(rig, product, draft({ locale: 'en' }))
    const at = NOW + 10 * 86_400
    await publish(rig, product, draft({ locale: 'zh' }, {}, { effective: at }))
    const sets = await documentsOf(rig, serial)
    expect(sets.map(({ seq, effective }) => [seq, effective])).toEqual([
      [NOW, 0],
      [NOW + 1, at],
    ])
    const { startAt } = (await rig.store.deployments())[0] ?? {}
    expect(startAt).toBe(at - LEAD)
    const localeNow = async () =>
      (await rig.get('terminalParameters', 'viewer', { path: serial })).rows.find(
        ({ key }) => key === 'locale',
      )?.value
    expect(await localeNow()).toBe('en')
    // A change of now: the set of the time ahead comes again, with a number above it.
    await publish(rig, store, draft({ noticeSeconds: 7 }))
    expect(
      (await documentsOf(rig, serial))
        .slice(2)
        .map(({ seq, effective, values }) => [seq, effective, values.get(numberOf('locale'))]),
    ).toEqual([
      [NOW + 2, 0, 'en'],
      [NOW + 3, at, 'zh'],
    ])
    rig.clock.now = at
    expect(await localeNow()).toBe('zh')
  })

  it('history and revert → an old version published again; the versions between stay to be read', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await publish(rig, product, draft({ locale: 'en' }))
    await publish(rig, product, draft({ locale: 'zh' }))
    const reverted = await rig.get('revertLayer', 'operator', {
      query: product,
      body: { version: 1, reason: 'too early' },
    })
    expect(reverted.draft).toMatchObject({
      version: 3,
      content: { values: { locale: 'en' } },
      reason: 'too early',
    })
    await rig.get('publishLayer', 'operator', { query: product, body: { draft: 3 } })
    await rig.get('approveLayer', 'approver', { query: product, body: { version: 3, note: 'ok' } })
    const { history } = await rig.get('layer', 'viewer', { query: product })
    expect(history.map(({ version, state }) => [version, state])).toEqual([
      [3, 'published'],
      [2, 'superseded'],
      [1, 'superseded'],
    ])
    expect((await documentsOf(rig, serial)).at(-1)).toMatchObject({ seq: NOW + 2 })
  })

  it('rejected, or taken back by its author → nothing is published, and a new draft can be made', async () => {
    const rig = await rigs(kind)
    for (const end of ['reject', 'drop'] as const) {
      const version = await save(rig, product, draft({ locale: 'en' }))
      await rig.get('publishLayer', 'operator', { query: product, body: { draft: version } })
      expect(
        (await rig.ask('rejectLayer', 'operator', { query: product, body: { version, note: '' } })).status,
      ).toBe(403)
      if (end === 'reject')
        await rig.get('rejectLayer', 'approver', { query: product, body: { version, note: 'no' } })
      else await rig.get('dropDraft', 'operator', { query: product })
      const detail = await rig.get('layer', 'viewer', { query: product })
      expect([detail.published, detail.history[0]?.state]).toEqual([undefined, 'rejected'])
    }
  })

  it('a password variable → masked in every answer and in the audit, kept when the mask comes back, in the set as it is', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    const variables = { wifi: { kind: 'password', value: 'hunter22' } }
    const body = draft({ merchantName: 'x #{wifi}' }, { variables })
    const version = await save(rig, product, body)
    const masked = { wifi: { kind: 'password', value: MASKED } }
    const again = await save(rig, product, draft({ merchantName: 'y #{wifi}' }, { variables: masked }))
    expect(again).toBe(version + 1)
    await rig.get('publishLayer', 'operator', { query: product, body: { draft: again } })
    await rig.get('approveLayer', 'approver', { query: product, body: { version: again, note: '' } })
    const shown = [
      await rig.get('layer', 'viewer', { query: product }),
      await rig.get('terminalParameters', 'viewer', { path: serial }),
      await rig.get('audit', 'approver'),
      await rig.get('diffLayer', 'viewer', {
        query: product,
        body: { values: {}, locks: [], variables: {} },
      }),
    ]
    expect(JSON.stringify(shown)).not.toContain('hunter22')
    expect((await documentsOf(rig, serial))[0]?.values.get(numberOf('merchantName'))).toBe('y hunter22')
  })

  it('a terminal that moves to another store → a new set by its new layers, at once', async () => {
    const rig = await rigs(kind)
    const [serial = ''] = await addTerminals(rig, 1)
    await publish(rig, { kind: 'store', name: '898100000000001/0002' }, draft({ noticeSeconds: 8 }))
    expect(await documentsOf(rig, serial)).toEqual([])
    await rig.get('changeTerminal', 'operator', { path: serial, body: { store: '0002' } })
    expect((await documentsOf(rig, serial))[0]?.values.get(numberOf('noticeSeconds'))).toBe(8)
  })

  it('what the terminal reports → same, waiting or drift for each key, and the list of drift', async () => {
    const rig = await rigs(kind)
    const [serial = '', quiet = ''] = await addTerminals(rig, 2)
    await publish(rig, product, draft({ locale: 'en' }))
    const row = async (path: string) =>
      (await rig.get('terminalParameters', 'viewer', { path })).rows.find(({ key }) => key === 'locale')
        ?.reported
    expect(await row(serial)).toBe('unknown')
    await reportFrom(rig, serial)
    expect(await row(serial)).toBe('waiting')
    const [set] = await documentsOf(rig, serial)
    const hash = new Uint8Array(
      createHash('sha256')
        .update(set?.bytes ?? '')
        .digest(),
    )
    await reportFrom(rig, serial, {
      parameters: { pseq: NOW, hash, drift: ['locale'], code: 0, refused: null },
    })
    expect(await row(serial)).toBe('drift')
    expect((await rig.get('drift', 'viewer')).rows).toMatchObject([
      { serial, names: ['locale'], wanted: NOW, reported: NOW },
    ])
    expect(await row(quiet)).toBe('unknown')
    const { rows } = await rig.get('terminals', 'viewer')
    expect(rows.map(({ parameters }) => parameters.upToDate)).toEqual([true, false])
  })
})
