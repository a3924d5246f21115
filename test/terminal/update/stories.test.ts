import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import type { Get } from '../../../host-link/wire/tms/talk.ts'
import { arm, confirm } from '../../../terminal/boot/record.ts'
import { NOW } from '../../host-link/wire/tms/samples.ts'
import { FACTORY_PROGRAM, makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { type MadeRelease, makeRelease, makeSet } from '../../rig/update-documents.ts'
import { refused } from '../../rig/update-service.ts'

const WINDOW_MAX = 65_536
const isReady = (terminal: UpdateTerminal) => () => terminal.updater().programReady() !== undefined

/** A line as of a cellar: of ten messages this many are lost, as many doubled, and all come late and mixed up. */
function badLine({ service }: UpdateTerminal, seed: number): void {
  const random = makeRandom(seed)
  service.fates.down = (_, bytes) =>
    random() % 10 < 3
      ? []
      : Array.from({ length: random() % 10 < 3 ? 2 : 1 }, () => ({ bytes, afterMs: random() % 4_000 }))
  service.fates.up = () => random() % 10 >= 3
}

describe('parameter sets on a bad line', () => {
  it('D01 blocks of a set are lost, doubled, late and mixed up, the power goes in between → staged once and whole, nothing of it before', async () => {
    const values = new Map<number, number | string>([
      [8, 500_000],
      [41, 'x'.repeat(1_900)],
    ])
    const made = makeSet({ values })
    for (const seed of [1, 2, 3]) {
      const terminal = makeUpdateTerminal({ seed })
      badLine(terminal, seed)
      terminal.service.wantSets(made.envelope)
      terminal.start()
      const staged = () => terminal.updater().stagedParameters()
      for (let cut = 0; cut < 4; cut++) {
        terminal.chip.cut({ operation: terminal.chip.operations() + cut, when: 'before' })
        await terminal.until(() => staged().length > 0, 20_000)
        if (!terminal.chip.powered()) terminal.start()
        for (const { set } of staged()) expect(set).toEqual(made.set)
      }
      terminal.chip.cut(undefined)
      expect(await terminal.until(() => staged().length > 0, 3_600_000)).toBe(true)
      expect(staged().map(({ set }) => set)).toEqual([made.set])
      expect(terminal.faults).toEqual([])
    }
  })
})

describe('reports without an acknowledgement', () => {
  it('one that is due again just after a look at what is new → waits for it, and the time goes on', async () => {
    let seen = -1
    let times = 0
    const time = makeVirtualTime({
      wallMs: NOW * 1_000,
      async settle() {
        await setImmediate()
        times = seen === time.monotonicMs() ? times + 1 : 0
        seen = time.monotonicMs()
        if (times > 2_000) throw new Error('the updater goes round and round')
      },
    })
    const terminal = makeUpdateTerminal({ time })
    terminal.service.fates.acks = false
    terminal.start()
    await terminal.until(() => terminal.updater().order() !== undefined)
    for (let i = 0; i < 100; i++) {
      await time.advance(700)
      terminal.updater().wake()
    }
    expect(terminal.service.reports.length).toBeGreaterThan(1)
    expect(terminal.faults).toEqual([])
  })
})

describe('what runs already', () => {
  it('ordered once more under a new number → said at once, nothing fetched: the service would wait for it', async () => {
    const terminal = makeUpdateTerminal()
    const { service } = terminal
    const release = makeRelease()
    service.want(release)
    terminal.start()
    await terminal.until(isReady(terminal))
    const ready = terminal.updater().programReady()
    if (ready === undefined) throw new Error('not ready')
    arm(terminal.device(), ready, new Uint8Array(0))
    terminal.start()
    confirm(terminal.device())
    await terminal.until(() => service.reports.at(-1)?.last?.end === 'confirmed')
    await terminal.time.advance(600_000)
    const [reports, gets] = [service.reports.length, service.gets.length]
    service.want(release, 2)
    service.tell()
    expect(await terminal.until(() => service.reports.length > reports, 5_000)).toBe(true)
    expect(service.reports.at(-1)?.running).toMatchObject({ release: release.hash, trial: false })
    for (let again = 0; again < 3; again++) {
      service.tell()
      await terminal.time.advance(60_000)
    }
    expect(service.reports.length).toBe(reports + 1)
    expect(service.gets.length).toBe(gets)
  })
})

describe('G01 stories of the fetcher', () => {
  it('story: resumable deltas on a bad line: power and line go again and again, a third of all is lost → the delta alone, never the whole program; where nothing is lost, at most one window more for each break', async () => {
    const bytes = 150_000
    // It begins as the one built in and is much longer: the delta has many windows.
    const made = makeRelease({ bytes, mark: 'factory', bases: [FACTORY_PROGRAM] })
    const [delta, whole] = made.payloads
    if (delta === undefined || whole === undefined) throw new Error('two payloads')
    for (const lossy of [false, true]) {
      const terminal = makeUpdateTerminal({ geometry: PROGRAM_CHIP })
      const { service } = terminal
      if (lossy) badLine(terminal, 5)
      service.fates.latencyMs = 300
      service.want(made)
      terminal.start()
      const percent = (): number => terminal.updater().state().percent ?? 0
      const past = (from: number) => () => isReady(terminal)() || percent() >= from
      let breaks = 0
      for (let from = 8; from < 100; from = percent() + 8) {
        await terminal.until(past(from), 7_200_000)
        if (isReady(terminal)()) break
        const had = percent()
        if (breaks++ % 2 === 0)
          terminal.start() // the power went
        else {
          service.online(false)
          await terminal.time.advance(90_000)
          service.online(true)
        }
        await terminal.until(past(1), 7_200_000)
        expect(isReady(terminal)() || percent() >= had, `${percent()} after ${had}`).toBe(true)
      }
      expect(await terminal.until(isReady(terminal), 7_200_000)).toBe(true)
      expect(breaks).toBeGreaterThan(4)
      expect(service.asked(whole.hash)).toBe(0)
      if (!lossy)
        expect(service.asked(delta.hash)).toBeLessThanOrEqual(delta.bytes.length + breaks * WINDOW_MAX)
      expect(terminal.chip.read(terminal.areas.a.address, bytes)).toEqual(made.program)
      expect(terminal.faults).toEqual([])
    }
  })

  it('story: bigger, negotiated chunks with clear errors: the block is what order and terminal both take; each refusal has a code that is reported', async () => {
    const release = makeRelease({ bytes: 150_000, mark: 'big' })
    for (const [blockMax, windowMax, expected] of [
      [1_024, 1_024, 1_024],
      [4_096, 16_384, 4_096],
      [32_768, WINDOW_MAX, 16_384], // hello says that it takes 16 KiB
    ] as const) {
      const terminal = makeUpdateTerminal({ geometry: PROGRAM_CHIP })
      terminal.service.desire.transfer = { blockMax, windowMax, source: 0 }
      terminal.service.want(release)
      terminal.start()
      expect(await terminal.until(isReady(terminal))).toBe(true)
      expect(terminal.service.hellos[0]?.blockMax).toBe(16_384)
      const sizes = terminal.service.gets.map(({ blockBytes }) => blockBytes)
      expect(Math.max(...sizes)).toBe(expected)
      const windows = terminal.service.gets.map((get) => bits(get) * get.blockBytes)
      expect(Math.max(...windows)).toBeLessThanOrEqual(windowMax)
    }
    // biome-ignore format: one row an answer
    const errors: readonly (readonly [number, number])[] = [
      [1, CODE.cancelled],
      [3, CODE.notForMe],
    ]
    for (const [error, code] of errors) {
      const terminal = makeUpdateTerminal({ geometry: PROGRAM_CHIP })
      terminal.service.want(release)
      terminal.service.fates.refuse = (get) => [refused(get, error)]
      terminal.start()
      await terminal.until(() => terminal.updater().state().code !== CODE.ok, 600_000)
      expect([error, terminal.updater().state().code]).toEqual([error, code])
      await terminal.until(() => terminal.service.reports.at(-1)?.download.code === code, 600_000)
      expect(terminal.service.reports.at(-1)?.download.code).toBe(code)
    }
  })
})

describe('a length that lies', () => {
  const spoilt = (change: (payload: Uint8Array) => Uint8Array): MadeRelease =>
    makeRelease({ bytes: 9_000, mark: 'lies', spoil: change })

  // biome-ignore format: one row a lie
  const lies: readonly (readonly [string, MadeRelease])[] = [
    ['a program that is longer than its manifest says',  makeRelease({ mark: 'long', over: { program: { length: 8_000, hash: new Uint8Array(32) } } })],
    ['a program that is shorter than its manifest says', makeRelease({ mark: 'short', over: { program: { length: 9_500, hash: new Uint8Array(32) } } })],
    ['a payload that goes on behind its end',            spoilt((payload) => Buffer.concat([payload, new Uint8Array(2_000)]))],
    ['a payload that is cut',                            spoilt((payload) => payload.slice(0, -700))],
  ]
  for (const [name, release] of lies)
    it(`G06 ${name} → failed, never ready, the program before runs`, async () => {
      const terminal = makeUpdateTerminal()
      terminal.service.want(release)
      terminal.start()
      await terminal.until(() => terminal.updater().state().state === 'failed', 600_000)
      expect(terminal.updater().state().state).toBe('failed')
      expect([CODE.unpackWrong, CODE.programWrong]).toContain(terminal.updater().state().code)
      expect(terminal.updater().programReady()).toBeUndefined()
      const a = terminal.areas.a
      const behind = terminal.chip.read(a.address + 12_000, a.bytes - 12_000)
      expect(
        behind.every((byte) => byte === 0xff),
        'nothing is written behind the program',
      ).toBe(true)
      terminal.start()
      expect(terminal.started()).toEqual({ place: 'factory', trial: false })
      expect(terminal.faults).toEqual([])
    })
})

function bits({ bitmap }: Get): number {
  return [...bitmap].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
}
