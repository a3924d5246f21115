import { describe, expect, it } from 'vitest'
import { addTerminals, apiRigs, KINDS, NOW, releaseFile } from './api-rig.ts'
import { NOW_POLICY, newDeployment } from './rig.ts'

const rigs = apiRigs()
const plan = (deadline: number) => ({
  ...{ name: 'x', kind: 'program', release: 1, dynamic: false, waves: 'all', ratePerMinute: 0, startAt: 0 },
  target: { kind: 'filter', text: '' },
  gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 },
  policy: { ...NOW_POLICY, deadline },
  reason: 'new',
})

describe.each(KINDS.filter(({ skip }) => !skip))('a deadline 截止 that has passed, on $title', ({ kind }) => {
  async function rigWith() {
    const rig = await rigs(kind)
    const serials = await addTerminals(rig, 2)
    await rig.get('uploadRelease', 'releaser', { bytes: releaseFile() })
    await rig.get('approveRelease', 'approver', { path: '1', body: { note: '' } })
    return { rig, serials }
  }

  it('in a plan, on the second itself → refused with its place, in a preview too, and nothing is made', async () => {
    const { rig, serials } = await rigWith()
    for (const call of ['previewDeployment', 'createDeployment'] as const)
      for (const deadline of [NOW, NOW - 1, 1]) {
        const { status, error } = await rig.ask(call, 'releaser', { body: plan(deadline) })
        expect([status, error?.at, error?.en]).toEqual([
          400,
          'policy.deadline',
          'policy.deadline: it has passed.',
        ])
      }
    const wanted = newDeployment(1, { policy: { ...NOW_POLICY, deadline: NOW } })
    expect(await rig.store.createDeployment(wanted, { serials }, NOW)).toMatchObject({ kind: 'refused' })
    expect(await rig.get('deployments', 'viewer')).toEqual([])
    expect((await rig.ask('createDeployment', 'releaser', { body: plan(NOW + 1) })).status).toBe(200)
  })

  it('meanwhile, before it was handed in or agreed to → refused in one sentence, and it stays as it was', async () => {
    const { rig } = await rigWith()
    for (const path of ['1', '2']) {
      await rig.get('createDeployment', 'releaser', { body: plan(NOW + 60) })
      if (path === '2') await rig.get('submitDeployment', 'releaser', { path })
    }
    rig.clock.now = NOW + 60
    for (const [call, who, path, state] of [
      ['submitDeployment', 'releaser', '1', 'draft'],
      ['approveDeployment', 'approver', '2', 'waitingApproval'],
    ] as const) {
      const body = call === 'approveDeployment' ? { note: '' } : {}
      const { status, error } = await rig.ask(call, who, { path, body })
      expect([status, error?.en]).toEqual([
        409,
        expect.stringMatching(/^The deadline has passed: make another/),
      ])
      expect((await rig.get('deployment', 'viewer', { path })).row.state).toBe(state)
    }
    expect(
      (await rig.get('abortDeployment', 'approver', { path: '2', body: { reason: 'late' } })).row.state,
    ).toBe('aborted')
  })
})
