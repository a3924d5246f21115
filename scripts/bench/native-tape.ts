import type { Engine } from '../../emulator/engine.ts'
import { toHex } from '../../keys/hex.ts'
import { type CallKind, contract } from '../../terminal/device/contract.ts'
import type { Device } from '../../terminal/device/device.ts'
import { makeTill, quickJs } from './joined.ts'

type Call = (...given: unknown[]) => unknown

/** Points of the run at which the heap is said: after boot, after one sale, and after the last. */
export const MARKS = ['boot', 'one', 'end'] as const
export const TAPE_SALES = 10

/** What a device has answered to the application over a boot and some sales, as `replay/replay.c` reads it. */
export interface Tape {
  readonly text: string
  /** Heap of the engine that the emulator runs, at the same points. */
  readonly heap: {
    readonly [mark in (typeof MARKS)[number]]: { readonly used: number; readonly peak: number }
  }
}

/** Records one run of the real application in the emulator's QuickJS, against the real host. */
export async function recordTape(): Promise<Tape> {
  const lines: string[] = []
  const till = makeTill({ engine: recording(await quickJs(), lines) })
  const heap: { [mark: string]: { used: number; peak: number } } = {}
  const mark = (name: string): void => {
    lines.push(`M ${name}`)
    heap[name] = till.machine.memory() ?? { used: Number.NaN, peak: Number.NaN }
  }
  await till.boot()
  mark('boot')
  for (let sale = 1; sale <= TAPE_SALES; sale++) {
    await till.sell()
    if (sale === 1) mark('one')
  }
  mark('end')
  till.machine.powerOff()
  return { text: `${lines.join('\n')}\n`, heap: heap as Tape['heap'] }
}

/** `engine` on a device whose answers are written down, in the order in which they are given. */
function recording(engine: Engine, lines: string[]): Engine {
  return {
    ...engine,
    start: (device, events, program) => engine.start(recorded(device, lines), events, program),
  }
}

function recorded(device: Device, lines: string[]): Device {
  let waited = 0
  const peripherals = Object.entries(contract).map(([name, calls]) => {
    const peripheral = device[name as keyof Device] as unknown as { readonly [call: string]: Call }
    const wrap = (call: string, kind: CallKind): Call => {
      return (...given) => {
        const result = peripheral[call]?.(...given)
        if (kind === 'instant') {
          lines.push(`C ${name}.${call} ${written(result)}`)
          return result
        }
        const own = waited++
        return (result as Promise<unknown>).then((value) => {
          lines.push(`S ${own} ${written(value)}`)
          return value
        })
      }
    }
    const wraps = Object.entries(calls as { readonly [call: string]: CallKind })
    return [name, Object.fromEntries(wraps.map(([call, kind]) => [call, wrap(call, kind)]))]
  })
  return Object.fromEntries(peripherals) as unknown as Device
}

function written(value: unknown): string {
  if (value === undefined) return '-'
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? { hex: toHex(each) } : each,
  )
}
