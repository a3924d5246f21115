import type { Dial } from '../../emulator/device/ports.ts'
import type { ChannelEnd } from '../../host-link/channel/channel-end.ts'
import { type GiverBook, makeGiver, type Offer, standing } from '../../keys/load/giver.ts'
import type { MasterAlgorithm } from '../../keys/store/slot-report.ts'
import { bytesFrom, hostEnd, randomFrom, stationEnd } from './channel.ts'

/** A key that the giver means for the terminal, and how far it has come. */
export interface Given {
  readonly slot: number
  readonly algorithm: MasterAlgorithm
  readonly key: Uint8Array
  readonly transaction: Uint8Array
  state: 'meant' | 'sent' | 'proven' | 'confirmed' | 'failed'
  /** Why it failed, last. */
  why?: string
}

/** 注入站 or host at the other end of a dialled line: the real channel and the real giver over a book in memory. */
export interface KeyStation {
  readonly dial: Dial
  readonly given: Given
  /** Every byte on the line, with its direction. */
  readonly wire: { readonly from: 'terminal' | 'giver'; readonly bytes: Uint8Array }[]
  /** What is done with what the giver says next; `undefined`: as it is. Called for each payload, with its number. */
  tamper: ((payload: Uint8Array, number: number) => Uint8Array | 'close' | 'lose') | undefined
  /** The book's answer instead of the key. */
  refusal: 'unknownSerial' | 'alreadyLoaded' | 'notExpected' | 'notNow' | undefined
  /** Nobody takes the call. */
  absent: boolean
  /** The call is taken, and nothing is answered. */
  silent: boolean
  readonly connections: number
  /** What the cable says by itself, on the last line that was dialled. */
  noise(bytes: Uint8Array): void
}

export function makeKeyStation(
  purpose: 'inject' | 'rkl',
  { slot = 3, algorithm = 'TDES' as MasterAlgorithm, seed = 7, key = bytesFrom(seed + 900, 16) } = {},
  endOf: () => ChannelEnd = () => (purpose === 'inject' ? stationEnd() : hostEnd()),
): KeyStation {
  const given: Given = {
    ...{ slot, algorithm, key, transaction: bytesFrom(seed + 950, 8) },
    state: 'meant',
  }
  let connections = 0
  let plugged: Parameters<Dial>[0] | undefined
  const book: GiverBook = {
    async open(_serial, slots): Promise<Offer> {
      if (station.refusal !== undefined) return { kind: 'refuse', code: station.refusal }
      if (given.state === 'confirmed') return { kind: 'refuse', code: 'alreadyLoaded' }
      const stands = standing(slots, given.transaction) !== undefined
      if (given.state === 'proven' && stands) return { kind: 'commit', transaction: given.transaction }
      given.state = 'sent'
      const { transaction, key } = given
      return { kind: 'load', transaction, slot, algorithm, key: key.slice(), keyVersion: '00' }
    },
    async proven() {
      given.state = 'proven'
    },
    async confirmed() {
      given.state = 'confirmed'
    },
    async failed(_serial, _transaction, code) {
      given.state = 'failed'
      given.why = code
    },
  }
  const station: KeyStation = {
    ...{ given, wire: [], tamper: undefined, refusal: undefined, absent: false, silent: false },
    get connections() {
      return connections
    },
    noise: (bytes) => plugged?.bytes(bytes),
    async dial(events) {
      if (station.absent) return undefined
      connections++
      plugged = events
      const end = endOf()
      let giver: ReturnType<typeof makeGiver> | undefined
      let closed = false
      let payloads = 0
      const close = (): void => {
        if (closed) return
        closed = true
        end.close()
        events.closed()
      }
      const say = (bytes: Uint8Array): void => {
        if (closed) return
        station.wire.push({ from: 'giver', bytes })
        events.bytes(bytes)
      }
      async function take(chunk: Uint8Array): Promise<void> {
        const received = end.receive(chunk)
        for (const bytes of received.send) say(bytes)
        for (const message of received.messages) {
          const { session } = end
          if (session === undefined || closed) return
          giver ??= makeGiver(session, session.peer.id, book, randomFrom(31))
          const { send, over } = await giver.receive(message)
          const told = send === undefined ? 'lose' : (station.tamper?.(send, payloads++) ?? send)
          if (told === 'close') return close()
          if (told !== 'lose' && !closed) say(end.seal(told))
          if (over !== undefined && over !== 'refused') close()
        }
        if (received.ended !== undefined) close()
      }
      return {
        send(bytes) {
          if (closed) return
          station.wire.push({ from: 'terminal', bytes })
          if (!station.silent) void take(bytes)
        },
        close() {
          closed = true
          end.close()
        },
      }
    },
  }
  return station
}
