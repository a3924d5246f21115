import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import type { Order } from '../../../host-link/wire/tms/order.ts'
import { nextAsk } from '../../../terminal/update/ask.ts'
import { faster, newPace, slower } from '../../../terminal/update/pace.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { makeRelease } from '../../rig/update-documents.ts'
import type { Fates } from '../../rig/update-service.ts'

/** Payloads of 253 and 956 KiB, and chips that have room for them; the smaller is the largest that a chip of 4 KiB sectors takes. */
const small = {
  release: makeRelease({ bytes: 316_000, mark: 'small' }),
  sectorBytes: 4_096,
  sectorCount: 310,
}
const large = {
  release: makeRelease({ bytes: 1_195_000, mark: 'large' }),
  ...{ sectorBytes: 32_768, sectorCount: 170 },
}
const little = makeRelease({ bytes: 190_000, mark: 'little' })
type Size = typeof small
const BLOCK_BYTES = 4_096
const WINDOW_BYTES = 65_536

interface Run {
  readonly terminal: UpdateTerminal
  /** Of the payload, of window ÷ round trip: all of it, and its last three quarters. */
  readonly whole: number
  readonly underWay: number
  /** Bytes asked for more than once. */
  readonly again: number
  readonly ms: number
}

/** Receives a release in virtual time. `lost`: of the blocks of the payload, counted from 0. */
async function receive(
  { release, sectorBytes, sectorCount }: Size,
  roundTripMs: number,
  lost: (block: number) => boolean,
  fates: Partial<Fates> = {},
): Promise<Run> {
  const terminal = makeUpdateTerminal({ geometry: { sectorBytes, sectorCount, unitBytes: 4 } })
  const { service, time } = terminal
  const [{ hash, bytes: payload }] = release.payloads as [(typeof release.payloads)[0]]
  const percent = () => terminal.updater().state().percent ?? 0
  const rate = (bytes: number, ms: number) => bytes / ((WINDOW_BYTES / roundTripMs) * ms)
  let blocks = 0
  service.want(release)
  service.desire.transfer = { blockMax: BLOCK_BYTES, windowMax: WINDOW_BYTES, source: 0 }
  Object.assign(service.fates, {
    latencyMs: roundTripMs / 2,
    down: (topic, bytes) =>
      topic === 'blk' && service.asked(hash) > 0 && lost(blocks++) ? [] : [{ bytes, afterMs: 0 }],
    ...fates,
  } satisfies Partial<Fates>)
  terminal.start()
  await terminal.until(() => service.asked(hash) > 0)
  const beginMs = time.monotonicMs() - roundTripMs / 2
  await terminal.until(() => percent() >= 25)
  const [quarter, quarterMs] = [percent() / 100, time.monotonicMs()]
  await terminal.until(() => terminal.updater().programReady() !== undefined)
  expect(terminal.updater().state().state).toBe('verified')
  expect(terminal.faults).toEqual([])
  const endMs = time.monotonicMs()
  return {
    ...{ terminal, ms: endMs - beginMs, again: service.asked(hash) - payload.length },
    whole: rate(payload.length, endMs - beginMs),
    underWay: rate(payload.length * (1 - quarter), endMs - quarterMs),
  }
}

const none = () => false
function twoPercent(seed: number): () => boolean {
  const random = makeRandom(seed)
  return () => random() % 50 === 0
}

describe('payload ÷ (window ÷ round trip × time), windows of 64 KiB, blocks of 4 KiB', () => {
  // biome-ignore format: one row a line
  const rows: readonly (readonly [string, Size, number, (seed: number) => () => boolean, number, number])[] = [
    // what                         size   trip  lost         whole under way
    ['253 KiB, 150 ms, none lost',  small, 150, () => none,   0.75, 0.95],
    ['253 KiB, 600 ms, none lost',  small, 600, () => none,   0.75, 0.95],
    ['253 KiB, 150 ms, 2 % lost',   small, 150, twoPercent,   0.60, 0.70],
    ['253 KiB, 600 ms, 2 % lost',   small, 600, twoPercent,   0.60, 0.70],
    ['956 KiB, 150 ms, none lost',  large, 150, () => none,   0.90, 0.95],
    ['956 KiB, 600 ms, none lost',  large, 600, () => none,   0.90, 0.95],
    ['956 KiB, 150 ms, 2 % lost',   large, 150, twoPercent,   0.85, 0.90],
    ['956 KiB, 600 ms, 2 % lost',   large, 600, twoPercent,   0.85, 0.90],
  ]
  for (const [name, size, roundTripMs, lost, whole, underWay] of rows)
    it(`${name} → at least ${whole}, under way ${underWay}, only what was lost asked for again`, async () => {
      for (const seed of lost === twoPercent ? [1, 2, 3] : [1]) {
        const losing = lost(seed)
        let gone = 0
        const run = await receive(size, roundTripMs, () => losing() && ++gone > 0)
        expect(run.whole).toBeGreaterThan(whole)
        expect(run.underWay).toBeGreaterThan(underWay)
        expect(run.again).toBeLessThanOrEqual(gone * BLOCK_BYTES)
      }
    })

  it('a line that takes a round trip to bring a window → two thirds of it, where one request at a time has half', async () => {
    const run = await receive(large, 600, none, { bytesPerSecond: WINDOW_BYTES / 0.6 })
    expect(run.underWay).toBeGreaterThan(0.65)
  })
})

describe('two requests under way', () => {
  /** Most requests, and most bytes, that were under way at once. */
  async function most(transfer: Order['transfer']): Promise<readonly [number, number]> {
    const terminal = makeUpdateTerminal({ geometry: PROGRAM_CHIP })
    const { service, time } = terminal
    const gets: { readonly atMs: number; readonly bytes: number }[] = []
    service.want(little)
    Object.assign(service.desire, { transfer })
    Object.assign(service.fates, {
      latencyMs: 75,
      refuse(get) {
        const blocks = [...get.bitmap].reduce(
          (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
          0,
        )
        gets.push({ atMs: time.monotonicMs(), bytes: blocks * get.blockBytes })
        return undefined
      },
    } satisfies Partial<Fates>)
    terminal.start()
    await terminal.until(() => terminal.updater().programReady() !== undefined)
    const under = gets.map(({ atMs }, at) => gets.slice(0, at + 1).filter((get) => get.atMs > atMs - 150))
    return [
      Math.max(...under.map(({ length }) => length)),
      Math.max(...under.map((each) => each.reduce((sum, { bytes }) => sum + bytes, 0))),
    ]
  }

  it('never more, and together never more than the window', async () => {
    expect(await most({ blockMax: 4_096, windowMax: 65_536, source: 0 })).toEqual([2, 65_536])
    expect(await most({ blockMax: 16_384, windowMax: 20_480, source: 0 })).toEqual([2, 16_384])
  })

  it('a window of one leaf → one request', async () => {
    expect(await most({ blockMax: 4_096, windowMax: 1_024, source: 0 })).toEqual([1, 1_024])
  })

  it('a block lost inside a request, or at its end → asked for once more with the next request, no time-out waited for', async () => {
    const clean = await receive(small, 600, none)
    for (const block of [1, 5, 12, 20, 27]) {
      const run = await receive(small, 600, (at) => at === block)
      expect(run.again).toBe(BLOCK_BYTES)
      expect(run.ms).toBeLessThan(clean.ms + 1_000) // the shortest time-out
    }
  })
})

describe('nextAsk', () => {
  it('property: blocks that are whole and missing, the first of all among them, within the bytes and 64 of the first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 1_024 }),
        fc.integer({ min: 0, max: 4 }).map((power) => 1_024 << power),
        fc.integer({ min: 512, max: 65_536 }),
        (there, last, blockMax, bytes) => {
          const size = (there.length - 1) * 1_024 + last
          const ask = nextAsk(size, (leaf) => there[leaf] === true, blockMax, bytes)
          const missing = there.indexOf(false)
          if (ask === undefined) {
            expect(missing).toBe(-1)
            return
          }
          const per = ask.blockBytes / 1_024
          const blocks = [...Array(64).keys()].filter((bit) => ((ask.bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1)
          const leaves = blocks.flatMap((bit) =>
            [...Array(per).keys()].map((at) => (ask.first + bit) * per + at),
          )
          expect([...ask.leaves]).toEqual(leaves.filter((leaf) => leaf < there.length))
          expect(Math.min(...ask.leaves)).toBeLessThanOrEqual(missing)
          expect([...ask.leaves]).toContain(missing)
          expect([...ask.leaves].some((leaf) => there[leaf])).toBe(false)
          expect(Math.max(...ask.leaves)).toBe(ask.last)
          expect(ask.bytes).toBe(blocks.length * ask.blockBytes)
          expect(ask.bytes).toBeLessThanOrEqual(Math.max(1_024, bytes))
          expect(ask.blockBytes).toBeLessThanOrEqual(blockMax)
        },
      ),
    )
  })

  it('of a block that came in part the missing leaves alone, in the largest blocks that are whole', () => {
    const had = new Set([0, 1, 4])
    expect(nextAsk(16_384, (leaf) => had.has(leaf), 4_096, 16_384)).toMatchObject({
      ...{ blockBytes: 2_048, first: 1, leaves: new Set([2, 3, 6, 7]) },
    })
  })
})

describe('pace', () => {
  const ask = { blockBytes: 4_096, bytes: 8_192 }
  it('grows by what came whole until it was halved once, then by a block, to the window of the order at most', () => {
    const pace = newPace()
    faster(pace, ask, 65_536)
    expect(pace.windowBytes).toBe(16_384 + 8_192)
    slower(pace)
    expect(pace.windowBytes).toBe(12_288)
    faster(pace, ask, 65_536)
    expect(pace.windowBytes).toBe(12_288 + 4_096)
    faster(pace, ask, 18_432)
    expect(pace.windowBytes).toBe(18_432)
  })
})
