import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import type { ReleaseManifest } from '../../../host-link/wire/tms/release.ts'
import { DAY, hexOf, NOW, sha256 } from '../../host-link/wire/tms/samples.ts'
import { FACTORY_PROGRAM, makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { type MadeRelease, makeRelease, NEXT_DIRECTOR, NEXT_ROOT } from '../../rig/update-documents.ts'

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

describe('updater 下载', () => {
  it('receives a release from hello to VERIFIED, and the slot holds the program', async () => {
    const terminal = wanting()
    await ready(terminal)
    const { a } = terminal.areas
    expect(terminal.chip.read(a.address, release.program.length)).toEqual(release.program)
    expect(terminal.updater().programReady()).toEqual({
      ...{ place: 'a', length: release.program.length, hash: release.manifest.program.hash },
      ...{ release: release.hash, counter: 1, version: '0.2.0' },
    })
    const last = () => terminal.service.reports.at(-1)
    expect(await terminal.until(() => last()?.download.state === 'verified', 5_000)).toBe(true)
    expect(last()?.download).toMatchObject({
      release: release.hash,
      code: 0,
      doneBytes: last()?.download.size,
    })
    expect(terminal.updater().state()).toMatchObject({
      version: '0.2.0',
      deferralsLeft: 3,
      notice: { en: 'Printing mended' },
    })
  })

  it('each hello has another nonce, and an order for an old one is not taken', async () => {
    const terminal = makeUpdateTerminal()
    terminal.start()
    await terminal.until(() => terminal.updater().order() !== undefined)
    terminal.updater().ask()
    await terminal.until(() => terminal.service.hellos.length === 2, 10_000)
    await terminal.time.advance(5_000)
    const [first, second] = terminal.service.hellos.map(({ nonce }) => nonce)
    expect(second).not.toEqual(first)
    terminal.service.want(release)
    terminal.service.tell({ nonce: first ?? new Uint8Array(8) })
    await terminal.time.advance(60_000)
    expect(terminal.service.gets).toEqual([])
    expect(stateOf(terminal).code).toBe(CODE.expired)
    terminal.service.tell()
    await ready(terminal)
    expect(stateOf(terminal).code).toBe(CODE.ok)
  })

  it('an order with the number of the newest is a repeat of it; one with a lower number is not taken', async () => {
    const terminal = wanting()
    await ready(terminal)
    const { service } = terminal
    const [hellos, seq] = [service.hellos.length, service.seq()]
    service.want(makeRelease({ over: { version: '0.3.0' } }))
    service.tell({ seq: seq - 1 })
    await terminal.time.advance(5_000)
    expect(stateOf(terminal).code).toBe(CODE.seqLow)
    expect(terminal.updater().order()).toMatchObject({ seq, program: { hash: release.hash } })
    service.want(release)
    service.tell({ seq })
    await terminal.time.advance(5_000)
    expect(stateOf(terminal).code).toBe(CODE.ok)
    expect(terminal.updater().order()?.seq).toBe(seq)
    expect(service.hellos.length).toBe(hellos)
  })

  it('a new release told to a terminal that is online begins within five seconds', async () => {
    const terminal = makeUpdateTerminal()
    terminal.start()
    await terminal.until(() => terminal.updater().order() !== undefined)
    await terminal.time.advance(7_200_000)
    terminal.service.want(release)
    terminal.service.tell()
    expect(await terminal.until(() => terminal.service.gets.length > 0, 5_000)).toBe(true)
    await ready(terminal)
  })

  it('a director with new keys: the root comes with the order, and is kept over a power cut', async () => {
    const terminal = wanting()
    terminal.service.roots = [NEXT_ROOT]
    terminal.service.director = NEXT_DIRECTOR
    await ready(terminal)
    terminal.service.roots = []
    terminal.start()
    await terminal.until(() => terminal.service.hellos.length > 1)
    expect(terminal.service.hellos.at(-1)?.rootVersion).toBe(2)
    await terminal.until(() => terminal.updater().order() !== undefined, 10_000)
    expect(terminal.updater().order()?.program?.hash).toEqual(release.hash)
  })

  it('a service that answers nothing hears hello again, later and later', async () => {
    const terminal = makeUpdateTerminal()
    terminal.service.fates.down = () => []
    terminal.start()
    await terminal.time.advance(3_600_000)
    expect(terminal.service.hellos.length).toBeGreaterThan(5)
    expect(terminal.service.hellos.length).toBeLessThan(20)
  })

  it('without a service the updater sleeps, and nothing is sent', async () => {
    const terminal = makeUpdateTerminal()
    terminal.service.online(false)
    terminal.start()
    await terminal.time.advance(86_400_000)
    expect(terminal.service.hellos).toEqual([])
    terminal.service.want(release)
    terminal.service.online(true)
    await ready(terminal)
  })
})

describe('D03 G03 G06: refused before the first block of the payload', () => {
  // biome-ignore format: one row a reason
  const rows: readonly (readonly [string, Partial<ReleaseManifest>, number])[] = [
    ['for another model',                    { models: ['SK-900'] },                                     CODE.wrongModel],
    ['of another tenant',                    { tenant: 'other' },                                        CODE.wrongTenant],
    ['expired',                              { expires: NOW - 1 },                                       CODE.expired],
    ['for a newer runtime',                  { runtime: { min: 2, max: 9 } },                            CODE.runtime],
    ['for another table of parameters',      { parameterSchema: { min: 2, max: 3 } },                    CODE.parameterSchema],
    ['that cannot take our journal over',    { journal: { readsMin: 3, readsMax: 3, writes: 3, reversible: false } }, CODE.journalLayout],
    ['that wants a version between',         { required: ['0.1.5'] },                                    CODE.requiredVersion],
    ['larger than a slot',                   { flash: 1_000_000 },                                       CODE.noSpace],
    ['whose program is longer than a slot',  { program: { length: 900_000, hash: new Uint8Array(32) } }, CODE.noSpace],
    ['whose payload is longer than staging', { payloads: [{ base: null, size: 900_000, index: new Uint8Array(32) }] }, CODE.noSpace],
    ['with deltas from other programs only', { payloads: [{ base: new Uint8Array(32).fill(9), size: 900, index: new Uint8Array(32) }] }, CODE.baseMissing],
  ]
  for (const [name, over, code] of rows)
    it(`a release ${name} → code ${code}, told, and nothing fetched or erased`, async () => {
      const made = makeRelease({ over })
      const terminal = wanting(made)
      const state = code === CODE.expired ? 'expired' : 'failed'
      expect(
        await terminal.until(() => stateOf(terminal).state === state),
        JSON.stringify(stateOf(terminal)),
      ).toBe(true)
      expect(stateOf(terminal).code).toBe(code)
      await terminal.time.advance(3_600_000)
      expect(terminal.service.asked(hashOf(made))).toBe(0)
      const { staging, a } = terminal.areas
      for (const area of [staging, a])
        expect(terminal.chip.read(area.address, area.bytes).every((byte) => byte === 0xff)).toBe(true)
      expect(terminal.service.reports.at(-1)).toMatchObject({
        download: { state, code, release: made.hash },
        last: { release: made.hash, end: state, code, order: 1 },
      })
      expect(terminal.faults).toEqual([])
    })

  it('a release under the counter of the one confirmed last → counterLow', async () => {
    const terminal = makeUpdateTerminal()
    terminal.start()
    terminal.device().secure.raiseFloor(0, 2, new Uint8Array(4))
    terminal.service.want(release)
    await terminal.until(() => stateOf(terminal).state === 'failed')
    expect(stateOf(terminal).code).toBe(CODE.counterLow)
    expect(terminal.service.asked(hashOf(release))).toBe(0)
  })

  it('a manifest signed by one of two → signature, and the same order does not try it again', async () => {
    const terminal = wanting(release)
    const bad = release.envelope.slice()
    bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1
    terminal.service.want({ ...release, ...renamed(bad) })
    terminal.start()
    await terminal.until(() => stateOf(terminal).state === 'failed')
    expect(stateOf(terminal).code).toBe(CODE.signature)
    const gets = terminal.service.gets.length
    terminal.start()
    await terminal.time.advance(600_000)
    expect(terminal.service.gets.length).toBe(gets)
    expect(stateOf(terminal).code).toBe(CODE.signature)
  })
})

describe('newest order', () => {
  it('another release while one is under way → that one alone becomes ready', async () => {
    const other = makeRelease({ mark: 'other', over: { version: '0.3.0', seq: 8 } })
    const terminal = wanting()
    terminal.service.desire.transfer = { blockMax: 1_024, windowMax: 1_024, source: 0 }
    await terminal.until(() => terminal.service.asked(hashOf(release)) > 2_000)
    terminal.service.want(other, 2)
    terminal.service.tell()
    await ready(terminal)
    expect(terminal.updater().programReady()?.version).toBe('0.3.0')
    const { a } = terminal.areas
    expect(terminal.chip.read(a.address, other.program.length)).toEqual(other.program)
  })

  it('withdrawn while it is received → superseded, no more blocks; ordered again → goes on with what it has', async () => {
    const terminal = wanting(makeRelease({ bytes: 14_000, mark: 'long' }))
    const { service } = terminal
    service.desire.transfer = { blockMax: 1_024, windowMax: 1_024, source: 0 }
    await terminal.until(() => (stateOf(terminal).percent ?? 0) > 50)
    const program = service.desire.program
    service.desire.program = null
    service.tell()
    expect(await terminal.until(() => stateOf(terminal).state === 'superseded', 10_000)).toBe(true)
    const gets = service.gets.length
    await terminal.time.advance(600_000)
    expect(service.gets.length).toBe(gets)
    service.desire.program = program
    service.tell()
    await ready(terminal)
    expect(service.asked(program?.hash ?? new Uint8Array(32))).toBe(program?.size)
  })

  it('withdrawn when it is ready → never armed', async () => {
    const terminal = wanting()
    await ready(terminal)
    terminal.service.desire.program = null
    terminal.service.tell()
    await terminal.until(() => {
      const heard = terminal.updater().order()?.program === null
      if (heard) expect(terminal.updater().programReady()).toBeUndefined() // from the first moment on
      return stateOf(terminal).state === 'superseded'
    }, 10_000)
    expect(terminal.updater().programReady()).toBeUndefined()
    terminal.start()
    await terminal.time.advance(1_000)
    expect(terminal.updater().programReady()).toBeUndefined()
  })

  it('the same order again and again changes nothing and writes nothing', async () => {
    const terminal = wanting()
    await ready(terminal)
    await terminal.time.advance(5_000)
    const operations = terminal.chip.operations()
    for (let i = 0; i < 5; i++) {
      terminal.service.tell()
      await terminal.time.advance(10_000)
    }
    expect(terminal.chip.operations()).toBe(operations)
    await ready(terminal)
  })

  it('a new window for what is ready is taken over and kept, deferrals stay used', async () => {
    const terminal = wanting()
    await ready(terminal)
    expect(terminal.updater().defer()).toBe(true)
    terminal.service.desire.policy = { windowFrom: 60, windowTo: 90, deadline: NOW + DAY }
    terminal.service.tell()
    await terminal.time.advance(5_000)
    terminal.service.online(false)
    terminal.start()
    await terminal.time.advance(5_000)
    expect(terminal.updater().programReady()?.version).toBe('0.2.0') // offline, after a power cut
    expect(terminal.updater().policy()).toMatchObject({
      windowFrom: 60,
      windowTo: 90,
      deadline: NOW + DAY,
      automatic: true,
    })
    expect(stateOf(terminal)).toMatchObject({ deferralsLeft: 2, deadline: NOW + DAY })
  })
})

describe('deltas', () => {
  const bases = [FACTORY_PROGRAM]
  it('a delta from the program built in is chosen, and is a tenth of the whole', async () => {
    const made = makeRelease({ bytes: 9_000, mark: 'factory', bases })
    const terminal = wanting(made)
    await ready(terminal)
    expect(terminal.service.asked(hashOf(made, 0))).toBe(made.payloads[0]?.bytes.length)
    expect(terminal.service.asked(hashOf(made, 1))).toBe(0)
  })

  it('a delta that does not unpack → the whole program once', async () => {
    const spoil = (payload: Uint8Array, base: Uint8Array | undefined) =>
      base === undefined ? payload : payload.map((byte, i) => (i === 40 ? byte ^ 255 : byte))
    const made = makeRelease({ mark: 'spoilt', bases, spoil })
    const terminal = wanting(made)
    await ready(terminal)
    expect(terminal.service.asked(hashOf(made, 1))).toBe(made.payloads[1]?.bytes.length)
  })

  it('a delta that makes another program → the whole one once', async () => {
    const twin = makeRelease({ mark: 'twin', bytes: 9_000, bases })
    const made = makeRelease({
      mark: 'real',
      bytes: 9_000,
      bases,
      spoil: (payload, base) => (base === undefined ? payload : (twin.payloads[0]?.bytes ?? payload)),
    })
    const terminal = wanting(made)
    await ready(terminal)
    expect(terminal.chip.read(terminal.areas.a.address, 9_000)).toEqual(made.program)
  })

  it('the whole program does not unpack, or makes another → failed, told, and not tried again but by a new order', async () => {
    for (const [spoil, code] of [
      [(payload: Uint8Array) => payload.map((byte, i) => (i === 40 ? byte ^ 255 : byte)), CODE.unpackWrong],
      [() => makeRelease({ mark: 'twin' }).payloads[0]?.bytes ?? new Uint8Array(1), CODE.programWrong],
    ] as const) {
      const made = makeRelease({ mark: 'wrong', spoil })
      const terminal = wanting(made)
      await terminal.until(() => stateOf(terminal).state === 'failed')
      expect(stateOf(terminal).code).toBe(code)
      const asked = terminal.service.asked(hashOf(made))
      terminal.start()
      await terminal.time.advance(3_600_000)
      expect(terminal.updater().programReady()).toBeUndefined()
      expect(terminal.service.asked(hashOf(made))).toBe(asked)
      terminal.service.want(made, 2)
      terminal.service.tell()
      await terminal.until(() => terminal.service.asked(hashOf(made)) > asked)
    }
  })

  it('a failed release that another replaced, ordered again under its old number → refused', async () => {
    const bad = makeRelease({ mark: 'bad', over: { models: ['other'] } })
    const terminal = wanting(bad)
    await terminal.until(() => stateOf(terminal).state === 'failed')
    terminal.service.want(release, 2)
    terminal.service.tell()
    await ready(terminal)
    terminal.service.want(bad, 1)
    terminal.service.tell()
    await terminal.until(() => stateOf(terminal).state === 'failed')
    expect(terminal.updater().programReady()).toBeUndefined()
  })
})

function renamed(envelope: Uint8Array): Pick<MadeRelease, 'envelope' | 'hash' | 'objects'> {
  const hash = sha256(envelope)
  return { envelope, hash, objects: new Map([...release.objects, [hexOf(hash), envelope]]) }
}
