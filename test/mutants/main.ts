import { parseArgs } from 'node:util'
import { begunAt, mutants } from './list.ts'
import type { Mutant } from './mutant.ts'
import { type Result, runMutants, type Verdict } from './runner.ts'

const USAGE = `npm run mutants -- [--only PATTERN] [--budget SECONDS] [--seed N] [--json]
  --only    mutants whose id, rule or file holds PATTERN
  --budget  stop in time, and say how many were left
  --seed    where in the list to begin (with --budget: another place each minute)
  --json    one JSON document`

const SIGNS: { readonly [V in Verdict]: string } = {
  killed: '✓ killed       ',
  time: '✓ killed (time)',
  SURVIVED: '✗ SURVIVED     ',
  unfit: '✗ did not apply',
}

/** Exit code 0 when every mutant that was tried is dead, 1 otherwise, 2 for options it does not know. */
async function main(args: readonly string[]): Promise<number> {
  const asked = optionsOf(args)
  if (typeof asked === 'string') {
    console.error(asked)
    return 2
  }
  const { chosen, seed, budgetMs, json } = asked
  const told = (result: Result): void => {
    if (!json) console.log(lineOf(result))
  }
  const { results, left } = await runMutants(chosen, { budgetMs, told })
  const count = (verdict: Verdict): number => results.filter((result) => result.verdict === verdict).length
  const failed = count('SURVIVED') + count('unfit')
  if (json) {
    const rows = results.map(({ mutant, verdict, by }) => ({ ...mutant, verdict, by }))
    console.log(JSON.stringify({ seed, results: rows, left }, null, 2))
  } else {
    console.log(
      `${results.length} mutants: ${count('killed') + count('time')} killed (${count('time')} by time), ` +
        `${count('SURVIVED')} survived, ${count('unfit')} did not apply, ${left.length} left (seed ${seed})`,
    )
  }
  return failed === 0 ? 0 : 1
}

function lineOf({ mutant: { id, rule }, verdict, by }: Result): string {
  return `${SIGNS[verdict]}  ${id}  [${rule}]  ${by}`
}

interface Asked {
  readonly chosen: readonly Mutant[]
  readonly seed: number
  readonly budgetMs: number
  readonly json: boolean
}

/** What the arguments ask for, or a sentence about what is wrong with them. */
function optionsOf(args: readonly string[]): Asked | string {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { only: text, budget: text, seed: text, json: { type: 'boolean' } },
    })
    const { only = '', budget, json = false } = values
    const seed = Number(values.seed ?? (budget === undefined ? 0 : Math.floor(Date.now() / 60_000)))
    const seconds = Number(budget ?? Infinity)
    if (!Number.isSafeInteger(seed) || seed < 0) return `mutants: --seed wants a whole number.\n${USAGE}`
    if (!(seconds > 0)) return `mutants: --budget wants seconds.\n${USAGE}`
    const chosen = mutants.filter(({ id, rule, file }) =>
      [id, rule, file].some((word) => word.includes(only)),
    )
    if (chosen.length === 0) return `mutants: none has ${only} in its id, rule or file.`
    return { chosen: begunAt(chosen, seed), seed, budgetMs: seconds * 1000, json }
  } catch (error) {
    return `mutants: ${error instanceof Error ? error.message : error}\n${USAGE}`
  }
}

process.exitCode = await main(process.argv.slice(2))
