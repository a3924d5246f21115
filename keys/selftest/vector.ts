import { fromHex } from '../hex.ts'

/** One entry of a file of vectors: its name, what it tests, and its other members by name. */
export interface SelfTestVector {
  readonly name: string
  /** What the vector tests: `tr31`, `mac`, …; with `op` it picks the check. */
  readonly category: string
  /** Empty where the category says all. */
  readonly op: string
  readonly fields: { readonly [name: string]: unknown }
}

export type ParsedVectors =
  | { readonly kind: 'vectors'; readonly vectors: readonly SelfTestVector[] }
  /** `why` is one clause; it names the entry by its place. */
  | { readonly kind: 'refused'; readonly why: string }

/** More than any published collection; a larger file is not one of vectors. */
const VECTORS_MAX = 100_000

/** A vector cannot be computed as it is written: a member is missing or of another form. Its message is a clause. */
export class VectorFault extends Error {
  override readonly name = 'VectorFault'
}

/** Reads what JSON gave: an array of objects with `name`, `category`, `expected`, and `op` where there is one. */
export function parseVectors(json: unknown): ParsedVectors {
  if (!Array.isArray(json)) return refused('wants an array of vectors')
  const list: readonly unknown[] = json
  if (list.length === 0) return refused('holds no vector')
  if (list.length > VECTORS_MAX) return refused(`holds more than ${VECTORS_MAX} vectors`)
  const vectors: SelfTestVector[] = []
  for (const [index, entry] of list.entries()) {
    const place = `vector ${index + 1}`
    if (!isObject(entry)) return refused(`${place} is not an object`)
    const { name, category, op = '' } = entry
    if (typeof name !== 'string' || name === '') return refused(`${place} has no "name"`)
    if (typeof category !== 'string') return refused(`${place} has no "category"`)
    if (typeof op !== 'string') return refused(`${place}: "op" is not text`)
    if (entry.expected === undefined) return refused(`${place} has no "expected"`)
    vectors.push({ name, category, op, fields: entry })
  }
  return { kind: 'vectors', vectors }
}

export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether the vector has this member. */
export function has({ fields }: SelfTestVector, name: string): boolean {
  return Object.keys(fields).includes(name)
}

/** A member that is text. Throws VectorFault. */
export function textOf({ fields }: SelfTestVector, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw new VectorFault(`"${name}" is missing or not text`)
  return value
}

/** A member that is hex of either case. Throws VectorFault. */
export function bytesOf(vector: SelfTestVector, name: string): Uint8Array {
  return hexBytes(textOf(vector, name), name)
}

/** A member that is a whole number from 0, or `otherwise` where it is absent. Throws VectorFault. */
export function wholeOf({ fields }: SelfTestVector, name: string, otherwise?: number): number {
  const value = fields[name] ?? otherwise
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new VectorFault(`"${name}" is missing or not a whole number`)
  }
  return value
}

/** A member that is a list of hex texts. Throws VectorFault. */
export function bytesListOf({ fields }: SelfTestVector, name: string): readonly Uint8Array[] {
  const value = fields[name]
  if (!Array.isArray(value)) throw new VectorFault(`"${name}" is missing or not a list`)
  const list: readonly unknown[] = value
  return list.map((each) => {
    if (typeof each !== 'string') throw new VectorFault(`"${name}" holds what is not text`)
    return hexBytes(each, name)
  })
}

/** The message: `data` or `message` in hex, or `dataAscii`. Throws VectorFault. */
export function dataOf(vector: SelfTestVector): Uint8Array {
  if (has(vector, 'data')) return bytesOf(vector, 'data')
  if (has(vector, 'message')) return bytesOf(vector, 'message')
  return ascii(textOf(vector, 'dataAscii'))
}

/** Bytes of ASCII text. Throws VectorFault for any other. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => {
    const code = letter.charCodeAt(0)
    if (code > 0x7f) throw new VectorFault('a text is not ASCII')
    return code
  })
}

function hexBytes(text: string, name: string): Uint8Array {
  try {
    return fromHex(text.replace(/ /g, ''))
  } catch {
    throw new VectorFault(`"${name}" is not hex`)
  }
}

function refused(why: string): ParsedVectors {
  return { kind: 'refused', why }
}
