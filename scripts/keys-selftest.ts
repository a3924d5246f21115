import { handshake, type PatternName, patterns } from '../host-link/channel/noise.ts'
import type { NoiseHandshake } from '../keys/selftest/handshake.ts'
import { runVectors, type VectorResult } from '../keys/selftest/run.ts'
import { parseVectors } from '../keys/selftest/vector.ts'
import { CommandError } from './command-error.ts'
import { faultsOf, readJson } from './json-file.ts'

export interface SelfTest {
  /** What goes to standard output, with its line end. */
  readonly text: string
  readonly failed: number
}

/** Runs a file of vectors. Throws CommandError for a file that is none. */
export function keysSelftest(path: string, json: boolean): SelfTest {
  const results = runVectors(vectorsIn(path), { noise })
  const failed = results.filter(({ result }) => result === 'failed').length
  const passed = results.length - failed
  const text = json
    ? JSON.stringify({ passed, failed, vectors: results }, null, 2)
    : [...results.map(line), `${passed} passed, ${failed} failed`].join('\n')
  return { text: `${text}\n`, failed }
}

/** The channel's own machine, for vectors of Noise. */
export const noise: NoiseHandshake = (options) => {
  const { pattern } = options
  return isPattern(pattern) ? handshake({ ...options, pattern }) : undefined
}

function isPattern(name: string): name is PatternName {
  return Object.hasOwn(patterns, name)
}

function vectorsIn(path: string): Parameters<typeof runVectors>[0] {
  try {
    const parsed = parseVectors(readJson(path))
    if (parsed.kind === 'vectors') return parsed.vectors
    throw faultsOf(path)('', parsed.why)
  } catch (error) {
    throw new CommandError(
      `keys selftest: ${error instanceof Error ? error.message : 'the file cannot be read'}.`,
    )
  }
}

/** Names come out of the file: control characters in one would write on the terminal. */
function line({ name, result, detail }: VectorResult): string {
  const text = detail === '' ? `${name} ${result}` : `${name} ${result}: ${detail}`
  return text.replace(/\p{Cc}+/gu, ' ')
}
