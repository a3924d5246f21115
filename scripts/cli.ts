import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { CommandError, sentence } from './command-error.ts'
import { addBench } from './commands/bench.ts'
import { addBuild } from './commands/build.ts'
import { addConformance } from './commands/conformance.ts'
import { addDescribe } from './commands/describe.ts'
import { addDevice } from './commands/device.ts'
import { addEmulator } from './commands/emulator.ts'
import { addHost } from './commands/host.ts'
import { addKeys } from './commands/keys.ts'
import { addRelease } from './commands/release.ts'
import { addTerminal } from './commands/terminal.ts'
import { addTms } from './commands/tms.ts'

/**
 * The `shuaka` command. Each command is read here and done in a module that is loaded only for it.
 *
 * @returns the exit code: 0, 1 for what went wrong, 2 for a wrong use of the command line. What went wrong is one
 *   sentence on standard error.
 */
export async function main(args: readonly string[]): Promise<number> {
  const state = { exitCode: 0 }
  const program = makeProgram((exitCode) => {
    state.exitCode = exitCode
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return state.exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0 // --help, --version
    const [text, exitCode] = refusal(error)
    console.error(text)
    return exitCode
  }
}

function refusal(error: unknown): [string, number] {
  if (error instanceof CommandError) return [sentence(new Error(error.message)), error.exitCode]
  if (error instanceof CommanderError) {
    const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
    const one = text.replace(/\. ([A-Z])(?=.)/g, (_, letter: string) => `; ${letter.toLowerCase()}`)
    return [`shuaka: ${one}${one.endsWith('.') ? '' : '.'}`, 2]
  }
  return [`shuaka: ${sentence(error)}`, 1]
}

/** Tells the program how a command ended, where that is not by an error. */
export type SetExitCode = (exitCode: number) => void

function makeProgram(setExitCode: SetExitCode): Command {
  const program = new Command('shuaka')
  program
    .description('Shuaka 刷卡: a payment terminal, its emulator, its host and its tools')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'say what there is')
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .action((_, command: Command) => {
      const word = command.args[0]
      throw new CommandError(
        word === undefined
          ? 'shuaka: which command? shuaka --help lists them.'
          : `shuaka: there is no command ${word}; shuaka --help lists them.`,
        2,
      )
    })
    .allowExcessArguments(true)
  for (const add of [
    addEmulator,
    addTerminal,
    addDevice,
    addHost,
    addKeys,
    addTms,
    addDescribe,
    addConformance,
    addBuild,
    addRelease,
    addBench,
  ])
    add(program, setExitCode)
  return program
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const content: unknown = JSON.parse(text)
  return content !== null && typeof content === 'object' ? String(Reflect.get(content, 'version')) : ''
}
