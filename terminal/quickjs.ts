import { profiles } from '../host-link/wire/profile.ts'
import type { Device } from './device/device.ts'
import { start as startApplication } from './main.ts'
import type { UpdateProgram } from './update/program.ts'

/**
 * The first script of a program (docs/device.md): the application, which leaves `application.start` and does nothing yet. The
 * long one comes first, while the heap is still empty: an engine needs most of it to read a script.
 */
export function start(device: Device, updates: UpdateProgram): Promise<never> {
  return startApplication(device, profiles, updates)
}
