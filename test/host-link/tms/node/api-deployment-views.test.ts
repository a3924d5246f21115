import { describe, expect, it } from 'vitest'
import { addTerminals, apiRigs, KINDS, NOW, releaseFile } from './api-rig.ts'
import { NOW_POLICY } from './rig.ts'

const rigs = apiRigs()
const plan = {
  ...{ name: 'x', kind: 'program', release: 1, dynamic: false, waves: 'all', ratePerMinute: 0, startAt: 0 },
  target: { kind: 'filter', text: '' },
  gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 },
  ...{ policy: NOW_POLICY, reason: 'new' },
}

describe.each(KINDS.filter(({ skip }) => !skip))('the time to 95 % 用时 on $title', ({ kind }) => {
  it('is from the start to the confirmation of the 19th of 20; the last one is not waited for', async () => {
    const rig = await rigs(kind)
    const serials = await addTerminals(rig, 20)
    await rig.get('uploadRelease', 'releaser', { bytes: releaseFile() })
    await rig.get('approveRelease', 'approver', { path: '1', body: { note: '' } })
    await rig.get('createDeployment', 'releaser', { body: plan })
    const taken = async () => (await rig.get('deployment', 'viewer', { path: '1' })).secondsTo95
    await rig.database.write(({ run }) =>
      run(`UPDATE deployment SET state = 'running', started_at = ?`, [NOW]),
    )
    for (const [at, serial] of serials.entries()) {
      expect(await taken()).toBe(at < 19 ? undefined : 190)
      await rig.database.write(({ run }) =>
        run(`UPDATE target SET state = 'confirmed', ended_at = ? WHERE serial = ?`, [
          NOW + 10 * (at + 1),
          serial,
        ]),
      )
    }
    expect(await taken()).toBe(190)
  })
})
