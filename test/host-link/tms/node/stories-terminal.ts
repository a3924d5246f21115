// A console terminal in a process of its own, to be killed: sells once where it is told to, and takes an update when it is asked.
// Arguments: provisioning file, folder of its flash, and `sell` for the sale. Prints a line for what happens.
import { readFileSync } from 'node:fs'
import { makeRealTime } from '../../../../emulator/console/real-time.ts'
import { makeConsoleTerminal } from '../../../../emulator/console/terminal.ts'
import { ensureBuilt } from '../../../../scripts/build.ts'
import { readCards, readProvision } from '../../../../scripts/provision.ts'
import { makeTerminalSetup } from '../../../../scripts/terminal-setup.ts'
import type { Key } from '../../../../terminal/device/keypad.ts'

const [provision = '', flash = '', sells = ''] = process.argv.slice(2)
const cards = readCards(new URL('../../../../scripts/demo/cards.json', import.meta.url).pathname)
const setup = makeTerminalSetup(readProvision(provision), cards, {
  ...{ dialect: 'cup', device: 'standard', locale: 'zh', engine: 'quickjs', flash },
  bundle: readFileSync((await ensureBuilt()).file, 'utf8'),
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
let screen = ''
let answered = ''
const { machine } = await makeConsoleTerminal({
  setup,
  scheduler: makeRealTime(),
  observer: {
    screen({ rows }) {
      screen = rows.map(({ text }) => text).join('\n')
      // A person who says now, and reads what became of it.
      const asked = /有新版本|已升级到|升级未成功/.exec(screen)?.[0] ?? ''
      if (asked !== '' && asked !== answered) {
        say(asked)
        setTimeout(() => machine.operator.press(asked === '有新版本' ? '1' : 'enter'), 300)
      }
      answered = asked
    },
    paper: () => undefined,
    slipEnd: () => undefined,
    wire: () => undefined,
  },
  onStopped: (why) => say(`stopped: ${why}`),
})

async function see(pattern: RegExp): Promise<void> {
  while (!pattern.test(screen)) await new Promise((resolve) => void setTimeout(resolve, 20))
}
function press(keys: readonly Key[]): void {
  for (const key of keys) machine.operator.press(key)
}

machine.powerOn()
await see(/1 消费/)
say('idle')
if (sells === 'sell') {
  press(['1'])
  await see(/门店编号/)
  press(['0', '0', '1', '2', 'enter'])
  await see(/RMB 0\.00|请输入金额/)
  press(['8', '8', '8', 'enter'])
  await see(/请刷卡/)
  machine.operator.swipe({ track2: setup.wallet[0]?.track2 ?? '' })
  await see(/密码/)
  press(['1', '2', '3', '4', '5', '6', 'enter'])
  await see(/交易成功/)
  const tears = setInterval(() => press(['enter']), 200) // slips
  await see(/1 消费/)
  clearInterval(tears)
  say('sold')
}
