import type { Mutant } from './mutant.ts'

const parity = 'test/emulator/parity.test.ts'
const text = 'test/emulator/vm/program-text.test.ts'
const program = 'test/scripts/program.test.ts'
const whole = 'test/terminal/flow/update-whole.test.ts'
const commands = 'test/terminal/flow/update-commands.test.ts'
const scripts = 'test/terminal/quickjs.test.ts'

/** 程序 of two scripts: application and download engine. */
export const programOfScripts: readonly Mutant[] = [
  {
    id: 'program-read-as-one-script',
    rule: 'heap of a start',
    file: 'terminal/boot/scripts.ts',
    find: 'return text.split(',
    replace: 'if (text.length > 0) return [text]\n  return text.split(',
    tests: [parity, text],
    does: 'Reads both scripts at once: the heap is full before the first screen.',
  },
  {
    id: 'program-goes-on-after-a-throw',
    rule: 'a program ends once',
    file: 'emulator/vm/vm.ts',
    find: 'this.#orStop(context, context.evalCode(script, name)).dispose()',
    replace: 'context.evalCode(script, name).dispose()',
    tests: [text],
    does: 'Evaluates the next script of a program whose first has thrown.',
  },
  {
    id: 'program-with-the-line-in-a-script',
    rule: 'the line that parts scripts',
    file: 'scripts/bundle/program.ts',
    find: 'if (scriptsOf(text).length !== scripts.length)',
    replace: 'if (scriptsOf(text).length < scripts.length)',
    tests: [program],
    does: 'Builds a program that would be cut in the middle of a script.',
  },
  {
    id: 'program-components-without-the-line',
    rule: 'components are the program',
    file: 'scripts/release/components.ts',
    find: 'runs.push({ module: NO_MODULE, text: program.slice(at, begins) })',
    replace: '',
    tests: [program],
    does: 'Ships both scripts without the line between them.',
  },
  {
    id: 'program-error-of-another-script',
    rule: 'nothing but data crosses',
    file: 'terminal/update/program.ts',
    find: 'if (error instanceof WireError) return undefined',
    replace: 'if (error instanceof RangeError) return undefined',
    tests: [commands],
    does: 'Lets an error of the engine out, which the application does not know by its class.',
  },
  {
    id: 'program-confirmed-still-on-trial',
    rule: 'a report says what runs',
    file: 'terminal/update/report.ts',
    find: 'trial: trial && found === pending',
    replace: 'trial',
    tests: [whole],
    does: 'Reports a confirmed program as on trial until the next start.',
  },
  {
    id: 'program-trial-without-its-judge',
    rule: 'a trial is judged',
    file: 'terminal/quickjs.ts',
    find: " || slots.running().place !== 'factory'",
    replace: '',
    tests: [scripts],
    does: 'Starts a program on trial without what confirms or gives it up, where the set-up names no service.',
  },
  {
    id: 'program-started-twice',
    rule: 'heap of a start',
    file: 'rollup.config.mjs',
    find: ", undefined, 'application.running ||'),",
    replace: ", undefined, ''),",
    tests: [scripts],
    does: 'Starts a second application beside the one that runs.',
  },
  {
    id: 'program-built-in-raises-no-floor',
    rule: 'security counter',
    file: 'terminal/update/health.ts',
    find: "if (place === 'factory') raiseCounterFloor",
    replace: "if (place === 'a') raiseCounterFloor",
    tests: [scripts],
    does: 'Leaves the floor below the counter of the program built in where no service is named.',
  },
]
