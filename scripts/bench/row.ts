import Table from 'cli-table3'

/** One measured quantity. */
export interface Row {
  readonly quantity: string
  readonly value: number
  /** `B`, `ms`, `µs`, `/s`, `sales` …; empty for a count. */
  readonly unit: string
  /** The most that the value may be. */
  readonly target?: number
  /** The same quantity of something to compare with, in the same unit. */
  readonly beside?: { readonly what: string; readonly value: number }
  /** How it was measured, where that is not plain. */
  readonly note?: string
}

/** How much work a measurement does, and where it says how far it is. */
export interface Work {
  /** Share of the full work, above 0; 1 takes about three minutes for all measurements together. */
  readonly budget: number
  progress(text: string): void
}

/** Whether a loop that may be slower than expected has had `seconds` at budget 1: no measurement runs on and on. */
export function stopwatch(work: Work, seconds: number): () => boolean {
  const endMs = performance.now() + Math.max(1, seconds * work.budget) * 1000
  return () => performance.now() >= endMs
}

/** `full` rounds at budget 1, never fewer than `least`. */
export function rounds(work: Work, full: number, least: number): number {
  return Math.max(least, Math.round(full * work.budget))
}

/** Undefined where nothing is asked. */
export function isMet(row: Row): boolean | undefined {
  return row.target === undefined ? undefined : row.value <= row.target
}

/** Value over the value beside it. */
export function ratioOf({ value, beside }: Row): number | undefined {
  return beside === undefined ? undefined : value / beside.value
}

/** The row as `--json` has it. */
export function jsonOf(row: Row) {
  return { ...row, ratio: ratioOf(row), met: isMet(row) }
}

export function tableOf(title: string, rows: readonly Row[]): string {
  const table = new Table({
    head: [title, 'value', 'target', '', 'beside', 'ratio'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'left', 'left', 'right'],
  })
  for (const row of rows) {
    const met = isMet(row)
    const ratio = ratioOf(row)
    table.push([
      row.note === undefined ? row.quantity : `${row.quantity}\n  ${row.note}`,
      shown(row.value, row.unit),
      row.target === undefined ? '' : `≤ ${shown(row.target, row.unit)}`,
      met === undefined ? '' : met ? 'ok' : 'NOT MET',
      row.beside === undefined ? '' : `${row.beside.what}: ${shown(row.beside.value, row.unit)}`,
      ratio === undefined ? '' : `${digits(ratio)} ×`,
    ])
  }
  return table.toString()
}

function shown(value: number, unit: string): string {
  return `${digits(value)} ${unit}`.trim()
}

/** Three significant digits below 1,000, whole numbers with thousands apart above. */
function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-GB')
  return String(Number(value.toPrecision(3)))
}

/** The middle one; of an even count the upper of the two. NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Processor time of this process since `before`, all its threads, in milliseconds. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
