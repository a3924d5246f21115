import type { StoredTerminal } from './terminals.ts'
import { versionText } from './zmk.ts'

/** What a label names beside the terminal. */
export interface LabelOf {
  readonly station: string
  readonly people: readonly string[]
}

/**
 * 标签: what is stuck on a terminal that has its key. Check value, not key: it lets whoever sets the terminal up see that
 * it is the one of the papers.
 */
export function labelText(row: StoredTerminal, { station, people }: LabelOf): string {
  const { serial, terminalId, slot, algorithm, checkValue = '', keyVersion, time } = row
  // biome-ignore format: one line a line
  const lines = [
    ['序列号 SN',     serial],
    ['终端号 TID',    terminalId ?? '-'],
    ['主密钥 TMK',    `${slot} ${algorithm} V${versionText(keyVersion)}`],
    ['校验值 KCV',    checkValue],
    ['日期 DATE',     time.slice(0, 10)],
    ['注入站 STATION', station],
    ['操作员 BY',     people.join(', ')],
  ]
  return `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`
}
