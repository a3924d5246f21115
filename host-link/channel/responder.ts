import { peerCertificate } from './certificate.ts'
import { CHANNEL_FAULT, type ChannelEnd, type Credential, type Purpose } from './channel-end.ts'
import {
  type Ending,
  ephemeral,
  isFreshIn,
  makeCore,
  makeEnd,
  NO_RANDOM,
  type Random,
  type Turn,
  takeMessage,
} from './end-core.ts'
import type { Ephemerals } from './ephemerals.ts'
import { frame, type Item } from './frames.ts'
import { type Hello, helloBytes, isId } from './hello.ts'
import { handshake } from './noise.ts'

export interface ResponderOptions {
  readonly credential: Credential
  /** Of this host or station, as its certificate has it. */
  readonly id: string
  readonly purposes: readonly Purpose[]
  /** Whether the terminal that says that it has this serial is expected; nothing is proven yet. */
  readonly accept?: (serial: string, purpose: Purpose) => boolean
  /** YYYYMMDD. */
  readonly today: () => number
  readonly random: Random
  /** Shared by all channels of one device or host; absent: what this one begins with is held against nothing. */
  readonly ephemerals?: Ephemerals
  /**
   * A stream that says when it is closed carries one session, from its first byte. On a serial cable, which does not,
   * garbage before a hello is passed over, and a hello at a frame boundary begins a new session: so unless given.
   */
  readonly oneSession?: boolean
  /** Messages of one direction, 2³² unless given. */
  readonly messagesMax?: number
}

const nothing = new Uint8Array(0)

/** The end of a host or station. Throws RangeError for an id that is none. */
export function responder(options: ResponderOptions): ChannelEnd {
  const { credential, id, oneSession = false } = options
  if (!isId(id)) throw new RangeError('channel: an id is 1 to 20 printable ASCII characters')
  const core = makeCore()
  /** The final hello of the handshake or session. */
  let hello: Hello | undefined

  function takeHello(said: Hello, bytes: Uint8Array, turn: Turn): Ending {
    if (hello !== undefined && oneSession) return CHANNEL_FAULT
    turn.restarted ||= core.session !== undefined
    core.forget()
    hello = undefined
    const { purpose, peerId } = said
    if (!options.purposes.includes(purpose)) return `nothing is done here for ${purpose}`
    if (peerId !== '' && peerId !== id) return 'the hello is for another'
    if (options.accept?.(said.id, purpose) === false) return 'a terminal that is not expected'
    if (peerId === '') {
      turn.send.push(helloBytes({ purpose, id, peerId: said.id }))
      return undefined
    }
    const ephemeralSecret = ephemeral(options.random)
    if (ephemeralSecret === undefined) return NO_RANDOM
    hello = said
    core.handshake = handshake({
      ...{ pattern: 'XX', initiates: false, prologue: bytes },
      ...{ staticSecret: credential.secret, ephemeralSecret },
      ...(options.messagesMax !== undefined && { messagesMax: options.messagesMax }),
    })
    return undefined
  }

  /** Message 1 in, message 2 out; or message 3 in, and the session is there. */
  function takeHandshake(message: Uint8Array, { purpose, id: serial }: Hello, turn: Turn): Ending {
    const noise = core.handshake
    const payload = noise?.read(message)
    if (!noise || !payload) return CHANNEL_FAULT
    if (noise.turn === 'write') {
      const answer = payload.length === 0 ? noise.write(credential.certificate) : undefined
      if (answer === undefined) return CHANNEL_FAULT
      if (!isFreshIn(options.ephemerals, answer)) return NO_RANDOM
      turn.send.push(frame(answer))
      return undefined
    }
    const peer =
      noise.remoteStatic &&
      peerCertificate(payload, credential.root, {
        ...{ role: 'terminal', purpose, id: serial },
        publicKey: noise.remoteStatic,
        today: options.today(),
      })
    if (!peer) return CHANNEL_FAULT
    const { handshakeHash, exportKey } = core.splitUp()
    core.session = {
      peer: { id: peer.id, role: peer.role, certificateSerial: peer.serial },
      ...{ purpose, handshakeHash, exportKey },
    }
    turn.send.push(core.sealed(nothing)) // tells the terminal that it is accepted
    return undefined
  }

  function taken(item: Item, turn: Turn): Ending {
    if (item.kind === 'hello') return takeHello(item.hello, item.bytes, turn)
    if (item.kind !== 'frame' || hello === undefined) return CHANNEL_FAULT
    return core.session ? takeMessage(core, item.message, turn) : takeHandshake(item.message, hello, turn)
  }

  function step(turn: Turn): boolean {
    const item = hello === undefined && !oneSession ? core.input.hello() : core.input.frame()
    if (item.kind === 'more') return false
    const why = taken(item, turn)
    if (why !== undefined) core.end(why)
    return true
  }

  return makeEnd(core, () => nothing, step)
}
