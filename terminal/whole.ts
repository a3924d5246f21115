import { profiles } from '../host-link/wire/profile.ts'
import type { Device } from './device/device.ts'
import { start } from './main.ts'
import { updateProgram } from './update/program.ts'

/** The application with its download engine, as the two scripts of a program make it: for who evaluates no scripts. */
export function startWhole(device: Device, table = profiles): Promise<never> {
  return start(device, table, updateProgram)
}
