import type { NativeBuild } from '../native/build-native.ts'
import { makeNativeTill, type NativeTill } from './native-till.ts'
import { type Row, rounds, type Work } from './row.ts'

const HEAP_MAX = 700_000
/** Of the search, and how often it halves: the runtime takes heaps of whole pages. */
const LEAST = 524_288
const MOST = 1_048_576
const PAGE = 2048
const HALVINGS = 8
const SALES_LOOKED = 60
const SALES = 1000

/** Heap of the application after boot and over sales, and the smallest with which it boots and sells, from bytecode. */
export async function heapRows(native: NativeBuild, made: string, work: Work): Promise<readonly Row[]> {
  const { arch } = native
  const till = makeNativeTill({ native, made })
  await till.boot()
  const boot = await till.heap()
  await sold(till, 1)
  const one = await till.heap()
  await till.close()

  work.progress(`${arch}: the smallest heap`)
  const looked = rounds(work, SALES_LOOKED, 3)
  let [small, large] = [LEAST, MOST]
  for (let left = rounds(work, HALVINGS, 1); left > 0 && large - small > PAGE; left--) {
    const heap = Math.floor((small + large) / 2 / PAGE) * PAGE
    if (await sells(native, made, heap, looked)) large = heap
    else small = heap
  }
  const wanted = rounds(work, SALES, looked)
  work.progress(`${arch}: ${wanted} sales with ${large} bytes`)
  const step = large - small
  while (large < MOST && !(await sells(native, made, large, wanted))) large += PAGE
  const { bits, target } =
    arch === 'arm' ? { bits: 32, target: { target: HEAP_MAX } } : { bits: 64, target: {} }
  return [
    {
      quantity: `${arch}: smallest heap that boots and completes ${wanted} sales, from bytecode`,
      value: large,
      unit: 'B',
      ...target,
      note: `to ${step} bytes; all that the engine has, its allocator's own use with it; no download service; ${bits} bits`,
    },
    { quantity: `${arch}: heap in use after boot`, value: boot.used, unit: 'B' },
    { quantity: `${arch}: heap in use after one sale`, value: one.used, unit: 'B' },
    { quantity: `${arch}: most of the heap ever taken, of 2 MiB`, value: one.peak, unit: 'B' },
  ]
}

async function sold(till: NativeTill, sales: number): Promise<boolean> {
  for (let sale = 0; sale < sales; sale++)
    if ((await till.sell()) === 'full') throw new Error(`bench: the batch is full after ${sale} sales`)
  return till.stops.length === 0
}

/** Whether a terminal with so much heap boots and sells, and never runs out of it. */
async function sells(native: NativeBuild, made: string, heap: number, sales: number): Promise<boolean> {
  const till = makeNativeTill({ native, made, heap })
  try {
    await till.boot()
    return await sold(till, sales)
  } catch (error) {
    if (till.stops.some((why) => why.startsWith('out of memory'))) return false
    throw error
  } finally {
    await till.close()
  }
}
