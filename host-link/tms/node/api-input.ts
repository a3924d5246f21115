import { type ApiErrorCode, apiErrors } from '../api.ts'
import type { LayerFinding } from '../api-parameters.ts'

/** What the API answers instead of what was asked: one sentence, and where in the request the cause is. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault'
  readonly code: ApiErrorCode
  readonly at: string | undefined
  readonly findings: readonly LayerFinding[] | undefined
  constructor(code: ApiErrorCode, sentence: string, at?: string, findings?: readonly LayerFinding[]) {
    super(sentence)
    this.code = code
    this.at = at
    this.findings = findings
  }
  get status(): number {
    return apiErrors[this.code].status
  }
}

/** Longest of a wrong word that is repeated. */
const SHOWN_MAX = 40

function bad(at: string, wanted: string): ApiFault {
  return new ApiFault('badInput', `${at}: ${wanted} is wanted.`, at)
}

/**
 * An object of a request, read name by name; each throws `ApiFault` with its place for what is not of its form. Names that
 * are not asked for are refused, so that a misspelt one is not passed over.
 */
export interface Input {
  has(name: string): boolean
  /** 1 to `max` characters, without control characters; `min` 0 takes an empty one. */
  text(name: string, max: number, min?: number): string
  /** A text of lines. */
  lines(name: string, max: number): string
  matching(name: string, pattern: RegExp, wanted: string): string
  whole(name: string, min: number, max: number): number
  flag(name: string): boolean
  one<Choice extends string>(name: string, choices: readonly Choice[]): Choice
  texts(name: string, countMax: number, lengthMax: number): readonly string[]
  wholes(name: string, countMax: number, min: number, max: number): readonly number[]
  object(name: string, names: readonly string[]): Input
  /** Name and value of an object with names that are not known beforehand. */
  entries(name: string, countMax: number): readonly (readonly [string, unknown])[]
  value(name: string): unknown
}

const CONTROL = /\p{Cc}/u
/** Half of a character, which no database and no terminal takes. */
const LONE = /\p{Cs}/u
const CONTROL_BUT_LINES = /[^\P{Cc}\n\r\t]/u

/** `at`: where it stands, empty for the request itself. `names`: all that may be in it. */
export function inputOf(given: unknown, names: readonly string[], at = ''): Input {
  const place = (name: string): string => (at === '' ? name : `${at}.${name}`)
  const values = objectOf(given, at)
  const unknown = Object.keys(values).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new ApiFault(
      'badInput',
      `${place(unknown.slice(0, SHOWN_MAX))}: there is no such property here.`,
      place(unknown.slice(0, SHOWN_MAX)),
    )
  const value = (name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined)
  return {
    has: (name) => value(name) !== undefined,
    text: (name, max, min = 1) => textAt(value(name), place(name), min, max, CONTROL),
    lines: (name, max) => textAt(value(name), place(name), 1, max, CONTROL_BUT_LINES),
    matching(name, pattern, wanted) {
      const text = value(name)
      if (typeof text !== 'string' || !pattern.test(text)) throw bad(place(name), wanted)
      return text
    },
    whole: (name, min, max) => wholeAt(value(name), place(name), min, max),
    flag(name) {
      const flag = value(name)
      if (typeof flag !== 'boolean') throw bad(place(name), 'true or false')
      return flag
    },
    one(name, choices) {
      const found = choices.find((choice) => choice === value(name))
      if (found === undefined) throw bad(place(name), `one of ${choices.join(', ')}`)
      return found
    },
    texts: (name, countMax, lengthMax) =>
      listAt(value(name), place(name), countMax).map((one, i) =>
        textAt(one, `${place(name)}[${i}]`, 1, lengthMax, CONTROL),
      ),
    wholes: (name, countMax, min, max) =>
      listAt(value(name), place(name), countMax).map((one, i) =>
        wholeAt(one, `${place(name)}[${i}]`, min, max),
      ),
    object: (name, inner) => inputOf(value(name), inner, place(name)),
    entries(name, countMax) {
      const entries = Object.entries(objectOf(value(name), place(name)))
      if (entries.length > countMax) throw bad(place(name), `an object with ${countMax} entries at most`)
      return entries
    },
    value,
  }
}

function objectOf(given: unknown, at: string): { readonly [name: string]: unknown } {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw bad(at === '' ? 'body' : at, 'a JSON object')
  return { ...given }
}

function textAt(value: unknown, at: string, min: number, max: number, not: RegExp): string {
  const wanted = `text of ${min} to ${max} characters`
  if (typeof value !== 'string' || value.length < min || value.length > max) throw bad(at, wanted)
  if (not.test(value) || LONE.test(value)) throw bad(at, `${wanted} without control characters`)
  return value
}

function wholeAt(value: unknown, at: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
    throw bad(at, `a whole number from ${min} to ${max}`)
  return value
}

function listAt(value: unknown, at: string, countMax: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > countMax) throw bad(at, `a list of ${countMax} at most`)
  return value
}

/** The question of a request: every name once, and only those that it has. Values are text, numbers written in it. */
export interface Question {
  text(name: string, max?: number): string | undefined
  whole(name: string, min: number, max: number, absent: number): number
}

export function questionOf(values: URLSearchParams, names: readonly string[]): Question {
  for (const name of values.keys()) {
    if (!names.includes(name))
      throw new ApiFault(
        'badInput',
        `?${name.slice(0, SHOWN_MAX)}: there is no such question here.`,
        name.slice(0, SHOWN_MAX),
      )
    if (values.getAll(name).length > 1) throw new ApiFault('badInput', `?${name}: it is given twice.`, name)
  }
  const text = (name: string, max = 200): string | undefined => {
    const value = values.get(name) ?? ''
    if (value.length > max || CONTROL.test(value)) throw bad(name, `text of ${max} characters at most`)
    return value === '' ? undefined : value
  }
  return {
    text,
    whole(name, min, max, absent) {
      const value = text(name)
      if (value === undefined) return absent
      if (!/^\d{1,15}$/.test(value)) throw bad(name, `a whole number from ${min} to ${max}`)
      return wholeAt(Number(value), name, min, max)
    },
  }
}

/** Of a path that names a number. */
export function numberOf(path: string): number {
  if (!/^[1-9]\d{0,14}$/.test(path)) throw new ApiFault('notFound', 'There is no such number.')
  return Number(path)
}
