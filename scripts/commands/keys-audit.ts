import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'
import type { ExportAuditCommand, VerifyCommand } from '../keys-audit.ts'
import { DEFAULT_STATION } from './keys-station.ts'

/** `shuaka keys audit`. */
export function addKeysAudit(keys: Command): void {
  const audit = keys
    .command('audit')
    .summary('the records of an injection station: verify, export')
    .description(
      'The audit 审计 of an injection station: every act of its people and every key given, each record chained to the one before, signed when a session closes. It holds no secret.',
    )
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`keys audit: ${which} shuaka keys audit --help lists them.`, 2)
    })
  audit
    .command('verify')
    .argument('[file|folder]', 'exported JSON, or folder of a station', DEFAULT_STATION)
    .allowExcessArguments(false)
    .summary('whether it is whole; names the first broken record')
    .description(
      'Walks the chain of records and checks the signatures. Exit code 1, and the first broken record by its number, where something was changed, left out or put in.',
    )
    .option('--public-key <hex>', 'the key of the signatures that was written down when the station was made')
    .option('--json', 'one JSON document')
    .action(async (path: string, options: VerifyCommand) => {
      const { verifyAuditCommand } = await import('../keys-audit.ts')
      verifyAuditCommand(path, options, (text) => process.stdout.write(text))
    })
  audit
    .command('export')
    .argument('[folder]', 'folder of a station', DEFAULT_STATION)
    .allowExcessArguments(false)
    .summary('all records as CSV or JSON')
    .description('Writes all records, also while the station runs. verify takes the JSON.')
    .option('--csv', 'comma-separated, a line a record')
    .option('--json', 'with the chain and the signatures')
    .option('--out <file>', 'writes it there (default: standard output)')
    .action(async (folder: string, options: ExportAuditCommand) => {
      const { exportAudit } = await import('../keys-audit.ts')
      process.stdout.write(exportAudit(folder, options))
    })
}
