import { CBOR_LIMITS, type CborValue, decodeCbor, encodeCbor } from '../cbor.ts'
import { WireError } from '../message.ts'

/**
 * What a CBOR value may be, and what it is in memory: one table for reading and writing, so that nothing can be
 * written that is not read, and the terminal has it once. Turns `value` over, into CBOR where `back`. Throws a
 * WireError with the path of what is wrong, at byte 0 of the document.
 */
export interface Shape<T> {
  (value: unknown, path: string, back: boolean): unknown
  readonly of?: T
}

/** The value of these bytes, at most `max` of them. Throws a WireError. */
export function readShape<T>(shape: Shape<T>, name: string, bytes: Uint8Array, max: number): T {
  return shape(decodeCbor(bytes, { bytes: max, depth: CBOR_LIMITS.depth }), name, false) as T
}

/** The bytes of a value, at most `max` of them. Throws a WireError for a value that would not be read. */
export function writeShape<T>(shape: Shape<T>, name: string, value: T, max: number): Uint8Array {
  const bytes = encodeCbor(shape(value, name, true) as CborValue)
  if (bytes.length > max) fail(name, `more than ${max} bytes`)
  return bytes
}

function fail(path: string, why: string): never {
  throw new WireError(path, 0, why)
}

/** A value that is the same in memory. */
function simple<T>(good: (value: unknown) => boolean, why: string): Shape<T> {
  return (value, path) => (good(value) ? value : fail(path, `wants ${why}`))
}

/** The highest number of a document that may become a floor of the secure element (`raiseFloor`). */
export const NUMBER_MAX = 2 ** 48 - 1

/** A whole number, `min` to `max`. */
export const whole = (max = NUMBER_MAX, min = 0): Shape<number> =>
  simple(
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
    `${min}–${max}`,
  )

export const flag: Shape<boolean> = simple((value) => typeof value === 'boolean', 'true or false')

/** Bytes, `min` to `max` of them; with one number exactly so many. */
export const binary = (max: number, min = max): Shape<Uint8Array> =>
  simple(
    (value) => value instanceof Uint8Array && value.length >= min && value.length <= max,
    `${min}–${max} bytes`,
  )

/** A text for people: no control characters; a character of UTF-16 counts as one. */
export const text = (max: number, min = 0, last = '\uffff'): Shape<string> =>
  simple(
    (value) =>
      typeof value === 'string' &&
      value.length >= min &&
      value.length <= max &&
      [...value].every((one) => one >= ' ' && one <= last && (one <= '~' || one >= '\xa0')),
    `${min}–${max} characters`,
  )

/** Printable ASCII, `min` to `max` characters. */
export const ascii = (max: number, min = 1): Shape<string> => text(max, min, '~')

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, path, back) =>
    value === null ? null : shape(value, path, back)

/** One of `names`, by its place among them. */
export const named = <const T extends readonly string[]>(names: T): Shape<T[number]> => {
  const place = whole(names.length - 1)
  return (value, path, back) =>
    back ? place(names.indexOf(value as string), path, true) : names[place(value, path, false) as number]
}

/** The first of two that fits. */
export const either =
  <A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> =>
  (value, path, back) => {
    try {
      return first(value, path, back)
    } catch {
      return second(value, path, back)
    }
  }

/** `min` to `max` values of one shape. */
export const list =
  <T>(item: Shape<T>, max: number, min = 0): Shape<readonly T[]> =>
  (value, path, back) =>
    Array.isArray(value) && value.length >= min && value.length <= max
      ? value.map((one, index) => item(one, `${path}.${index}`, back))
      : fail(path, `wants ${min}–${max} of them`)

/** Values by number, `max` of them at most. */
export const byNumber =
  <T>(item: Shape<T>, max: number, numberMax = 65_535): Shape<ReadonlyMap<number, T>> =>
  (value, path, back) => {
    const number = whole(numberMax)
    if (!(value instanceof Map) || value.size > max) fail(path, `wants a map of at most ${max}`)
    const out = new Map<unknown, unknown>()
    for (const [key, one] of value) out.set(number(key, path, back), item(one, `${path}.${key}`, back))
    return out
  }

/** What must hold beyond the shape. */
export const where =
  <T>(shape: Shape<T>, good: (value: T) => boolean, why: string): Shape<T> =>
  (value, path, back) => {
    const out = shape(value, path, back)
    return good((back ? value : out) as T) ? out : fail(path, `wants ${why}`)
  }

/** Of each value its key in the map, or its place in the list. */
export type Rows<T> = { readonly [Name in keyof T]: readonly [key: number, shape: Shape<T[Name]>] }

/** A map of exactly these keys, and of those of `fixed`, each with its one value that memory does not keep. */
export const record =
  <T>(rows: Rows<T>, fixed: readonly (readonly [key: number, value: number])[] = []): Shape<T> =>
  (value, path, back) => {
    const out = new Map<unknown, unknown>(back ? fixed : [])
    const whole = back ? out : value
    if (!(whole instanceof Map)) fail(path, 'wants a map')
    for (const [key, wanted] of fixed)
      if (whole.get(key) !== wanted) fail(`${path}.${key}`, `wants ${wanted}`)
    return rowsOf(rows, path, back, value, fixed.length, whole, out)
  }

/** An array of exactly these values. */
export const row =
  <T>(rows: Rows<T>): Shape<T> =>
  (value, path, back) => {
    if (!back && !Array.isArray(value)) fail(path, 'wants an array')
    const map = new Map<unknown, unknown>(back ? [] : (value as unknown[]).entries())
    const out = rowsOf(rows, path, back, value, 0, map, map)
    return out instanceof Map ? Array.from({ length: out.size }, (_, index) => out.get(index)) : out
  }

function rowsOf<T>(
  rows: Rows<T>,
  path: string,
  back: boolean,
  value: unknown,
  others: number,
  read: Map<unknown, unknown>,
  written: Map<unknown, unknown>,
): unknown {
  const out: { [name: string]: unknown } = {}
  const names = Object.keys(rows)
  if (!back && read.size !== names.length + others) fail(path, `wants ${names.length + others} keys`)
  for (const name of names) {
    const [key, shape] = rows[name as keyof T]
    const at = `${path}.${name}`
    if (back) written.set(key, shape((value as { [name: string]: unknown })[name], at, true))
    else if (read.has(key)) out[name] = shape(read.get(key), at, false)
    else fail(at, 'missing')
  }
  return back ? written : out
}
