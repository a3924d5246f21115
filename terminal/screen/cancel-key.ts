import { TIMEOUT_MS_MAX } from '../device/device.ts'
import type { Key } from '../device/keypad.ts'
import type { Pos } from '../pos.ts'

/** Watches for a key while something else is waited for. `stop` must be awaited before the next question. */
export interface KeyWatch<K extends Key> {
  readonly pressed: Promise<K>
  stop(): Promise<void>
}
export type CancelKey = KeyWatch<'cancel'>

/** Watches for the red key. */
export function watchCancelKey(pos: Pos): CancelKey {
  return watchKeys(pos, (key): key is 'cancel' => key === 'cancel')
}

/** Watches for the first key that is `wanted`; every other is passed over. */
export function watchKeys<K extends Key>(pos: Pos, wanted: (key: Key) => key is K): KeyWatch<K> {
  let stopped = false
  let tell: (pressed: K) => void = () => undefined
  const pressed = new Promise<K>((resolve) => {
    tell = resolve
  })
  const watching = (async () => {
    while (!stopped) {
      const result = await pos.device.keypad.next(TIMEOUT_MS_MAX)
      if (result.kind === 'busy' || result.kind === 'cancelled') return
      if (result.kind === 'key' && wanted(result.key)) return tell(result.key)
    }
  })()
  return {
    pressed,
    async stop() {
      stopped = true
      pos.device.keypad.cancel()
      await watching
    },
  }
}
