import { TIMEOUT_MS_MAX } from '../device/device.ts'
import type { Pos } from '../pos.ts'

/** Watches for the red key while something else is waited for. `stop` must be awaited before the next question. */
export interface CancelKey {
  readonly pressed: Promise<'cancel'>
  stop(): Promise<void>
}

export function watchCancelKey(pos: Pos): CancelKey {
  let stopped = false
  let tell: (pressed: 'cancel') => void = () => undefined
  const pressed = new Promise<'cancel'>((resolve) => {
    tell = resolve
  })
  const watching = (async () => {
    while (!stopped) {
      const result = await pos.device.keypad.next(TIMEOUT_MS_MAX)
      if (result.kind === 'busy' || result.kind === 'cancelled') return
      if (result.kind === 'key' && result.key === 'cancel') return tell('cancel')
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
