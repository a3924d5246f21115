import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/headless'
import { expect, test, vi } from 'vitest'
import { serve } from '../../../emulator/console/interactive.ts'
import { startWorker } from '../../../emulator/console/start-worker.ts'
import { readCards, readProvision } from '../../../scripts/provision.ts'
import { makeTerminalSetup } from '../../../scripts/terminal-setup.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

/** A console terminal in its worker, at a terminal emulator of 100 × 40. */
async function console100() {
  const provision = readProvision(path('scripts/demo/mall.json'))
  const cards = readCards(path('scripts/demo/cards.json'))
  const setup = makeTerminalSetup(provision, cards, {
    dialect: 'cup',
    device: 'standard',
    locale: 'zh',
    engine: 'v8',
    bundle: '',
  })
  const emulator = new Terminal({ cols: 100, rows: 40, allowProposedApi: true })
  emulator.loadAddon(new Unicode11Addon())
  emulator.unicode.activeVersion = '11'
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) })
  const output = Object.assign(new PassThrough(), { columns: 100, rows: 40 })
  output.on('data', (bytes: Buffer) => emulator.write(bytes))
  const worker = await startWorker({ terminal: setup })
  const served = serve(worker, setup, { input, output })
  const shows = (pattern: RegExp): Promise<void> =>
    vi.waitFor(
      () => {
        const { active } = emulator.buffer
        const rows = Array.from(
          { length: 40 },
          (_, row) => active.getLine(row)?.translateToString(true) ?? '',
        )
        expect(rows.join('\n')).toMatch(pattern)
      },
      { timeout: 20_000, interval: 20 },
    )
  return { emulator, input, raw, worker, served, shows }
}

test('console: a sale typed at the keyboard → on the screen and on the paper; q → the shell’s screen again', async () => {
  const { emulator, input, raw, worker, served, shows } = await console100()
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  await shows(/1 消费/)
  expect(emulator.buffer.active.type).toBe('alternate')
  input.write('1')
  await shows(/门店编号/)
  input.write('0012\r')
  await shows(/RMB 0\.00/)
  input.write('8880\r')
  await shows(/RMB 88\.80/)
  await shows(/请刷卡/)
  input.write('s')
  await shows(/刷哪张卡: +1 bank/)
  input.write('1')
  await shows(/请输入密码/)
  input.write('123456\r')
  await shows(/交易成功/)
  await shows(/▏ +RMB 88\.80 +▕/)
  input.write('l')
  await shows(/网线已拔/)
  input.write('p')
  await shows(/已关机/)
  input.write('q')
  expect(await served).toBeUndefined()
  await exited
  await vi.waitFor(() => expect(emulator.buffer.active.type).toBe('normal'))
  await new Promise((resolve) => setTimeout(resolve, 100)) // three pictures' time: nothing more is drawn
  expect(emulator.buffer.active.getLine(0)?.translateToString(true)).toBe('')
  expect(raw).toEqual([true, false])
})
