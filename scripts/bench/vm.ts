import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import type { QuickJsModule } from '../../emulator/vm/instance.ts'
import { INTERRUPT_BUDGET, MEMORY_BYTES, STACK_BYTES } from '../../emulator/vm/limits.ts'
import { Vm } from '../../emulator/vm/vm.ts'
import { contract } from '../../terminal/device/contract.ts'
import type { Device } from '../../terminal/device/device.ts'

/** What the engine costs by itself; times in milliseconds, heap in bytes. */
export interface VmFigures {
  /** Compiling the engine, once a process. */
  readonly compileMs: number
  /** Instance, context, device and bundle, until the application waits for the first time: first and later ones. */
  readonly firstBootMs: number
  readonly bootMs: number
  readonly heapAfterBoot: number
  readonly heapPeak: number
  /** Calls from the guest to the host and back, per second, by what they carry. */
  readonly callsPerSecond: { readonly [carries: string]: number }
}

const BOOTS = 7
const CALLS = 20_000

// biome-ignore format: one row a kind of call
const calls: { readonly [carries: string]: string } = {
  'nothing':             'port.nop()',
  'three numbers':       'port.echo(1, 2, 3)',
  'a string':            'port.echo("消费 RMB 88.80 交易成功")',
  '300 bytes':           'port.echo(bytes)',
  'an object of five':   'port.echo({ kind: "key", key: "enter", a: 1, b: true, c: null })',
  'a promise':           'await port.wait()',
}
const table = { port: { nop: 'instant', echo: 'instant', wait: 'waits', done: 'waits' } } as const

/** Measures the engine with `bundle` on `device`; without them with an application that only waits. */
export async function benchVm(application?: {
  readonly bundle: string
  device(): Device
}): Promise<VmFigures> {
  const [compileMs, module] = await timed(loadQuickJsNode)
  const boots: number[] = []
  let heap = { used: 0, peak: 0 }
  for (let i = 0; i < BOOTS; i++) {
    const bundle = application?.bundle ?? 'var application = { running: device.clock.sleep(1) }'
    const vm = makeVm(module, bundle)
    const device = application?.device() ?? { clock: { sleep: () => new Promise(() => {}) } }
    const [ms] = await timed(() => vm.boot(device, contract))
    boots.push(ms)
    heap = vm.memory()
    vm.kill()
  }
  const callsPerSecond: { [carries: string]: number } = {}
  for (const [carries, call] of Object.entries(calls)) callsPerSecond[carries] = await rate(module, call)
  return {
    compileMs,
    firstBootMs: boots[0] ?? 0,
    bootMs: median(boots.slice(1)),
    heapAfterBoot: heap.used,
    heapPeak: heap.peak,
    callsPerSecond,
  }
}

async function rate(module: QuickJsModule, call: string): Promise<number> {
  const vm = makeVm(
    module,
    `var application = { running: (async () => {
      const { port } = device, bytes = new Uint8Array(300)
      for (let i = 0; i < ${CALLS}; i++) ${call}
      await port.done() })() }`,
  )
  let finished = () => {}
  const end = new Promise<void>((resolve) => {
    finished = resolve
  })
  const port = {
    nop: () => undefined,
    echo: (...args: unknown[]) => args[0],
    wait: () => Promise.resolve(),
    done: () => {
      finished()
      return new Promise(() => {})
    },
  }
  const [ms] = await timed(async () => {
    await vm.boot({ port }, table)
    await end
  })
  vm.kill()
  return Math.round((1000 * CALLS) / ms)
}

function makeVm(module: QuickJsModule, bundle: string): Vm {
  return new Vm(
    {
      module,
      bundle,
      memoryLimitBytes: MEMORY_BYTES,
      stackBytes: STACK_BYTES.mainThread,
      interruptBudget: INTERRUPT_BUDGET,
    },
    (why) => {
      throw new Error(`the guest was stopped: ${why}`)
    },
  )
}

async function timed<T>(work: () => Promise<T>): Promise<[ms: number, value: T]> {
  const before = performance.now()
  const value = await work()
  return [performance.now() - before, value]
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
