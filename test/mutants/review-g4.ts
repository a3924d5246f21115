import type { Mutant } from './mutant.ts'

const everyFlowPower = [
  'test/terminal/flow/every-flow-power.test.ts',
  'test/terminal/flow/every-flow-power-more.test.ts',
]

/** What only flows beside the transactions write: the searches over every flow play those, too. */
export const reviewG4: readonly Mutant[] = [
  {
    id: 'flow-lock-unlocked-nowhere',
    rule: 'a terminal that was unlocked sells again',
    file: 'terminal/flow/lock.ts',
    find: "if (pos.journal.set(SETTING_LOCKED, new Uint8Array([0])) !== 'written')",
    replace: "if ('written' !== ('written' as string))",
    tests: everyFlowPower,
    does: 'Takes the right password, and stays locked for good.',
  },
]
