import { type CallKind, contract } from '../../terminal/device/contract.ts'
import type { Device } from '../../terminal/device/device.ts'

type Call = (...given: unknown[]) => unknown

/**
 * `device`, as long as `check` does not throw: every call asks it first, and a promise that was given out before
 * settles only while `alive` holds. So whoever holds the guarded device can do nothing more once it is shut.
 */
export function guarded(device: Device, alive: () => boolean, shut: () => Error): Device {
  const guard = (call: Call, kind: CallKind): Call => {
    return (...given) => {
      if (!alive()) throw shut()
      const result = call(...given)
      if (kind === 'instant') return result
      return new Promise((resolve, reject) => {
        const whileAlive =
          <T>(settle: (value: T) => void) =>
          (value: T): void => {
            if (alive()) settle(value)
          }
        ;(result as Promise<unknown>).then(whileAlive(resolve), whileAlive(reject))
      })
    }
  }
  const peripherals = Object.entries(contract).map(([name, calls]) => {
    const peripheral = device[name as keyof Device] as unknown as { readonly [call: string]: Call }
    const guards = Object.entries(calls as { readonly [call: string]: CallKind }).map(([call, kind]) => [
      call,
      guard((...given) => peripheral[call]?.(...given), kind),
    ])
    return [name, Object.fromEntries(guards)]
  })
  return Object.fromEntries(peripherals) as unknown as Device
}
