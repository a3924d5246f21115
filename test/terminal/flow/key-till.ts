import type { Dial } from '../../../emulator/device/ports.ts'
import { fromHex } from '../../../keys/hex.ts'
import { terminalCredential } from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { MASTER_KEY, makeTill, type Till, type TillOptions } from '../../rig/till.ts'

export const SUPERVISOR = '123456'
export const FIRST = '2718281'
export const SECOND = '314159265'

/** A till whose service socket has a station with its host's own master key, and whose network also has a key giver. */
export function makeKeyTill(options: TillOptions = {}) {
  const station = makeKeyStation('inject', { slot: 1, key: fromHex(MASTER_KEY) })
  const host = makeKeyStation('rkl', { slot: 1 })
  let renewing = false
  const till: Till = makeTill({
    ...options,
    device: {
      credential: terminalCredential,
      station: station.dial,
      dial: (events: Parameters<Dial>[0]) => (renewing ? host.dial : till.network.dial)(events),
      ...options.device,
    },
  })
  return {
    till,
    station,
    host,
    async keysMenu(digit: '1' | '2' | '3') {
      await till.press('4', '9', '8', digit)
      await till.see(/请主管输入密码|Supervisor/)
      await till.type(SUPERVISOR)
      await till.press('enter')
    },
    async passwords(...all: readonly string[]) {
      for (const password of all) {
        await till.type(password)
        await till.press('enter')
      }
    },
    /** From now on the network is the giver of keys. */
    renew(on: boolean) {
      renewing = on
    },
  }
}
