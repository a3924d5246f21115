import { type Command, CommanderError } from 'commander'
import { CommandError } from '../command-error.ts'
import { addKeysAudit } from './keys-audit.ts'
import { addKeysBlock } from './keys-block.ts'
import { addKeysCombine, addKeysComponent } from './keys-component.ts'
import { addKeysIdentity } from './keys-identity.ts'
import { addKeysSelftest } from './keys-selftest.ts'
import { addKeysStation } from './keys-station.ts'

/** `shuaka keys`: tools for keys. No secret is ever an argument. */
export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .summary('keys: components, check values, key blocks, the injection station')
    .description(
      'Tools for keys 密钥工具. A secret is typed blind at a prompt, or comes on a file descriptor that an option names (--key-fd 3 3<FILE); never on the command line, and no command prints a key.',
    )
    .exitOverride((error) => {
      throw withoutInput(error)
    })
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`keys: ${which} shuaka keys --help lists them.`, 2)
    })
  const adders = [addKeysComponent, addKeysCombine, addKeysBlock, addKeysStation, addKeysAudit]
  for (const add of [...adders, addKeysIdentity, addKeysSelftest]) add(keys)
}

/** The same fault without what was typed: it may be a key, at the wrong place. */
function withoutInput(error: CommanderError): CommanderError {
  const message = error.message
    .replace(/unknown option '(--[a-z][a-z-]*)?.*/s, (_, name: string | undefined) =>
      name === undefined ? 'unknown option' : `unknown option '${name}'`,
    )
    .replace(/ argument '.*' is invalid/s, ' has a wrong value')
  return new CommanderError(error.exitCode, error.code, message)
}
