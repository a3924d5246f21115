import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sentence } from '../command-error.ts'
import { PROOFS, type Proof, proofsFor } from './proofs.ts'
import { ARCHES, lacking } from './tools.ts'

const USAGE = `npm run prove:native -- [--arch x86-64|arm] [--budget MINUTES] [--only PROOF,PROOF]
  All that is proved of the C code, in its full length: ${PROOFS.join(', ')}.
  --arch    this processor alone
  --budget  ends after so long; what is left of it goes to the fuzzer, which is last and has five minutes without
  --only    these proofs alone
  One line a proof. Exit code 1 when one fails or is not finished, 2 for options that are not known.`

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** A fuzzer that is told to end then is given this much longer to do so. */
const LONGER_MS = 120_000

export type Verdict = 'holds' | 'FAILS' | 'not finished' | 'not here'
export interface Proved {
  readonly proof: Proof
  readonly verdict: Verdict
  /** The counts, or why not. */
  readonly said: string
  readonly ms: number
}

/** Runs them one after the other; `missing` says in one sentence what this machine lacks for one. */
export async function prove(
  proofs: readonly Proof[],
  given: {
    readonly budgetMs?: number | undefined
    missing(of: Proof): string | undefined
    told(one: Proved): void
  },
): Promise<readonly Proved[]> {
  const end = performance.now() + (given.budgetMs ?? Number.POSITIVE_INFINITY)
  const all: Proved[] = []
  for (const proof of proofs) {
    const began = performance.now()
    const [verdict, said] = await outcome(proof, end, given.missing(proof))
    const one = { proof, verdict, said, ms: performance.now() - began }
    all.push(one)
    given.told(one)
  }
  return all
}

async function outcome(
  proof: Proof,
  end: number,
  missing: string | undefined,
): Promise<readonly [Verdict, string]> {
  if (missing !== undefined) return ['not here', missing]
  const leftMs = end - performance.now()
  if (leftMs <= 0) return ['not finished', 'the budget is over']
  const bounded = Number.isFinite(leftMs)
  const limitMs = proof.name === 'fuzz' ? leftMs + LONGER_MS : leftMs
  const { output, complaint, late } = await run(
    proof.words(bounded ? leftMs / 1000 : undefined),
    proof.env,
    bounded ? limitMs : undefined,
  )
  if (late) return ['not finished', 'the budget is over']
  try {
    return ['holds', proof.count(output)]
  } catch (error) {
    const why = error instanceof SyntaxError || complaint !== '' ? complaint.split('\n')[0] : ''
    return ['FAILS', [sentence(error), why].filter((text) => text !== '').join(' ')]
  }
}

interface Ran {
  readonly output: string
  readonly complaint: string
  readonly late: boolean
}

/** Node with these words, and all that it started ended with it when it is late. */
function run(words: readonly string[], env: Proof['env'], limitMs: number | undefined): Promise<Ran> {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, complaint] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // it has just ended
    }
  }
  process.once('exit', endGroup)
  let late = false
  const over = (): void => {
    late = true
    endGroup()
  }
  const timer = limitMs === undefined ? undefined : setTimeout(over, limitMs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      process.off('exit', endGroup)
      resolve({ output, complaint: complaint.trim(), late })
    })
  })
}

export function lineOf({ proof, verdict, said, ms }: Proved): string {
  return `${verdict.padEnd(12)}  ${proof.name.padEnd(11)}  ${proof.what}: ${said} (${Math.round(ms / 1000)} s)`
}

/** What this machine lacks for it, in one sentence. */
function missingHere({ needs }: Proof): string | undefined {
  for (const need of needs) {
    const why = need === 'valgrind' ? noValgrind() : lacking(need)
    if (why !== undefined) return why
  }
  return undefined
}
function noValgrind(): string | undefined {
  return spawnSync('valgrind', ['--version']).status === 0 ? undefined : 'there is no valgrind here.'
}

export interface Asked {
  readonly proofs: readonly Proof[]
  readonly budgetMs: number | undefined
}

/** What the arguments ask for, or a sentence about what is wrong with them. */
export function optionsOf(args: readonly string[]): Asked | string {
  const text = { type: 'string' } as const
  try {
    const options = { arch: text, budget: text, only: text, help: { type: 'boolean' } } as const
    const { values } = parseArgs({ args: [...args], options })
    const arch = ARCHES.find((each) => each === values.arch)
    const only = values.only?.split(',') ?? PROOFS
    const unknown = only.find((name) => !PROOFS.some((each) => each === name))
    const minutes = Number(values.budget ?? 0)
    if (values.help === true) return USAGE
    if (values.arch !== undefined && arch === undefined)
      return `prove:native: there is no processor ${values.arch}.`
    if (unknown !== undefined)
      return `prove:native: there is no proof ${unknown}; there are ${PROOFS.join(', ')}.`
    if (values.budget !== undefined && !(minutes > 0)) return 'prove:native: --budget wants minutes.'
    const proofs = proofsFor(arch === undefined ? ARCHES : [arch]).filter(({ name }) => only.includes(name))
    if (proofs.length === 0) return `prove:native: ${only.join(', ')} is for x86-64.`
    return { proofs, budgetMs: values.budget === undefined ? undefined : minutes * 60_000 }
  } catch (error) {
    return `prove:native: ${sentence(error)}`
  }
}

/** Exit code 0 when all that this machine can prove holds. */
async function main(args: readonly string[]): Promise<number> {
  const asked = optionsOf(args)
  if (typeof asked === 'string') {
    console.error(asked)
    return 2
  }
  const { proofs, budgetMs } = asked
  const told = (one: Proved): void => console.log(lineOf(one))
  const all = await prove(proofs, { budgetMs, missing: missingHere, told })
  const count = (verdict: Verdict): number => all.filter((one) => one.verdict === verdict).length
  const bad = count('FAILS') + count('not finished')
  console.log(`${count('holds')} hold, ${bad} do not, ${count('not here')} not to be had here`)
  return bad > 0 || count('holds') === 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
