import type { Capability, Port } from '../terminal/device/conformance/port.ts'
import { pattern } from '../terminal/device/conformance/vector.ts'
import type { Flash } from '../terminal/device/flash.ts'
import { makeConformanceGiver } from './conformance-giver.ts'
import {
  CONFORMANCE_SERIAL,
  CONFORMANCE_WALL_MS,
  conformanceKeys,
  conformanceSetup,
  makeEyes,
  makeLine,
  makeService,
} from './conformance-world.ts'
import { makeDevice } from './device/device.ts'
import type { Model } from './device/ports.ts'
import { builtInProgram } from './device/slots.ts'
import { makeVirtualTime } from './virtual-time.ts'

/** Longer than `secure.hash` takes at once. */
const BUILT_IN = builtInProgram(pattern(70_001), 1, '0.1.0')

/** What plain ECMAScript does not have. */
export interface ConformanceHost {
  readonly flash: Flash
  /** The program chip; absent: a device that takes no programs. */
  readonly programs?: Flash
  /** Resolves when all promise reactions that are ready have run (see `virtual-time.ts`). */
  settle(): Promise<void>
  random(length: number): Uint8Array
  gbk(bytes: Uint8Array): string
}

/** The emulated device with a rig of code around it and no engine between, for `runConformance`. */
export function makeConformancePort(model: Model, host: ConformanceHost): Port {
  const time = makeVirtualTime({ wallMs: CONFORMANCE_WALL_MS, settle: host.settle })
  const line = makeLine()
  const download = makeService()
  const eyes = makeEyes()
  const giver = makeConformanceGiver(CONFORMANCE_SERIAL, host.random)
  let stored: Uint8Array | undefined
  const { device, operator } = makeDevice(
    {
      model,
      identity: { maker: 'Shuaka', model, serial: CONFORMANCE_SERIAL, runtime: 'emulator 0.1.0' },
      setup: conformanceSetup,
      scheduler: time,
      dial: (events) => (giver.dial('rkl') ?? line.dial)(events),
      station: async (events) => giver.dial('inject')?.(events),
      credential: giver.credential,
      secureStorage: {
        load: () => stored,
        save(bytes) {
          stored = bytes
          return true
        },
      },
      masterKeys: conformanceKeys,
      inbox: download.port,
      observer: eyes.observer,
      random: host.random,
      gbk: host.gbk,
    },
    host.flash,
    { slots: { chip: host.programs, builtIn: () => BUILT_IN } },
  )
  const there: readonly Capability[] = ['injection', 'renewal', 'inbox', 'secondSource']
  return {
    device,
    rig: {
      ...operator,
      ...giver.rig,
      paperOut: (lines) => operator.paperOut(lines),
      pass: (ms) => time.advance(ms),
      screen: eyes.screen,
      paper: eyes.paper,
      host: line.host,
      service: download.service,
      capabilities: host.programs === undefined ? there : [...there, 'slots'],
    },
  }
}
