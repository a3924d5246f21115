import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import fc from 'fast-check'
import nacl from 'tweetnacl'
import { expect, test } from 'vitest'
import { x25519, x25519PublicKey } from '../../keys/x25519.ts'
import { asHex, expected, hex, text, vector, vectors } from './vectors.ts'

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
const der = (prefix: string, key: Uint8Array) => Buffer.concat([Buffer.from(prefix, 'hex'), key])
const theirSecret = (key: Uint8Array) =>
  createPrivateKey({ key: der('302e020100300506032b656e04220420', key), format: 'der', type: 'pkcs8' })
const theirPublic = (key: Uint8Array) =>
  createPublicKey({ key: der('302a300506032b656e032100', key), format: 'der', type: 'spki' })

test('x25519-rfc7748-6.1: both public keys, one shared secret', () => {
  const each = vector('x25519-rfc7748-6.1')
  const [a, b] = [hex(text(each, 'aPrivate')), hex(text(each, 'bPrivate'))]
  expect(asHex(x25519PublicKey(a))).toBe(expected(each, 'aPublic'))
  expect(asHex(x25519PublicKey(b))).toBe(expected(each, 'bPublic'))
  expect(asHex(x25519(a, x25519PublicKey(b)) ?? new Uint8Array(0))).toBe(expected(each, 'shared'))
  expect(asHex(x25519(b, x25519PublicKey(a)) ?? new Uint8Array(0))).toBe(expected(each, 'shared'))
})

test.each(vectors(5, (each) => each.name.startsWith('x25519-low-order')))(
  '$name: all zeros from the package → refused',
  (each) => {
    const [secret, peer] = [hex(text(each, 'anyPrivate')), hex(text(each, 'publicKey'))]
    expect(nacl.scalarMult(secret, peer)).toEqual(new Uint8Array(32))
    expect(x25519(secret, peer)).toBeUndefined()
  },
)

test('any two secrets: the public keys and the shared secret of OpenSSL', () => {
  fc.assert(
    fc.property(secrets, secrets, (a, b) => {
      const peer = x25519PublicKey(b)
      expect(peer).toEqual(
        Uint8Array.from(
          createPublicKey(theirSecret(b)).export({ format: 'der', type: 'spki' }).subarray(-32),
        ),
      )
      const theirs = diffieHellman({ privateKey: theirSecret(a), publicKey: theirPublic(peer) })
      expect(x25519(a, peer)).toEqual(Uint8Array.from(theirs))
    }),
    { numRuns: 30 },
  )
})

test('a peer key of another size → refused; a secret of another size → RangeError', () => {
  const secret = new Uint8Array(32).fill(5)
  for (const bad of [0, 31, 33]) {
    expect(x25519(secret, new Uint8Array(bad).fill(9))).toBeUndefined()
    expect(() => x25519(new Uint8Array(bad), secret)).toThrow(RangeError)
    expect(() => x25519PublicKey(new Uint8Array(bad))).toThrow(RangeError)
  }
})
