import type { Device } from '../device/device.ts'
import type { Setup } from '../device/info.ts'
import { checkValuesOf, noteOfKeys } from './check-values.ts'
import { makeUpdater } from './updater.ts'

const LOOK_MS = 10_000

/**
 * The journal is in a layout that this program does not read (an older one that the first stage fell back to): nothing is
 * traded, and yet the program that reads it is downloaded and put in at once. Ends with the power.
 */
export async function rescue(device: Device, { update: given }: Setup): Promise<void> {
  const { secure, printer, link, clock } = device
  if (given === undefined) return
  const update = makeUpdater({
    ...{ device, update: given },
    busy: () => false,
    facts: () => ({
      ...{ waiting: 0, commandResults: [], checkValues: checkValuesOf(secure) },
      parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
      batch: { number: 0, count: 0, frozen: true, owed: 0 }, // nobody can say
      comms: { quality: Math.round(link.quality()), security: link.security(), counters: [] },
      health: { paper: printer.paper() === 'ok' ? 0 : 2, flashRetired: 0, starts: 0, salesFailed: 0 },
    }),
    parameterSet: () => undefined,
    commands: () => undefined,
  })
  if (update === undefined) return
  update.run().catch(() => undefined) // it ends with the power alone
  for (;;) {
    await clock.sleep(LOOK_MS)
    const program = update.programReady()
    if (program === undefined) continue
    if (update.arm(program, noteOfKeys(secure, false)) === 'written') device.info.restart()
  }
}
