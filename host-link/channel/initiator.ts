import { equalBytes } from '../../keys/equal-bytes.ts'
import { peerCertificate } from './certificate.ts'
import {
  CHANNEL_FAULT,
  type ChannelEnd,
  type Credential,
  type Purpose,
  type Role,
  type Session,
} from './channel-end.ts'
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
import { joined } from './noise-cipher.ts'

export interface InitiatorOptions {
  readonly credential: Credential
  readonly purpose: Purpose
  /** Of this terminal, as its certificate has it. */
  readonly serial: string
  /** Empty where it is not known: the responder is asked, and its certificate must then say what it answered. */
  readonly peerId: string
  /** YYYYMMDD. */
  readonly today: () => number
  readonly random: Random
  /** Shared by all channels of one device or host; absent: what this one begins with is held against nothing. */
  readonly ephemerals?: Ephemerals
  /** Messages of one direction, 2³² unless given. */
  readonly messagesMax?: number
}

/** Who may answer for what. */
const RESPONDERS: Readonly<Record<Purpose, Role>> = { host: 'host', inject: 'station', rkl: 'host' }
const nothing = new Uint8Array(0)

/**
 * The terminal's end. `start` may be called again while the peer's id is not known: on a cable nobody may have listened.
 * Throws RangeError for a serial or peer id that is none.
 */
export function initiator(options: InitiatorOptions): ChannelEnd {
  const { serial, purpose } = options
  if (!isId(serial) || (options.peerId !== '' && !isId(options.peerId)))
    throw new RangeError('channel: an id is 1 to 20 printable ASCII characters')
  const core = makeCore()
  let peerId = options.peerId
  let answered: Uint8Array | undefined
  let unconfirmed: Session | undefined

  /** The final hello and message 1. */
  function begin(): Uint8Array {
    const hello = helloBytes({ purpose, id: serial, peerId })
    const ephemeralSecret = ephemeral(options.random)
    if (ephemeralSecret === undefined) {
      core.end(NO_RANDOM)
      return nothing
    }
    core.handshake = handshake({
      pattern: 'XX',
      initiates: true,
      prologue: hello,
      staticSecret: options.credential.secret,
      ephemeralSecret,
      ...(options.messagesMax !== undefined && { messagesMax: options.messagesMax }),
    })
    const message = core.handshake.write(nothing)
    if (message !== undefined && isFreshIn(options.ephemerals, message)) return joined(hello, frame(message))
    core.end(NO_RANDOM)
    return nothing
  }

  function takeHello({ id, ...hello }: Hello, bytes: Uint8Array, turn: Turn): Ending {
    if (hello.purpose !== purpose || hello.peerId !== serial || id === serial) return CHANNEL_FAULT
    peerId = id
    answered = bytes
    const first = begin()
    if (first.length > 0) turn.send.push(first)
    return undefined
  }

  /** Message 2 in, message 3 out. */
  function takeMessage2(message: Uint8Array, turn: Turn): Ending {
    const { handshake: noise } = core
    const payload = noise?.read(message)
    const peer = noise?.remoteStatic && payload && peerOf(payload, noise.remoteStatic)
    const answer = peer && noise?.write(options.credential.certificate)
    if (!peer || !answer) return CHANNEL_FAULT
    turn.send.push(frame(answer))
    const { handshakeHash, exportKey } = core.splitUp()
    unconfirmed = {
      peer: { id: peer.id, role: peer.role, certificateSerial: peer.serial },
      ...{ purpose, handshakeHash, exportKey },
    }
    return undefined
  }

  function peerOf(payload: Uint8Array, publicKey: Uint8Array) {
    return peerCertificate(payload, options.credential.root, {
      ...{ role: RESPONDERS[purpose], purpose, id: peerId },
      publicKey,
      today: options.today(),
    })
  }

  /** The responder's first transport message is empty: it has accepted us. */
  function takeConfirmation(message: Uint8Array): Ending {
    const payload = core.open(message)
    if (payload === undefined || payload.length > 0) return CHANNEL_FAULT
    core.session = unconfirmed
    return undefined
  }

  function taken(item: Item, turn: Turn): Ending {
    if (item.kind === 'hello') {
      if (peerId === '') return takeHello(item.hello, item.bytes, turn)
      return core.session || !isAgain(item.bytes, answered) ? CHANNEL_FAULT : undefined
    }
    if (item.kind !== 'frame') return CHANNEL_FAULT
    if (core.session) return takeMessage(core, item.message, turn)
    return unconfirmed ? takeConfirmation(item.message) : takeMessage2(item.message, turn)
  }

  function step(turn: Turn): boolean {
    const item = peerId === '' ? core.input.hello() : core.input.frame()
    if (item.kind === 'more') return false
    const why = taken(item, turn)
    if (why !== undefined) core.end(why)
    return true
  }

  function start(): Uint8Array {
    if (peerId === '') return helloBytes({ purpose, id: serial, peerId })
    if (core.handshake !== undefined || core.session !== undefined) throw new Error('channel: begun already')
    return begin()
  }
  return makeEnd(core, start, step)
}

/** On a cable a hello that was said twice is answered twice. */
function isAgain(hello: Uint8Array, answered: Uint8Array | undefined): boolean {
  return answered !== undefined && equalBytes(hello, answered)
}
