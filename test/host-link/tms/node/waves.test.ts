import { afterAll, describe, expect, test } from 'vitest'
import { handRig } from './hand-rig.ts'
import { DATABASES, databases } from './places.ts'
import { NOW_POLICY, rollOut, serialOf, testRelease } from './rig.ts'

const at = databases()
afterAll(() => at.remove())
const DAY = 86_400
const SERIALS = Array.from({ length: 20 }, (_, number) => serialOf(number))

describe.each(DATABASES.filter(({ skipped }) => !skipped))('waves 波次 on $title', ({ database: kind }) => {
  async function firstWave(deadline = 0) {
    const rig = await handRig(await at.address(kind), SERIALS)
    const release = testRelease('2.0.0', 2_000)
    const { deployment } = await rollOut(rig.store, release, SERIALS, {
      waves: [50],
      gate: { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: DAY },
      policy: { ...NOW_POLICY, deadline: deadline === 0 ? 0 : rig.clock.now + deadline },
    })
    await rig.step()
    const page = await rig.store.targets({ deployment, wave: 0, limit: 100 })
    const [dead = '', late = '', ...good] = page.rows.map(({ serial }) => serial)
    for (const serial of [late, ...good]) await rig.greet(serial)
    await rig.away(late)
    const begun = async () =>
      (await rig.store.deployment(deployment))?.waves.map(({ state }) => state).join(' ')
    return { rig, release, deployment, dead, late, good, begun }
  }

  test('two of ten are away → the others are waited for and bake; then the next wave begins', async () => {
    const { rig, release, good, late, begun } = await firstWave()
    await rig.step()
    expect(await begun()).toBe('running waiting')
    for (const serial of good.slice(1)) await rig.runs(serial, release) // one is there and was not told yet
    rig.clock.now += 2 * DAY
    await rig.step()
    expect(await begun()).toBe('running waiting')
    await rig.tell()
    await rig.step()
    expect(await begun()).toBe('passed running')
    await rig.greet(late)
    expect((await rig.tell()).get(late)?.program).not.toBeNull() // it is told when it comes
    await rig.close()
  })

  test('who comes back one after the other does not begin the bake time anew; nobody passes before it', async () => {
    const { rig, release, good, late, begun } = await firstWave()
    await rig.tell()
    rig.clock.now += 1_000
    for (const serial of good) await rig.runs(serial, release)
    rig.clock.now += DAY - 1
    await rig.step()
    expect(await begun()).toBe('baking waiting')
    await rig.greet(late)
    await rig.tell()
    await rig.runs(late, release)
    rig.clock.now += 1
    await rig.step()
    expect(await begun()).toBe('passed running')
    await rig.close()
  })

  test('past its deadline by a day → who has not taken it is expired, with an alarm and no pause; the deployment is finished', async () => {
    const { rig, release, deployment, good, dead, late } = await firstWave(10 * DAY)
    await rig.tell()
    for (const serial of good) await rig.runs(serial, release)
    rig.clock.now += 11 * DAY - 1
    await rig.step()
    expect((await rig.store.deployment(deployment))?.state).toBe('running')
    rig.clock.now += 1
    expect(await rig.step()).toEqual([
      expect.stringMatching(/^rollout: the deadline has passed, not updated: 12$/),
    ])
    expect(await rig.store.deployment(deployment)).toMatchObject({
      state: 'finished',
      reason: expect.stringMatching(/12$/),
    })
    const states = await rig.states(deployment)
    expect([states[dead], states[late], states[good[0] ?? '']]).toEqual(['expired', 'expired', 'confirmed'])
    expect(await rig.store.alarms(5)).toHaveLength(1)
    await rig.greet(late)
    expect((await rig.tell()).get(late)?.program).toBeNull()
    await rig.runs(late, release) // it had it already, and what runs is the truth
    expect((await rig.states(deployment))[late]).toBe('confirmed')
    await rig.close()
  })
})
