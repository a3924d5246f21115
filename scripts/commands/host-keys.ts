import type { Command } from 'commander'
import { DEFAULT_BOOKS } from '../default-books.ts'
import { descriptorOption, descriptorsOption, numberOption } from './key-options.ts'

interface BooksOptions {
  readonly db?: string
  readonly secret?: string
  readonly provision?: readonly string[]
}

interface RenewOptions extends BooksOptions {
  readonly all?: boolean
  readonly by?: string
  readonly withdraw?: boolean
}

interface ImportOptions extends BooksOptions {
  readonly by?: string
  readonly zmkFd?: number
  readonly components?: number
  readonly componentFd: readonly number[]
  readonly token?: string
  readonly tokenLabel?: string
  readonly tokenKey?: string
  readonly pinFd?: number
}

const ASK = 'file or address of the books'

/** `shuaka host keys`, `renew-key` and `import-keys`: master keys of terminals in the books of a host. */
export function addHostKeys(host: Command, demonstration: readonly string[]): void {
  const given = <Options extends BooksOptions>(command: Command) => {
    // An option that both commands have is given to the outer one.
    const { db, secret, provision = demonstration, ...rest } = command.optsWithGlobals<Options>()
    return { ...rest, provision, ...(db !== undefined && { db }), ...(secret !== undefined && { secret }) }
  }
  const withBooks = (command: Command): Command =>
    command
      .allowExcessArguments(false)
      .option('--db <file>', `${ASK} (default: ${DEFAULT_BOOKS}, the emulator's)`)
      .option('--secret <file>', 'with --db postgres://…: file of the secret of these books')
      .option('--provision <file...>', 'terminals that the host knows (default: those of the demonstration)')

  withBooks(host.command('keys'))
    .argument('[terminal]', 'one terminal, with the record of its loadings')
    .summary('master keys of the terminals: check values and how far a loading is')
    .description(
      'Master keys 主密钥 of the terminals, by their check values: no key is shown. Also while the host runs.',
    )
    .option('--json', 'one JSON document')
    .action(async (terminal: string | undefined, _: BooksOptions, command: Command) => {
      const { hostKeys } = await import('../host-keys.ts')
      const options = given<BooksOptions & { json?: boolean }>(command)
      process.stdout.write(await hostKeys({ ...options, ...(terminal !== undefined && { terminal }) }))
    })

  withBooks(host.command('renew-key'))
    .argument('[terminal]', 'terminal number')
    .summary('orders a new master key for a terminal, over the line')
    .description(
      'Orders a new master key 远程密钥下载. The terminal gets it inside the encrypted channel when it asks for it, and no terminal gets one that was not ordered. Also while the host runs. Nobody sees the key, so one person may order it; the record keeps who.',
    )
    .option('--all', 'for every terminal that the host knows')
    .option('--by <name>', 'who orders it (default: the login name)')
    .option('--withdraw', 'takes the order back')
    .action(async (terminal: string | undefined, _: RenewOptions, command: Command) => {
      const { renewKey } = await import('../host-keys.ts')
      const options = given<RenewOptions>(command)
      process.stdout.write(await renewKey({ ...options, ...(terminal !== undefined && { terminal }) }))
    })

  withBooks(host.command('import-keys'))
    .argument('<file>', 'what the injection station exported')
    .summary('takes the master keys that an injection station gave to terminals')
    .description(
      'Takes the export of an injection station 注入站: every key is opened under the ZMK and compared with its check value and its terminal, then all are taken or none. The ZMK is asked for, whole or as the components of its custodians, or read from file descriptors, or stays in a PKCS#11 token.',
    )
    .option('--by <name>', 'who imports it (default: the login name)')
    .addOption(descriptorOption('--zmk-fd', 'gives the ZMK in hex'))
    .addOption(
      numberOption('--components <n>', 'its custodians type the ZMK as 2 or 3 components 分量', 2, 3),
    )
    .addOption(descriptorsOption('--component-fd', 'gives a component in hex'))
    .option('--token <module>', 'PKCS#11 module of the token that holds the ZMK')
    .option('--token-label <label>', 'which token (default: the first)')
    .option('--token-key <hex>', 'CKA_ID of the ZMK in the token')
    .addOption(descriptorOption('--pin-fd', 'gives the PIN of the token'))
    .action(async (file: string, _: ImportOptions, command: Command) => {
      const { importKeys } = await import('../host-import-keys.ts')
      const { secretInput } = await import('../secret-input.ts')
      const secrets = secretInput()
      try {
        process.stdout.write(await importKeys({ ...given<ImportOptions>(command), file, secrets }))
      } finally {
        secrets.close()
      }
    })
}
