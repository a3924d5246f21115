import { makeTill, quickJs, type Till } from './joined.ts'
import { cpuMsSince, median, type Row, rounds, stopwatch, type Work } from './row.ts'

/** 256 KiB, the small chip: a batch of 1,000 sales fits, so nothing is closed between them. */
const SECTORS = 64
const SALES = 1000
const SECONDS = 60
/** Sales over which the least is taken: between two runs of the engine's collector the heap goes up and down. */
const WINDOW = 20
const AFTER_BOOT_MAX = 1_000_000
const PEAK_MAX = 2_000_000
const SALE_MS_MAX = 30

/** Heap of the application in QuickJS, over many sales. */
export async function benchHeap(work: Work): Promise<readonly Row[]> {
  const till = makeTill({ engine: await quickJs(), sectorCount: SECTORS })
  await till.boot()
  const boot = memoryOf(till)
  const wanted = rounds(work, SALES, 2)
  const late = stopwatch(work, SECONDS)
  const used: number[] = []
  const cpuMs: number[] = []
  for (let sale = 1; sale <= wanted && (sale <= 2 || !late()); sale++) {
    const before = process.cpuUsage()
    const hostMs = till.bank.cpuMs()
    if ((await till.sell()) === 'full') throw new Error(`bench: the journal is full after ${sale - 1} sales`)
    cpuMs.push(cpuMsSince(before) - (till.bank.cpuMs() - hostMs))
    used.push(memoryOf(till).used)
    if (sale % 50 === 0) work.progress(`${sale} of ${wanted} sales`)
  }
  const { peak } = memoryOf(till)
  till.machine.powerOff()
  return rowsOf({ boot, peak, used, cpuMs, wanted })
}

interface Run {
  readonly boot: { readonly used: number; readonly peak: number }
  readonly peak: number
  /** After each sale. */
  readonly used: readonly number[]
  readonly cpuMs: readonly number[]
  readonly wanted: number
}

function rowsOf({ boot, peak, used, cpuMs, wanted }: Run): readonly Row[] {
  const sales = used.length
  const tenth = Math.ceil(sales / 10)
  const early = least(used, tenth)
  const end = least(used, sales)
  const cut = sales < wanted ? `; stopped after ${SECONDS} s, ${wanted} sales were wanted` : ''
  return [
    { quantity: 'heap in use after boot', value: boot.used, unit: 'B', target: AFTER_BOOT_MAX },
    { quantity: 'heap peak while booting', value: boot.peak, unit: 'B' },
    {
      quantity: `heap peak over ${sales} sales`,
      value: peak,
      unit: 'B',
      target: PEAK_MAX,
      note: `all the allocator ever took, boot included; flash of 256 KiB, one batch${cut}`,
    },
    { quantity: `heap in use at sale ${tenth}`, value: early, unit: 'B' },
    {
      quantity: `growth from sale ${tenth} to sale ${sales}`,
      value: end - early,
      unit: 'B',
      target: 0,
      note: `least of the ${WINDOW} sales up to each`,
    },
    {
      quantity: `processor time of a sale with ${sales} in the journal, QuickJS`,
      value: median(cpuMs.slice(-WINDOW)),
      unit: 'ms',
      target: SALE_MS_MAX,
      beside: { what: `with ${tenth}`, value: median(cpuMs.slice(0, tenth).slice(-WINDOW)) },
    },
  ]
}

/** Least heap in use after the `WINDOW` sales up to `sale`, counted from 1. */
function least(used: readonly number[], sale: number): number {
  return Math.min(...used.slice(Math.max(0, sale - WINDOW), sale))
}

function memoryOf({ machine }: Till): { readonly used: number; readonly peak: number } {
  const memory = machine.memory()
  if (memory === undefined) throw new Error('bench: the application is not running')
  return memory
}
