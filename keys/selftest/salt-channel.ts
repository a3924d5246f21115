import nacl from 'tweetnacl'
import { ed25519Sign, ed25519Verify } from '../ed25519.ts'
import { x25519, x25519PublicKey } from '../x25519.ts'
import { type Answer, members } from './answer.ts'
import { ascii, bytesOf, isObject, type SelfTestVector, VectorFault } from './vector.ts'

const [HELLO, ANSWER, SERVER, CLIENT, DATA, SEALED] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06] as const
const LAST = 0x80
const NO_TIME = [0, 0, 0, 0] as const

/**
 * The published session of Salt Channel v2, which is another road to what our channel does with Noise: the same
 * curves, and no other code of ours speaks it. The messages are built from the four secrets; what the application said
 * is not in the vector, so that its two packets are opened and must be packets of Salt Channel.
 */
export function saltChannel(vector: SelfTestVector): Answer {
  const clientEphemeral = bytesOf(vector, 'clientEph')
  const serverEphemeral = bytesOf(vector, 'serverEph')
  const first = packet(HELLO, x25519PublicKey(clientEphemeral), ascii('SCv2'))
  const second = packet(ANSWER, x25519PublicKey(serverEphemeral))
  const shared = x25519(clientEphemeral, x25519PublicKey(serverEphemeral))
  if (shared === undefined) throw new VectorFault('a good key is refused')
  const sessionKey = nacl.box.before(x25519PublicKey(serverEphemeral), clientEphemeral)

  const transcript = joined(nacl.hash(first), nacl.hash(second))
  const third = credential(SERVER, bytesOf(vector, 'serverSig'), joined(ascii('SC-SIG01'), transcript))
  const fourth = credential(CLIENT, bytesOf(vector, 'clientSig'), joined(ascii('SC-SIG02'), transcript))
  const sealed = (flags: number, count: number, clear: Uint8Array) =>
    joined(Uint8Array.of(SEALED, flags), nacl.secretbox(clear, nonce(count), sessionKey))

  const { expected } = vector.fields
  const requests = { appRequest: [0, 3], appResponse: [LAST, 4] } as const
  const application: { [name: string]: Uint8Array } = {}
  for (const [name, [flags, count]] of Object.entries(requests)) {
    if (!isObject(expected) || expected[name] === undefined) continue
    const published = bytesOf({ ...vector, fields: expected }, name)
    const clear = nacl.secretbox.open(published.slice(2), nonce(count), sessionKey)
    if (clear === null || clear[0] !== DATA || clear[1] !== 0) throw new VectorFault(`${name} does not open`)
    application[name] = sealed(flags, count, clear)
  }
  return {
    expected: members({ sessionKey, EM3: sealed(0, 2, third), EM4: sealed(0, 1, fourth), ...application }),
    also: { M1: first, M2: second },
  }
}

/** Type, no flags, no time, and a key; M1 has the protocol's name before and a flag of its own. */
function packet(type: number, key: Uint8Array, name: Uint8Array = new Uint8Array(0)): Uint8Array {
  return joined(name, Uint8Array.of(type, 0, ...NO_TIME), key)
}

/** M3 or M4: the signer's public key and its signature. `secret` is seed ‖ public key. */
function credential(type: number, secret: Uint8Array, signed: Uint8Array): Uint8Array {
  const publicKey = secret.slice(32)
  const signature = ed25519Sign(secret, signed)
  if (!ed25519Verify(publicKey, signed, signature)) throw new VectorFault('our own signature is not verified')
  return joined(Uint8Array.of(type, 0, ...NO_TIME), publicKey, signature)
}

/** Odd numbers are the client's, even ones the server's. */
function nonce(count: number): Uint8Array {
  return new Uint8Array(24).fill(count, 0, 1)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
