import { PIN_DIGITS_MAX, PIN_DIGITS_MIN } from '../../keys/pin-block.ts'
import { wipe } from '../../keys/wipe.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { PinRequest, PinResult } from '../../terminal/device/secure.ts'
import { type Bus, makeWait } from './bus.ts'
import type { Screen } from './display.ts'
import type { Grid } from './grid.ts'
import { drawPinScreen } from './pin-screen.ts'
import type { Model } from './ports.ts'

/**
 * One PIN being typed. The digits are numbers in one buffer, which is overwritten in the very event that ends the
 * entry: enter, clear, cancel, time-out or the end of the power. They are never characters: a string stays.
 */
export interface PinEntry {
  readonly pending: boolean
  begin(request: PinRequest): Promise<PinResult>
  /** A key from the pad; false when the pad is not ours. */
  press(key: Key): boolean
  cancel(): void
  /** Wipes, without a result: the power is gone. */
  drop(): void
}

/** `encrypt` makes the block and overwrites the digits it is given. */
export function makePinEntry(
  bus: Bus,
  screen: Screen,
  model: Model,
  encrypt: (request: PinRequest, digits: Uint8Array) => PinResult,
): PinEntry {
  const digits = new Uint8Array(PIN_DIGITS_MAX)
  let count = 0
  let open: { readonly request: PinRequest; readonly grid: Grid } | undefined
  const wait = makeWait<PinResult>(bus, close)

  function clear(): void {
    wipe(digits)
    count = 0
  }
  function close(): void {
    clear()
    open = undefined
    screen.release()
  }
  function draw(): void {
    if (open === undefined) return
    drawPinScreen(open.grid, model, open.request, count)
    screen.changed()
  }
  function enter(request: PinRequest): void {
    if (count === 0 && request.bypass) {
      wait.settle({ kind: 'bypassed' })
    } else if (count < PIN_DIGITS_MIN) {
      bus.observer.beep?.('bad')
    } else {
      wait.settle(encrypt(request, digits.subarray(0, count)))
    }
  }

  return {
    get pending() {
      return wait.pending
    },
    begin(request) {
      const waiting = wait.begin(request.timeoutMs, { kind: 'timeout' })
      if (!wait.pending) return waiting
      open = { request: { ...request }, grid: screen.claim() }
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
        enter(open.request)
      } else if (key === 'cancel') {
        wait.settle({ kind: 'cancelled' })
      }
      draw()
      return true
    },
    cancel() {
      wait.settle({ kind: 'cancelled' })
    },
    drop: clear,
  }
}
