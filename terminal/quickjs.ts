import type { Device } from './device/device.ts'
import { start } from './main.ts'

/** The bundle's entry: the runtime has installed `device` on the global object (docs/device.md). */
const { device } = globalThis as unknown as { readonly device: Device }

// The runtime sees a rejection as the end of the application, and restarts it.
export const running: Promise<never> = start(device)
