import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { typeOf } from '../../rig/frames.ts'
import { ensureNative } from '../../rig/native.ts'
import { type SaleEnd, sellWithout } from '../../rig/native-failures.ts'
import { makeNativeTill, type NativeTill } from '../../rig/native-till.ts'

/**
 * Every request for memory that fails, anywhere in a sale and in the start after it. Here every 1,940th of them; with
 * SHUAKA_BUDGET=20 every 97th, with SHUAKA_BUDGET=1940 each.
 */
const STEP = Math.max(1, Math.round(1_940 / Number(process.env.SHUAKA_BUDGET ?? 1)))
/** Till that is as new: its batch does not fill. */
const SALES_MAX = 200
/** Per failure, of real time. */
const ROUND_MS = 2_000

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

let first: NativeTill | undefined
let ofSale = 0
let ofStart = 0

async function newTill(): Promise<NativeTill> {
  if ('missing' in native) return expect.fail(native.missing)
  const till = makeNativeTill({ build: native, ...(first && { made: first.folder }) })
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** Does `round` for every STEP-th of `count` requests, each with a till that still has room. */
async function throughout(
  count: number,
  round: (till: NativeTill, k: number) => Promise<void>,
): Promise<void> {
  let till = await newTill()
  let rounds = 0
  for (let k = 1 + (STEP >> 1); k <= count; k += STEP) {
    if (rounds++ % SALES_MAX === SALES_MAX - 1) {
      await till.close()
      till = await newTill()
    }
    await round(till, k)
  }
  await till.close()
}

beforeAll(async () => {
  if (missing !== undefined) return
  first = await newTill()
  ofStart = await first.heapRequests()
  await first.order()
  await first.see(/交易成功/)
  await first.toIdle()
  ofSale = (await first.heapRequests()) - ofStart
})
afterAll(() => first?.close())

const budgetMs = (60_000 / STEP) * ROUND_MS

describe.skipIf(missing !== undefined)(
  'a request for memory fails, and the runtime restarts the application',
  () => {
    test(
      'in a sale 消费 → restarted from its journal, the books agree, nothing owed is forgotten',
      async () => {
        const ends: { [end in SaleEnd]: number } = { unsent: 0, approved: 0, undone: 0 }
        await throughout(ofSale, async (till, k) => {
          const before = till.stops.length
          ends[await sellWithout(till, k)]++
          expect(till.stops.length, `request ${k}`).toBe(before + 1)
        })
        expect(ends.unsent).toBeGreaterThan(0)
        expect(ends.approved).toBeGreaterThan(0)
      },
      budgetMs,
    )

    test('while it waits for the answer → 冲正 reversal is owed, and sent after the restart', async () => {
      const till = await newTill()
      till.network.fate = ({ direction }) => {
        if (direction === 'toTerminal') till.native.word('fail-at\t1')
        return { kind: 'deliver' }
      }
      await till.order()
      await till.time.runUntil(() => till.stops.length > 0, 60_000)
      till.network.fate = () => ({ kind: 'deliver' })
      await sellWithout(till, 0)
      expect(till.network.passed.some(({ body }) => typeOf(body) === '0400')).toBe(true)
      await till.close()
    })

    test('and then in the first stage of the next start → it is asked again, and the one after that recovers', async () => {
      const till = await newTill()
      for (const again of [1, 60, 600]) {
        const before = till.stops.length
        await sellWithout(till, Math.round(ofSale * 0.7), again)
        expect(till.stops.slice(before), `request ${again}`).toEqual([
          expect.stringMatching(/^out of memory: the heap of/),
          'out of memory: the heap is full in the first stage',
        ])
      }
      await till.close()
    })

    test(
      'and once more in the start after it → the one after that recovers',
      async () => {
        await throughout(ofStart, async (till, k) => {
          const before = till.stops.length
          await sellWithout(till, Math.round(ofSale * 0.7), k)
          expect(till.stops.length - before, `request ${k} of the start`).toBeGreaterThanOrEqual(1)
        })
      },
      budgetMs,
    )
  },
)
