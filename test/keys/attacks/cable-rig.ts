import { makeBody } from '../../../emulator/device/body.ts'
import { makeDevice } from '../../../emulator/device/device.ts'
import type { Dial, StreamEvents } from '../../../emulator/device/ports.ts'
import type { Device } from '../../../terminal/device/device.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { InjectResult, RenewResult } from '../../../terminal/device/secure.ts'
import { type Bench, makeBench } from '../../emulator/device/bench.ts'
import { terminalCredential } from '../../rig/channel.ts'

/** The passwords of the two people who load keys. */
export const FIRST = '2718281'
export const SECOND = '314159265'

/** An emulated terminal with a cable in its service socket, and two people in front of it. */
export interface Cabled {
  readonly bench: Bench
  readonly device: Device
  readonly operator: ReturnType<typeof makeDevice>['operator']
  powerLost(): void
  press(...keys: readonly string[]): Promise<void>
  /** Starts 密钥注入 and types both passwords; the result when it comes, `undefined` while it does not. */
  inject(): Promise<{ readonly result: InjectResult | undefined }>
  renew(slot: number): { readonly result: RenewResult | undefined }
  screen(): string
}

export function cabled(station: Dial, bench: Bench = makeBench(), host?: Dial, body = makeBody()): Cabled {
  const options = { ...bench.options, credential: terminalCredential, station, ...(host && { dial: host }) }
  const unit = makeDevice(options, bench.chip, { body })
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) unit.operator.press(key as Key)
    await bench.time.advance(0)
  }
  const watched = <Result>(asked: Promise<Result>): { readonly result: Result | undefined } => {
    const seen: { result: Result | undefined } = { result: undefined }
    asked.then(
      (result) => {
        seen.result = result
      },
      () => undefined, // the power went
    )
    return seen
  }
  return {
    ...unit,
    ...{ bench, press },
    async inject() {
      const seen = watched(unit.device.secure.inject({ locale: 'en' }))
      await press()
      const made = !bench.screen().join('\n').includes('Make')
      for (const password of made ? [FIRST, SECOND] : [FIRST, FIRST, SECOND, SECOND])
        await press(...password, 'enter')
      return seen
    },
    renew: (slot) => watched(unit.device.secure.renewMaster(slot, 60_000)),
    screen: () => bench.screen().join('\n'),
  }
}

/** A line whose other end says what the test says, and nothing else. */
export interface RogueLine {
  readonly dial: Dial
  readonly heard: Uint8Array[]
  say(bytes: Uint8Array): void
  readonly connections: number
  readonly closed: number
}

export function rogueLine(): RogueLine {
  const heard: Uint8Array[] = []
  const ends: StreamEvents[] = []
  const counts = { connections: 0, closed: 0 }
  return {
    heard,
    async dial(events) {
      ends.push(events)
      counts.connections++
      return {
        send: (bytes) => void heard.push(bytes),
        close() {
          counts.closed++
        },
      }
    },
    say: (bytes) => ends.at(-1)?.bytes(bytes),
    get connections() {
      return counts.connections
    },
    get closed() {
      return counts.closed
    },
  }
}
