import type { Command } from 'commander'
import { DEFAULT_BOOKS } from '../default-books.ts'

interface ReportOptions {
  readonly db?: string
  readonly date?: string
  readonly week?: string
  readonly month?: string
  readonly csv?: boolean
  readonly json?: boolean
  readonly xlsx?: string
  readonly acquirer: string
  readonly cards: string
}

const KINDS = `Kinds:
  sales           门店销售: sales of host dates by store, cleared or not (default)
  merchant        商户结算: what each merchant settles, by party and source of the money
  stores          门店结算: what each store is paid
  payout          划付: the file for the settlement bank, paid the day after
  reconciliation  对账明细: every transaction, with who gets what of it
  prepaid         预付卡: top-ups and use of prepaid cards
  suspense        待处理: money whose store is missing or unknown
  differences     结算差异: what settlements of terminals found different`

/** `shuaka host report KIND`. */
export function addHostReport(host: Command): void {
  host
    .command('report')
    .argument('[kind]', 'which report; sales where absent')
    .allowExcessArguments(false)
    .summary('reports of a day, week or month')
    .description('Reports from the books of a host, also while it runs.')
    .option('--db <file>', `file or address of the books (default: ${DEFAULT_BOOKS}, the emulator's)`)
    .option('--acquirer <file>', 'fees and names of operators (default: those of the demonstration)')
    .option('--cards <file>', 'cards of the issuer (default: those of the demonstration)')
    .option('--date <date>', 'day, as 2026-11-21 (default: today)')
    .option('--week <date>', 'the week, Monday to Sunday, that this day is in')
    .option('--month <month>', 'month, as 2026-11')
    .option('--csv', 'comma-separated, amounts in fen')
    .option('--json', 'one JSON document, amounts in fen')
    .option('--xlsx <file>', 'a workbook for Excel, amounts in yuan')
    .addHelpText('after', `\n${KINDS}`)
    .action(async (kind: string | undefined, _: ReportOptions, command: Command) => {
      // An option that both commands have is given to the outer one.
      const { acquirer, cards, ...options } = command.optsWithGlobals<ReportOptions>()
      const { printReport } = await import('../host-report.ts')
      const { readAcquirer } = await import('../acquirer.ts')
      const { readCards } = await import('../provision.ts')
      await printReport({
        ...options,
        ...(kind !== undefined && { kind }),
        acquirer: readAcquirer(acquirer),
        cards: readCards(cards),
        warn: (line) => console.error(line),
      })
    })
}
