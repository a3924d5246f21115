import { expect } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import type { Model } from '../../../emulator/device/ports.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { InjectResult } from '../../../terminal/device/secure.ts'
import { terminalCredential } from '../../rig/channel.ts'
import { type KeyStation, makeKeyStation } from '../../rig/key-station.ts'
import { type Bench, makeBench } from './bench.ts'

/** A device with a station at its service socket, and two people at its keys. */
export const FIRST = '2718281'
export const SECOND = '314159265'

export interface Unit extends ReturnType<typeof makeDevice> {
  readonly bench: Bench
  readonly station: KeyStation
  /** Starts 密钥注入 and gives its result as soon as there is one. */
  inject(): { readonly result: InjectResult | undefined }
  press(...keys: readonly string[]): Promise<void>
  /** Each with enter. */
  type(...passwords: readonly string[]): Promise<void>
  /** The passwords, made the first time. */
  passwords(): Promise<void>
  screen(): string
}

interface UnitOptions {
  readonly bench?: Bench
  readonly station?: KeyStation
  readonly model?: Model
  readonly locale?: 'zh' | 'en'
  readonly made?: boolean
}

export async function makeUnit(given: UnitOptions = {}): Promise<Unit> {
  const { bench = makeBench(given.model), station = makeKeyStation('inject'), locale = 'zh' } = given
  const options = { ...bench.options, credential: terminalCredential, station: station.dial }
  const device = makeDevice(options, bench.chip)
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) device.operator.press(key as Key)
    await bench.time.advance(0)
  }
  const type = async (...passwords: readonly string[]): Promise<void> => {
    for (const password of passwords) await press(...password, 'enter')
  }
  const unit: Unit = {
    ...device,
    ...{ bench, station, press, type },
    inject() {
      const seen: { result: InjectResult | undefined } = { result: undefined }
      void device.device.secure.inject({ locale }).then((result) => {
        seen.result = result
      })
      return seen
    },
    passwords: () => type(FIRST, FIRST, SECOND, SECOND),
    screen: () => bench.screen().join('\n'),
  }
  if (given.made) {
    const made = unit.inject()
    await unit.passwords()
    await press('cancel')
    expect(made.result?.kind).toBe('cancelled')
  }
  return unit
}

/** A unit on which two people have made their passwords, with nobody at the other end of the cable. */
export async function madeUnit(given: UnitOptions = {}): Promise<Unit> {
  const station = given.station ?? makeKeyStation('inject')
  const absent = station.absent
  station.silent = true
  const unit = await makeUnit({ ...given, station, made: true })
  station.silent = false
  station.absent = absent
  station.wire.length = 0
  return unit
}
