import { afterAll, describe, expect, test } from 'vitest'
import { handRig } from './hand-rig.ts'
import { DATABASES, databases } from './places.ts'
import { rollOut, serialOf, testRelease, wanted } from './rig.ts'

const at = databases()
afterAll(() => at.remove())
const [HERE, AWAY, SILENT] = [serialOf(1), serialOf(2), serialOf(4)]

describe.each(DATABASES.filter(({ skipped }) => !skipped))('pause 暂停 on $title', ({ database: kind }) => {
  /** One terminal downloads, the other is not there and only queued. */
  async function underWay(serials: readonly string[] = [HERE, AWAY]) {
    const rig = await handRig(await at.address(kind), serials)
    const release = testRelease('2.0.0', 2_000)
    await rig.greet(HERE)
    await rig.tell()
    const { deployment } = await rollOut(rig.store, release, serials, {
      gate: { confirmedPercent: 95, failurePercent: 2, sample: 1, bakeSeconds: 0 },
    })
    await rig.step()
    expect((await rig.tell()).get(HERE)?.program).not.toBeNull()
    await rig.downloads(HERE, release, 'receiving')
    expect(await rig.states(deployment)).toMatchObject({ [HERE]: 'downloading', [AWAY]: 'queued' })
    const program = async (serial: string) => (await rig.tell()).get(serial)?.program
    return { rig, release, deployment, program }
  }

  test('by a person → the download under way is taken back, who comes later is offered nothing; resumed, all are told', async () => {
    const { rig, release, deployment, program } = await underWay([HERE, AWAY, SILENT])
    await rig.greet(SILENT)
    await rig.tell()
    expect(await rig.states(deployment)).toMatchObject({ [SILENT]: 'notified' })
    await wanted(rig.store.pauseDeployment(deployment, 'olga', 'a complaint', rig.clock.now))
    expect(await program(HERE)).toBeNull()
    await rig.greet(AWAY)
    expect(await program(AWAY)).toBeNull()
    expect(await rig.states(deployment)).toMatchObject({ [HERE]: 'downloading', [AWAY]: 'queued' })
    rig.clock.now += 3_600
    expect(await rig.again()).toEqual(new Map()) // and nobody is told of nothing again and again
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    const told = await rig.tell()
    const all = [HERE, AWAY, SILENT]
    expect(all.map((serial) => told.get(serial)?.program === null)).toEqual([false, false, false])
    for (const serial of all) await rig.runs(serial, release)
    expect(Object.values(await rig.states(deployment))).toEqual(all.map(() => 'confirmed'))
    await rig.close()
  })

  test('who is about to start the program goes on, and what it says of it counts', async () => {
    const { rig, release, deployment, program } = await underWay()
    await rig.downloads(HERE, release, 'armed')
    await wanted(rig.store.pauseDeployment(deployment, 'olga', 'a complaint', rig.clock.now))
    expect(await program(HERE)).not.toBeNull()
    await rig.runs(HERE, release)
    expect(await rig.states(deployment)).toMatchObject({ [HERE]: 'confirmed' })
    await rig.close()
  })

  test('by the failure threshold → the same, until a person lets it go on', async () => {
    const bad = serialOf(3)
    const { rig, release, deployment, program } = await underWay([HERE, AWAY, bad])
    await rig.greet(bad)
    const order = (await rig.tell()).get(bad)?.program?.order ?? 0
    const hash = Uint8Array.from(Buffer.from(release.manifest, 'hex'))
    await rig.report(bad, { last: { release: hash, end: 'reverted', code: 22, order } })
    expect(await rig.states(deployment)).toMatchObject({ [bad]: 'reverted' })
    expect(await rig.step()).toEqual([expect.stringMatching(/paused/)])
    expect(await program(HERE)).toBeNull()
    await rig.greet(AWAY)
    expect(await program(AWAY)).toBeNull()
    await wanted(rig.store.resumeDeployment(deployment, 'olga', rig.clock.now))
    expect([...(await rig.tell())].map(([serial, order]) => [serial, order.program === null])).toEqual([
      [HERE, false],
      [AWAY, false],
    ])
    await rig.close()
  })
})
