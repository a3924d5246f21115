import { PIN_DIGITS_MAX, PIN_DIGITS_MIN } from '../../keys/pin-block.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import { type Bus, makeWait } from './bus.ts'
import type { Screen } from './display.ts'
import type { Grid } from './grid.ts'
import { drawPinScreen, type PinPage } from './pin-screen.ts'
import type { Model } from './ports.ts'

/** What is asked for, one PIN after the other, and what becomes of it. */
export interface PinDialogue<R> {
  readonly timeoutMs: number
  /** What the screen asks now. */
  page(): PinPage
  /** What enter with no digit means, where it means anything. */
  readonly empty?: R
  /** A PIN was typed: its digits, overwritten as soon as this returns. Undefined: the dialogue goes on with the next page. */
  entered(digits: Uint8Array): R | undefined
  /** Overwrites what it keeps: called in the event that ends it, whichever it is. */
  drop(): void
}

type Left = { readonly kind: 'timeout' | 'cancelled' }

/**
 * PINs being typed. The digits are numbers in one buffer, which is overwritten in the very event that ends an
 * entry: enter, clear, cancel, time-out or the end of the power. They are never characters: a string stays.
 */
export interface PinEntry<R> {
  readonly pending: boolean
  begin(dialogue: PinDialogue<R>): Promise<R | Left>
  /** A key from the pad; false when the pad is not ours. */
  press(key: Key): boolean
  cancel(): void
  /** Wipes, without a result: the power is gone. */
  drop(): void
}

export function makePinEntry<R>(bus: Bus, screen: Screen, model: Model): PinEntry<R> {
  const digits = new Uint8Array(PIN_DIGITS_MAX)
  let count = 0
  let open: { readonly dialogue: PinDialogue<R>; readonly grid: Grid } | undefined
  const wait = makeWait<R | Left>(bus, close)

  function clear(): void {
    wipe(digits)
    count = 0
  }
  function drop(): void {
    clear()
    open?.dialogue.drop()
  }
  function close(): void {
    drop()
    open = undefined
    screen.release()
  }
  function draw(): void {
    if (open === undefined) return
    drawPinScreen(open.grid, model, open.dialogue.page(), count)
    screen.changed()
  }
  function enter({ empty, entered }: PinDialogue<R>): void {
    if (count === 0 && empty !== undefined) {
      wait.settle(empty)
    } else if (count < PIN_DIGITS_MIN) {
      bus.observer.beep?.('bad')
    } else {
      const result = entered(digits.subarray(0, count))
      clear()
      if (result !== undefined) wait.settle(result)
    }
  }

  return {
    get pending() {
      return wait.pending
    },
    begin(dialogue) {
      const waiting = wait.begin(dialogue.timeoutMs, { kind: 'timeout' })
      if (!wait.pending) return waiting
      open = { dialogue, grid: screen.claim() }
      draw()
      screen.show()
      return waiting
    },
    press(key) {
      if (open === undefined) return false
      // Ten digits, enter, clear and cancel: the other keys do nothing here, and are nobody else's either.
      if (key.length === 1) {
        if (count < PIN_DIGITS_MAX) digits[count++] = key.charCodeAt(0) - 0x30
      } else if (key === 'clear') {
        clear() // all: nobody can see which digit was the wrong one
      } else if (key === 'enter') {
        enter(open.dialogue)
      } else if (key === 'cancel') {
        wait.settle({ kind: 'cancelled' })
      }
      draw()
      return true
    },
    cancel() {
      wait.settle({ kind: 'cancelled' })
    },
    drop,
  }
}
