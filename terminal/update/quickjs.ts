import type { Device } from '../device/device.ts'
import { updateProgram } from './program.ts'

/**
 * The second and last script of a program: the download engine. It starts the application that the first has left, and puts
 * what the runtime looks at in its place: `application.running`. Nothing else stays in the global object, so that a terminal
 * that downloads nothing has the heap of the engine back.
 */
const { device, application } = globalThis as unknown as {
  /** Installed by the runtime (docs/device.md). */
  readonly device: Device
  readonly application: typeof import('../quickjs.ts')
}

// The runtime sees a rejection as the end of the application, and restarts it.
export const running: Promise<never> = application.start(device, updateProgram)
