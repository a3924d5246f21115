import { profiles } from '../host-link/wire/profile.ts'
import type { Device } from './device/device.ts'
import { start as startApplication } from './main.ts'
import type { UpdateProgram } from './update/program.ts'

/** Installed by the runtime (docs/device.md). */
const { device } = globalThis as unknown as { readonly device: Device }

/**
 * The first script of a program (docs/device.md): the application. The long one comes first, while the heap is still empty: an
 * engine needs most of it to read a script. Where a download service is named, or a program that was downloaded runs, it
 * leaves `application.start`, and the second script starts it. Else it needs no other: it begins as soon as all scripts have
 * been read, and the second, which finds `application.running`, does nothing.
 */
export const running: Promise<never> | undefined = needsUpdates(device)
  ? undefined
  : Promise.resolve().then(() => startApplication(device, profiles))

/** Starts the application with its download engine. */
export function start(updates: UpdateProgram): Promise<never> {
  return startApplication(device, profiles, updates)
}

function needsUpdates({ info, slots }: Device): boolean {
  return info.setup().update !== undefined || slots.running().place !== 'factory'
}
