import { loadQuickJsNode } from '../../../emulator/console/quickjs-node.ts'
import { MEMORY_BYTES, STACK_BYTES } from '../../../emulator/vm/limits.ts'
import { type CallTable, Vm, type VmOptions } from '../../../emulator/vm/vm.ts'

/** A little guest for the tests of the machine: `port.tell(x)` comes out here, `port.wait(ms)` is answered by hand. */
export interface Guest {
  readonly vm: Vm
  readonly told: unknown[]
  readonly why: string[]
  /** Answers the oldest pending `wait` and lets everything run that it sets off. */
  answer(value: unknown): Promise<void>
  readonly waiting: () => number
}

export const guestTable: CallTable = {
  port: { tell: 'instant', ask: 'instant', wait: 'waits' },
}

const module = await loadQuickJsNode()

export interface GuestOptions extends Partial<VmOptions> {
  ask?(...args: unknown[]): unknown
}

/** Boots `body`, the statements of an async function, and lets it run to its first wait. */
export async function bootGuest(body: string, options: GuestOptions = {}): Promise<Guest> {
  const told: unknown[] = []
  const why: string[] = []
  const waits: ((value: unknown) => void)[] = []
  const vm = new Vm(
    {
      module,
      bundle: `var application = (() => { 'use strict'; const { tell, ask, wait } = device.port
        return { running: (async () => { ${body}\n })() } })()`,
      memoryLimitBytes: MEMORY_BYTES,
      stackBytes: STACK_BYTES.mainThread,
      interruptBudget: 200,
      ...options,
    },
    (line) => why.push(line),
  )
  const port = {
    tell: (...args: unknown[]) => void told.push(args.length === 1 ? args[0] : args),
    ask: (...args: unknown[]) => options.ask?.(...args),
    wait: () => new Promise((resolve) => waits.push(resolve)),
  }
  await vm.boot({ port }, guestTable)
  const answer = async (value: unknown) => {
    const next = waits.shift()
    if (next === undefined) throw new Error('the guest waits for nothing')
    next(value)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { vm, told, why, answer, waiting: () => waits.length }
}
