import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly terminals: string
  readonly over: string
  readonly scenario: string
  readonly seconds: string
  readonly rounds: string
  readonly perSecond: string
  readonly blockSize: string
  readonly json?: boolean
}

/** `shuaka tms bench`, below `tms`. */
export function addTmsBench(tms: Command): void {
  tms
    .command('bench')
    .allowExcessArguments(false)
    .summary('the figures of docs/scaling.md, measured here')
    .description(
      'Simulated terminals against a service of its own: what it holds, tells and moves, beside the bare broker.',
    )
    .option('--terminals <number>', 'how many', '10000')
    .option('--over <broker>', 'embedded or mosquitto', 'embedded')
    .option(
      '--scenario <names>',
      'some of hold, tell, download, kill, far, with commas',
      'hold,tell,download,kill,far',
    )
    .option('--seconds <number>', 'how long hold holds', '600')
    .option('--rounds <number>', 'how often download measures each of its three', '3')
    .option('--per-second <number>', 'terminals that begin in a second in far; 0: all at once', '4')
    .addOption(
      new Option('--block-size <KiB>', 'largest block, of service and terminals')
        .choices(['1', '2', '4', '8', '16', '32'])
        .default('16'),
    )
    .option('--json', 'one JSON document a scenario')
    .action(
      async ({ terminals, over: broker, scenario, seconds, rounds, json = false, ...rest }: Options) => {
        const { tmsBench, scenariosOf } = await import('../tms-bench.ts')
        const count = Number(terminals)
        if (!Number.isInteger(count) || count < 1 || count > 15_000)
          throw new CommandError('tms bench: --terminals wants a number from 1 to 15000.', 2)
        if (broker !== 'embedded' && broker !== 'mosquitto')
          throw new CommandError('tms bench: --over wants embedded or mosquitto.', 2)
        const hold = Number(seconds)
        if (!(hold > 0)) throw new CommandError('tms bench: --seconds wants a number above 0.', 2)
        const times = Number(rounds)
        if (!Number.isInteger(times) || times < 1 || times > 20)
          throw new CommandError('tms bench: --rounds wants a number from 1 to 20.', 2)
        const perSecond = Number(rest.perSecond)
        if (!(perSecond >= 0 && perSecond <= 1_000))
          throw new CommandError('tms bench: --per-second wants a number from 0 to 1000.', 2)
        await tmsBench({
          ...{ terminals: count, broker, scenarios: wanted(() => scenariosOf(scenario)), holdSeconds: hold },
          ...{ rounds: times, json, perSecond, blockBytes: Number(rest.blockSize) * 1024 },
        })
      },
    )
}

/** What is read here was typed: a fault of it is a wrong use. */
function wanted<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw error instanceof CommandError ? new CommandError(error.message, 2) : error
  }
}
