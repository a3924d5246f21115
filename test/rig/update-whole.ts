import { setImmediate } from 'node:timers/promises'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { makeVirtualTime } from '../../emulator/virtual-time.ts'
import { profileNamed } from '../../host-link/wire/profile.ts'
import type { Device } from '../../terminal/device/device.ts'
import type { FlashGeometry } from '../../terminal/device/flash.ts'
import { startWhole } from '../../terminal/whole.ts'
import { MODEL, NOW, SERIAL, TENANT } from '../host-link/wire/tms/samples.ts'
import { MASTER_KEY, MERCHANT, makeTill, TERMINAL, type Till, type TillOptions } from './till.ts'
import { FACTORY_PROGRAM, SMALL_CHIP } from './update.ts'
import { FACTORY_ROOT } from './update-documents.ts'
import { makeService, type Service } from './update-service.ts'

export interface Whole extends Till {
  readonly service: Service
  readonly programChip: FlashChip
  readonly starts: string[]
}

/** A till with everything: application, updater, boot chain, and a service that signs, unless `options.device` has an inbox. */
export function makeWhole(
  runs: (program: Uint8Array) => 'well' | 'crashes' = () => 'well',
  options: TillOptions & {
    readonly programGeometry?: FlashGeometry
    /** What a program sees of the device, where it is another than this one. */
    readonly seenBy?: (program: 'factory' | 'new', device: Device) => Device
  } = {},
): Whole {
  const time =
    options.time ??
    makeVirtualTime({
      wallMs: NOW * 1000 + 8 * 3_600_000,
      settle: async () => void (await setImmediate()),
    })
  const service = makeService(time)
  const programChip = makeFlashChip({ geometry: options.programGeometry ?? SMALL_CHIP })
  const starts: string[] = []
  const seenBy = options.seenBy ?? ((_, device) => device)
  const till = makeTill({
    ...options,
    time,
    programChip,
    clockMs: NOW * 1000 + 8 * 3_600_000,
    engine: v8Engine(
      (device) => {
        starts.push('factory')
        return startWhole(seenBy('factory', device))
      },
      (bytes) => (device) => {
        starts.push('new')
        return runs(bytes) === 'well'
          ? startWhole(seenBy('new', device))
          : Promise.reject(new Error('broken'))
      },
      FACTORY_PROGRAM,
    ),
    hostOptions: {
      terminals: [
        {
          ...{ terminalId: TERMINAL, merchantId: MERCHANT, serial: SERIAL, storeNumberRequired: true },
          ...{ masterKey: Uint8Array.from(Buffer.from(MASTER_KEY, 'hex')), profile: profileNamed('mall') },
          storeNumbers: new Set(['0012']),
        },
      ],
    },
    setup: { ...options.setup, update: { tenant: TENANT, root: FACTORY_ROOT } },
    device: {
      inbox: service.port,
      ...options.device,
      identity: { maker: 'Shuaka', model: MODEL, serial: SERIAL, runtime: 'test' },
    },
  })
  return { ...till, service, programChip, starts }
}
