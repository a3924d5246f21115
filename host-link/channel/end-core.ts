import { wipe } from '../../keys/wipe.ts'
import {
  CHANNEL_FAULT,
  type ChannelEnd,
  PAYLOAD_BYTES_MAX,
  type Received,
  type Session,
} from './channel-end.ts'
import type { Ephemerals } from './ephemerals.ts'
import { frame, type Input, makeInput } from './frames.ts'
import type { Handshake, Split } from './noise.ts'
import { joined } from './noise-cipher.ts'

/** So many unpredictable bytes. */
export type Random = (bytes: number) => Uint8Array

const nothing = new Uint8Array(0)
const EPHEMERAL_BYTES = 32

/** Why the channel ends after an item, if it does. */
export type Ending = string | undefined

/** What one call of `receive` gathers. */
export interface Turn {
  readonly send: Uint8Array[]
  readonly messages: Uint8Array[]
  restarted: boolean
}

/** What both ends of a channel share: the keys, the session, and how it ends. */
export interface EndCore {
  readonly input: Input
  readonly ended: string | undefined
  /** A handshake is under way. */
  handshake: Handshake | undefined
  session: Session | undefined
  /** The keys of a handshake that is whole. */
  splitUp(): Split
  /** The payload of a transport message; `undefined`: it is not one. */
  open(message: Uint8Array): Uint8Array | undefined
  /** A frame of one payload of up to `PAYLOAD_BYTES_MAX`, also an empty one. */
  sealed(payload: Uint8Array): Uint8Array
  /** Ends for good; the first reason stays. */
  end(why: string): void
  /** Wipes what a session or a handshake has. */
  forget(): void
}

export function makeCore(): EndCore {
  let ended: string | undefined
  let split: Split | undefined
  const core: EndCore = {
    input: makeInput(),
    get ended() {
      return ended
    },
    handshake: undefined,
    session: undefined,
    splitUp() {
      if (core.handshake === undefined) throw new Error('channel: no handshake')
      split = core.handshake.split()
      core.handshake = undefined
      return split
    },
    open: (message) => split?.receive.decrypt(nothing, message),
    sealed(payload) {
      const message = split?.send.encrypt(nothing, payload)
      if (message !== undefined) return frame(message)
      core.end('the keys of the channel are used up')
      throw new Error('channel: it has ended')
    },
    end(why) {
      ended ??= why
      core.forget()
    },
    forget() {
      core.handshake?.end()
      split?.send.end()
      split?.receive.end()
      wipe(split?.exportKey)
      core.handshake = undefined
      core.session = undefined
      split = undefined
    },
  }
  return core
}

/** A channel end of a core, its first bytes, and a step that works on the next item; false: it wants more bytes. */
export function makeEnd(core: EndCore, start: () => Uint8Array, step: (turn: Turn) => boolean): ChannelEnd {
  return {
    start: () => (core.ended === undefined ? start() : nothing),
    receive(chunk): Received {
      const turn: Turn = { send: [], messages: [], restarted: false }
      if (core.ended === undefined) {
        core.input.push(chunk)
        while (core.ended === undefined && step(turn)) {}
      }
      return {
        send: turn.send,
        messages: turn.messages,
        ...(core.ended !== undefined && { ended: core.ended }),
        ...(turn.restarted && { restarted: true }),
      }
    },
    get session() {
      return core.session
    },
    get midFrame() {
      return core.ended === undefined && core.input.pending > 0
    },
    seal(payload) {
      if (core.session === undefined) throw new Error('channel: no session')
      const frames: Uint8Array[] = []
      for (let at = 0; at < payload.length; at += PAYLOAD_BYTES_MAX)
        frames.push(core.sealed(payload.subarray(at, at + PAYLOAD_BYTES_MAX)))
      return joined(...frames)
    },
    close: () => core.end('closed'),
  }
}

/** A transport message of an open session. An empty one is none of ours. */
export function takeMessage(core: EndCore, message: Uint8Array, turn: Turn): Ending {
  const payload = core.open(message)
  if (payload === undefined || payload.length === 0) return CHANNEL_FAULT
  turn.messages.push(payload)
  return undefined
}

/** An ephemeral secret; `undefined`: the random source does not work, and no channel may be made of it. */
export function ephemeral(random: Random): Uint8Array | undefined {
  const secret = random(32)
  return secret.length === 32 && secret.some((byte) => byte !== secret[0]) ? secret : undefined
}
/** Whether the ephemeral key that a message of the handshake begins with is not the one before. */
export function isFreshIn(ephemerals: Ephemerals | undefined, message: Uint8Array): boolean {
  return ephemerals === undefined || ephemerals.isFresh(message.subarray(0, EPHEMERAL_BYTES))
}
export const NO_RANDOM = 'the random source has failed'
