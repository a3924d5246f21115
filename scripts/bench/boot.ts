import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import type { Engine } from '../../emulator/engine.ts'
import { makeTill, quickJs, readBundle, type TillOptions, v8, WALL_MS } from './joined.ts'
import { cpuMsSince, median, type Row, rounds, type Work } from './row.ts'

const BOOTS = 9
const ENTRIES = 500
const BOOT_MAX = 150
const DAY_MS = 86_400_000
/** 256 KiB. */
const SECTORS = 64

/**
 * From the power switch to the main menu on the screen: engine, bundle, recovery of the journal, and the day's
 * sign-on, which a host in this process answers without any latency.
 */
export async function benchBoot(work: Work): Promise<readonly Row[]> {
  await readBundle() // builds it where it is old
  const compile = performance.now()
  const module = await loadQuickJsNode()
  const compileMs = performance.now() - compile
  const engine = await quickJs(module)
  const first = await booted({ engine })

  const boots = rounds(work, BOOTS, 2)
  const times = async (use: Engine, kept?: TillOptions['kept']): Promise<readonly Boot[]> => {
    const all: Boot[] = []
    for (let boot = 0; boot < boots; boot++) all.push(await booted(sameTillNextDay(use, kept)))
    return all
  }
  const empty = await times(engine)
  const emptyV8 = await times(v8())
  work.progress('selling, for a journal to recover')
  const entries = rounds(work, ENTRIES, 2)
  const kept = await sold(entries)
  const full = await times(engine, kept)
  const fullV8 = await times(v8(), kept)
  const again = performance.now()
  await loadQuickJsNode()
  const againMs = performance.now() - again
  return [
    {
      quantity: 'engine: read and compile',
      value: compileMs,
      unit: 'ms',
      beside: { what: 'again', value: againMs },
      note: 'once a process',
    },
    {
      quantity: 'first boot of the process, with compiling',
      value: compileMs + first.ms,
      unit: 'ms',
      target: BOOT_MAX,
    },
    ...bootRows('boot to idle, empty journal', empty, emptyV8),
    ...bootRows(`boot to idle, ${entries} sales in the journal`, full, fullV8),
  ]
}

interface Boot {
  readonly ms: number
  readonly cpuMs: number
}

function bootRows(quantity: string, quickjs: readonly Boot[], inV8: readonly Boot[]): readonly Row[] {
  const wall = quickjs.map(({ ms }) => ms)
  const wallV8 = inV8.map(({ ms }) => ms)
  return [
    {
      quantity: `${quantity}, median of ${quickjs.length}`,
      value: median(wall),
      unit: 'ms',
      target: BOOT_MAX,
      beside: { what: 'V8', value: median(wallV8) },
    },
    {
      quantity: `${quantity}, best`,
      value: Math.min(...wall),
      unit: 'ms',
      beside: { what: 'V8', value: Math.min(...wallV8) },
    },
    {
      quantity: `${quantity}, processor time`,
      value: median(quickjs.map(({ cpuMs }) => cpuMs)),
      unit: 'ms',
      beside: { what: 'V8', value: median(inV8.map(({ cpuMs }) => cpuMs)) },
    },
  ]
}

/** The keys are a day old, so that the boot signs on as it does every morning. */
function sameTillNextDay(engine: Engine, kept: TillOptions['kept']): TillOptions {
  return kept === undefined ? { engine } : { engine, kept, sectorCount: SECTORS, wallMs: WALL_MS + DAY_MS }
}

async function booted(options: TillOptions): Promise<Boot> {
  const till = makeTill(options)
  const cpu = process.cpuUsage()
  const before = performance.now()
  await till.boot()
  const boot = { ms: performance.now() - before, cpuMs: cpuMsSince(cpu) }
  till.machine.powerOff()
  return boot
}

async function sold(entries: number): Promise<NonNullable<TillOptions['kept']>> {
  const till = makeTill({ engine: v8(), sectorCount: SECTORS })
  await till.boot()
  for (let sale = 0; sale < entries; sale++) await till.sell()
  till.machine.powerOff()
  return { flash: till.chip.snapshot(), secure: till.secure(), bank: till.bank }
}
