import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'
import { DEFAULT_BOOKS } from '../default-books.ts'

interface ClearOptions {
  readonly db?: string
  readonly date?: string
  readonly partial?: boolean
  readonly json?: boolean
  readonly acquirer: string
}

/** `shuaka host clear`. */
export function addHostClear(host: Command): void {
  host
    .command('clear')
    .allowExcessArguments(false)
    .summary('clears a business date: who gets what, store by store')
    .description(
      'Clears a business date 清算日期 once it is over: every transaction is split by its store, fees and offers are taken off, and the sums are checked to the fen. A second time it checks again and changes nothing. A host clears by itself after each cut-over.',
    )
    .option('--db <file>', `file or address of the books (default: ${DEFAULT_BOOKS}, the emulator's)`)
    .option('--acquirer <file>', 'cut-over and fees (default: those of the demonstration)')
    .option('--date <date>', 'business date, as 2026-11-21')
    .option('--partial', 'shows what there is of a day, also before it is over, and writes nothing')
    .option('--json', 'one JSON document, amounts in fen')
    .action(async (_: ClearOptions, command: Command) => {
      // An option that both commands have is given to the outer one.
      const { acquirer, date, ...options } = command.optsWithGlobals<ClearOptions>()
      if (date === undefined) throw new CommandError('host clear: which day? --date 2026-11-21', 2)
      const { hostClear } = await import('../host-clear.ts')
      const { readAcquirer } = await import('../acquirer.ts')
      const progress = (line: string): void => console.error(line)
      process.stdout.write(await hostClear({ ...options, date, acquirer: readAcquirer(acquirer), progress }))
    })
}
