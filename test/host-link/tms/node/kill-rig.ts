import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { SimulatedTerminal } from '../../../../host-link/tms/node/simulated-terminal.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { rollOut, seconds, serialOf, testRelease, until, wanted } from './rig.ts'

export const SERIALS = Array.from({ length: 30 }, (_, number) => serialOf(number))
const victim = new URL('./victim.ts', import.meta.url).pathname

/** A service of its own process, that can be killed and started again. */
export async function startVictim(
  args: readonly string[],
): Promise<{ readonly port: number; kill(): Promise<void>; close(): void }> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', victim, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve) => {
    child.stdout?.once('data', (text) => resolve(Number(String(text))))
  })
  const close = () => {
    child.kill('SIGKILL')
  }
  return {
    port,
    close,
    async kill() {
      const over = new Promise((resolve) => child.once('exit', resolve))
      close()
      await over
    },
  }
}

/** Chance of one run: the title of a test names its seed, and `SHUAKA_SEED` gives it again. */
export const SEED = Number(process.env.SHUAKA_SEED ?? randomInt(1_000_000))

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What is done at random to a service and its terminals while two deployments are under way. */
export interface Fire {
  readonly store: TmsStore
  readonly terminals: readonly SimulatedTerminal[]
  readonly chance: () => number
  /** Each kills something and has it come back; one after the other, each at a random time. */
  readonly kills: readonly (() => Promise<void>)[]
}

/** The time in which all of it happens: so long the downloads take. */
const SPAN_MS = 1_800
const STAYS = 20
const CRASHES = 4
const LOCKS = 3

/**
 * Two deployments, of which one is aborted at a random time; terminals lose power and get remote locks at random times, and
 * each of `kills` comes at one. In the end all have what they are to have, and the books are right.
 */
export async function underFire({ store, terminals, chance, kills }: Fire): Promise<void> {
  const [stays, goes] = [terminals.slice(0, STAYS), terminals.slice(STAYS)]
  const serials = (list: readonly SimulatedTerminal[]) => list.map(({ serial }) => serial)
  const [release, wrong] = [testRelease('2.0.0', 60_000), testRelease('3.0.0', 60_000)]
  const good = await rollOut(store, release, serials(stays))
  const bad = await rollOut(store, wrong, serials(goes))
  const locked = new Map<string, number>()
  const at = async (act: () => Promise<unknown>) => {
    await setTimeout(chance() * SPAN_MS)
    await act()
    await neverFalse(store, good.deployment, stays, release.manifest)
    await neverFalse(store, bad.deployment, goes, wrong.manifest)
  }
  const one = () => terminals[Math.floor(chance() * terminals.length)]
  const lock = async () => {
    const serial = one()?.serial ?? ''
    const command = { serial, kind: 'lock', argument: new Uint8Array(0), createdBy: 'anna' } as const
    const added = await store.addCommand(command, seconds())
    if (added.kind === 'refused') throw new Error(added.why)
    locked.set(serial, added.id)
  }
  const killed = async () => {
    for (const kill of kills) await at(kill)
  }
  await Promise.all([
    killed(),
    ...Array.from({ length: CRASHES }, () => at(async () => one()?.crash())),
    ...Array.from({ length: LOCKS }, () => at(lock)),
    at(() => wanted(store.abortDeployment(bad.deployment, 'olga', 'a mistake', seconds()))),
  ])
  await until('finished', async () => (await store.deployment(good.deployment))?.state === 'finished')
  await checkBooks(store, good.deployment, stays, release.manifest)
  // Nobody goes on with what was aborted; who had it in its slot already may have started it.
  const open = ['receiving', 'verified', 'armed', 'trial']
  await until('given up', () => goes.every((terminal) => !open.includes(terminal.state())))
  expect(
    (await store.counts(bad.deployment)).filter(({ state }) => !['cancelled', 'confirmed'].includes(state)),
  ).toEqual([])
  await neverFalse(store, bad.deployment, goes, wrong.manifest)
  await checkEvents(store, goes)
  for (const [serial, id] of locked) {
    await until('locked', async () =>
      (await store.commandsOf(serial)).every((command) => command.state === 'done'),
    )
    const done = terminals.find((terminal) => terminal.serial === serial)?.done() ?? []
    expect([done.includes(id), new Set(done).size]).toEqual([true, done.length])
  }
}

/** Every terminal that counts as confirmed runs it; all have an end; and their events are right. */
async function checkBooks(
  store: TmsStore,
  deployment: number,
  terminals: readonly SimulatedTerminal[],
  manifest: string,
): Promise<void> {
  expect(await store.counts(deployment)).toEqual([
    { wave: 0, state: 'confirmed', code: 0, count: terminals.length },
  ])
  for (const terminal of terminals) expect(terminal.running().release).toBe(manifest)
  await checkEvents(store, terminals)
}

/** Every acknowledged report is an event, once. */
async function checkEvents(store: TmsStore, terminals: readonly SimulatedTerminal[]): Promise<void> {
  for (const terminal of terminals) {
    // What is acknowledged while it is read here is there then, too.
    const acknowledged = [...terminal.acknowledged]
    const events = (await store.eventsOf(terminal.serial, 1_000)).map(({ epoch, seq }) => `${epoch}.${seq}`)
    expect(new Set(events).size, 'each event once').toBe(events.length)
    expect(
      events.filter((event) => !terminal.made.has(event)),
      'no event that was not made',
    ).toEqual([])
    expect(
      acknowledged.filter((event) => !events.includes(event)),
      'acknowledged, so kept',
    ).toEqual([])
  }
}

/** While a rollout is under way nobody counts as confirmed who does not run it. */
async function neverFalse(
  store: TmsStore,
  deployment: number,
  terminals: readonly SimulatedTerminal[],
  manifest: string,
): Promise<void> {
  const page = await store.targets({ deployment, state: 'confirmed', limit: 1_000 })
  for (const { serial } of page.rows)
    expect(terminals.find((terminal) => terminal.serial === serial)?.running().release).toBe(manifest)
}
