import type { Device } from '../device.ts'
import type { RigPeripheral } from './rig.ts'
import { runSuite } from './suite.ts'
import { named } from './vector.ts'

/** The suite as the one script of a program: finds `device` with its `rig`, starts, and leaves `application.running`. */
const { device } = named(globalThis)
if (!isRigged(device)) throw new Error('the engine has no device.rig')

export const running: Promise<void> = runSuite(device)

/** By its rig; whether every call is there says the first vector. */
function isRigged(value: unknown): value is Device & { readonly rig: RigPeripheral } {
  return typeof named(value).rig === 'object'
}
