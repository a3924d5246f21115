import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/headless'
import { describe, expect, test } from 'vitest'
import { columnsOf, draw, paint, type View } from '../../../emulator/console/view.ts'

const view: View = {
  picture: {
    columns: 16,
    rows: [
      { text: '消费 Sale', runs: [{ from: 0, to: 16, style: 'inverse' }] },
      { text: '', runs: [] },
      { text: '      88.80', runs: [{ from: 6, to: 11, style: 'large' }] },
      { text: '', runs: [] },
    ],
    icons: { signedOn: true, owed: true, paperOut: false },
    quality: 3,
    secure: false,
    lit: true,
  },
  power: true,
  plugged: true,
  paperIn: true,
  paper: [
    { text: '签购单', align: 'centre', size: 'large' },
    { text: 'RMB 88.80', align: 'right', size: 'normal' },
    'cut',
  ],
  paperColumns: 24,
  cards: ['member', '会员卡'],
  choosing: false,
  locale: 'zh',
  note: '',
}

/** The lines that a real terminal emulator shows, with trailing blanks removed. */
async function shown(of: View, columns: number, rows: number): Promise<string[]> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  await new Promise<void>((resolve) => terminal.write(paint(draw(of, columns, rows)), resolve))
  return Array.from(
    { length: rows },
    (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '',
  )
}

describe('console view in a terminal emulator', () => {
  test('wide → the paper stands beside the device, and every edge in its column', async () => {
    const lines = await shown(view, 80, 14)
    expect(lines.slice(0, 4)).toEqual([
      `┌${'─'.repeat(16)}┐   ▏         签购单         ▕`,
      `│消费 Sale       │   ▏               RMB 88.80▕`,
      `│                │   ${'┄'.repeat(26)}`,
      '│      88.80     │   ',
    ])
    expect(lines[5]).toMatch(/^└─{16}┘/)
    expect(lines[6]).toMatch(/^ 已签到 {2}待冲正 {2}▂▄▆/)
    expect(lines.join('\n')).toContain('Enter 确认')
  })
  test('narrow → the paper stands below, nothing is wider than the terminal', async () => {
    const lines = await shown(view, 30, 24)
    expect(lines.some((line) => /^▏ {15}RMB 88\.80▕$/.test(line))).toBe(true)
    for (const line of draw(view, 30, 24)) expect(columnsOf(line)).toBeLessThanOrEqual(30)
  })
  test('any size of terminal → never more rows or columns than it has', () => {
    for (let columns = 1; columns < 100; columns += 7)
      for (let rows = 1; rows < 30; rows += 3) {
        const lines = draw(view, columns, rows)
        expect(lines.length).toBeLessThanOrEqual(rows)
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
      }
  })
  test('more paper than room → the newest lines', async () => {
    const paper = Array.from(
      { length: 40 },
      (_, n) => ({ text: `line ${n}`, align: 'left', size: 'normal' }) as const,
    )
    const text = (await shown({ ...view, paper }, 80, 14)).join('\n')
    expect(text).toContain('line 39')
    expect(text).not.toContain('line 0 ')
  })
  test('power off, cable out, a card to choose → said', async () => {
    expect((await shown({ ...view, power: false }, 80, 14)).join('\n')).toContain('已关机')
    expect((await shown({ ...view, plugged: false }, 80, 14)).join('\n')).toContain('网线已拔')
    const choosing = (await shown({ ...view, choosing: true, locale: 'en' }, 80, 14)).join('\n')
    expect(choosing).toContain('which card:  1 member  2 会员卡  Esc')
  })
})
