import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PowerCut } from '../../../emulator/device/flash.ts'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { targetStates } from '../../../host-link/tms/states.ts'
import { arm, confirm, readBoot } from '../../../terminal/boot/record.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { makeRelease } from '../../rig/update-documents.ts'
import { hexOf, NOW } from '../wire/tms/samples.ts'
import { deploy, temporaryFolder, wanted } from './node/rig.ts'
import { type Fleet, type FleetLine, makeFleet, newRelease } from './stories-fleet.ts'

const SERIALS = ['SK-000001', 'SK-000002', 'SK-000003'] as const
/** The last one crashes at each start. */
const releases = [
  makeRelease({ bytes: 4_000, mark: 'one', over: { seq: 7, version: '0.2.0' } }),
  makeRelease({ bytes: 5_000, mark: 'two', over: { seq: 8, version: '0.3.0' } }),
  makeRelease({ bytes: 3_500, mark: 'bad', over: { seq: 9, version: '0.4.0' } }),
]
const CRASHES = hexOf(releases[2]?.hash ?? new Uint8Array(0))

type Act =
  | { readonly do: 'deploy'; readonly release: number; readonly to: number }
  | {
      readonly do: 'decide'
      readonly what: 'pause' | 'resume' | 'abort' | 'withdraw'
      readonly which: number
    }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'line'; readonly of: number; readonly up: boolean }
  | { readonly do: 'install'; readonly of: number }
  | { readonly do: 'power'; readonly of: number }
  | { readonly do: 'cut'; readonly of: number; readonly after: number; readonly when: 'before' | 'after' }
  | { readonly do: 'fate'; readonly lost: number; readonly twice: number; readonly late: number }

const of = fc.integer({ min: 0, max: SERIALS.length - 1 })
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('deploy' as const),
      release: fc.constantFrom(0, 1, 0, 1, 2),
      to: fc.integer({ min: 1, max: SERIALS.length }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      what: fc.constantFrom('pause', 'resume', 'abort', 'withdraw', 'pause', 'resume'),
      which: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(40, 300, 2_000, 30_000, 400_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('line' as const), of, up: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('install' as const), of }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('power' as const), of }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      of,
      after: fc.integer({ min: 0, max: 40 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fate' as const),
      lost: fc.integer({ min: 0, max: 50 }),
      twice: fc.integer({ min: 0, max: 50 }),
      late: fc.integer({ min: 0, max: 9_000 }),
    }),
  },
)

/** A terminal of the model: the real updater, boot record and first stage; a person installs, a program may crash. */
interface Member {
  readonly terminal: UpdateTerminal
  readonly line: FleetLine
  /** Releases whose health check passed here. */
  readonly passed: Set<string>
  /** The release of the newest order that it took: null for none, undefined before the first. */
  heard: string | null | undefined
}

function hear(member: Member): void {
  const order = member.terminal.chip.powered() ? member.terminal.updater().order() : undefined
  if (order !== undefined) member.heard = order.program && hexOf(order.program.hash)
}

async function powerOn(member: Member, { time }: Fleet): Promise<void> {
  const { terminal, passed } = member
  for (let tries = 0; tries < 5; tries++) {
    if (!terminal.start() || !terminal.started().trial) return
    const release = hexOf(readBoot(terminal.device()).pending?.release ?? new Uint8Array(0))
    if (release === CRASHES) continue
    await time.advance(200)
    if (!terminal.chip.powered()) return
    passed.add(release)
    if (!untilCut(() => confirm(terminal.device()))) return
    terminal.updater().wake()
    return
  }
  throw new Error('a trial without end')
}

async function install(member: Member, fleet: Fleet): Promise<void> {
  const { terminal } = member
  if (!terminal.chip.powered()) return
  const ready = terminal.updater().programReady()
  if (ready === undefined) return
  hear(member)
  // What was superseded or taken back is not put in by who heard of it.
  if (member.heard !== undefined) expect(hexOf(ready.release)).toBe(member.heard)
  if (untilCut(() => arm(terminal.device(), ready, new Uint8Array(0)))) await powerOn(member, fleet)
}

function untilCut(write: () => unknown): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (error instanceof PowerCut) return false
    throw error
  }
}

/** What must hold at every moment. */
async function check(members: readonly Member[], { store }: Fleet): Promise<void> {
  for (const member of members) {
    const { terminal, line, passed } = member
    expect(terminal.faults).toEqual([])
    hear(member)
    for (const { state, object } of await store.targetsOf(line.serial))
      if (state === 'confirmed') expect([...passed], 'success without a confirmation').toContain(object)
  }
}

async function decide(what: Act & { readonly do: 'decide' }, { store, now }: Fleet): Promise<void> {
  const deployments = await store.deployments()
  const one = deployments[what.which % Math.max(1, deployments.length)]
  if (one === undefined) return
  // What makes no sense now is refused, and changes nothing.
  if (what.what === 'pause') await store.pauseDeployment(one.id, 'anna', 'a look at it', now())
  else if (what.what === 'resume') await store.resumeDeployment(one.id, 'anna', now())
  else if (what.what === 'abort') await store.abortDeployment(one.id, 'anna', 'no more', now())
  else await store.withdrawRelease(one.release, 'bert', 'a fault was found', now())
}

async function play(
  fleet: Fleet,
  members: readonly Member[],
  ids: readonly number[],
  acts: readonly Act[],
  seed: number,
) {
  const random = makeRandom(seed)
  const { time, store } = fleet
  for (const each of acts) {
    const member = 'of' in each ? members[each.of] : undefined
    if (each.do === 'deploy')
      await deploy(store, ids[each.release] ?? 0, SERIALS.slice(0, each.to), {
        gate: { confirmedPercent: 0, failurePercent: 100, sample: 20, bakeSeconds: 0 },
      }).catch(() => undefined) // of a release that was withdrawn
    else if (each.do === 'decide') await decide(each, fleet)
    else if (each.do === 'pass') await time.advance(each.ms)
    else if (each.do === 'fate')
      fleet.fate = () =>
        random() % 100 < each.lost
          ? []
          : Array.from({ length: random() % 100 < each.twice ? 2 : 1 }, () => random() % (each.late + 1))
    else if (member !== undefined) {
      const { terminal, line } = member
      if (each.do === 'line') line.up(each.up)
      else if (each.do === 'install') await install(member, fleet)
      else if (each.do === 'cut')
        terminal.chip.cut({ operation: terminal.chip.operations() + each.after, when: each.when })
      else {
        terminal.stop()
        await time.advance(500)
      }
      if (!terminal.chip.powered()) await powerOn(member, fleet)
    }
    fleet.wake()
    await time.advance(0)
    await check(members, fleet)
  }
}

/** All is well again: who was paused goes on, everybody installs what is ready. */
async function heal(fleet: Fleet, members: readonly Member[]): Promise<void> {
  const { time, store } = fleet
  fleet.fate = () => [0]
  for (const { id, state } of await store.deployments())
    if (state === 'paused') await wanted(store.resumeDeployment(id, 'anna', fleet.now()))
  fleet.wake()
  for (const { terminal, line } of members) {
    terminal.chip.cut(undefined)
    line.up(true)
  }
  for (let round = 0; round < 60; round++) {
    for (const member of members) {
      if (!member.terminal.chip.powered()) await powerOn(member, fleet)
      await install(member, fleet)
    }
    await time.advance(120_000)
    await check(members, fleet)
    const states = (await store.deployments()).map(({ state }) => state)
    if (states.every((state) => state === 'finished' || state === 'aborted')) return
  }
  const left = await Promise.all(SERIALS.map(async (serial) => store.targetsOf(serial)))
  expect.fail(
    `no end:\n${JSON.stringify(left)}\n${JSON.stringify(members.map(({ terminal }) => terminal.updater().state()))}`,
  )
}

/** What the service says of the end is what is there. */
async function expectTrue({ store, doubts }: Fleet, members: readonly Member[]): Promise<void> {
  // Of a terminal whose first hello was lost the service has no key yet: its reports count for nothing until then.
  expect(doubts.filter((doubt) => !doubt.endsWith('not signed by the key of this terminal'))).toEqual([])
  const ranks = new Map((await store.deployments()).map(({ id, rank }) => [id, rank]))
  for (const { terminal, line } of members) {
    const { active } = readBoot(terminal.device())
    const known = await store.terminal(line.serial)
    expect(known?.reported?.version).toBe(active.version)
    expect(known?.reported?.trial).toBe(false)
    const targets = await store.targetsOf(line.serial)
    for (const { state } of targets) expect(['open'], state).not.toContain(targetStates[state].end)
    const newest = targets.reduce<(typeof targets)[number] | undefined>(
      (best, each) =>
        (ranks.get(each.deployment) ?? 0) > (ranks.get(best?.deployment ?? -1) ?? -1) ? each : best,
      undefined,
    )
    if (newest?.state === 'confirmed') expect(hexOf(active.release)).toBe(newest.object)
    const events = (await store.eventsOf(line.serial, 1_000)).map(({ epoch, seq }) => `${epoch}.${seq}`)
    expect(new Set(events).size, 'each event once').toBe(events.length)
    expect(
      events.filter((event) => !line.made.has(event)),
      'no event that nobody made',
    ).toEqual([])
    expect(
      [...line.acknowledged].filter((event) => !events.includes(event)),
      'acknowledged, so kept',
    ).toEqual([])
  }
}

const folder = temporaryFolder()

it('terminals × rules of the service × lines that lose, double and mix up × cuts of power × deployments that start, pause, go on, are taken over and taken back: all come to an end that is true, no success without a confirmation, nothing superseded is put in, each event once', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 4, maxLength: 30 }),
      fc.integer({ min: 1, max: 1e6 }),
      async (acts, seed) => {
        const file = join(folder.path, `${++runs}.db`)
        const fleet = await makeFleet(file, SERIALS)
        try {
          const ids: number[] = []
          for (const release of releases) {
            const added = await fleet.store.addRelease(newRelease(release))
            if (added.kind !== 'added') throw new Error(added.why)
            await wanted(fleet.store.approveRelease(added.id, 'bert', NOW))
            ids.push(added.id)
          }
          const members = SERIALS.map((serial, number): Member => {
            const line = fleet.line(serial)
            const terminal = makeUpdateTerminal({
              seed: seed + number,
              serial,
              time: fleet.time,
              inbox: line.port,
            })
            terminal.start()
            return { terminal, line, passed: new Set(), heard: undefined }
          })
          await play(fleet, members, ids, acts, seed)
          await heal(fleet, members)
          await expectTrue(fleet, members)
        } finally {
          await fleet.close()
          rmSync(file, { force: true })
        }
      },
    ),
    { numRuns: 6 * BUDGET, endOnFailure: true }, // to shrink a case takes minutes: run it again with its seed and path
  )
  folder.remove()
})
