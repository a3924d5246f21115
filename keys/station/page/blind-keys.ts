import { wipe } from '../../wipe.ts'

/** What may be typed: digits of a key component, or any characters of a passphrase. */
export type BlindKind = 'hex' | 'passphrase'

/** What a key press did. `refused` and `method`: nothing was taken, and the page says why. */
export type BlindStep =
  | { readonly kind: 'typed' | 'cleared' | 'refused' | 'method' | 'full' | 'passed' }
  | { readonly kind: 'entered'; readonly bytes: Uint8Array }

/** A key press as the browser tells it; of the element it came from nothing is asked. */
export interface BlindPress {
  readonly key: string
  readonly isComposing: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/** What was typed blind: it knows how much, and gives it away once. */
export interface BlindBuffer {
  /** Characters typed so far. */
  readonly count: number
  press(press: BlindPress): BlindStep
  /** Overwrites what is there. */
  clear(): void
}

/** Most bytes of a passphrase; a component has at most 64 digits. */
const BYTES_MAX = 256

/**
 * Takes key presses into bytes; no text of them is ever put together. `counts` are the numbers of characters at which
 * Enter is taken: `[32]` for a component of 16 bytes. Backspace takes the last one back, Escape and Delete all.
 */
export function makeBlindBuffer(kind: BlindKind, counts: (count: number) => boolean): BlindBuffer {
  const bytes = new Uint8Array(BYTES_MAX)
  /** Bytes of each character, so that Backspace takes a whole one. */
  const widths: number[] = []
  let used = 0

  function clear(): void {
    wipe(bytes)
    widths.length = 0
    used = 0
  }
  function add(key: string): BlindStep {
    const character = kind === 'hex' ? hexDigit(key) : new TextEncoder().encode(key)
    if (character === undefined) return { kind: 'refused' }
    const fits = used + character.length <= BYTES_MAX && (kind !== 'hex' || !counts(widths.length))
    if (fits) {
      bytes.set(character, used)
      used += character.length
      widths.push(character.length)
    }
    wipe(character)
    return { kind: fits ? 'typed' : 'full' }
  }
  function back(): BlindStep {
    const width = widths.pop() ?? 0
    used -= width
    bytes.fill(0, used, used + width)
    return { kind: 'typed' }
  }
  return {
    get count() {
      return widths.length
    },
    clear,
    press({ key, isComposing, ctrlKey, metaKey, altKey }) {
      if (isComposing || key === 'Process' || key === 'Dead' || key === 'Unidentified')
        return { kind: 'method' }
      if (ctrlKey || metaKey || altKey) return { kind: 'passed' }
      switch (key) {
        case 'Enter': {
          if (!counts(widths.length)) return { kind: 'refused' }
          const entered = bytes.slice(0, used)
          clear()
          return { kind: 'entered', bytes: entered }
        }
        case 'Backspace':
          return back()
        case 'Escape':
        case 'Delete':
          clear()
          return { kind: 'cleared' }
        default:
          return [...key].length === 1 ? add(key) : { kind: 'passed' }
      }
    },
  }
}

/** ASCII of a hexadecimal digit in capitals. */
function hexDigit(key: string): Uint8Array | undefined {
  return /^[0-9A-Fa-f]$/.test(key) ? Uint8Array.of(key.toUpperCase().charCodeAt(0)) : undefined
}
