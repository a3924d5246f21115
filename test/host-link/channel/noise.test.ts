import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { expect, test } from 'vitest'
import { handshake, type PatternName, patterns, type Split } from '../../../host-link/channel/noise.ts'
import { x25519PublicKey } from '../../../keys/x25519.ts'
import { asHex, hex, text, type Vector, vector, vectors } from '../../keys/vectors.ts'

const EMPTY = new Uint8Array(0)
const of = (from: Vector, property: string) =>
  from[property] === undefined ? undefined : hex(text(from, property))
const isPattern = (name: string): name is PatternName => name in patterns

function ends(from: Vector) {
  const name = text(from, 'protocol').split('_')[1] ?? ''
  if (!isPattern(name)) throw new Error(name)
  const end = (who: 'init' | 'resp') => {
    const staticSecret = of(from, `${who}_static`)
    const remoteStatic = of(from, `${who}_remote_static`)
    return handshake({
      pattern: name,
      initiates: who === 'init',
      prologue: hex(text(from, `${who}_prologue`)),
      ephemeralSecret: of(from, `${who}_ephemeral`) ?? new Uint8Array(32), // X: never used
      ...(staticSecret && { staticSecret }),
      ...(remoteStatic && { remoteStatic }),
    })
  }
  return { name, initiator: end('init'), responder: end('resp') }
}

const published = vectors(5, ({ name }) => name.startsWith('noise-'))

test.each(published.map((each) => [each.name, each] as const))(
  '%s: every message and the hash → as published',
  (_, from) => {
    const { name, initiator, responder } = ends(from)
    const payloads = (from.payloads as string[]).map(hex)
    const { ciphertexts, handshakeHash } = from.expected as { ciphertexts: string[]; handshakeHash: string }
    const made: string[] = []
    const rounds = patterns[name].messages.length
    for (const [index, payload] of payloads.slice(0, rounds).entries()) {
      const [writer, reader] = index % 2 === 0 ? [initiator, responder] : [responder, initiator]
      const message = writer.write(payload) ?? EMPTY
      made.push(asHex(message).toLowerCase())
      expect(reader.read(message)).toEqual(payload)
    }
    const one: Split = initiator.split()
    const two: Split = responder.split()
    for (const [index, payload] of payloads.slice(rounds).entries()) {
      const initiates = name === 'X' || (index + rounds) % 2 === 0
      const [writer, reader] = initiates ? [one, two] : [two, one]
      const message = writer.send.encrypt(EMPTY, payload) ?? EMPTY
      made.push(asHex(message).toLowerCase())
      expect(reader.receive.decrypt(EMPTY, message)).toEqual(payload)
    }
    expect(made).toEqual(ciphertexts)
    expect(asHex(one.handshakeHash).toLowerCase()).toBe(handshakeHash)
    expect(two.handshakeHash).toEqual(one.handshakeHash)
    expect(two.exportKey).toEqual(one.exportKey)
  },
)

const lowOrder = vectors(5, ({ name }) => name.startsWith('x25519-low-order-'))
const xx = vector('noise-Noise_XX_25519_ChaChaPoly_SHA512')

test.each(lowOrder.map((each) => [each.name, hex(text(each, 'publicKey'))] as const))(
  '%s as e of message 1 → the responder cannot answer, and it is over',
  (_, point) => {
    const { responder } = ends(xx)
    expect(responder.read(point)).toEqual(EMPTY)
    expect(responder.write(EMPTY)).toBeUndefined()
    expect(responder.turn).toBe('over')
  },
)

test('the exported key → opens no message of the session, in either direction', () => {
  const { initiator, responder } = ends(xx)
  responder.read(initiator.write(EMPTY) ?? EMPTY)
  initiator.read(responder.write(EMPTY) ?? EMPTY)
  responder.read(initiator.write(EMPTY) ?? EMPTY)
  const { send, exportKey } = initiator.split()
  const other = responder.split()
  for (const { encrypt } of [send, other.send]) {
    const sealed = encrypt(EMPTY, hex('00')) ?? EMPTY
    const opening = () => chacha20poly1305(exportKey, new Uint8Array(12)).decrypt(sealed)
    expect(opening).toThrow()
  }
  expect(exportKey).toHaveLength(32)
})

test('wrong turns of the caller → are told, not done', () => {
  const { initiator, responder } = ends(xx)
  expect(() => responder.write(EMPTY)).toThrow('not this end that writes')
  expect(() => initiator.read(EMPTY)).toThrow('not this end that reads')
  expect(() => initiator.split()).toThrow('not whole')
})

test('a pattern whose keys were not handed in → is told', () => {
  const bare = { initiates: true, prologue: EMPTY, ephemeralSecret: hex('01'.repeat(32)) }
  expect(() => handshake({ ...bare, pattern: 'NK' })).toThrow('not there')
  const end = handshake({ ...bare, pattern: 'X', remoteStatic: x25519PublicKey(hex('02'.repeat(32))) })
  expect(() => end.write(EMPTY)).toThrow('not there')
})

test('after split and after a failure → the ephemeral secret is overwritten', () => {
  const secret = hex('03'.repeat(32))
  const end = handshake({ pattern: 'XX', initiates: true, prologue: EMPTY, ephemeralSecret: secret })
  end.write(EMPTY)
  expect(end.read(new Uint8Array(31))).toBeUndefined()
  expect(secret).toEqual(new Uint8Array(32))
})
