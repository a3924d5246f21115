import type { Key, Keypad, KeyResult } from '../../terminal/device/keypad.ts'
import { type Bus, makeWait } from './bus.ts'

/** Keys kept while nobody waits. */
export const KEYS_QUEUED_MAX = 32

/** The keypad and the finger on it. Keys that belong to the secure element are kept from here by the device. */
export interface KeypadUnit {
  readonly keypad: Keypad
  press(key: Key): void
}

export function makeKeypad(bus: Bus): KeypadUnit {
  const queue: Key[] = []
  const wait = makeWait<KeyResult>(bus)
  return {
    keypad: {
      next(timeoutMs) {
        bus.show()
        if (wait.pending) return Promise.resolve({ kind: 'busy' })
        const key = queue.shift()
        if (key !== undefined) return Promise.resolve({ kind: 'key', key })
        return wait.begin(timeoutMs, { kind: 'timeout' })
      },
      cancel() {
        wait.settle({ kind: 'cancelled' })
      },
      flush() {
        queue.length = 0
      },
    },
    press(key) {
      if (wait.settle({ kind: 'key', key })) return
      if (queue.length < KEYS_QUEUED_MAX) queue.push(key)
    },
  }
}
