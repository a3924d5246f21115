import type { Key } from '../../terminal/device/keypad.ts'

// biome-ignore format: one row a key of the computer
const keys: { readonly [code: string]: Key } = {
  Enter: 'enter', NumpadEnter: 'enter', Backspace: 'clear', Delete: 'clear', Escape: 'cancel',
  ArrowUp: 'up', ArrowDown: 'down', Home: 'menu', KeyM: 'menu', Period: '00', NumpadDecimal: '00',
  F1: 'f1', F2: 'f2', F3: 'f3', F4: 'f4',
}

/** Letters that swipe the cards of the wallet, in order; `M` is the menu key. */
export const CARD_LETTERS = 'ABCDEFGHIJKL'

export type Stroke =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'card'; readonly index: number }

/**
 * What a key of the computer means to the terminal; undefined: nothing, the browser has it. A focused button keeps
 * its Enter and Space, a card only its Space: once swiped, Enter is 确认 again. The paper keeps what scrolls it, a
 * field all it is typed, and whatever has Ctrl, Alt or Meta with it is the browser's.
 */
export function strokeOf(event: KeyboardEvent): Stroke | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return undefined
  const at = event.target instanceof Element ? event.target : undefined
  if (at?.closest('input, select, textarea, [contenteditable]')) return undefined
  if (event.code === 'Enter' && at?.closest('button:not(.card), summary, a')) return undefined
  if (/^(?:Arrow(?:Up|Down)|Home)$/.test(event.code) && at?.closest('.paper-view')) return undefined
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]
  if (digit !== undefined) return { kind: 'key', key: digit as Key }
  const key = Object.hasOwn(keys, event.code) ? keys[event.code] : undefined
  if (key !== undefined) return { kind: 'key', key }
  const index = /^Key[A-Z]$/.test(event.code) ? CARD_LETTERS.indexOf(event.code.slice(3)) : -1
  return index < 0 ? undefined : { kind: 'card', index }
}
