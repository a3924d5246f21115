import { type Answer, difference } from './answer.ts'
import { checks } from './checks.ts'
import { handshakeCheck, type NoiseHandshake } from './handshake.ts'
import { has, type SelfTestVector, VectorFault } from './vector.ts'

export interface VectorResult {
  readonly name: string
  readonly result: 'passed' | 'failed'
  /** One clause; empty where the vector passed. Vectors are public, so that it may show their values. */
  readonly detail: string
}

export interface SelfTestOptions {
  /** The channel's handshake machine, which `keys` may not import. Without it the Noise vectors fail. */
  readonly noise?: NoiseHandshake
}

/** Computes one vector from its inputs with the code that terminals, stations and hosts use, and compares. Never throws. */
export function runVector(vector: SelfTestVector, options: SelfTestOptions = {}): VectorResult {
  const detail = faultOf(vector, options)
  return { name: vector.name, result: detail === undefined ? 'passed' : 'failed', detail: detail ?? '' }
}

/** All of them, in order: none is left out, and one that is not understood has failed. */
export function runVectors(
  vectors: readonly SelfTestVector[],
  options: SelfTestOptions = {},
): readonly VectorResult[] {
  return vectors.map((vector) => runVector(vector, options))
}

function faultOf(vector: SelfTestVector, options: SelfTestOptions): string | undefined {
  const key = vector.op === '' ? vector.category : `${vector.category}/${vector.op}`
  const check = key === 'handshake' ? handshakeCheck(options.noise) : checks.get(key)
  if (check === undefined) return `no check for category "${vector.category}", op "${vector.op}"`
  try {
    return compared(vector, check(vector))
  } catch (error) {
    // A vector out of a file may be anything: what our code refuses of it is its failure, and the next one is run.
    if (error instanceof VectorFault || error instanceof RangeError) return error.message
    return `the check itself failed: ${error instanceof Error ? error.message : 'no error'}`
  }
}

function compared(vector: SelfTestVector, answer: Answer): string | undefined {
  const found = difference(vector.fields.expected, answer.expected, 'expected')
  if (found !== undefined) return found
  for (const [name, value] of Object.entries(answer.also ?? {})) {
    if (!has(vector, name)) continue
    const other = difference(vector.fields[name], value, name)
    if (other !== undefined) return other
  }
  return undefined
}
