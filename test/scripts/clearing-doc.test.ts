import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Fee } from '../../host-link/host/acquirer.ts'
import { cleared, type LedgerRow } from '../../host-link/host/clearing/shares.ts'
import { makeTally } from '../../host-link/host/clearing/tally.ts'
import { makeTerms } from '../../host-link/host/clearing/terms.ts'
import type { Grant, Kind, Payer } from '../../host-link/host/ledger.ts'
import { clear } from '../../host-link/host/node/clearing.ts'
import { REPORT_KINDS, type ReportKind, withReport } from '../../host-link/host/node/clearing-report.ts'
import { freshBooks } from '../host-link/host/node/clearing-rig.ts'

const text = readFileSync(new URL('../../docs/clearing.md', import.meta.url), 'utf8')
const fresh = freshBooks()

/** Rows of the table under a head that begins so, as trimmed cells. */
function tableUnder(head: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe('docs/clearing.md', () => {
  it('worked example: the lines are what its entries and fees make', () => {
    const fees = JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '') as Fee[]
    const terms = makeTerms({ fees, stores: { M: ['0008', '0012'] } })
    const rows = new Map<number, LedgerRow>()
    const tally = makeTally()
    const grant = (cell: string): Grant | undefined => {
      const [fen, payer] = cell.split(' ')
      return cell === '' ? undefined : { fen: Number(fen), payer: payer as Payer }
    }
    for (const [
      entry,
      kind,
      store,
      card,
      amount,
      discount = '',
      cashBack = '',
      refersTo,
      settles,
    ] of tableUnder('entry')) {
      const row: LedgerRow = {
        ...{ sequence: Number(entry), kind: kind as Kind, businessDate: '20261121', merchant: 'M' },
        ...{ store: store || undefined, cardKind: card as 'bank', code: '00', amountFen: Number(amount) },
        ...{ discount: grant(discount), cashBack: grant(cashBack), settleFen: Number(settles) },
        ...{ biller: kind === 'billPayment' ? '电力' : undefined, refundedBeforeFen: 0 },
        refersTo: refersTo ? Number(refersTo) : undefined,
        original: rows.get(Number(refersTo)),
      }
      rows.set(row.sequence, row)
      const result = cleared(row, () => terms)
      if (result.kind === 'fault') throw new Error(result.why)
      tally.add('M', row.settleFen, result)
    }
    const lines = tally.lines()
    const sum = (of: (line: (typeof lines)[number]) => number) =>
      lines.reduce((total, line) => total + of(line), 0)
    const figures = [sum((line) => line.grossFen), sum((line) => line.feeFen), sum((line) => line.netFen)]
    expect(tableUnder('party | number')).toEqual([
      ...lines.map(({ party, name, source, grossFen, feeFen, netFen }) => [
        ...[party, name, source, String(grossFen), String(feeFen), String(netFen)],
      ]),
      ['total', '', '', ...figures.map(String)],
    ])
    expect(rows.size).toBe(12)
  })
  it('columns of every report are those that it has', async () => {
    const database = await (await fresh('sqlite')).open()
    const acquirer = { cutOver: '23:00', fees: [], staff: [] }
    await clear(database, '20201121', { acquirer, now: { date: '20201123', time: '000000' } })
    const documented = new Map(
      tableUnder('report').map(([name = '', columns = '']) => [/`(\w+)`/.exec(name)?.[1], columns]),
    )
    expect([...documented.keys()]).toEqual([...REPORT_KINDS])
    for (const kind of REPORT_KINDS as readonly ReportKind[]) {
      const keys = await withReport(database, kind, { period: ['20201121'], acquirer }, async ({ columns }) =>
        columns.map(({ key }) => `\`${key}\``).join(' '),
      )
      expect(documented.get(kind), kind).toBe(keys)
    }
  })
})
