import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { arm, confirm, readBoot } from '../../../terminal/boot/record.ts'
import { DAY, NOW } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { type MadeRelease, makeRelease, makeSet } from '../../rig/update-documents.ts'

const HOUR = 3_600_000
const first = makeRelease()
const layouts = { readsMin: 1, readsMax: 2, writes: 2 }
const stateOf = (terminal: UpdateTerminal) => terminal.updater().state()
const last = ({ service }: UpdateTerminal) => service.reports.at(-1)

/** Received, armed and started; on trial. */
async function tried(terminal: UpdateTerminal, release: MadeRelease, order: number): Promise<void> {
  terminal.service.want(release, order)
  terminal.service.tell()
  const version = () => terminal.updater().programReady()?.version
  expect(await terminal.until(() => version() === release.manifest.version)).toBe(true)
  const program = terminal.updater().programReady()
  if (program !== undefined) expect(arm(terminal.device(), program, new Uint8Array(0))).toBe('written')
  terminal.start()
  expect(terminal.started().trial).toBe(true)
  await terminal.until(() => terminal.updater().order() !== undefined, 60_000)
}

async function confirmed(terminal: UpdateTerminal): Promise<void> {
  confirm(terminal.device())
  terminal.updater().wake()
  await terminal.until(() => stateOf(terminal).state === 'confirmed', 60_000)
  expect(terminal.faults).toEqual([])
}

/** Two releases one after the other, the second in slot B; then B rots. Where the next start runs from. */
async function fallsBackTo(reversible: boolean): Promise<string> {
  const terminal = makeUpdateTerminal()
  terminal.start()
  await tried(terminal, first, 1)
  await confirmed(terminal)
  const journal = { ...layouts, reversible }
  await tried(terminal, makeRelease({ mark: 'second', over: { seq: 8, version: '0.3.0', journal } }), 2)
  expect(readBoot(terminal.device()).previous?.place).toBeUndefined() // what is on trial took its slot
  await confirmed(terminal)
  const { previous } = readBoot(terminal.device())
  expect(previous?.place).toBe(reversible ? 'a' : undefined)
  terminal.chip.flip(terminal.areas.b.address + 100, 4)
  terminal.start()
  return terminal.started().place
}

describe('settleEnd, how a trial ended', () => {
  it('a release that can be undone is confirmed → the program before stays the way back', async () => {
    expect(await fallsBackTo(true)).toBe('a')
  })

  it('a release that cannot be undone is confirmed → the program before is forgotten: it would not read the journal', async () => {
    expect(await fallsBackTo(false)).toBe('factory')
  })

  it('confirmed after its manifest was over → the floors rise all the same: a release before it is not taken', async () => {
    const terminal = makeUpdateTerminal()
    terminal.start()
    await tried(terminal, makeRelease({ over: { expires: NOW + DAY } }), 1)
    await terminal.time.advance(25 * HOUR)
    terminal.service.tell()
    await terminal.time.advance(5_000)
    terminal.start()
    expect(terminal.updater().manifest()).toBeUndefined()
    await confirmed(terminal)
    terminal.service.want(makeRelease({ mark: 'older', over: { seq: 6 } }), 2)
    terminal.service.tell()
    await terminal.until(() => stateOf(terminal).state === 'failed', HOUR)
    expect(stateOf(terminal).code).toBe(CODE.seqLow)
  })

  it('confirmed, then an order that is not taken → the end is still told with code 0', async () => {
    const terminal = makeUpdateTerminal()
    terminal.start()
    await tried(terminal, first, 1)
    await confirmed(terminal)
    await terminal.until(() => last(terminal)?.last?.end === 'confirmed', 60_000)
    terminal.service.tell({ seq: 1 })
    await terminal.until(() => last(terminal)?.download.code === CODE.seqLow, 60_000)
    expect(last(terminal)?.download.code).toBe(CODE.seqLow)
    expect(last(terminal)?.last).toMatchObject({ end: 'confirmed', code: CODE.ok })
  })
})

describe('what was taken back', () => {
  it('ordered away while its parameter set does not come, then the power goes → not ready after the start either, before any order', async () => {
    const terminal = makeUpdateTerminal()
    const { service } = terminal
    service.want(first)
    terminal.start()
    expect(await terminal.until(() => terminal.updater().programReady() !== undefined)).toBe(true)
    service.desire.program = null
    service.wantSets(makeSet().envelope)
    service.fates.refuse = () => []
    service.tell()
    await terminal.until(() => terminal.updater().order()?.program === null, 60_000)
    service.online(false)
    terminal.start()
    expect(terminal.updater().programReady()).toBeUndefined()
    expect(stateOf(terminal).state).toBe('superseded')
  })
})

describe('policy of order and release', () => {
  // biome-ignore format: one row a case
  const rows: readonly (readonly [string, readonly [number, number], readonly [number, number], readonly [number, number]])[] = [
    ['neither says anything',        [0, 0],   [0, 0],   [0, 0]],
    ['the order alone',              [5, 9],   [0, 0],   [5, 9]],
    ['the release alone',            [0, 0],   [5, 9],   [5, 9]],
    ['the release is the stricter',  [5, 20],  [7, 10],  [7, 10]],
    ['the order is the stricter',    [7, 10],  [5, 20],  [7, 10]],
  ]
  for (const [name, order, release, wanted] of rows)
    it(`${name} → the later earliest and the earlier deadline hold`, async () => {
      const terminal = makeUpdateTerminal()
      const policy = { class: 0, needsSettlement: false, allowOpenBatch: true }
      const own = { ...policy, earliest: release[0], deadline: release[1] }
      terminal.service.desire.policy = { earliest: order[0], deadline: order[1] }
      terminal.service.want(makeRelease({ over: { policy: own } }))
      terminal.start()
      await terminal.until(() => terminal.updater().programReady() !== undefined)
      expect(terminal.updater().policy()).toMatchObject({ earliest: wanted[0], deadline: wanted[1] })
      expect(stateOf(terminal).deadline).toBe(wanted[1])
    })
})
