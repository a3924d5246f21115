import type { Mutant } from './mutant.ts'

const scenarios = 'test/emulator/console/scenarios.test.ts'
const manual = 'test/scripts/manual.test.ts'
const play = 'test/emulator/scenario/play.test.ts'

/** What a cashier sees, and the manual that is made of it. */
export const cashiersManual: readonly Mutant[] = [
  {
    id: 'console-host-speaks-ascii',
    rule: 'the demonstration host sends Chinese names of offers and bills',
    file: 'emulator/console/terminal.ts',
    find: 'gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),',
    replace: '',
    tests: [scenarios],
    does: 'Prints ????? for the name of an offer.',
  },
  {
    id: 'cash-change-below-the-screen',
    rule: 'the change is on the screen that asks for the cash, on a compact one too',
    file: 'terminal/flow/cash.ts',
    find: 'const taken = await confirm(pos, { title, lines, extra',
    replace: 'const taken = await confirm(pos, { title, lines: [...lines].reverse(), extra',
    tests: [scenarios],
    does: 'Leaves the change off a compact screen in English.',
  },
  {
    id: 'cashier-in-use-deleted',
    rule: 'nobody is deleted who is logged on',
    file: 'terminal/flow/cashiers.ts',
    find: 'if (cashier === pos.session.operator)',
    replace: 'if (cashier === -1)',
    tests: [scenarios],
    does: 'Offers to delete the cashier who is logged on.',
  },
  {
    id: 'manual-shows-passwords',
    rule: 'no password of the demonstration in the manual',
    file: 'scripts/manual/captions.ts',
    find: "return '持卡人输入密码,按 确认'",
    replace: 'return step.digits',
    tests: [manual],
    does: 'Writes the digits of PINs into the manual.',
  },
  {
    id: 'manual-shows-card-numbers',
    rule: 'no card number of the demonstration in the manual',
    file: 'scripts/manual/captions.ts',
    find: 'const CARD_DIGITS_MIN = 13',
    replace: 'const CARD_DIGITS_MIN = 130',
    tests: [manual],
    does: 'Writes typed card numbers into the manual.',
  },
  {
    id: 'manual-ragged-frames',
    rule: 'a wide character counts two cells',
    file: 'scripts/manual/draw.ts',
    find: "return text + ' '.repeat(Math.max(0, cells - cellWidth(text)))",
    replace: "return text + ' '.repeat(Math.max(0, cells - text.length))",
    tests: [manual],
    does: 'Draws frames whose right edge is not straight.',
  },
  {
    id: 'spectator-after-the-act',
    rule: 'a spectator sees the screen that an act answers',
    file: 'emulator/scenario/play.ts',
    find: `      spectator.ready()
      act(...given)`,
    replace: `      act(...given)
      spectator.ready()`,
    tests: [play],
    does: 'Shows the screen after the key as the one before it.',
  },
]
