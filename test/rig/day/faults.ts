import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import type { AuditedTill } from '../audit.ts'
import { TEARS } from '../failure.ts'
import type { Fate, Passing } from '../network.ts'

/** What may go wrong on a day, drawn by chance, the same for the same seed. */

/** Whole numbers below `bound`. */
export type Choose = (bound: number) => number

export function chooser(seed: number): Choose {
  const random = makeRandom(seed * 7_919 + 1)
  return (bound) => random() % bound
}

export function oneOf<T>(choose: Choose, ...all: readonly T[]): T {
  const one = all[choose(all.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}

/** So many frames of a hundred have a fate of their own. */
export function badLine(choose: Choose, badness: number): (frame: Passing) => Fate {
  return ({ body }) => (choose(100) < badness ? misfortune(choose, body) : { kind: 'deliver' })
}

function misfortune(choose: Choose, body: Uint8Array): Fate {
  switch (choose(7)) {
    case 0:
      return { kind: 'lose' }
    case 1:
      return { kind: 'repeat', times: 2 + choose(2) }
    case 2:
      return { kind: 'delay', ms: choose(2) === 0 ? choose(1_000) : choose(200_000) }
    case 3: {
      const at = choose(body.length)
      const bit = 1 << choose(8)
      return { kind: 'replace', body: body.map((byte, index) => (index === at ? byte ^ bit : byte)) }
    }
    case 4:
      return { kind: 'truncate', bytes: choose(body.length + 2) }
    case 5:
      return { kind: 'trickle' }
    default:
      return { kind: 'drop' }
  }
}

/** Lets something happen to a terminal in the next seconds; says what. */
export function misfortuneAt(till: AuditedTill, choose: Choose): string {
  const after = (ms: number, then: () => void): void => void till.time.after(ms, then)
  switch (choose(6)) {
    case 0:
      after(choose(12_000), () => till.machine.powerOff())
      return 'power off'
    case 1:
    case 2: {
      const operation = till.chip.operations() + choose(16)
      const tear = oneOf(choose, ...TEARS)
      till.chip.cut(choose(3) > 0 ? { operation, when: 'inside', tear } : { operation, when: 'after' })
      return `power cut at flash operation ${operation}`
    }
    case 3:
      after(choose(12_000), () => till.machine.operator.cable(false))
      after(12_000 + choose(200_000), () => till.machine.operator.cable(true))
      return 'cable out'
    case 4:
      after(choose(40_000), () => till.machine.operator.press('cancel'))
      return 'red key'
    default:
      till.machine.operator.paperOut(choose(60))
      return 'paper out'
  }
}

/** Nothing is wrong with line, cable and paper any more. */
export function better(till: AuditedTill): void {
  till.network.fate = () => ({ kind: 'deliver' })
  till.machine.operator.cable(true)
}
