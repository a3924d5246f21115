import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockMessage, blockService, offsetsOf } from '../../../../host-link/tms/node/blocks.ts'
import { type Block, decodeBlock, encodeBlock, encodeGet } from '../../../../host-link/wire/tms/talk.ts'

const OBJECT = new Uint8Array(40_000).map((_, at) => (at * 7) & 255)
const HASH: Uint8Array = new Uint8Array(createHash('sha256').update(OBJECT).digest())
const NAME = Buffer.from(HASH).toString('hex')

interface Rig {
  readonly sent: { readonly serial: string; readonly block: Block }[]
  readonly ask: (
    serial: string,
    change?: {
      bitmap?: number[] | undefined
      first?: number | undefined
      blockBytes?: number | undefined
      object?: Uint8Array | undefined
      request?: number | undefined
    },
  ) => void
  buffered: number
  nowMs: number
  served: boolean
  reads: number
  readonly close: () => void
}

function rig({ budgetBytes = 1e6, owner = '' } = {}): Rig {
  const state = { buffered: 0, nowMs: 0, served: true, reads: 0 }
  const sent: Rig['sent'] = []
  const service = blockService({
    objects: {
      object: async (hash) =>
        state.served && hash === NAME ? { size: OBJECT.length, owner, release: 1 } : undefined,
      async objectBytes(_, offset, length) {
        state.reads++
        return OBJECT.slice(offset, offset + length)
      },
    },
    budgetBytes,
    buffered: () => state.buffered,
    nowMs: () => state.nowMs,
    send: (serial, payload) => sent.push({ serial, block: decodeBlock(payload) }),
  })
  return Object.assign(state, {
    sent,
    ask(
      serial: string,
      { bitmap = [0b1111], first = 0, blockBytes = 4096, object = HASH, request = 1 } = {},
    ) {
      service.asked(
        serial,
        encodeGet({ object, blockBytes, first, bitmap: Uint8Array.from(bitmap), request }),
      )
    },
    close: () => service.close(),
  })
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('blocks 数据块', () => {
  test('exactly the blocks of the bitmap, the last one shorter, none beyond the end', async () => {
    const service = rig()
    service.ask('A', { first: 7, bitmap: [0b1101], request: 9 })
    await turns()
    expect(
      service.sent.map(({ serial, block }) => [
        serial,
        'bytes' in block && block.offset,
        'bytes' in block && block.bytes.length,
      ]),
    ).toEqual([
      ['A', 28_672, 4_096],
      ['A', 36_864, 3_136],
    ])
    for (const { block } of service.sent) {
      if (!('bytes' in block)) throw new Error('refused')
      expect(block.bytes).toEqual(OBJECT.slice(block.offset, block.offset + 4_096))
      expect(block.request).toBe(9)
    }
  })

  test('refusals go to who asked: unknown object, another terminal’s, too many bytes, none at all', async () => {
    const errors = async (service: Rig) => {
      await turns()
      return service.sent.map(({ block }) => 'error' in block && block.error)
    }
    const unknown = rig()
    unknown.ask('A', { object: new Uint8Array(32) })
    expect(await errors(unknown)).toEqual([1])
    const owned = rig({ owner: 'B' })
    owned.ask('A')
    owned.ask('B', { bitmap: [1] })
    expect(await errors(owned)).toEqual([3, false])
    const many = rig()
    many.ask('A', { blockBytes: 32_768, bitmap: [0b11] })
    many.ask('C', { first: 900 })
    expect(await errors(many)).toEqual([false, false, 2])
  })

  test('a withdrawn object is not served any more after 5 s, nor are its bytes read twice before', async () => {
    const service = rig()
    service.ask('A', { bitmap: [1] })
    service.ask('B', { bitmap: [1] })
    await turns()
    expect([service.sent.length, service.reads]).toEqual([2, 1])
    service.served = false
    service.nowMs = 5_001
    service.ask('A', { bitmap: [1] })
    await turns()
    expect(service.sent[2]?.block).toMatchObject({ error: 1 })
  })

  test('while the budget is used up requests wait, the newest two of each terminal; they go on when a window is over', async () => {
    const service = rig({ budgetBytes: 16_384 })
    service.ask('A')
    service.ask('B')
    service.ask('B', { first: 4, bitmap: [1], request: 2 })
    service.ask('B', { first: 5, bitmap: [1], request: 3 })
    await turns()
    expect(service.sent.map(({ serial }) => serial)).toEqual(['A', 'A', 'A', 'A'])
    service.nowMs = 5_001 // nobody followed it up
    service.ask('C', { bitmap: [1] })
    await turns()
    expect(service.sent.slice(4).map(({ serial, block }) => [serial, block.request])).toEqual([
      ['B', 2],
      ['C', 1],
      ['B', 3],
    ])
    service.close()
  })

  test('a line that does not take more gets no more', async () => {
    const service = rig({ budgetBytes: 100_000 })
    service.buffered = 50_000
    service.ask('A')
    await turns()
    expect(service.sent).toEqual([])
    service.close()
  })

  test('a block is the same bytes as its codec makes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.nat(0xffff_ffff),
        fc.nat(0xffff_ffff),
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        (object, request, offset, bytes) => {
          const made = blockMessage({ object, request }, offset, bytes)
          expect(new Uint8Array(made)).toEqual(
            encodeBlock({ object: object.slice(0, 8), request, offset, bytes }),
          )
        },
      ),
    )
  })

  test('a bitmap names blocks from the first on, the least significant bit first', () => {
    expect(offsetsOf({ first: 3, bitmap: Uint8Array.of(0b101, 0b1), blockBytes: 1_024 })).toEqual([
      3_072, 5_120, 11_264,
    ])
  })
})
