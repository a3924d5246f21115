import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { strayCodes } from '../../scripts/manual/codes.ts'
import { labels } from '../../scripts/manual/labels.ts'
import { messages } from '../../scripts/manual/messages.ts'
import { MANUAL, manual } from '../../scripts/manual.ts'
import { mainMenu } from '../../terminal/flow/menu.ts'
import type { Entry } from '../../terminal/screen/menu.ts'
import { type TextKey, text, textOf } from '../../terminal/screen/text.ts'
import { cellWidth } from '../../terminal/screen/width.ts'

const written = readFileSync(MANUAL, 'utf8')

/** Every function of the menu with how the manual says it is reached: `**5** 撤销退货 → **1** 消费撤销`. */
function paths(entries: readonly Entry[], above = ''): { readonly text: TextKey; readonly path: string }[] {
  return entries.flatMap((entry, index) => {
    const path = `${above}**${index + 1}** ${textOf('zh', entry.text)}`
    return typeof entry.open === 'function' ? [{ text: entry.text, path }] : paths(entry.open, `${path} → `)
  })
}

describe('manual 收银员手册', () => {
  test('what the scenarios give now → is what docs/manual.zh-CN.md holds (npm run manual)', async () => {
    // Compared as a whole first: a difference of thousands of lines would be no help.
    const now = await manual()
    const lines = now.split('\n')
    const first = lines.findIndex((line, index) => line !== written.split('\n')[index])
    expect(first < 0 ? 'no difference' : `line ${first + 1}: ${lines[first]}`).toBe('no difference')
    expect(now === written).toBe(true)
  })
  test('every function of the menu → has its keys in the manual', () => {
    const all = paths(mainMenu)
    const shown = all.filter(({ path }) => written.includes(`待机画面按：${path}\n`)).map((row) => row.text)
    // One way to a function is enough where the menu has two.
    const missing = all.filter((row) => !shown.includes(row.text)).map(({ path }) => path)
    expect(missing).toEqual([])
  })
  test('every text of the terminal → once, as a message with advice or as a label', () => {
    const told = [...messages.flatMap(({ rows }) => rows.map(([key]) => key)), ...labels]
    expect([...told].sort()).toEqual(Object.keys(text).sort())
  })
  test('advice for codes → only for codes that the terminal knows', () => {
    expect(strayCodes()).toEqual([])
  })
  test('screens and slips → every row of a frame ends at its edge', () => {
    const rows = written.split('\n').filter((line) => line.startsWith('│'))
    expect(rows.length).toBeGreaterThan(1_000)
    const ragged = rows.filter((line) => ![26, 34, 54, 82].includes(cellWidth(line)))
    expect(ragged).toEqual([])
  })
  test('cards and passwords of the demonstration → not in the manual', () => {
    expect(written).not.toMatch(/\d{16,19}|888888|271828/)
  })
})
