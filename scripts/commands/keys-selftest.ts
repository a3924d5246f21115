import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly vectors?: string
  readonly json?: true
}

/** `shuaka keys selftest`. What failed is on standard output; the error says how many, for the exit code 1. */
export function addKeysSelftest(keysCommand: Command): void {
  keysCommand
    .command('selftest')
    .allowExcessArguments(false)
    .summary('a file of test vectors, each computed and compared')
    .description(
      'Computes every vector of a file with the code that terminals, stations and hosts use, and compares. Prints each name with its result, then the counts. Exit code 1 when one failed.',
    )
    .option('--vectors <file>', 'JSON: an array of vectors, as test/vectors/keys.json')
    .option('--json', 'one JSON document')
    .action(async ({ vectors, json }: Options) => {
      if (vectors === undefined) {
        throw new CommandError('keys selftest: which vectors? Give --vectors FILE.', 2)
      }
      const { keysSelftest } = await import('../keys-selftest.ts')
      const { text, failed } = keysSelftest(vectors, json === true)
      process.stdout.write(text)
      if (failed > 0) throw new CommandError(`keys selftest: ${failed} failed.`)
    })
}
