import { type Answer, list, members } from './answer.ts'
import type { Check } from './checks.ts'
import { saltChannel } from './salt-channel.ts'
import { bytesListOf, bytesOf, has, type SelfTestVector, textOf, VectorFault } from './vector.ts'

export interface NoiseOptions {
  /** `XX`, `IK`, …: what stands in the protocol's name. */
  readonly pattern: string
  readonly initiates: boolean
  readonly prologue: Uint8Array
  readonly staticSecret?: Uint8Array
  readonly ephemeralSecret: Uint8Array
  readonly remoteStatic?: Uint8Array
}

interface NoiseCipher {
  encrypt(ad: Uint8Array, plain: Uint8Array): Uint8Array | undefined
  decrypt(ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** One end of a handshake, as the channel has it. */
export interface NoiseEnd {
  readonly turn: 'write' | 'read' | 'split' | 'over'
  write(payload: Uint8Array): Uint8Array | undefined
  read(message: Uint8Array): Uint8Array | undefined
  split(): { readonly send: NoiseCipher; readonly receive: NoiseCipher; readonly handshakeHash: Uint8Array }
}

/** Makes one end for 25519_ChaChaPoly_SHA512; undefined for a pattern that the channel has not. */
export type NoiseHandshake = (options: NoiseOptions) => NoiseEnd | undefined

/** The check for `handshake`: Salt Channel by itself, Noise through the channel's machine that is handed in. */
export function handshakeCheck(noise: NoiseHandshake | undefined): Check {
  return (vector) => {
    const protocol = textOf(vector, 'protocol')
    if (protocol === 'Salt Channel v2') return saltChannel(vector)
    const named = /^Noise_([A-Z0-9]+)_25519_ChaChaPoly_SHA512$/.exec(protocol)
    if (named === null) throw new VectorFault(`no handshake of protocol ${protocol.slice(0, 60)}`)
    if (noise === undefined) throw new VectorFault('no Noise machine was handed in')
    return session(vector, named[1] ?? '', noise)
  }
}

/** Both ends with the vector's keys: every message is written by one and read by the other. */
function session(vector: SelfTestVector, pattern: string, noise: NoiseHandshake): Answer {
  const initiator = noise(optionsOf(vector, pattern, 'init'))
  const responder = noise(optionsOf(vector, pattern, 'resp'))
  if (initiator === undefined || responder === undefined) {
    throw new VectorFault(`the channel has no pattern ${pattern}`)
  }
  const payloads = bytesListOf(vector, 'payloads')
  const messages: Uint8Array[] = []
  for (const payload of payloads) {
    if (initiator.turn === 'split') break
    const [writer, reader] = initiator.turn === 'write' ? [initiator, responder] : [responder, initiator]
    const message = writer.write(payload)
    if (message === undefined) throw new VectorFault('a message is not written')
    checkSame(reader.read(message), payload)
    messages.push(message)
  }
  if (initiator.turn !== 'split') throw new VectorFault('"payloads" end before the handshake')

  const oneWay = messages.length === 1 // then only the initiator writes
  const [a, b] = [initiator.split(), responder.split()]
  checkSame(a.handshakeHash, b.handshakeHash)
  const nothing = new Uint8Array(0)
  for (const payload of payloads.slice(messages.length)) {
    const initiates = oneWay || messages.length % 2 === 0
    const sealed = (initiates ? a : b).send.encrypt(nothing, payload)
    if (sealed === undefined) throw new VectorFault('a transport message is not written')
    checkSame((initiates ? b : a).receive.decrypt(nothing, sealed), payload)
    messages.push(sealed)
  }
  return { expected: members({ handshakeHash: a.handshakeHash, ciphertexts: list(messages) }) }
}

function optionsOf(vector: SelfTestVector, pattern: string, end: 'init' | 'resp'): NoiseOptions {
  const optional = (name: string) =>
    has(vector, `${end}_${name}`) ? bytesOf(vector, `${end}_${name}`) : undefined
  const [own, remote] = [optional('static'), optional('remote_static')]
  return {
    pattern,
    initiates: end === 'init',
    prologue: bytesOf(vector, `${end}_prologue`),
    // The responder of a one-way pattern has none, and it is not asked for.
    ephemeralSecret: optional('ephemeral') ?? new Uint8Array(32),
    ...(own === undefined ? {} : { staticSecret: own }),
    ...(remote === undefined ? {} : { remoteStatic: remote }),
  }
}

function checkSame(found: Uint8Array | undefined, wanted: Uint8Array): void {
  if (found === undefined) throw new VectorFault('one end refuses what the other wrote')
  if (found.length !== wanted.length || found.some((byte, at) => byte !== wanted[at])) {
    throw new VectorFault('the two ends differ')
  }
}
