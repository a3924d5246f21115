import { KEYS, type Key } from '../../terminal/device/keypad.ts'

/**
 * A scenario file (docs/scenario.md): what a person does at a terminal and what must be seen, one step a line.
 * This module turns text into steps and steps into text; `play.ts` plays them.
 */

export type Step =
  | { readonly kind: 'press'; readonly key: Key }
  | { readonly kind: 'type'; readonly digits: string }
  | { readonly kind: 'swipe'; readonly card: Swiped }
  | { readonly kind: 'pin'; readonly digits: string }
  | { readonly kind: 'expect'; readonly where: Where; readonly pattern: RegExp }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'power'; readonly on: boolean }
  | { readonly kind: 'link'; readonly up: boolean }
  | { readonly kind: 'paper'; readonly present: boolean }
  | { readonly kind: 'locale'; readonly locale: Locale }
  | { readonly kind: 'tamper' | 'service' }
  /** Chip and contactless are words of the language that this device cannot do yet: the player says so. */
  | { readonly kind: 'unsupported'; readonly word: 'insert' | 'tap' | 'remove'; readonly card: string }

/** Either track 2 as read, with its sentinels, or the name of a card of the wallet. */
export type Swiped = { readonly track2: string } | { readonly name: string }
/** `no`: neither on the screen nor on new paper. */
export type Where = 'screen' | 'receipt' | 'no'
export type Locale = 'zh' | 'en'

/** A step with the line it stands on, counted from 1. */
export interface Line {
  readonly number: number
  readonly text: string
  readonly step: Step
}

/** A file that is no scenario: which line, which word, and what is allowed there. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
  readonly file: string
  readonly line: number
  readonly why: string
  constructor(file: string, line: number, why: string) {
    super(`${file}:${line}: ${why}`)
    this.file = file
    this.line = line
    this.why = why
  }
}

/** Longest `wait`, in seconds: a day. */
export const WAIT_SECONDS_MAX = 86_400
/** Longest `type`: more digits than any page of the terminal takes. */
export const TYPE_DIGITS_MAX = 40
/** Lines a file may have. */
export const LINES_MAX = 10_000

/**
 * The steps of `text`. Blank lines and lines that begin with `#` are left out.
 *
 * @throws ScenarioError at the first line that is none; its message names `file`, line, word and what is allowed.
 */
export function parseScenario(text: string, file: string): readonly Line[] {
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (rows.length > LINES_MAX) throw new ScenarioError(file, LINES_MAX + 1, `more than ${LINES_MAX} lines`)
  const lines: Line[] = []
  rows.forEach((row, index) => {
    const line = row.trim()
    if (line === '' || line.startsWith('#')) return
    const number = index + 1
    const refuse: Refuse = (why) => {
      throw new ScenarioError(file, number, why)
    }
    lines.push({ number, text: line, step: parseStep(line, refuse) })
  })
  return lines
}

type Refuse = (why: string) => never
type Parse = (rest: string, refuse: Refuse) => Step

// biome-ignore format: one row a word
const words: { readonly [word: string]: Parse } = {
  press:  (rest, refuse) => ({ kind: 'press', key: key(rest, refuse) }),
  type:   (rest, refuse) => ({ kind: 'type', digits: digits('type', rest, 1, TYPE_DIGITS_MAX, refuse) }),
  swipe:  (rest, refuse) => ({ kind: 'swipe', card: swiped(rest, refuse) }),
  insert: (rest, refuse) => ({ kind: 'unsupported', word: 'insert', card: some('insert', 'a card', rest, refuse) }),
  tap:    (rest, refuse) => ({ kind: 'unsupported', word: 'tap', card: some('tap', 'a card', rest, refuse) }),
  remove: (rest, refuse) => ({ kind: 'unsupported', word: 'remove', card: nothing('remove', rest, refuse) }),
  pin:    (rest, refuse) => ({ kind: 'pin', digits: digits('pin', rest, 4, 12, refuse) }),
  expect: (rest, refuse) => expectation(rest, refuse),
  wait:   (rest, refuse) => ({ kind: 'wait', seconds: seconds(rest, refuse) }),
  power:  (rest, refuse) => ({ kind: 'power', on: choice('power', rest, 'on', 'off', refuse) }),
  link:   (rest, refuse) => ({ kind: 'link', up: choice('link', rest, 'up', 'down', refuse) }),
  paper:  (rest, refuse) => ({ kind: 'paper', present: choice('paper', rest, 'in', 'out', refuse) }),
  tamper: (rest, refuse) => alone({ kind: 'tamper' }, rest, refuse),
  service: (rest, refuse) => alone({ kind: 'service' }, rest, refuse),
  locale: (rest, refuse) => ({ kind: 'locale', locale: choice('locale', rest, 'zh', 'en', refuse) ? 'zh' : 'en' }),
}

function parseStep(line: string, refuse: Refuse): Step {
  const [word, rest] = split(line)
  const parse = Object.hasOwn(words, word) ? words[word] : undefined
  if (parse === undefined) return refuse(`"${word}" is no word; allowed: ${Object.keys(words).join(', ')}`)
  return parse(rest, refuse)
}

/** First word and what follows it. */
function split(line: string): [string, string] {
  const blank = line.search(/\s/)
  return blank < 0 ? [line, ''] : [line.slice(0, blank), line.slice(blank).trim()]
}

function key(rest: string, refuse: Refuse): Key {
  const found = KEYS.find((name) => name === rest)
  return found ?? refuse(`press "${rest}" is no key; allowed: ${KEYS.join(', ')}`)
}

function digits(word: string, rest: string, min: number, max: number, refuse: Refuse): string {
  const ok = /^\d+$/.test(rest) && rest.length >= min && rest.length <= max
  // What should have been a PIN is not repeated.
  const said = word === 'pin' ? 'pin' : `${word} "${rest}"`
  return ok ? rest : refuse(`${said} wants ${min} to ${max} digits`)
}

/** `;…?` with at most one LRC character after it: at most 40 characters (ISO/IEC 7811-6). */
const TRACK2 = /^;[0-9:<=>]{1,37}\?[0-?]?$/

function swiped(rest: string, refuse: Refuse): Swiped {
  if (!rest.startsWith('"')) return { name: some('swipe', 'a card of the wallet or "track 2"', rest, refuse) }
  const track2 = /^"([^"]*)"$/.exec(rest)?.[1]
  if (track2 === undefined) return refuse('swipe: the quotation mark is not closed, or something follows it')
  const ok = TRACK2.test(track2) && track2.length <= 40
  return ok ? { track2 } : refuse('swipe wants track 2 as ";PAN=…?" with sentinels, 40 characters at most')
}

function expectation(rest: string, refuse: Refuse): Step {
  const [where, source] = split(rest)
  if (where !== 'screen' && where !== 'receipt' && where !== 'no')
    return refuse(`expect "${where}" is no place; allowed: screen, receipt, no`)
  if (source === '') return refuse(`expect ${where} wants a regular expression`)
  try {
    return { kind: 'expect', where, pattern: new RegExp(source, 'mu') }
  } catch (error) {
    return refuse(`expect ${where}: ${error instanceof Error ? error.message : 'no regular expression'}`)
  }
}

function seconds(rest: string, refuse: Refuse): number {
  const ok = /^\d+(\.\d+)?$/.test(rest) && Number(rest) <= WAIT_SECONDS_MAX
  return ok ? Number(rest) : refuse(`wait "${rest}" wants seconds, 0 to ${WAIT_SECONDS_MAX}, as 60 or 0.5`)
}

/** True for `yes`, false for `no`. */
function choice(word: string, rest: string, yes: string, no: string, refuse: Refuse): boolean {
  return rest === yes || (rest === no ? false : refuse(`${word} "${rest}" wants ${yes} or ${no}`))
}

function some(word: string, what: string, rest: string, refuse: Refuse): string {
  return rest === '' ? refuse(`${word} wants ${what}`) : rest
}

/** A step that is one word. */
function alone(step: Extract<Step, { kind: 'tamper' | 'service' }>, rest: string, refuse: Refuse): Step {
  nothing(step.kind, rest, refuse)
  return step
}

function nothing(word: string, rest: string, refuse: Refuse): string {
  return rest === '' ? '' : refuse(`${word} "${rest}": nothing follows ${word}`)
}

/** The line that `parseScenario` reads as `step`: recorders write with it. */
export function formatStep(step: Step): string {
  switch (step.kind) {
    case 'press':
      return `press ${step.key}`
    case 'type':
      return `type ${step.digits}`
    case 'pin':
      return `pin ${step.digits}`
    case 'swipe':
      return 'track2' in step.card ? `swipe "${step.card.track2}"` : `swipe ${step.card.name}`
    case 'expect':
      return `expect ${step.where} ${step.pattern.source}`
    case 'wait':
      return `wait ${step.seconds}`
    case 'power':
      return `power ${step.on ? 'on' : 'off'}`
    case 'link':
      return `link ${step.up ? 'up' : 'down'}`
    case 'paper':
      return `paper ${step.present ? 'in' : 'out'}`
    case 'locale':
      return `locale ${step.locale}`
    case 'tamper':
    case 'service':
      return step.kind
    case 'unsupported':
      return `${step.word} ${step.card}`.trim()
    default:
      return step satisfies never
  }
}

/** A whole file: `title` as its first comment line, then a line a step. */
export function formatScenario(title: string, steps: readonly Step[]): string {
  return [`# ${title.replace(/\s+/g, ' ')}`, ...steps.map(formatStep), ''].join('\n')
}

/** A regular expression that matches exactly `text`: for recorders of `expect` steps. */
export function literal(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'mu')
}
