import { afterAll, describe, expect, test } from 'vitest'
import { bytesOfHex } from '../../../../host-link/wire/bytes.ts'
import { CODE } from '../../../../host-link/wire/tms/codes.ts'
import { type HandRig, handRig } from './hand-rig.ts'
import { DATABASES, databases } from './places.ts'
import { NOW_POLICY, rollOut, serialOf, testRelease, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())
const SERIALS = Array.from({ length: 10 }, (_, number) => serialOf(number))
const DAY = 86_400
const GATE = { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 }
type Release = ReturnType<typeof testRelease>

/** The terminals report that they went back to the program before. */
async function revert(rig: HandRig, deployment: number, { manifest }: Release, serials: readonly string[]) {
  const { rows } = await rig.store.targets({ deployment, limit: 100 })
  for (const { serial, orderNo: order } of rows.filter((row) => serials.includes(row.serial)))
    await rig.report(serial, {
      last: { release: bytesOfHex(manifest), end: 'reverted', code: CODE.healthSelfTest, order },
    })
}

describe.each(DATABASES.filter(({ skipped }) => !skipped))('the last wave 末波 on $title', ({ database }) => {
  async function lastWave(change: Parameters<typeof rollOut>[3] = {}) {
    const rig = await handRig(await at.address(database), SERIALS)
    const release = testRelease('2.0.0', 2_000)
    const { deployment } = await rollOut(rig.store, release, SERIALS, { gate: GATE, ...change })
    for (const serial of SERIALS) await rig.greet(serial)
    await rig.step()
    await rig.tell()
    const now = async () => {
      const { state, reason, waves } = (await rig.store.deployment(deployment)) ?? {}
      return [state, waves?.map((wave) => wave.state).join(' '), reason]
    }
    return { rig, release, deployment, now }
  }

  test('ten of ten go back, fewer than the sample → paused with an alarm, not finished; resumed by a person it ends as failed', async () => {
    const { rig, release, deployment, now } = await lastWave()
    await revert(rig, deployment, release, SERIALS)
    const why = 'only 0 of 10 of the wave confirmed, fewer than 95 %'
    expect(await rig.step()).toEqual([`rollout: paused in wave 1, ${why}`])
    expect(await now()).toEqual(['paused', 'failed', why])
    expect(await rig.store.alarms(5)).toHaveLength(1)
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    expect(await rig.step()).toEqual([])
    expect(await now()).toEqual(['finished', 'failed', why])
    await rig.close()
  })

  test('they try again and confirm → finished, the wave passed; they fail again, also those of before the pause → paused again', async () => {
    const { rig, release, deployment, now } = await lastWave()
    await revert(rig, deployment, release, SERIALS)
    await rig.step()
    await rig.store.retryTargets(deployment, 'all', 'olga', rig.clock.now)
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    await rig.step()
    await rig.tell()
    await revert(rig, deployment, release, SERIALS)
    expect(await rig.step()).toHaveLength(1)
    expect((await now()).slice(0, 2)).toEqual(['paused', 'failed'])
    await rig.store.retryTargets(deployment, 'all', 'olga', rig.clock.now)
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    await rig.step()
    await rig.tell()
    for (const serial of SERIALS) await rig.runs(serial, release)
    expect(await rig.step()).toEqual([])
    expect(await now()).toEqual(['finished', 'passed', ''])
    await rig.close()
  })

  test('a failure that a person let go is tried again while it runs, and fails → that counts, and it is paused', async () => {
    const { rig, release, deployment, now } = await lastWave()
    const [first = '', ...others] = SERIALS
    await revert(rig, deployment, release, [first])
    await wanted(rig.store.pauseDeployment(deployment, 'olga', 'look', rig.clock.now))
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    await rig.store.retryTargets(deployment, [first], 'olga', rig.clock.now)
    await rig.step()
    await rig.tell()
    for (const serial of others) await rig.runs(serial, release)
    await revert(rig, deployment, release, [first])
    expect(await rig.step()).toHaveLength(1)
    expect((await now())[0]).toBe('paused')
    await rig.close()
  })

  test('enough are confirmed and yet too many fail → paused, whatever the sample; none too many → finished', async () => {
    const lax = { ...GATE, confirmedPercent: 80 }
    for (const [failurePercent, state] of [
      [9, 'paused'],
      [10, 'finished'],
    ] as const) {
      const { rig, release, deployment, now } = await lastWave({ gate: { ...lax, failurePercent } })
      const [bad = '', ...good] = SERIALS
      for (const serial of good) await rig.runs(serial, release)
      await revert(rig, deployment, release, [bad])
      await rig.step()
      expect((await now())[0]).toBe(state)
      await rig.close()
    }
  })

  test('terminals of its group may still join → paused with an alarm all the same, and once', async () => {
    const { rig, release, deployment, now } = await lastWave()
    await wanted(rig.store.putGroup({ name: 'all', filter: '', members: SERIALS, note: '' }))
    await rig.database.write(({ run }) => run(`UPDATE deployment SET dynamic = 1, group_name = 'all'`))
    await revert(rig, deployment, release, SERIALS)
    expect(await rig.step()).toHaveLength(1)
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    expect(await rig.step()).toEqual([])
    expect((await now()).slice(0, 2)).toEqual(['running', 'running'])
    await rig.close()
  })

  test('past its deadline with too few confirmed → the wave has failed, not passed; with enough it has passed', async () => {
    for (const [confirmed, wave] of [
      [9, 'failed'],
      [10, 'passed'],
    ] as const) {
      const { rig, release, now } = await lastWave({
        policy: { ...NOW_POLICY, deadline: Math.floor(Date.now() / 1000) + 400_000_000 },
      })
      for (const serial of SERIALS.slice(0, confirmed)) await rig.runs(serial, release)
      rig.clock.now = Math.floor(Date.now() / 1000) + 400_000_000 + 2 * DAY
      await rig.step()
      expect((await now()).slice(0, 2)).toEqual(['finished', wave])
      await rig.close()
    }
  })
})
