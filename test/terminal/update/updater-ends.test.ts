import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { arm, confirm, readBoot, revert } from '../../../terminal/boot/record.ts'
import { NOW, sha256 } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { type MadeRelease, makeRelease, makeSet } from '../../rig/update-documents.ts'

const release = makeRelease()
const hashOf = (made: MadeRelease, at = 0): Uint8Array => made.payloads[at]?.hash ?? new Uint8Array(32)

function wanting(made: MadeRelease = release): UpdateTerminal {
  const terminal = makeUpdateTerminal()
  terminal.service.want(made)
  terminal.start()
  return terminal
}
async function ready(terminal: UpdateTerminal): Promise<void> {
  const is = () => terminal.updater().programReady() !== undefined
  expect(await terminal.until(is), JSON.stringify(terminal.updater().state())).toBe(true)
  expect(terminal.faults).toEqual([])
}
const stateOf = (terminal: UpdateTerminal) => terminal.updater().state()

describe('how it ended', () => {
  async function armed(): Promise<UpdateTerminal> {
    const terminal = wanting()
    await ready(terminal)
    const program = terminal.updater().programReady()
    if (program === undefined) throw new Error('not ready')
    expect(arm(terminal.device(), program, new Uint8Array(0))).toBe('written')
    terminal.start()
    return terminal
  }

  it('on trial: told so, nothing is received meanwhile, and the other slot stays as it is', async () => {
    const terminal = await armed()
    expect(terminal.started()).toEqual({ place: 'a', trial: true })
    const other = makeRelease({ mark: 'other' })
    terminal.service.want(other, 2)
    await terminal.time.advance(120_000)
    expect(stateOf(terminal).state).toBe('trial')
    expect(terminal.service.reports.at(-1)?.running).toMatchObject({
      place: 'a',
      trial: true,
      version: '0.2.0',
    })
    expect(terminal.service.asked(hashOf(other))).toBe(0)
    confirm(terminal.device())
    terminal.updater().wake()
    await ready(terminal)
    expect(terminal.updater().programReady()?.place).toBe('b')
  })

  it('confirmed → told, floors raised, a release before it is not taken any more', async () => {
    const terminal = await armed()
    confirm(terminal.device())
    terminal.updater().wake()
    const last = () => terminal.service.reports.at(-1)
    await terminal.until(() => last()?.download.state === 'confirmed', 10_000)
    expect(last()?.last).toEqual({ release: release.hash, end: 'confirmed', code: 0, order: 1 })
    expect(terminal.device().secure.floor(0, new Uint8Array(4))).toBe(1)
    const older = makeRelease({ mark: 'older', over: { seq: 6 } })
    terminal.service.want(older, 2)
    terminal.service.tell()
    await terminal.until(() => stateOf(terminal).state === 'failed')
    expect(stateOf(terminal).code).toBe(CODE.seqLow)
  })

  it('reverted → told with its code after the cut too, not tried again but by a new order', async () => {
    const terminal = await armed()
    revert(terminal.device(), CODE.healthKeys)
    terminal.service.fates.acks = false
    terminal.start()
    const last = () => terminal.service.reports.at(-1)
    await terminal.until(() => last()?.download.state === 'reverted', 10_000)
    terminal.start()
    await terminal.time.advance(600_000)
    expect(last()?.last).toEqual({ release: release.hash, end: 'reverted', code: CODE.healthKeys, order: 1 })
    expect(last()?.running.place).toBe('factory')
    expect(terminal.updater().programReady()).toBeUndefined()
    terminal.service.want(release, 2)
    terminal.service.tell()
    await ready(terminal)
    await terminal.time.advance(120_000)
    terminal.start()
    await terminal.time.advance(120_000)
    expect(stateOf(terminal)).toMatchObject({ state: 'verified', code: CODE.ok }) // not the end of the trial before
    await ready(terminal)
  })

  it('story: a failed slot must not look done: one that rots after it was verified is not ready after the next start, and is made again', async () => {
    const terminal = wanting()
    await ready(terminal)
    terminal.chip.flip(terminal.areas.a.address + 100, 4)
    terminal.service.online(false)
    terminal.start()
    expect(terminal.updater().programReady()).toBeUndefined()
    terminal.service.online(true)
    await ready(terminal)
    expect(terminal.chip.read(terminal.areas.a.address, release.program.length)).toEqual(release.program)
  })

  it('story: verify after write: a leaf that the chip did not keep → failed(flashFault)', async () => {
    const terminal = wanting()
    const { staging } = terminal.areas
    const sector = staging.address / 2_048
    terminal.chip.failures([
      { of: 'program', from: 0, count: Infinity, sector, silent: true, effect: 'none' },
    ])
    let percent = 0
    await terminal.until(() => {
      percent = Math.max(percent, stateOf(terminal).percent ?? 0)
      return stateOf(terminal).state === 'failed'
    })
    expect(percent).toBe(0)
    expect(stateOf(terminal).code).toBe(CODE.flashFault)
    expect(terminal.faults).toEqual([])
  })

  it('a chip that fails everywhere → flashFault, and the loop goes on', async () => {
    const terminal = wanting()
    terminal.chip.failures([
      { of: 'program', from: 0, count: Infinity },
      { of: 'erase', from: 0, count: Infinity },
    ])
    await terminal.time.advance(600_000)
    expect(stateOf(terminal).code).toBe(CODE.flashFault)
    expect(terminal.faults).toEqual([])
    expect(terminal.updater().programReady()).toBeUndefined()
  })

  it('story: a failed slot must not look done: one that was begun is nothing to go back to, the record of the program before is gone first', async () => {
    const terminal = await armed()
    confirm(terminal.device())
    const program = readBoot(terminal.device()).previous
    expect(program?.place).toBe('factory')
    terminal.service.want(makeRelease({ mark: 'third' }), 2)
    terminal.updater().wake()
    await ready(terminal)
    expect(readBoot(terminal.device()).previous).toBeUndefined()
  })
})

describe('parameter sets 参数集', () => {
  it('fetched, accepted, staged, kept over a power cut, gone once applied', async () => {
    const made = makeSet()
    const terminal = makeUpdateTerminal()
    terminal.service.wantSets(made.envelope)
    terminal.start()
    expect(await terminal.until(() => terminal.updater().stagedParameters().length === 1)).toBe(true)
    expect(terminal.updater().stagedParameters()[0]?.set).toEqual(made.set)
    terminal.service.online(false)
    terminal.start()
    const [staged] = terminal.updater().stagedParameters()
    expect(staged?.set).toEqual(made.set)
    terminal.inForce = staged?.hash
    terminal.updater().parametersApplied(made.set.seq)
    expect(terminal.updater().stagedParameters()).toEqual([])
    terminal.service.online(true)
    terminal.start()
    const gets = terminal.service.gets.length
    await terminal.time.advance(60_000)
    expect(terminal.updater().stagedParameters()).toEqual([])
    expect(terminal.service.gets.length).toBe(gets)
  })

  it('three at once, oldest first; what the next order does not list goes', async () => {
    const sets = [14, 12, 13].map((seq) => makeSet({ seq, effective: NOW + seq }))
    const terminal = makeUpdateTerminal()
    terminal.service.wantSets(...sets.map(({ envelope }) => envelope))
    terminal.start()
    await terminal.until(() => terminal.updater().stagedParameters().length === 3)
    const seqs = () =>
      terminal
        .updater()
        .stagedParameters()
        .map(({ set }) => set.seq)
    expect(seqs()).toEqual([12, 13, 14])
    terminal.service.wantSets(sets[0]?.envelope ?? new Uint8Array(1))
    terminal.service.tell()
    await terminal.until(() => seqs().length === 1)
    expect(seqs()).toEqual([14])
  })

  it('of another terminal, or refused by the store → told, not fetched again, nothing staged', async () => {
    const foreign = makeSet({ serial: 'SK-000002' })
    const terminal = makeUpdateTerminal()
    terminal.service.wantSets(foreign.envelope)
    terminal.start()
    const last = () => terminal.service.reports.at(-1)
    expect(await terminal.until(() => last()?.parameters.code === CODE.notForMe)).toBe(true)
    expect(last()?.parameters.refused).toEqual(sha256(foreign.envelope))
    expect(terminal.updater().stagedParameters()).toEqual([])
    const gets = terminal.service.gets.length
    terminal.start()
    await terminal.time.advance(60_000)
    expect(terminal.service.gets.length).toBe(gets)

    const made = makeSet({ seq: 20 })
    terminal.service.wantSets(made.envelope)
    terminal.service.tell()
    await terminal.until(() => terminal.updater().stagedParameters().length === 1)
    terminal.updater().parametersFailed(20, CODE.parameterValue)
    await terminal.until(() => last()?.parameters.code === CODE.parameterValue)
    expect(last()?.parameters.refused).toEqual(sha256(made.envelope))
    expect(terminal.updater().stagedParameters()).toEqual([])
  })

  it('program and parameters in one order: both arrive', async () => {
    const terminal = makeUpdateTerminal()
    terminal.service.want(release)
    terminal.service.wantSets(makeSet().envelope)
    terminal.start()
    await ready(terminal)
    expect(terminal.updater().stagedParameters().length).toBe(1)
  })
})

describe('reports 状态报告', () => {
  it('are numbered without repetition over starts, signed, and kept until acknowledged', async () => {
    const terminal = makeUpdateTerminal()
    const { service, time } = terminal
    terminal.start()
    await terminal.until(() => service.reports.length > 0)
    service.fates.acks = false
    terminal.facts = { waiting: 5 }
    terminal.updater().report()
    await time.advance(100_000)
    const again = service.reports.filter(({ download }) => download.waiting === 5)
    expect(again.length).toBeGreaterThan(1)
    expect(new Set(again.map(({ seq }) => seq)).size).toBe(1)
    service.fates.acks = true
    await time.advance(120_000)
    const kept = service.reports.length
    await time.advance(3_600_000)
    expect(service.reports.length).toBe(kept) // acknowledged: silence
    const { epoch } = service.reports.at(-1) ?? { epoch: 0 }
    terminal.start()
    await terminal.until(() => (service.reports.at(-1)?.epoch ?? 0) > epoch)
    const numbers = service.reports.map(({ epoch: own, seq }) => `${own}.${seq}`)
    expect(service.reports.at(-1)).toMatchObject({ epoch: epoch + 1, seq: 1 })
    expect(numbers[0]).toBe('1.1')
  })

  it('progress is told in steps, not at each block', async () => {
    const terminal = makeUpdateTerminal()
    terminal.service.want(makeRelease({ bytes: 16_000, mark: 'long' }))
    Object.assign(terminal.service.desire, { transfer: { blockMax: 1_024, windowMax: 1_024, source: 0 } })
    terminal.service.fates.latencyMs = 700
    terminal.start()
    await ready(terminal)
    const steps = terminal.service.reports.filter(({ download }) => download.state === 'receiving')
    expect(steps.length).toBeGreaterThan(4)
    expect(steps.length).toBeLessThan(14)
  })

  it('commands of an order are handed on each time', async () => {
    const terminal = makeUpdateTerminal()
    terminal.service.desire.commands = [{ id: 4, kind: 5, argument: new Uint8Array(0) }]
    terminal.start()
    await terminal.until(() => terminal.commands.length > 0)
    terminal.service.tell()
    await terminal.until(() => terminal.commands.length > 1)
    expect(terminal.commands).toEqual([[4], [4]])
  })
})
