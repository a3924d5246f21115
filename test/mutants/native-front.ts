import type { Mutant } from './mutant.ts'

const front = 'test/terminal/port/front.test.ts'
const tty = 'test/terminal/port/tty.test.ts'
const printer = 'test/terminal/port/printer.test.ts'
const reader = 'test/terminal/port/reader.test.ts'
const clock = 'test/terminal/port/clock.test.ts'

/** The native port's side towards the person: cards, slips, screens and words. */
export const nativeFront: readonly Mutant[] = [
  {
    id: 'native-reader-takes-long-tracks',
    rule: 'reader',
    file: 'terminal/port/posix/reader.c',
    find: 'characters > max[track] ? -TRACKS',
    replace: 'characters > max[track] ? 1',
    tests: [reader],
    does: 'Gives the application a track that no stripe can hold.',
  },
  {
    id: 'native-reader-half-a-track',
    rule: 'reader',
    file: 'terminal/port/posix/reader.c',
    find: "*track == '\\0' && *end++ == '?'",
    replace: "*track == '\\0' && (*end == '?' ? *end++ : 1)",
    tests: [reader],
    does: 'Takes a track without its end sentinel for a whole one.',
  },
  {
    id: 'native-printer-counts-a-torn-entry',
    rule: 'printer',
    file: 'terminal/port/posix/printer.c',
    find: '"printedLines", JS_NewInt32(ctx, at)',
    replace: '"printedLines", JS_NewInt32(ctx, at + (fed > 0))',
    tests: [printer],
    does: 'Counts a feed that the paper did not last for.',
  },
  {
    id: 'native-printer-printed-too-early',
    rule: 'printer',
    file: 'terminal/port/posix/printer.c',
    find: 'else if (count == 0 || sink < 0) end("printed");',
    replace: 'else if (count >= 0) end("printed");',
    tests: [printer],
    does: 'Says printed of a slip that a dead printer never took.',
  },
  {
    id: 'native-printer-fault-is-printed',
    rule: 'printer',
    file: 'terminal/port/posix/printer.c',
    find: 'if (taken < 0 && errno != EAGAIN',
    replace: 'if (taken < -1 && errno != EAGAIN',
    tests: [printer],
    does: 'Does not notice that the printer refuses what is written.',
  },
  {
    id: 'native-display-hidden-control',
    rule: 'display',
    file: 'terminal/port/posix/display.c',
    find: 'grid_columns() && !is_undrawable(character)',
    replace: 'grid_columns() && character != 0',
    tests: [front],
    does: 'Shows characters that turn the order of others round.',
  },
  {
    id: 'native-tty-steered-by-paper',
    rule: 'display',
    file: 'terminal/port/posix/tty.c',
    find: "put_character(is_undrawable(character) ? ' ' : character, bytes)",
    replace: 'put_character(character, bytes)',
    tests: [tty],
    does: 'Sends control characters of what a program threw to the terminal of the person.',
  },
  {
    id: 'native-pipe-repeats-what-it-heard',
    rule: 'secrets',
    file: 'terminal/port/posix/pipe.c',
    find: 'warn("a word that nobody knows, or not in its form")',
    replace: 'warn("a word that nobody knows, or not in its form: %s", line)',
    tests: [front],
    does: 'Writes the tracks of a malformed swipe to standard error.',
  },
  {
    id: 'native-tty-left-raw',
    rule: 'display',
    file: 'terminal/port/posix/tty.c',
    find: 'tcsetattr(STDIN_FILENO, TCSANOW, &before);',
    replace: '',
    tests: [tty],
    does: "Leaves the person's terminal without echo.",
  },
  {
    id: 'native-clock-not-kept',
    rule: 'clock',
    file: 'terminal/port/posix/clock.c',
    find: 'if (text != NULL) offset_ms = strtoll(text, NULL, 10);',
    replace: '',
    tests: [clock],
    does: 'Forgets at the power switch what the host said the time is.',
  },
]
