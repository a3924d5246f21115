import { type ChildProcess, spawn } from 'node:child_process'
import { expect } from 'vitest'
import type { SimulatedTerminal } from '../../../../host-link/tms/node/simulated-terminal.ts'
import type { TmsStore } from '../../../../host-link/tms/store.ts'
import { serialOf } from './rig.ts'

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

/** Every acknowledged report is an event, once; every terminal that counts as confirmed runs it; all have an end. */
export async function checkBooks(
  store: TmsStore,
  deployment: number,
  terminals: readonly SimulatedTerminal[],
  manifest: string,
): Promise<void> {
  expect(await store.counts(deployment)).toEqual([
    { wave: 0, state: 'confirmed', code: 0, count: terminals.length },
  ])
  for (const terminal of terminals) {
    expect(terminal.running().release).toBe(manifest)
    const events = (await store.eventsOf(terminal.serial, 1_000)).map(({ epoch, seq }) => `${epoch}.${seq}`)
    expect(new Set(events).size, 'each event once').toBe(events.length)
    expect(
      events.filter((event) => !terminal.made.has(event)),
      'no event that was not made',
    ).toEqual([])
    expect(
      [...terminal.acknowledged].filter((event) => !events.includes(event)),
      'acknowledged, so kept',
    ).toEqual([])
  }
}

/** While a rollout is under way nobody counts as confirmed who does not run it. */
export async function neverFalse(
  store: TmsStore,
  deployment: number,
  terminals: readonly SimulatedTerminal[],
  manifest: string,
): Promise<void> {
  const page = await store.targets({ deployment, state: 'confirmed', limit: 1_000 })
  for (const { serial } of page.rows)
    expect(terminals.find((terminal) => terminal.serial === serial)?.running().release).toBe(manifest)
}
