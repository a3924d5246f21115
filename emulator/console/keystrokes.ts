import type { Key } from '../../terminal/device/keypad.ts'

/** What a person at the console wants. */
export type Wish =
  | { readonly kind: 'key'; readonly key: Key }
  /** Card by its place in the wallet, from 0. */
  | { readonly kind: 'card'; readonly index: number }
  /** `s` was pressed (true), or the choice of a card was left (false). */
  | { readonly kind: 'choosing'; readonly choosing: boolean }
  | { readonly kind: 'power' | 'cable' | 'paper' | 'tamper' | 'service' | 'quit' }

// biome-ignore format: one row a key of the console
const keys: { readonly [input: string]: Key } = {
  '\r': 'enter', '\n': 'enter', '\x7f': 'clear', '\b': 'clear', '\x1b': 'cancel',
  '\x1b[A': 'up', '\x1bOA': 'up', '\x1b[B': 'down', '\x1bOB': 'down',
  '\x1bOP': 'f1', '\x1b[11~': 'f1', '\x1b[[A': 'f1',
  '\x1bOQ': 'f2', '\x1b[12~': 'f2', '\x1b[[B': 'f2',
  '\x1bOR': 'f3', '\x1b[13~': 'f3', '\x1b[[C': 'f3',
  '\x1bOS': 'f4', '\x1b[14~': 'f4', '\x1b[[D': 'f4',
  'm': 'menu', '0': '0', '1': '1', '2': '2', '3': '3', '4': '4', '5': '5', '6': '6', '7': '7', '8': '8', '9': '9', '*': '00',
}
const wishes: { readonly [input: string]: Wish } = {
  p: { kind: 'power' },
  l: { kind: 'cable' },
  T: { kind: 'tamper' },
  M: { kind: 'service' },
  o: { kind: 'paper' },
  q: { kind: 'quit' },
  '\x03': { kind: 'quit' },
}

/** The letters and digits that choose a card, in the order of the wallet. */
export const CARD_KEYS = '123456789abcdefghijklmnoprtuvwxyz'

const ESC = '\x1b'
const KEYSTROKE = new RegExp(`${ESC}\\[\\[[A-D]|${ESC}\\[[0-9;]*[A-Za-z~]|${ESC}O[A-Z]|[\\s\\S]`, 'gu')

/** Splits what a terminal emulator sent at once into single keystrokes: escape sequences stay whole. */
export function keystrokes(input: string): string[] {
  return input.match(KEYSTROKE) ?? []
}

/** Reads keystrokes; after `s` the next one chooses a card. Keystrokes without a meaning give nothing. */
export function makeReader(cards: number): (keystroke: string) => Wish | undefined {
  let choosing = false
  return (keystroke) => {
    if (keystroke === '\x03') return { kind: 'quit' }
    if (choosing) {
      choosing = false
      const index = CARD_KEYS.indexOf(keystroke)
      return index >= 0 && index < cards ? { kind: 'card', index } : { kind: 'choosing', choosing: false }
    }
    if (keystroke === 's') {
      choosing = true
      return { kind: 'choosing', choosing: true }
    }
    const key = Object.hasOwn(keys, keystroke) ? keys[keystroke] : undefined
    if (key !== undefined) return { kind: 'key', key }
    return Object.hasOwn(wishes, keystroke) ? wishes[keystroke] : undefined
  }
}
