import type { SuiteRun } from '../emulator/conformance-rig.ts'
import type { Capability } from '../terminal/device/conformance/port.ts'
import type { VectorResult } from '../terminal/device/conformance/rig.ts'
import { vectors } from '../terminal/device/conformance/vectors.ts'
import { type NativeSuiteOptions, runNativeSuite } from './conformance-native.ts'

/** What the example port of docs/device.md has beside its three peripherals. */
export const MINIMAL_CAPABILITIES: readonly Capability[] = ['heap']

/** Beginnings of the vectors that are its part: display, keypad and link, and what no program runs without. */
// biome-ignore format: one row a subject
export const MINIMAL_PART: readonly string[] = [
  'contract.', 'display.', 'width.', 'keypad.', 'link.', 'clock.', 'charset.', 'info.',
  'wait.keypad.', 'wait.link.', 'deadline.keypad.', 'deadline.link.', 'cancel.keypad.', 'cancel.link.',
  'limit.timeout.keypad.', 'limit.timeout.link.', 'limit.timeout.clock.', 'limit.clock.', 'limit.send',
  'inbox.none', 'slots.none',
]
/** Of these, what wants another peripheral too. */
const BEYOND: readonly string[] = ['width.paper', 'clock.jump.forward', 'clock.jump.backward']
/** The absence of a whole peripheral, which the suite has no capability for. */
const LACKING = 'the minimal port has display, keypad and link alone'

/** Whether the vector is of the minimal port's part. */
export function isMinimalPart(id: string): boolean {
  return MINIMAL_PART.some((beginning) => id.startsWith(beginning)) && !BEYOND.includes(id)
}

/** Runs the minimal port's part of the suite, of what begins with `only`; every other vector of it is declared absent. */
export async function runMinimalSuite(
  options: Omit<NativeSuiteOptions, 'capabilities' | 'words'>,
): Promise<SuiteRun> {
  const { only, onResult, program } = options
  const told = new Map<string, VectorResult>()
  let starts = 0
  let heap: SuiteRun['heap']
  for (const beginning of beginnings(only)) {
    const run = await runNativeSuite({
      ...options,
      ...{ only: beginning, capabilities: MINIMAL_CAPABILITIES, words: [program] },
      onResult(result) {
        if (!isMinimalPart(result.id)) return
        told.set(result.id, result)
        onResult?.(result)
      },
    })
    starts += run.starts
    heap = run.heap
  }
  const results = vectors
    .filter(({ id }) => id.startsWith(only))
    .map(({ id, title }): VectorResult => {
      const found = told.get(id)
      if (found !== undefined) return found
      const absent = { id, title, result: 'absent', detail: LACKING } as const
      onResult?.(absent)
      return absent
    })
  return { results, facts: undefined, heap, starts }
}

function beginnings(only: string): readonly string[] {
  const within = MINIMAL_PART.filter((beginning) => beginning.startsWith(only))
  return within.length > 0 ? within : isMinimalPart(only) ? [only] : []
}
