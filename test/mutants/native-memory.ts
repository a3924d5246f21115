import type { Mutant } from './mutant.ts'

const PORT = 'terminal/port/posix'
const ALLOCATION = ['test/terminal/port/allocation.test.ts']
const BAD_INPUT = ['test/terminal/port/bad-input.test.ts']
const HEAP = ['test/terminal/port/heap.test.ts']

/** Memory that runs out in the native port, and what it is given that it cannot run. */
// biome-ignore format: one row a mutant
export const nativeMemory: readonly Mutant[] = [
  mutant('native-first-stage-unguarded', 'a full heap ends the run', 'program.c',
    'bool chose = vm_enter(first_stage),', 'bool chose = (first_stage(), true),', ALLOCATION,
    'The first stage runs on with memory that it has not got.'),
  mutant('native-first-stage-halts', 'a full heap ends the run', 'main.c',
    "if (!runs && line[0] == '\\0') return machine_ended(why, false, false);", '', ALLOCATION,
    'A terminal whose first stage once had no memory never starts again.'),
  mutant('native-bytecode-any-engine', 'bytecode is of the engine that runs it', 'program.c',
    'if (memcmp(header->engine, built_for, sizeof built_for) != 0) return "is of another engine";', '(void)built_for;', BAD_INPUT,
    'Runs the bytecode of another engine, sealed by this device.'),
  mutant('native-heap-freed-unseen', 'the sanitizers see the engine', 'heap.c',
    '    FORBID(piece, usable(piece));\n', '', HEAP,
    'Nobody sees what the engine does to memory that it has given back.'),
  mutant('native-heap-overrun-unseen', 'the sanitizers see the engine', 'heap.c',
    '#define GUARD 8', '#define GUARD 0', HEAP,
    'Nobody sees the engine write into the piece behind its own.'),
]

function mutant(
  id: string,
  rule: string,
  file: string,
  find: string,
  replace: string,
  tests: readonly string[],
  does: string,
): Mutant {
  return { id, rule, file: `${PORT}/${file}`, find, replace, tests, does }
}
