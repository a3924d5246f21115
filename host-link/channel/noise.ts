import { wipe } from '../../keys/wipe.ts'
import { x25519, x25519PublicKey } from '../../keys/x25519.ts'
import { bytesOfText } from '../wire/bytes.ts'
import {
  type CipherState,
  cipherState,
  HASH_BYTES,
  hash,
  hkdf,
  joined,
  MESSAGES_MAX,
} from './noise-cipher.ts'

type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss'
interface Pattern {
  /** Whose static keys the other end knows before. */
  readonly before: { readonly initiator: boolean; readonly responder: boolean }
  /** Message after message, the initiator's first. */
  readonly messages: readonly (readonly Token[])[]
}

const known = true
const not = false

/** Noise revision 34, 7.4 and 7.5. */
// biome-ignore format: one row a pattern
export const patterns = {
  //         initiator  responder    →                         ←                            →
  X:  pattern(not,      known,     [['e', 'es', 's', 'ss']]),
  NK: pattern(not,      known,     [['e', 'es'],             ['e', 'ee']]),
  KK: pattern(known,    known,     [['e', 'es', 'ss'],       ['e', 'ee', 'se']]),
  IK: pattern(not,      known,     [['e', 'es', 's', 'ss'],  ['e', 'ee', 'se']]),
  XX: pattern(not,      not,       [['e'],                   ['e', 'ee', 's', 'es'],     ['s', 'se']]),
} as const satisfies Record<string, Pattern>
export type PatternName = keyof typeof patterns

function pattern(initiator: boolean, responder: boolean, messages: readonly (readonly Token[])[]): Pattern {
  return { before: { initiator, responder }, messages }
}

export interface HandshakeOptions {
  readonly pattern: PatternName
  readonly initiates: boolean
  readonly prologue: Uint8Array
  /** X25519 secrets, 32 bytes each. The static one stays the caller's; the ephemeral one is wiped by `split` and `end`. */
  readonly staticSecret?: Uint8Array
  readonly ephemeralSecret: Uint8Array
  /** The peer's static public key, where the pattern says that it is known. */
  readonly remoteStatic?: Uint8Array
  /** Messages of one transport key. */
  readonly messagesMax?: number
}

/**
 * One end of a Noise handshake (Noise revision 34, 5.3) with 25519_ChaChaPoly_SHA512. Writes and reads in turn; a
 * message that is not right ends it. All-zero results of X25519 are refused (12.1 leaves that open).
 */
export interface Handshake {
  readonly turn: 'write' | 'read' | 'split' | 'over'
  /** The message with `payload` in it. `undefined`: the peer's key is of low order, and it is over. */
  write(payload: Uint8Array): Uint8Array | undefined
  /** The payload; `undefined`: not right, and it is over. */
  read(message: Uint8Array): Uint8Array | undefined
  /** The peer's static public key, once it is known. */
  readonly remoteStatic: Uint8Array | undefined
  /** After the last message. */
  split(): Split
  /** Wipes what is secret. */
  end(): void
}

export interface Split {
  readonly send: CipherState
  readonly receive: CipherState
  /** 64 bytes. */
  readonly handshakeHash: Uint8Array
  /** 32 bytes: the third output of the HKDF that gives the two keys. */
  readonly exportKey: Uint8Array
}

export function handshake(options: HandshakeOptions): Handshake {
  const { pattern: name, initiates, prologue, staticSecret, ephemeralSecret } = options
  const { before, messages } = patterns[name]
  const symmetric = symmetricState(`Noise_${name}_25519_ChaChaPoly_SHA512`)
  const ownStatic = staticSecret && x25519PublicKey(staticSecret)
  let remoteStatic: Uint8Array | undefined = options.remoteStatic?.slice()
  let remoteEphemeral: Uint8Array | undefined
  let at = 0
  let over = false

  symmetric.mixHash(prologue)
  for (const end of ['initiator', 'responder'] as const)
    if (before[end]) symmetric.mixHash(needed((end === 'initiator') === initiates ? ownStatic : remoteStatic))

  const end = (): void => {
    over = true
    symmetric.end()
    wipe(ephemeralSecret)
  }

  /** First letter: the initiator's key, second the responder's. False: an all-zero result. */
  function mixDh(token: 'ee' | 'es' | 'se' | 'ss'): boolean {
    const [own, remote] = initiates ? [token[0], token[1]] : [token[1], token[0]]
    const shared = x25519(
      needed(own === 'e' ? ephemeralSecret : staticSecret),
      needed(remote === 'e' ? remoteEphemeral : remoteStatic),
    )
    if (shared === undefined) return false
    symmetric.mixKey(shared)
    wipe(shared)
    return true
  }

  function written(payload: Uint8Array): Uint8Array | undefined {
    const parts: Uint8Array[] = []
    for (const token of messages[at] ?? []) {
      if (token === 'e') {
        const key = x25519PublicKey(ephemeralSecret)
        symmetric.mixHash(key)
        parts.push(key)
      } else if (token === 's') parts.push(symmetric.encryptAndHash(needed(ownStatic)))
      else if (!mixDh(token)) return undefined
    }
    parts.push(symmetric.encryptAndHash(payload))
    return joined(...parts)
  }

  function payloadOf(message: Uint8Array): Uint8Array | undefined {
    let from = 0
    const take = (length: number): Uint8Array | undefined => {
      from += length
      return from <= message.length ? message.slice(from - length, from) : undefined
    }
    for (const token of messages[at] ?? []) {
      if (token === 'e') {
        remoteEphemeral = take(32)
        if (remoteEphemeral === undefined) return undefined
        symmetric.mixHash(remoteEphemeral)
      } else if (token === 's') {
        const sealed = take(symmetric.keyed ? 48 : 32)
        remoteStatic = sealed && symmetric.decryptAndHash(sealed)
        if (remoteStatic === undefined) return undefined
      } else if (!mixDh(token)) return undefined
    }
    return symmetric.decryptAndHash(message.slice(from))
  }

  const turn = (): Handshake['turn'] => {
    if (over) return 'over'
    if (at >= messages.length) return 'split'
    return (at % 2 === 0) === initiates ? 'write' : 'read'
  }

  return {
    get turn() {
      return turn()
    },
    write(payload) {
      if (turn() !== 'write') throw new Error('noise: it is not this end that writes now')
      const message = written(payload)
      if (message === undefined) end()
      at++
      return message
    },
    read(message) {
      if (turn() !== 'read') throw new Error('noise: it is not this end that reads now')
      const payload = payloadOf(message)
      if (payload === undefined) end()
      at++
      return payload
    },
    get remoteStatic() {
      return remoteStatic
    },
    split() {
      if (turn() !== 'split') throw new Error('noise: the handshake is not whole')
      const { first, second, ...rest } = symmetric.split(options.messagesMax ?? MESSAGES_MAX)
      end()
      return initiates ? { send: first, receive: second, ...rest } : { send: second, receive: first, ...rest }
    },
    end,
  }
}

/** A pattern that needs a key that was not handed in is a fault of the caller. */
function needed(key: Uint8Array | undefined): Uint8Array {
  if (key === undefined) throw new Error('noise: the pattern wants a key that is not there')
  return key
}

/** Noise 5.2 SymmetricState. */
function symmetricState(protocol: string) {
  const name = bytesOfText(protocol)
  let transcript =
    name.length <= HASH_BYTES ? joined(name, new Uint8Array(HASH_BYTES - name.length)) : hash(name)
  let chainingKey: Uint8Array = transcript.slice()
  let cipher: CipherState | undefined
  const mixHash = (bytes: Uint8Array): void => {
    transcript = hash(transcript, bytes)
  }
  const end = (): void => {
    wipe(chainingKey)
    cipher?.end()
  }
  return {
    get keyed() {
      return cipher !== undefined
    },
    mixHash,
    mixKey(input: Uint8Array): void {
      const [next, key, unused] = hkdf(chainingKey, input)
      end()
      chainingKey = next
      cipher = cipherState(key.slice(0, 32))
      wipe(key, unused)
    },
    encryptAndHash(plain: Uint8Array): Uint8Array {
      const sealed = cipher === undefined ? plain : cipher.encrypt(transcript, plain)
      if (sealed === undefined) throw new Error('noise: written after its end')
      mixHash(sealed)
      return sealed
    },
    decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
      const plain = cipher === undefined ? sealed : cipher.decrypt(transcript, sealed)
      mixHash(sealed)
      return plain
    },
    split(messagesMax: number) {
      const [one, two, three] = hkdf(chainingKey, new Uint8Array(0))
      const split = {
        first: cipherState(one.slice(0, 32), messagesMax),
        second: cipherState(two.slice(0, 32), messagesMax),
        handshakeHash: transcript,
        exportKey: three.slice(0, 32),
      }
      wipe(one, two, three)
      return split
    },
    end,
  }
}
