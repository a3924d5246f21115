import type { Device } from '../terminal/device/device.ts'
import { guarded } from './device/guard.ts'
import type { Engine } from './engine.ts'

/** Thrown into an application that was ended while it ran. */
class Killed extends Error {
  override readonly name = 'Killed'
  constructor() {
    super('the application was ended')
  }
}

/**
 * Runs the application in the engine that runs us, without limits of memory and time: for tests and the simulator.
 * `start` is `terminal/main.ts`. After `kill` every call of the application throws and none of its waits settles.
 */
export function v8Engine(start: (device: Device) => Promise<never>): Engine {
  return {
    name: 'v8',
    start(device, events) {
      let killed = false
      const own = guarded(
        device,
        () => !killed,
        () => new Killed(),
      )
      const ended = (why: string): void => {
        if (!killed) events.stopped(why)
        killed = true
      }
      Promise.resolve()
        .then(() => (killed ? undefined : start(own)))
        .then(
          () => ended('the application returned'),
          (error: unknown) => ended(lineOf(error)),
        )
      return {
        kill() {
          killed = true
        },
      }
    },
  }
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.split('\n', 1)[0] ?? text
}
