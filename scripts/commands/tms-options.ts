import { Command } from 'commander'
import type { AnswerOf, CallName } from '../../host-link/tms/api.ts'
import { routes } from '../../host-link/tms/api.ts'
import { CommandError } from '../command-error.ts'
import type { CallInput, TmsClient } from '../tms-client.ts'
import { wholeOf } from '../tms-plan.ts'

/** Options that every command of the API has. */
export interface ApiCommandOptions {
  readonly url: string
  readonly tokenFile?: string
  readonly json?: boolean
  readonly dryRun?: boolean
}

/** A noun of `shuaka tms`, as `terminal`: it has commands and does nothing itself. */
export function noun(tms: Command, name: string, zh: string, summary: string): Command {
  return tms
    .command(name)
    .summary(`${zh}: ${summary}`)
    .description(`${zh}: ${summary}.`)
    .helpCommand(false)
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`tms ${name}: ${which} shuaka tms ${name} --help lists them.`, 2)
    })
}

/** What one command asks the service, and what people read of the answer. */
export interface ApiCommand<Name extends CallName, Options> {
  readonly call: Name
  /** `terminal show <serial>`: the name and arguments below the noun. */
  readonly usage: string
  readonly summary: string
  readonly options?: (command: Command) => Command
  readonly input?: (words: readonly string[], options: Options) => CallInput | Promise<CallInput>
  readonly words: (answer: AnswerOf<Name>, options: Options) => string
}

/** Adds a command of the API to a noun: the token, `--json`, and `--dry-run` where it changes something. */
export function addApiCommand<Name extends CallName, Options = object>(
  parent: Command,
  { call, usage, summary, options, input, words }: ApiCommand<Name, Options & ApiCommandOptions>,
): void {
  const [name = '', ...rest] = usage.split(' ')
  // As one of its parent's own, errors are thrown and help goes out; but a noun takes any word, and a command none beyond its own.
  const command = new Command(name).copyInheritedSettings(parent).allowExcessArguments(false)
  command.summary(summary).description(`${summary}.`)
  for (const argument of rest) command.argument(argument)
  options?.(command)
  apiOptions(command, call)
  command.action(async (...given: unknown[]) => {
    const said = command.optsWithGlobals<Options & ApiCommandOptions>()
    const texts = given.slice(0, rest.length).flatMap((word) => (word === undefined ? [] : [String(word)]))
    for (const [at, text] of texts.entries()) if (rest[at] === '<id>') wholeOf(`${name} <id>`, text)
    const { tmsClient } = await import('../tms-client.ts')
    const { output, print } = await import('../tms-output.ts')
    const client: TmsClient = tmsClient(said)
    const answer = await client.call(call, (await input?.(texts, said)) ?? {})
    await print(output(answer, said, () => words(answer, said)))
  })
  parent.addCommand(command)
}

/** What cannot be tried is what comes with a session, and what only reads. */
export function apiOptions(command: Command, call: CallName): Command {
  command
    .option('--url <address>', 'where the service is', 'http://127.0.0.1:8100')
    .option('--token-file <file>', 'file of the token (default: SHUAKA_TMS_TOKEN has it)')
    .option('--json', 'one JSON document')
  if (routes[call].method !== 'GET' && call !== 'diffLayer' && call !== 'previewDeployment')
    command.option('--dry-run', 'does all of it, says what came of it, and undoes it')
  return command
}

/** Options of a list, and how they go into its question. */
export interface ListOptions {
  readonly filter?: string
  readonly group?: string
  readonly after?: string
  readonly limit?: string
}
export const listOptions = (command: Command): Command =>
  command
    .option('--after <text>', 'goes on after this one, as the list says at its end')
    .option('--limit <n>', 'rows, 1 to 500 (default: 100)')
export const lister = ({ after, limit }: ListOptions) => ({ after, limit })
/** An option that may be given more than once. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** What stands below a list. */
export const foot = ({ total, next }: { readonly total: number; readonly next?: string }): string =>
  `共 ${total} total${next === undefined ? '' : `; more: --after ${next}`}`
