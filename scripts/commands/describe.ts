import { type Command, Option } from 'commander'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly json?: true
  readonly mask: boolean
  readonly locale?: 'zh' | 'en'
  readonly motherPos?: 'xgd' | 'newland'
}

export function addDescribe(program: Command, setExitCode: SetExitCode): void {
  program
    .command('describe')
    .allowExcessArguments(false)
    .summary('any frame or message as text, field by field')
    .description(
      'Shows a frame or message, field by field: PAN and tracks masked, PIN block and keys hidden.',
    )
    .argument('[hex]', 'the bytes in hex; - or nothing reads them from standard input')
    .option('--json', 'one JSON document')
    .option('--no-mask', 'show everything: for test data only')
    .addOption(new Option('--locale <locale>', 'language of the names').choices(['zh', 'en']))
    .addOption(
      new Option(
        '--mother-pos <family>',
        'a capture of an old 母POS key loading line; its keys stay hidden',
      ).choices(['xgd', 'newland']),
    )
    .action(async (hex: string | undefined, options: Options) => {
      const { motherPos: family, ...rest } = options
      if (family !== undefined && !options.mask) {
        throw new CommandError('describe: --no-mask is not for --mother-pos; its keys are never shown.', 2)
      }
      const { describeCommand, describeMotherPos } = await import('../describe.ts')
      const input = hex === undefined || hex === '-' ? await standardInput() : hex
      const { text, exitCode, error } =
        family === undefined ? describeCommand(input, rest) : describeMotherPos(input, family, rest)
      process.stdout.write(text)
      if (error !== undefined) console.error(error)
      setExitCode(exitCode)
    })
}

/** Hex of a frame is short: what is longer is no frame. */
const INPUT_CHARACTERS_MAX = 1_000_000

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) throw new CommandError('describe: give the bytes in hex, or pipe them in.', 2)
  let text = ''
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part
    if (text.length > INPUT_CHARACTERS_MAX)
      throw new CommandError('describe: the input is too long for a frame.')
  }
  return text
}
