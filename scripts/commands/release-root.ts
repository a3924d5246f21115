import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import type { RootMakeCommand, RootRotateCommand } from '../release/commands.ts'
import type { Thresholds } from '../release/root.ts'
import { countOption, named } from './release-options.ts'

/** `shuaka release root`: whose signatures count. */
export function addReleaseRoot(release: Command): void {
  const root = release
    .command('root')
    .summary('whose signatures count: make, rotate, export')
    .description(
      'The root 信任根 lists the keys of each role and how many of them must sign. The first is in every device when it leaves the factory; each later one is signed by the keys of the one before and by its own. shuaka release sign adds the signatures.',
    )
    .helpCommand(false)
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`release root: ${which} shuaka release root --help lists them.`, 2)
    })
  root
    .command('make')
    .allowExcessArguments(false)
    .summary('the first root of a tenant')
    .requiredOption('--tenant <name>', 'whose terminals')
    .requiredOption('--key <file...>', 'public files (.pub) of all keys of all roles')
    .addOption(thresholdOption())
    .requiredOption('--expires <time>', 'good until, as 2036-12-31')
    .option('--created <time>', 'when it was made (default: now)')
    .addOption(countOption('--floor <n>', 'no program with a lower security counter (default: 0)'))
    .requiredOption('--out <file>', 'new file')
    .action(
      named('release root make', async (options: RootMakeCommand) => {
        const { rootMake } = await import('../release/commands.ts')
        process.stdout.write(rootMake(options))
      }),
    )
  root
    .command('rotate')
    .argument('<file>', 'root that is in force')
    .allowExcessArguments(false)
    .summary('the root that follows, with other keys or thresholds')
    .option('--add <file...>', 'public files (.pub) of new keys')
    .option('--remove <kid...>', 'keys that do not count any more, by their kid')
    .addOption(thresholdOption())
    .requiredOption('--expires <time>', 'good until, as 2036-12-31')
    .option('--created <time>', 'when it was made (default: now)')
    .addOption(countOption('--floor <n>', 'no program with a lower security counter (default: as before)'))
    .requiredOption('--out <file>', 'new file')
    .action(
      named('release root rotate', async (file: string, options: RootRotateCommand) => {
        const { rootRotate } = await import('../release/commands.ts')
        process.stdout.write(rootRotate(file, options))
      }),
    )
  root
    .command('export')
    .argument('<file>', 'root with its signatures')
    .allowExcessArguments(false)
    .summary('the root as devices and the service take it')
    .requiredOption('--out <file>', 'new file')
    .action(
      named('release root export', async (file: string, { out }: { readonly out: string }) => {
        const { rootExport } = await import('../release/commands.ts')
        process.stdout.write(rootExport(file, out))
      }),
    )
}

function thresholdOption(): Option {
  const text =
    'keys of a role that must sign, as root=3 program=2 (default: more than half of those two, one of the others)'
  return new Option('--threshold <role=n...>', text).argParser((said: string, before?: Thresholds) => {
    const [, role, count] = /^(root|program|parameters|director)=([1-9][0-9]?)$/.exec(said) ?? []
    if (role === undefined)
      throw new CommandError('release root: --threshold wants a role and a count, like program=2.', 2)
    return { ...before, [role]: Number(count) }
  })
}
