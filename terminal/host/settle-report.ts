import type { CborValue } from '../../host-link/wire/cbor.ts'
import { decodeIntent } from '../journal/body.ts'
import type { Pos } from '../pos.ts'
import { type FixedSetting, fits, fixedSetting, keepFixed } from './settle-setting.ts'
import type { BatchTotals, KindTotal } from './settle-totals.ts'

/** Settings: the last settlement 上次结算, in two parts of at most 200 bytes. */
export const SETTING_REPORT: FixedSetting = { key: 6, bytes: 200 }
export const SETTING_REPORT_MORE: FixedSetting = { key: 7, bytes: 200 }

/** 结算总计 as it is printed, also for a reprint when the batch is long gone. */
export interface SettleReport {
  readonly batch: number
  /** The host's `20261121093000`; empty where it said none. */
  readonly when: string
  readonly operator: number
  /** 1 平, 2 不平, 3 出错; 0: totals of a batch that is not settled. */
  readonly answer: number
  readonly debit: number
  readonly debitCount: number
  readonly credit: number
  readonly creditCount: number
  readonly kinds: readonly KindTotal[]
  readonly rejectedCount: number
  /** As many of the declined advices as there was room for. */
  readonly rejected: readonly Rejected[]
}
export interface Rejected {
  readonly trace: number
  readonly kind: number
  readonly amount: number
}

/** The open batch as a report. */
export function reportOf(pos: Pos, totals: BatchTotals, answer: number, when: string): SettleReport {
  const rejected = totals.rejected.map((trace): Rejected => {
    const entry = pos.journal.find(trace)
    const known = entry !== undefined && entry.intent.length > 0
    return { trace, kind: entry?.kind ?? 0, amount: known ? decodeIntent(entry.intent).amount : 0 }
  })
  const { debit, debitCount, credit, creditCount, kinds, rejectedCount } = totals
  const sums = { debit, debitCount, credit, creditCount }
  const operator = pos.session.operator ?? 0
  return { batch: pos.journal.batch(), when, operator, answer, ...sums, kinds, rejectedCount, rejected }
}

/** Durable when true. False where the flash failed. Declined advices give way to the totals. */
export function keepReport(pos: Pos, report: SettleReport): boolean {
  const { batch, when, operator, answer, debit, debitCount, credit, creditCount, rejectedCount } = report
  const head = [batch, when, operator, answer, debit, debitCount, credit, creditCount, rejectedCount]
  const kinds = report.kinds.map(({ kind, count, amount }) => [kind, count, amount])
  const rejected = report.rejected.map(({ trace, kind, amount }) => [trace, kind, amount])
  const here = fitting(SETTING_REPORT, kinds, (part) => [...head, ...part])
  const rest = kinds.slice(here.taken).flat()
  const there = fitting(SETTING_REPORT_MORE, rejected, (part) => [rest, part])
  return (
    keepFixed(pos, SETTING_REPORT, here.values) === 'written' &&
    keepFixed(pos, SETTING_REPORT_MORE, there.values) === 'written'
  )
}

/** The values with as many of the rows as the setting holds. */
function fitting(
  setting: FixedSetting,
  rows: readonly number[][],
  values: (part: number[]) => CborValue[],
): { readonly values: CborValue[]; readonly taken: number } {
  let taken = rows.length
  while (taken > 0 && !fits(setting, values(rows.slice(0, taken).flat()))) taken--
  return { values: values(rows.slice(0, taken).flat()), taken }
}

/** The last settlement, if there was one. */
export function lastReport(pos: Pos): SettleReport | undefined {
  const head = fixedSetting(pos, SETTING_REPORT)
  if (head === undefined) return undefined
  const [rest, rejected] = fixedSetting(pos, SETTING_REPORT_MORE) ?? []
  const number = (value: CborValue | undefined) => (typeof value === 'number' ? value : 0)
  const rows = (values: readonly CborValue[]) => {
    const triples: (readonly [number, number, number])[] = []
    for (let at = 0; at + 2 < values.length; at += 3)
      triples.push([number(values[at]), number(values[at + 1]), number(values[at + 2])])
    return triples
  }
  const kinds = rows([...head.slice(9), ...(Array.isArray(rest) ? rest : [])])
  const declined = rows(Array.isArray(rejected) ? rejected : [])
  return {
    batch: number(head[0]),
    when: typeof head[1] === 'string' ? head[1] : '',
    operator: number(head[2]),
    answer: number(head[3]),
    debit: number(head[4]),
    debitCount: number(head[5]),
    credit: number(head[6]),
    creditCount: number(head[7]),
    rejectedCount: number(head[8]),
    kinds: kinds.map(([kind, count, amount]) => ({ kind, count, amount })),
    rejected: declined.map(([trace, kind, amount]) => ({ trace, kind, amount })),
  }
}
