import type { Mutant } from './mutant.ts'

const PORT = 'terminal/port/posix'
const MACHINE = ['test/terminal/port/machine.test.ts']
const PROGRAM = ['test/terminal/port/program.test.ts']
const WORDS = ['test/terminal/port/command-line.test.ts']
const BAD_INPUT = ['test/terminal/port/bad-input.test.ts']
const CLOCK = ['test/terminal/port/clock.test.ts']
const STREAM = ['test/terminal/port/stream.test.ts']
const RIG = ['test/terminal/port/rig.test.ts']

/** The engine's side of the native port: what is run, and how a run ends. */
// biome-ignore format: one row a mutant
export const nativeEngine: readonly Mutant[] = [
  mutant('native-program-unhashed', 'only the program built in is run', 'program.c',
    'if (!board_is_rig && !equal_bytes(factory.hash, right, sizeof right))', 'if (false)', PROGRAM,
    'Runs whatever program.js holds.'),
  mutant('native-bytecode-unsealed', 'no bytecode is run that this device has not sealed', 'program.c',
    'if (!equal_bytes(mac, sealed + sealed_length - MAC_BYTES, MAC_BYTES)) return "is damaged, or of another device";', '', PROGRAM,
    'Loads bytecode that anybody may have written.'),
  mutant('native-bytecode-any-source', 'bytecode is of the program that the first stage chose', 'program.c',
    'return memcmp(header->source, chosen->hash, sizeof chosen->hash) != 0 ? "is of another program" : NULL;', 'return NULL;', PROGRAM,
    'Runs the bytecode of another program, sealed by this device.'),
  mutant('native-heap-caught', 'a full heap ends the run', 'vm.c',
    'vm_stop(why, false);\n    leave();', ';', MACHINE,
    'A full heap is an exception that the program may catch.'),
  mutant('native-call-caught', 'a call out of range ends the run', 'vm.c',
    'if (JS_IsException(result)) stop_thrown(index);', '', MACHINE,
    'What a call throws may be caught by the program.'),
  mutant('native-hang-forever', 'an endless loop ends the run', 'vm.c',
    'if (++vm.ticks > INTERRUPT_BUDGET) {', 'if (false) {', MACHINE,
    'An endless loop is left to run.'),
  mutant('native-all-at-once', 'what is settled comes one by one, each with its jobs', 'vm.c',
    'js_free(vm.ctx, settlement);\n    run_jobs();', 'js_free(vm.ctx, settlement);\n    if (vm.first == NULL) run_jobs();', MACHINE,
    'Several promises are resolved before any job runs.'),
  mutant('native-restart-is-crash', 'info.restart() is no crash', 'main.c',
    'if (restart) return timer_start(&machine.restart, REBOOT_MS, start, NULL);', '', MACHINE,
    'A restart that was asked for counts as a crash.'),
  mutant('native-crashes-forever', 'ten crashes in a row, and no more', 'main.c',
    'bool gives_up = ++machine.crashes > CRASHES_MAX;', 'bool gives_up = ++machine.crashes < 0;', MACHINE,
    'A program that always crashes is started for ever.'),
  mutant('native-good-run-forgotten', 'a run of 60 s is a good one', 'main.c',
    '>= STEADY_MS) machine.crashes = 0;', '>= STEADY_MS) machine.crashes += 0;', MACHINE,
    'Crashes of days are counted together.'),
  mutant('native-unknown-field', 'device.json holds nothing that nobody knows', 'config.c',
    'if (field == fields_end) fault', 'if (false) fault', WORDS,
    'A field that was misspelt is ignored.'),
  mutant('native-root-half-a-byte', 'damage is said', 'config.c',
    'length % 2 != 0 || ', '', WORDS,
    'Takes the first factory root without its last digit.'),
  mutant('native-fifo-waits', 'damage is said', 'config.c',
    'O_RDONLY | O_CLOEXEC | O_NONBLOCK', 'O_RDONLY | O_CLOEXEC', BAD_INPUT,
    'A start waits for ever for who writes a FIFO.'),
  mutant('native-host-of-two-colons', 'damage is said', 'main.c',
    "else if (colon != strchr(word, ':')) die", "else if (false && colon != strchr(word, ':')) die", WORDS,
    'Takes the end of an address for a port.'),
  mutant('native-clock-of-any-year', 'clock', 'clock.c',
    'if (number && offset >= -wall_ms && offset < END_MS - wall_ms)', 'if (number && END_MS > wall_ms)', CLOCK,
    'Shows a year that no clock of a terminal has.'),
  mutant('native-sleep-runs-code', 'a call takes values, and no code', 'clock.c',
    'if (JS_IsNumber(argv[0])) JS_ToFloat64', 'JS_ToFloat64', CLOCK,
    'A program runs on in the middle of its own call.'),
  mutant('native-record-outside', 'what a boot record says is not believed', 'flash.c',
    'bool fits = at <= size_of(chip) && length <= size_of(chip) - at;', 'bool fits = true;', PROGRAM,
    'Reads behind the end of the program chip.'),
  mutant('native-watchdog-asleep', 'a hang in C ends the process', 'loop.c',
    'alarm(on ? watchdog_s : 0)', 'alarm(on ? 0 : 0)', RIG,
    'A terminal that hangs stays as it is.'),
  mutant('native-watchdog-wordless', 'a hang in C ends the process', 'main.c',
    'on(SIGALRM, fatal,', 'on(SIGUSR2, fatal,', RIG,
    'A terminal that hung ends without a line and its exit code.'),
  mutant('native-watchdog-of-sleepers', 'a hang in C ends the process', 'board.c',
    '    watchdog(false);\n', '', STREAM,
    'A terminal that nobody uses for a minute ends.'),
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
