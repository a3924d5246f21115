import { setImmediate } from 'node:timers/promises'
import { makeConformancePort } from '../../../../emulator/conformance-port.ts'
import { makeFlashChip } from '../../../../emulator/device/flash.ts'
import { makeRandom } from '../../../../emulator/device/flash-faults.ts'
import type { Model } from '../../../../emulator/device/ports.ts'
import { PROGRAM_CHIP } from '../../../../emulator/device/slots.ts'
import type { Port } from '../../../../terminal/device/conformance/port.ts'

/** The emulator's device on the conformance bench, in Node. */
export function emulatedPort(model: Model, programs = true): Port {
  const decoder = new TextDecoder('gbk')
  const random = makeRandom(1)
  return makeConformancePort(model, {
    flash: makeFlashChip({ geometry: { sectorBytes: 1024, sectorCount: 4, unitBytes: 4 } }),
    ...(programs ? { programs: makeFlashChip({ geometry: PROGRAM_CHIP }) } : {}),
    settle: async () => {
      await setImmediate()
    },
    random: (length) => Uint8Array.from({ length }, () => random() & 0xff),
    gbk: (bytes) => decoder.decode(bytes),
  })
}
