import type { Device } from '../device.ts'
import type { RigPeripheral } from './rig.ts'
import { runSuite } from './suite.ts'

/** The suite as the one script of a program: finds `device` with its `rig`, starts, and leaves `application.running`. */
const { device } = globalThis as unknown as { readonly device: Device & { readonly rig: RigPeripheral } }

export const running: Promise<void> = runSuite(device)
