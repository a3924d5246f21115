import nacl from 'tweetnacl'
import { ed25519KeyPair, ed25519Sign, ed25519Verify } from '../ed25519.ts'
import { x25519, x25519PublicKey } from '../x25519.ts'
import { type Answer, members } from './answer.ts'
import type { Check } from './checks.ts'
import { bytesOf, dataOf, has, type SelfTestVector, VectorFault } from './vector.ts'

/** Ed25519 and X25519 with the checks that the package leaves out, and what the package itself does. */
export const curveChecks: readonly (readonly [string, Check])[] = [
  ['ed25519', (vector) => (has(vector, 'seed') ? ed25519Signature(vector) : ed25519Verification(vector))],
  ['x25519', x25519Exchange],
  ['nacl', secretBox],
]

function ed25519Signature(vector: SelfTestVector): Answer {
  const message = dataOf(vector)
  const { publicKey, secretKey } = ed25519KeyPair(bytesOf(vector, 'seed'))
  const signature = ed25519Sign(secretKey, message)
  if (!ed25519Verify(publicKey, message, signature))
    throw new VectorFault('our own signature is not verified')
  return { expected: members({ publicKey, signature }) }
}

function ed25519Verification(vector: SelfTestVector): Answer {
  const publicKey = bytesOf(vector, 'publicKey')
  const message = dataOf(vector)
  const signature = bytesOf(vector, 'signature')
  const loose =
    publicKey.length === 32 &&
    signature.length === 64 &&
    nacl.sign.detached.verify(message, signature, publicKey)
  return {
    expected: members({
      strictVerify: ed25519Verify(publicKey, message, signature),
      tweetnacl103Verify: loose,
    }),
  }
}

/** What everybody knows who computes a box with a key of low order: the reason why such keys are refused. */
const ANY_SECRET = Uint8Array.from({ length: 32 }, (_, at) => at + 1)

function x25519Exchange(vector: SelfTestVector): Answer {
  if (has(vector, 'aPrivate')) {
    const [a, b] = [bytesOf(vector, 'aPrivate'), bytesOf(vector, 'bPrivate')]
    const [aPublic, bPublic] = [x25519PublicKey(a), x25519PublicKey(b)]
    const [shared, other] = [x25519(a, bPublic), x25519(b, aPublic)]
    if (shared === undefined || other === undefined) throw new VectorFault('a good key is refused')
    if (shared.some((byte, at) => byte !== other[at])) throw new VectorFault('the two ends differ')
    return { expected: members({ aPublic, bPublic, shared }) }
  }
  if (has(vector, 'publicKey')) {
    const [secret, peer] = [bytesOf(vector, 'anyPrivate'), bytesOf(vector, 'publicKey')]
    if (peer.length !== 32) throw new VectorFault('"publicKey" has not 32 bytes')
    const result = x25519(secret, peer)
    return { expected: members({ shared: nacl.scalarMult(secret, peer), mustReject: result === undefined }) }
  }
  const zero = new Uint8Array(32)
  if (x25519(ANY_SECRET, zero) !== undefined) throw new VectorFault('a key of low order is taken')
  return { expected: nacl.box.before(zero, ANY_SECRET) }
}

function secretBox(vector: SelfTestVector): Answer {
  const [key, nonce] = [bytesOf(vector, 'key'), bytesOf(vector, 'nonce')]
  if (key.length !== 32 || nonce.length !== 24) throw new VectorFault('"key" or "nonce" has another size')
  const sealed = nacl.secretbox(bytesOf(vector, 'plaintext'), nonce, key)
  if (nacl.secretbox.open(sealed, nonce, key) === null) throw new VectorFault('the box does not open')
  return { expected: sealed }
}
