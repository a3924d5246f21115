import { expect } from 'vitest'
import type { Cut } from '../../emulator/device/flash.ts'
import { arm, confirm, readBoot } from '../../terminal/boot/record.ts'
import { hexOf } from '../host-link/wire/tms/samples.ts'
import { TEARS } from './flash-run.ts'
import { FACTORY_PROGRAM, type Lasting, makeUpdateTerminal, type UpdateTerminal } from './update.ts'
import { type MadeRelease, makeRelease, makeSet } from './update-documents.ts'

const WINDOW = 2_048
const first = makeRelease({ bytes: 5_000, mark: 'first', over: { seq: 7, version: '0.2.0' } })
const second = makeRelease({
  ...{ bytes: 5_000, mark: 'first', bases: [FACTORY_PROGRAM, first.program] },
  over: { seq: 8, version: '0.3.0' },
})
const other = makeRelease({ bytes: 4_200, mark: 'other', over: { seq: 9, version: '0.4.0' } })
const releases = [first, second, other]
const set = makeSet()

/** What happens, up to where cuts begin, and what is wanted at the end. */
export interface Scenario {
  readonly name: string
  /** Received under cuts, with a parameter set where `sets`. */
  readonly release: MadeRelease
  readonly sets: boolean
  /** Before them. */
  prepare(terminal: UpdateTerminal): Promise<void>
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'a new terminal receives a program and a parameter set',
    release: first,
    sets: true,
    prepare: async () => {},
  },
  {
    name: 'what is ready is replaced by a newer order',
    release: other,
    sets: false,
    prepare: (terminal) => toReady(terminal, first, 1),
  },
  {
    name: 'the next program goes into the slot of the one before',
    release: other,
    sets: false,
    async prepare(terminal) {
      for (const [order, made] of [first, second].entries()) {
        await toReady(terminal, made, order + 1)
        const program = terminal.updater().programReady()
        if (program !== undefined) arm(terminal.device(), program, new Uint8Array(0))
        terminal.start()
        await terminal.time.advance(500)
        confirm(terminal.device())
        terminal.updater().wake()
        await terminal.until(() => terminal.updater().state().state === 'confirmed')
      }
      expect(readBoot(terminal.device()).active.place).toBe('b')
    },
  },
]

async function toReady(terminal: UpdateTerminal, release: MadeRelease, order: number): Promise<void> {
  terminal.service.want(release, order)
  terminal.start()
  await terminal.until(() => terminal.updater().programReady() !== undefined)
}

/** What lasts of a scenario before its first cut. */
export async function prepared({ prepare }: Scenario): Promise<Lasting> {
  const terminal = makeUpdateTerminal()
  await prepare(terminal)
  terminal.stop()
  return terminal.lasting()
}

/** Plays a scenario with these cuts, each counted from the start before it; a check after every start. */
export async function play(
  scenario: Scenario,
  from: Lasting,
  cuts: readonly Cut[],
  what: string,
): Promise<number> {
  const { release, sets } = scenario
  const terminal = makeUpdateTerminal({ seed: 3 + cuts.length, from })
  const { service, chip } = terminal
  service.desire.transfer = { blockMax: 1_024, windowMax: WINDOW, source: 0 }
  service.want(release, 9)
  if (sets) service.wantSets(set.envelope)
  const hash = release.payloads.at(-1)?.hash ?? new Uint8Array(32)
  const began = chip.operations()
  let starts = 0
  for (const cut of [...cuts, undefined]) {
    const base = chip.operations()
    chip.repower()
    chip.cut(cut && { ...cut, operation: base + cut.operation })
    starts++
    if (!terminal.start()) continue
    check(terminal, what)
    if (
      !(await terminal.until(
        () => terminal.updater().programReady()?.version === release.manifest.version,
        600_000,
      ))
    ) {
      if (chip.powered()) throw new Error(`${what}: ${JSON.stringify(terminal.updater().state())}`)
      continue
    }
    check(terminal, what)
  }
  const asked = service.asked(hash)
  const size = release.payloads.at(-1)?.bytes.length ?? 0
  expect(asked, `${what}: asked`).toBeLessThanOrEqual(size + cuts.length * WINDOW)
  if (service.desire.parameterSets.length > 0)
    expect(terminal.updater().stagedParameters().length, what).toBe(1)
  expect(terminal.faults, what).toEqual([])
  expect(starts).toBe(cuts.length + 1)
  return chip.operations() - began
}

/** What must hold after every start, whatever was cut. */
function check(terminal: UpdateTerminal, what: string): void {
  const program = terminal.updater().programReady()
  if (program !== undefined) {
    const release = releases.find(({ hash }) => hexOf(hash) === hexOf(program.release))
    const slot = terminal.areas[program.place === 'b' ? 'b' : 'a']
    expect(hexOf(terminal.chip.read(slot.address, program.length)), `${what}: ready`).toBe(
      hexOf(release?.program ?? slot0),
    )
    expect(readBoot(terminal.device()).active.place, what).not.toBe(program.place)
  }
  for (const staged of terminal.updater().stagedParameters()) expect(staged.set, what).toEqual(set.set)
  const { place, trial } = terminal.started()
  const { active } = readBoot(terminal.device())
  expect([place, trial], what).toEqual([active.place, false])
}
const slot0 = new Uint8Array(0)

/** Every way to lose the power at an operation. */
export const ways: readonly ((operation: number) => Cut)[] = [
  (operation) => ({ operation, when: 'before' }),
  (operation) => ({ operation, when: 'after' }),
  ...TEARS.map(
    (tear) =>
      (operation: number): Cut => ({ operation, when: 'inside', tear }),
  ),
]
