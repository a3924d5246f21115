import type { Mutant } from './mutant.ts'

const PORT = 'terminal/port/posix'
const SLOTS = ['test/emulator/native/slots.test.ts']
const BYTECODE = ['test/emulator/native/slots-bytecode.test.ts']
const RELEASE = ['test/emulator/native/slots-release.test.ts']
const PROVE = ['test/scripts/native/prove.test.ts']

/** Programs in the slots of the native runtime, and the command that runs all of its proofs. */
// biome-ignore format: one row a mutant
export const nativeProgram: readonly Mutant[] = [
  mutant('native-slot-hash', 'what runs has the hash of its record', `${PORT}/program.c`,
    'sha256(slot.bytes, slot.length, slot.hash);', 'sha256(slot.bytes, slot.length - 1, slot.hash);', RELEASE,
    'The first stage is told the hash of other bytes than those that will run.'),
  mutant('native-slot-runs-factory', 'the program that the first stage chose is the one that runs', `${PORT}/program.c`,
    'chosen = strcmp(choice.place, "factory") == 0 ? &factory : &slot;', 'chosen = &factory;', SLOTS,
    'A confirmed download is shown and the program built in runs.'),
  mutant('native-trial-unwatched', 'a program in trial confirms itself in 180 s', `${PORT}/main.c`,
    'timer_start(&machine.trial, TRIAL_MS, trial_over', 'timer_start(&machine.trial, TRIAL_MS * 10, trial_over', SLOTS,
    'A program in trial that hangs on a wait stays for ever.'),
  mutant('native-hang-untold', 'the first stage knows that the last run hung', `${PORT}/main.c`,
    'machine.hung = hung;', 'machine.hung = hung && machine.halted;', SLOTS,
    'A program that hung is given up as one that crashed.'),
  mutant('native-trial-line', '试运行 is shown with its number', `${PORT}/program.c`,
    'if (choice.attempt > 0) snprintf(line, size, "试运行 TRIAL %d/%d", choice.attempt, TRIES);\n    else ', '', SLOTS,
    'Nobody is told that a program is on trial.'),
  mutant('native-bytecode-other-slot', 'bytecode is of the program that the first stage chose', `${PORT}/program.c`,
    'memcpy(header.source, chosen->hash, sizeof chosen->hash);', 'memcpy(header.source, factory.hash, sizeof factory.hash);', BYTECODE,
    'Bytecode of a slot is sealed under the name of the program built in.'),
  mutant('prove-nothing-ran', 'a proof of which nothing ran is none', 'scripts/native/proofs.ts',
    "if (numPassedTests === 0) throw new Error('no test ran')", '', PROVE,
    'Tests that were all skipped count as a proof.'),
  mutant('prove-failed-vector', 'a vector that failed is no proof', 'scripts/native/proofs.ts',
    'if (failed > 0 || passed === 0)', 'if (passed === 0)', PROVE,
    'The suite of the device contract fails, and the proof holds.'),
  mutant('native-folder-for-everybody', 'the folder with the keys is its owner\'s alone', 'scripts/make-folder.ts',
    'mkdirSync(path, { mode: OWNER_ONLY })', 'mkdirSync(path)', ['test/scripts/make-folder.test.ts'],
    'Makes the device a folder that everybody on the machine may read.'),
  mutant('minimal-keys-come-late', 'a word is an event as soon as it comes', 'terminal/port/minimal/minimal.c',
    'setvbuf(stdin, NULL, _IONBF, 0), watch', 'watch', ['test/terminal/port/minimal.test.ts'],
    'The example reads two words at once and obeys one, until a third comes.'),
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
  return { id, rule, file, find, replace, tests, does }
}
