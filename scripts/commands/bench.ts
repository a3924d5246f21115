import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly only?: string
  readonly budget?: string
  readonly json?: boolean
}

export function addBench(program: Command): void {
  program
    .command('bench')
    .allowExcessArguments(false)
    .summary('every figure of docs/benchmarks.md, measured here')
    .description('Measures memory, time, flash and throughput, beside a peer or a limit, and prints a table.')
    .option('--only <names>', 'only these measurements, with commas')
    .option('--budget <number>', 'so many times the work: 0.1 is quick, 1 as documented')
    .option('--json', 'as one JSON document')
    .action(async ({ only, budget, json = false }: Options) => {
      const { bench } = await import('../bench.ts')
      const times = budget === undefined ? undefined : Number(budget)
      if (times !== undefined && !(times > 0)) throw new CommandError('bench: --budget wants a number over 0')
      await bench({
        json,
        ...(only !== undefined && { only }),
        ...(times !== undefined && { budget: times }),
      })
    })
}
