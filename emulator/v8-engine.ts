import type { Device } from '../terminal/device/device.ts'
import { guarded } from './device/guard.ts'
import type { Engine } from './engine.ts'

type Start = (device: Device) => Promise<never>

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
 *
 * V8 is given no text: `programs` knows which function stands for the bytes of a downloaded program, undefined where they
 * are none. `factory`: the bytes that stand for `start`.
 */
export function v8Engine(
  start: Start,
  programs?: (bytes: Uint8Array) => Start | undefined,
  factory?: Uint8Array,
): Engine {
  return {
    name: 'v8',
    ...(factory === undefined ? {} : { factory: () => factory }),
    start(device, events, program) {
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
      const chosen = program === undefined ? start : (programs?.(program) ?? noProgram)
      Promise.resolve()
        .then(() => (killed ? undefined : chosen(own)))
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

/** What bytes do that stand for no program. */
async function noProgram(): Promise<never> {
  throw new Error('these bytes are no program')
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.split('\n', 1)[0] ?? text
}
