import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import type { Engine } from '../../emulator/engine.ts'
import { timedModule } from './engine-time.ts'
import { makeTill, quickJs, type Till, v8 } from './joined.ts'
import { cpuMsSince, median, type Row, rounds, stopwatch, type Work } from './row.ts'

const WARM_UP = 5
const SALES = 60
const SECONDS = 15
const SALE_MAX = 30

/**
 * Processor time of one sale on the device's side: what the process took for it, less what the host in it took.
 * That is the application, the engine, the border between them, and the emulated peripherals with their ciphers.
 */
export async function benchSale(work: Work): Promise<readonly Row[]> {
  const module = await loadQuickJsNode()
  const quickjs = await saleTimes(work, await quickJs(module))
  work.progress('the same in V8')
  const inV8 = await saleTimes(work, v8())
  work.progress('with a stopwatch at the engine')
  const timed = timedModule(module)
  const inside = await saleTimes(work, await quickJs(timed.module), () => timed.insideMs())
  return [
    {
      quantity: 'processor time of a sale, device side, QuickJS',
      value: median(quickjs.deviceMs),
      unit: 'ms',
      target: SALE_MAX,
      beside: { what: 'V8', value: median(inV8.deviceMs) },
      note: `median of the first ${quickjs.deviceMs.length} sales of a batch; process less host`,
    },
    {
      quantity: 'of that inside the engine',
      value: median(inside.deviceMs.map((ms, at) => ms * (inside.insideShare[at] ?? 0))),
      unit: 'ms',
      note: 'without border and peripherals; share by a stopwatch on exports and imports, which costs a little',
    },
    { quantity: 'slowest of these sales', value: Math.max(...quickjs.deviceMs), unit: 'ms' },
    { quantity: 'host in the same process', value: median(quickjs.hostMs), unit: 'ms' },
  ]
}

interface SaleTimes {
  readonly deviceMs: number[]
  readonly hostMs: number[]
  /** Of the time that the sale took, how much control was inside the engine: 0 to 1. */
  readonly insideShare: number[]
}

export async function saleTimes(work: Work, engine: Engine, insideMs = () => 0): Promise<SaleTimes> {
  const times: SaleTimes = { deviceMs: [], hostMs: [], insideShare: [] }
  const till: Till = makeTill({ engine })
  await till.boot()
  const late = stopwatch(work, SECONDS)
  const sales = rounds(work, SALES, 2)
  for (let sale = -rounds(work, WARM_UP, 1); sale < sales && (sale < 2 || !late()); sale++) {
    const inside = insideMs()
    const beforeMs = performance.now()
    const host = till.bank.cpuMs()
    const cpu = process.cpuUsage()
    await till.sell()
    const hostMs = till.bank.cpuMs() - host
    if (sale < 0) continue
    times.deviceMs.push(cpuMsSince(cpu) - hostMs)
    times.hostMs.push(hostMs)
    times.insideShare.push((insideMs() - inside) / (performance.now() - beforeMs))
  }
  till.machine.powerOff()
  return times
}
