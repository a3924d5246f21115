import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import type { IssueOptions, RootOptions } from '../keys/identity.ts'
import type { SecretInput } from '../secret-input.ts'
import { descriptorOption } from './key-options.ts'

/** `shuaka keys identity`: who is who in the encrypted channel. */
export function addKeysIdentity(keys: Command): void {
  const identity = keys
    .command('identity')
    .summary('identities of hosts, stations and terminals in the encrypted channel')
    .description(
      'Identities in the encrypted channel (docs/channel.md): a root signs the certificates of hosts, injection stations and terminals. The private key of the root lies under a passphrase; that of an identity in clear, readable by its owner alone, because a host starts unattended.',
    )
    .helpCommand(false)
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`keys identity: ${which} shuaka keys identity --help lists them.`, 2)
    })
  identity
    .command('root')
    .allowExcessArguments(false)
    .summary('makes a root of trust')
    .requiredOption('--out <file>', 'new file of the root')
    .addOption(descriptorOption('--passphrase-fd', 'gives the passphrase'))
    .action(async (options: RootOptions) => {
      const { identityRoot } = await import('../keys/identity.ts')
      await atPrompt((input) => identityRoot(input, options))
    })
  identity
    .command('issue')
    .allowExcessArguments(false)
    .summary('makes a key pair and its certificate')
    .requiredOption('--root <file>', 'file of the root')
    .addOption(
      new Option('--role <role>', 'of whom').choices(['terminal', 'station', 'host']).makeOptionMandatory(),
    )
    .requiredOption('--id <id>', 'serial number of a terminal, name of a station or host: 1 to 20 characters')
    .addOption(
      new Option('--purposes <purpose...>', 'what it is good for (default: all that is of its role)').choices(
        ['host', 'inject', 'rkl'],
      ),
    )
    .requiredOption('--not-after <date>', 'last day that it is good for, as 2028-12-31')
    .requiredOption('--out <file>', 'new file of the identity')
    .addOption(descriptorOption('--passphrase-fd', 'gives the passphrase of the root'))
    .action(async (options: IssueOptions) => {
      const { identityIssue } = await import('../keys/identity.ts')
      await atPrompt((input) => identityIssue(input, options))
    })
  identity
    .command('show <file>')
    .allowExcessArguments(false)
    .summary('what the file of a root or an identity says, without its secret')
    .action(async (file: string) => {
      const { identityShow } = await import('../keys/identity.ts')
      process.stdout.write(identityShow(file))
    })
}

async function atPrompt(act: (input: SecretInput) => Promise<string>): Promise<void> {
  const { secretInput } = await import('../secret-input.ts')
  const input = secretInput()
  try {
    process.stdout.write(await act(input))
  } finally {
    input.close()
  }
}
