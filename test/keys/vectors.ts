import { readFileSync } from 'node:fs'

/** One entry of test/vectors/keys.json; its properties depend on its category. */
export interface Vector {
  readonly name: string
  readonly category: string
  readonly [property: string]: unknown
}

/** The vectors that `wanted` picks; throws when it picks another number than it says, so that none goes missing. */
export function vectors(count: number, wanted: (vector: Vector) => boolean): readonly Vector[] {
  const file = new URL('../vectors/keys.json', import.meta.url)
  const all = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[]
  const picked = all.filter(wanted)
  if (picked.length !== count) throw new Error(`${picked.length} vectors, not ${count}`)
  return picked
}

/** The one vector of that name. */
export function vector(name: string): Vector {
  const [only] = vectors(1, (each) => each.name === name)
  if (only === undefined) throw new Error(name)
  return only
}

/** A property that is text. */
export function text(from: Vector, property: string): string {
  const value = from[property]
  if (typeof value !== 'string') throw new Error(`${from.name}: ${property} is not text`)
  return value
}

/** A text property of `expected`. */
export function expected(from: Vector, property: string): string {
  return text({ ...from, ...(from.expected as object) }, property)
}

/** Bytes of hex, which may be spaced for the eye. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
}

/** Bytes of ASCII. */
export function ascii(letters: string): Uint8Array {
  return Uint8Array.from(Buffer.from(letters, 'latin1'))
}

/** Upper-case hex. */
export function asHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
