import type { Credential } from '../../host-link/channel/channel-end.ts'
import { initiator } from '../../host-link/channel/initiator.ts'
import type { LoadStore } from '../../keys/load/loader.ts'
import type { Body } from './body.ts'
import type { Bus } from './bus.ts'
import { dateOf } from './clock.ts'
import { keyTalk, type StartTalk } from './key-talk.ts'
import type { DeviceOptions } from './ports.ts'

/** The two lines by which keys come: the service socket, and the network. */
export interface KeyLines {
  /** Undefined: this device has no service socket. Without an identity no talk may be started. */
  station(store: LoadStore): StartTalk | undefined
  /** As `station`. */
  host(store: LoadStore): StartTalk
}

export function keyTalks(
  bus: Bus,
  options: DeviceOptions,
  body: Body,
  credentialNow: () => Credential | undefined,
): KeyLines {
  const { hostId = '', station, identity, random } = options
  const endOf = (purpose: 'inject' | 'rkl', peerId: string) => () => {
    const credential = credentialNow()
    if (credential === undefined) throw new Error('device: a channel wants a credential')
    const today = (): number => dateOf(bus.scheduler, body)
    const { ephemerals } = body
    return initiator({ credential, purpose, serial: identity.serial, peerId, today, random, ephemerals })
  }
  return {
    station(store) {
      if (station === undefined) return undefined
      return keyTalk({ ...{ bus, store }, dial: station, endOf: endOf('inject', ''), unknownPeer: true })
    },
    host(store) {
      const unknownPeer = hostId === ''
      return keyTalk({ ...{ bus, store, unknownPeer }, dial: options.dial, endOf: endOf('rkl', hostId) })
    },
  }
}
