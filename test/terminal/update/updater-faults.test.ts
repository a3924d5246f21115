import { describe, expect, it } from 'vitest'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import { type Block, encodeBlock } from '../../../host-link/wire/tms/talk.ts'
import { hexOf } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import { type MadeRelease, makeRelease } from '../../rig/update-documents.ts'
import { refused } from '../../rig/update-service.ts'

/** Many windows, on a chip of the size that terminals have. */
const release = makeRelease({ bytes: 150_000 })
const [payload] = release.payloads
if (payload === undefined) throw new Error('a release without payload')
const leaves = Math.ceil(payload.bytes.length / 1_024)

function wanting(made: MadeRelease = release): UpdateTerminal {
  const terminal = makeUpdateTerminal({ geometry: PROGRAM_CHIP })
  terminal.service.want(made)
  terminal.start()
  return terminal
}
const isReady = (terminal: UpdateTerminal) => () => terminal.updater().programReady() !== undefined
async function ready(terminal: UpdateTerminal, limitMs = 3_600_000): Promise<void> {
  expect(await terminal.until(isReady(terminal), limitMs), JSON.stringify(terminal.updater().state())).toBe(
    true,
  )
  expect(terminal.faults).toEqual([])
}
const isOfPayload = (block: Block): boolean => hexOf(block.object) === hexOf(payload.hash.slice(0, 8))

describe('D01 G01: blocks lost, twice, late, out of order', () => {
  it('each third message lost → all arrives all the same', async () => {
    const terminal = wanting()
    let count = 0
    terminal.service.fates.down = (_, bytes) => (++count % 3 === 0 ? [] : [{ bytes, afterMs: 0 }])
    await ready(terminal)
  })

  it('every message twice → no leaf is programmed twice, and nothing is asked for again', async () => {
    const terminal = wanting()
    terminal.service.fates.down = (_, bytes) => [
      { bytes, afterMs: 0 },
      { bytes, afterMs: 3 },
    ]
    await ready(terminal)
    expect(terminal.service.asked(payload.hash)).toBe(payload.bytes.length)
  })

  it('blocks in the reverse order → received in one go', async () => {
    const terminal = wanting()
    let count = 0
    terminal.service.fates.down = (topic, bytes) => {
      count++
      return [{ bytes, afterMs: topic === 'blk' ? 900 - 30 * (count % 30) : 0 }]
    }
    await ready(terminal)
    expect(terminal.service.asked(payload.hash)).toBe(payload.bytes.length)
  })

  it('a block later than the time-out is still taken, and what was asked again is passed over', async () => {
    const terminal = wanting()
    let late = true
    terminal.service.fates.down = (topic, bytes) => {
      const afterMs = topic === 'blk' && late && bytes.length > 2_000 ? 7_000 : 0
      if (afterMs > 0) late = false
      return [{ bytes, afterMs }]
    }
    await ready(terminal)
  })

  it('blocks nobody asked for, of other objects, longer than the object, not at a leaf → passed over', async () => {
    const terminal = wanting()
    const { service } = terminal
    service.desire.transfer = { blockMax: 4_096, windowMax: 32_768, source: 0 } // all of it lies in the inbox together
    let times = 0
    service.fates.mangle = (block) => {
      if (!isOfPayload(block) || ++times % 8 !== 1) return block
      const right = { ...block, object: block.object.slice() }
      const strange: Block[] = [
        { ...right, object: new Uint8Array(8) },
        { ...right, bytes: new Uint8Array(32_768), request: 0 },
        { ...right, offset: Math.floor(payload.bytes.length / 1_024) * 1_024, bytes: new Uint8Array(1_024) },
        { ...right, offset: right.offset + 1 },
        { ...right, offset: 1_024 * 4_000 },
      ]
      for (const each of strange) service.send('blk', encodeBlock(each))
      service.send('blk', Uint8Array.of(1, 2, 3))
      return block
    }
    await ready(terminal)
    expect(service.asked(payload.hash)).toBe(payload.bytes.length)
  })

  it('the line breaks in the middle → goes on after it with at most one window asked again', async () => {
    const terminal = wanting()
    const { service, time } = terminal
    const half = () =>
      terminal.updater().state().percent !== undefined && (terminal.updater().state().percent ?? 0) > 40
    await terminal.until(half)
    service.online(false)
    await time.advance(120_000)
    service.online(true)
    await ready(terminal)
    expect(service.asked(payload.hash)).toBeLessThanOrEqual(payload.bytes.length + 65_536)
  })
})

describe('wrong blocks', () => {
  it('one leaf wrong once → only that leaf is fetched again', async () => {
    const terminal = wanting()
    let bad = 1
    terminal.service.fates.mangle = (block) => {
      if (!isOfPayload(block) || bad-- <= 0) return block
      const bytes = block.bytes.slice()
      bytes[1_500] = (bytes[1_500] ?? 0) ^ 1
      return { ...block, bytes }
    }
    await ready(terminal)
    expect(terminal.service.asked(payload.hash)).toBe(payload.bytes.length + 1_024)
    expect(
      terminal.service.gets
        .filter(({ blockBytes }) => blockBytes === 1_024)
        .map(({ bitmap }) => bits(bitmap)),
    ).toContain(1)
  })

  it('the same leaf wrong three times → the other source, and it is right there', async () => {
    const terminal = wanting()
    terminal.service.desire.transfer = { blockMax: 4_096, windowMax: 65_536, source: 2 }
    terminal.service.fates.mangle = (block) =>
      isOfPayload(block) && block.offset === 0
        ? { ...block, bytes: block.bytes.map((byte) => byte ^ 1) }
        : block
    await ready(terminal)
    expect(terminal.service.ranges.length).toBeGreaterThan(0)
  })

  it('wrong from every source → failed(blockWrong), what was right stays, tried again after a pause', async () => {
    const terminal = wanting()
    const { service } = terminal
    const right = service.fates.mangle
    service.fates.mangle = (block) =>
      isOfPayload(block) && block.offset === 0
        ? { ...block, bytes: block.bytes.map((byte) => byte ^ 1) }
        : block
    expect(await terminal.until(() => terminal.updater().state().state === 'failed')).toBe(true)
    expect(terminal.updater().state()).toMatchObject({ state: 'failed', code: 13 })
    const asked = service.gets.length
    await terminal.time.advance(20_000)
    expect(service.gets.length).toBe(asked) // no storm
    service.fates.mangle = right
    await ready(terminal)
    expect(service.asked(payload.hash)).toBeLessThanOrEqual(payload.bytes.length + 65_536 + 4 * 4_096)
  })

  it('a manifest whose bytes are not those of the order → nothing of the payload is asked for', async () => {
    const terminal = wanting()
    terminal.service.fates.mangle = (block) =>
      isOfPayload(block) ? block : { ...block, bytes: block.bytes.map((byte) => byte ^ 1) }
    await terminal.time.advance(600_000)
    expect(terminal.service.asked(payload.hash)).toBe(0)
    expect(terminal.updater().state().code).toBe(13)
  })
})

describe('what the service says', () => {
  it('story: bigger, negotiated chunks with clear errors: too many → smaller windows until it is taken', async () => {
    const terminal = wanting()
    terminal.service.fates.refuse = (get) =>
      get.bitmap.length * 8 * get.blockBytes > 8_192 * 8 || bits(get.bitmap) * get.blockBytes > 4_096
        ? [refused(get, 2)]
        : undefined
    await ready(terminal)
    expect(terminal.updater().state().state).toBe('verified')
  })

  it('later → asks again when that time is over, not before', async () => {
    const terminal = wanting()
    const { service, time } = terminal
    let told = 0
    service.fates.refuse = (get) => {
      if (hexOf(get.object) !== hexOf(payload.hash) || told > 0) return undefined
      told = time.monotonicMs()
      return [refused(get, 4, 90)]
    }
    await terminal.until(() => told > 0)
    await time.advance(100) // two requests are under way, and the other is answered
    const asked = service.gets.length
    await time.advance(88_900)
    expect(service.gets.length).toBe(asked)
    await ready(terminal)
  })

  it('not yours → no more is asked, and the reason is told', async () => {
    const terminal = wanting()
    terminal.service.fates.refuse = (get) => [refused(get, 3)]
    await terminal.until(() => terminal.updater().state().code === 26)
    const asked = terminal.service.gets.length
    await terminal.time.advance(20_000)
    expect(terminal.service.gets.length).toBe(asked)
  })

  it('an object that it does not have → waits longer and longer', async () => {
    const terminal = wanting()
    terminal.service.objects.clear()
    await terminal.time.advance(3 * 3_600_000)
    expect(terminal.service.gets.length).toBeLessThan(14)
    expect(terminal.service.gets.length).toBeGreaterThan(4)
    terminal.service.want(release)
    await ready(terminal, 2 * 3_600_000)
  })

  it('story: back-off with jitter: two terminals whose service is silent do not come back together', async () => {
    const times: number[][] = []
    for (const seed of [1, 2]) {
      const terminal = wanting()
      const own: number[] = []
      for (let i = 0; i < seed * 3; i++) terminal.device().secure.random(1)
      terminal.service.fates.refuse = (get) => {
        own.push(terminal.time.monotonicMs())
        return [refused(get, 1)]
      }
      await terminal.time.advance(3_600_000)
      times.push(own)
    }
    expect(times[0]?.slice(1)).not.toEqual(times[1]?.slice(1))
  })
})

describe('slow, silent, endless', () => {
  it('1 kB/s with 600 ms each way → arrives without one block asked for twice', async () => {
    const terminal = wanting()
    Object.assign(terminal.service.fates, { latencyMs: 600, bytesPerSecond: 1_000 })
    await ready(terminal)
    expect(terminal.service.asked(payload.hash)).toBeLessThanOrEqual(payload.bytes.length + 16_384)
  })

  it('a drip of duplicates is no progress → the source is given up', async () => {
    const terminal = wanting()
    const { service, time } = terminal
    let first: Block | undefined
    service.fates.mangle = (block) => {
      if (!isOfPayload(block)) return block
      first ??= block
      return first // for ever the same leaf
    }
    const state = () => terminal.updater().state()
    expect(await terminal.until(() => state().code === 31, 1_800_000)).toBe(true)
    expect(time.monotonicMs()).toBeLessThan(1_800_000)
    expect(state().state).toBe('failed')
  })

  it('five windows without an answer → HTTPS, and with it the rest', async () => {
    const terminal = wanting()
    const { service } = terminal
    service.desire.transfer = { blockMax: 4_096, windowMax: 65_536, source: 2 }
    service.fates.up = (topic) => topic !== 'get'
    await ready(terminal)
    expect(service.gets.length).toBe(0)
    expect(service.ranges.every(({ length }) => length <= 32_768)).toBe(true)
  })

  it('HTTPS alone, each second answer short or missing → arrives', async () => {
    const terminal = wanting()
    const { service } = terminal
    service.desire.transfer = { blockMax: 4_096, windowMax: 65_536, source: 1 }
    let count = 0
    service.fates.range = (object, offset, length) => {
      const bytes = service.objects.get(hexOf(object))?.slice(offset, offset + length)
      return ++count % 2 === 0 ? bytes : count % 4 === 1 ? bytes?.slice(1) : undefined
    }
    await ready(terminal)
    expect(service.gets.length).toBe(0)
  })

  it('story: the server must not outrun my flash: never more than the window is under way, never over 64 blocks', async () => {
    const terminal = wanting()
    await ready(terminal)
    for (const { bitmap, blockBytes } of terminal.service.gets) {
      expect(bits(bitmap) * blockBytes).toBeLessThanOrEqual(65_536)
      expect(bitmap.length).toBeLessThanOrEqual(8)
      expect(blockBytes).toBeLessThanOrEqual(16_384)
    }
  })

  it('story: no duplicate blocks: on a clean line each leaf is asked for once', async () => {
    const terminal = wanting()
    await ready(terminal)
    expect(terminal.service.asked(payload.hash)).toBe(payload.bytes.length)
    expect(leaves).toBeGreaterThan(4)
  })
})

describe('during a transaction', () => {
  it('neither sends nor programs flash while somebody is at the terminal, and goes on by itself afterwards', async () => {
    const terminal = wanting()
    const { service, time, chip } = terminal
    await terminal.until(() => service.asked(payload.hash) > 0)
    terminal.busy = true
    await time.advance(500) // what was being taken when it began
    const [sent, operations] = [service.gets.length + service.reports.length, chip.operations()]
    await time.advance(240_000)
    expect(service.gets.length + service.reports.length).toBe(sent)
    expect(chip.operations()).toBe(operations)
    terminal.busy = false
    await ready(terminal)
    expect(service.asked(payload.hash)).toBe(payload.bytes.length)
  })
})

function bits(bitmap: Uint8Array): number {
  return [...bitmap].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)
}
