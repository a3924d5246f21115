import { createHash } from 'node:crypto'

/** Of all terminals of a bench; nothing else uses it. */
export const PASSWORD = 'password-of-a-simulated-terminal'

/** Keys of a bench: everybody knows them. */
export function benchSeed(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(`bench ${name}`).digest())
}
