import { describe, expect, it } from 'vitest'
import { addTerminals, apiRigs, KINDS } from './api-rig.ts'

const rigs = apiRigs()
const query = { kind: 'product', name: '' }

describe.each(KINDS.filter(({ skip }) => !skip))(
  'new parameters that follow from data, on $title',
  ({ kind }) => {
    /** Two terminals that go by a layer of the product, where the merchant's name is. */
    async function fleet(parameters: 'always' | 'shared' | 'never') {
      const rig = await rigs(kind, { parameters: 'never' })
      await addTerminals(rig, 2)
      const content = { values: { merchantName: '#{merchantName}' }, locks: [], variables: {} }
      const body = { content, reason: 'names', effective: 0, waves: 'all' }
      const { draft } = await rig.get('saveLayer', 'operator', { query, body })
      await rig.get('publishLayer', 'operator', {
        query,
        body: { draft: draft?.version },
      })
      rig.policy.parameters = parameters
      const states = async () => (await rig.store.deployments()).map(({ state }) => state)
      const run = (csv: string) => rig.get('importTerminals', 'operator', { body: { csv } })
      return { rig, states, run }
    }

    it('an import that changes two terminals → waits for another person; who imported cannot agree', async () => {
      const { rig, states, run } = await fleet('shared')
      const { waits } = await run('serial,merchantName\nT000,甲\nT001,乙\n')
      expect(waits).toEqual({ deployments: [2], terminals: 2 })
      expect(await states()).toEqual(['waitingApproval', 'scheduled'])
      await rig.database.write(({ run: set }) =>
        set(`UPDATE tms_user SET role = 'approver' WHERE name = 'operator'`),
      )
      const own = await rig.ask('approveDeployment', undefined, {
        path: '2',
        body: { note: '' },
        headers: await rig.session('operator'),
      })
      expect(own.error?.code).toBe('secondPerson')
      await rig.get('approveDeployment', 'approver', { path: '2', body: { note: '' } })
      // What the set before would have brought is out of date with it.
      expect(await states()).toEqual(['scheduled', 'aborted'])
    })

    it.each([
      ['shared', 'one terminal of an import', 'scheduled'],
      ['never', 'two terminals of an import', 'scheduled'],
      ['always', 'one terminal of an import', 'waitingApproval'],
      ['shared', 'one terminal, by hand', 'scheduled'],
      ['always', 'one terminal, by hand', 'waitingApproval'],
    ] as const)('%s, %s → %s', async (policy, what, state) => {
      const { rig, states, run } = await fleet(policy)
      if (what === 'one terminal, by hand')
        await rig.get('changeTerminal', 'operator', { path: 'T000', body: { merchantName: '甲' } })
      else {
        const { waits } = await run(
          `serial,merchantName\nT000,甲\n${what.startsWith('two') ? 'T001,乙\n' : ''}`,
        )
        expect(waits === undefined).toBe(state === 'scheduled')
      }
      expect((await states())[0]).toBe(state)
    })
  },
)
