import { readFileSync } from 'node:fs'
import { FEN_MAX } from '../host-link/wire/values.ts'

/** A file that a person wrote is not what is wanted: one sentence with file, place in the JSON, and what is wanted. */
export class FileFault extends Error {
  override readonly name = 'FileFault'
  constructor(file: string, place: string, why: string) {
    super(place === '' ? `${file}: ${why}` : `${file}: ${place}: ${why}`)
  }
}

/** Makes the fault of one file. */
export type Faults = (place: string, why: string) => FileFault
export type Values = { readonly [name: string]: unknown }

export function faultsOf(file: string): Faults {
  return (place, why) => new FileFault(file, place, why)
}

/** Throws `FileFault`. */
export function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new FileFault(path, '', missing ? 'there is no such file' : 'the file cannot be read')
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) // some editors begin a file with a byte order mark
  } catch {
    throw new FileFault(path, '', 'the file is not JSON')
  }
}

/** An object with no other properties than these. */
export function objectAt(value: unknown, place: string, names: readonly string[], fault: Faults): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault(place, 'wants an object')
  const values: Values = { ...value }
  const unknown = Object.keys(values).find((name) => !names.includes(name))
  if (unknown !== undefined) throw fault(place, `"${unknown.slice(0, 40)}" is not a property here`)
  return values
}

/** The text at a place. What stands there is not repeated: it may be a PIN. */
export function textAt(
  value: unknown,
  place: string,
  pattern: RegExp,
  wanted: string,
  fault: Faults,
): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw fault(place, `wants ${wanted}`)
  return value
}

/** A whole number from 0. */
export function wholeAt(value: unknown, place: string, unit: string, fault: Faults): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= FEN_MAX) return value
  throw fault(place, `wants a whole number of ${unit} from 0 to ${FEN_MAX}`)
}
