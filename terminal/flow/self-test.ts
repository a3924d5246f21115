import { KEYS, type Key } from '../device/keypad.ts'
import type { PrintLine } from '../device/printer.ts'
import { keyFault } from '../host/master-key.ts'
import type { Pos } from '../pos.ts'
import { confirm, notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import { keepSelfTest } from './step/self-test-result.ts'
import { rule } from './step/slip-line.ts'

/** 机具自检: display, keypad, reader and printer, one after the other, and whether keys are there; then what was found. */
export async function selfTest(pos: Pos): Promise<void> {
  const title = t(pos, 'selfTest')
  const results = [
    [t(pos, 'partScreen'), await testScreen(pos, title)],
    [t(pos, 'partKeys'), await testKeys(pos, title)],
    [t(pos, 'partReader'), await testReader(pos, title)],
    [t(pos, 'partPrinter'), await testPrinter(pos, title)],
  ] as const
  keepSelfTest(
    pos.journal,
    results.map(([, good]) => good),
  )
  const keys = [t(pos, 'keys'), keyFault(pos) === undefined] as const
  await notice(
    pos,
    title,
    [...results, keys].map(([what, good]) => `${t(pos, good ? 'testGood' : 'testBad')} ${what}`),
    60,
  )
}

/** Fills the screen with full and empty cells and Chinese characters; a person says whether it looks right. */
async function testScreen(pos: Pos, title: string): Promise<boolean> {
  const { display } = pos.device
  const { columns, rows } = display.size()
  for (const pattern of [
    '█'.repeat(columns),
    ' '.repeat(columns),
    '国'.repeat(columns >> 1),
    '#'.repeat(columns),
  ]) {
    display.clear()
    for (let row = 0; row < rows; row++) display.draw(row, 0, pattern, 'normal')
    const pressed = await pos.device.keypad.next(30_000)
    if (pressed.kind !== 'key' || pressed.key !== 'enter') return false
  }
  return (await confirm(pos, { title, lines: [t(pos, 'checkScreen')] })).kind === 'yes'
}

/** Every key once; cancel twice in a row gives up. */
async function testKeys(pos: Pos, title: string): Promise<boolean> {
  const left = new Set<Key>(KEYS)
  let before: Key | undefined
  while (left.size > 0) {
    showPage(pos, { title, lines: [t(pos, 'testKeys'), `${t(pos, 'testKeysLeft')}: ${[...left].join(' ')}`] })
    const pressed = await pos.device.keypad.next(30_000)
    if (pressed.kind !== 'key' || (pressed.key === 'cancel' && before === 'cancel')) return false
    left.delete(pressed.key)
    before = pressed.key
  }
  return true
}

/** Any card; nothing of it is kept. */
async function testReader(pos: Pos, title: string): Promise<boolean> {
  showPage(pos, { title, lines: [{ text: t(pos, 'testReader'), align: 'centre' }] })
  return (await pos.device.reader.wait(30_000)).kind === 'stripe'
}

async function testPrinter(pos: Pos, title: string): Promise<boolean> {
  showPage(pos, { title, lines: [{ text: t(pos, 'testPrinter'), align: 'centre' }] })
  const columns = pos.device.printer.columns()
  const digits = '0123456789'.repeat(4).slice(0, columns)
  const lines: PrintLine[] = [
    { text: t(pos, 'selfTest'), align: 'centre', size: 'large' },
    { text: digits, align: 'left', size: 'normal' },
    { text: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg'.slice(0, columns), align: 'left', size: 'normal' },
    { text: '消费充值结算门店'.slice(0, columns >> 1), align: 'left', size: 'normal' },
    rule(columns),
    { feed: 4 },
  ]
  if ((await pos.device.printer.print(lines)).kind !== 'printed') return false
  return (await confirm(pos, { title, lines: [t(pos, 'checkPrinter')] })).kind === 'yes'
}
