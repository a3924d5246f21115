import { verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CborValue, encodeCbor } from '../../../../host-link/wire/cbor.ts'
import { WireError } from '../../../../host-link/wire/message.ts'
import {
  countSigners,
  type Role,
  readEnvelope,
  sealEnvelope,
  signedBytes,
  writeEnvelope,
} from '../../../../host-link/wire/tms/envelope.ts'
import { ed25519KeyPair, ed25519Sign, ed25519Verify } from '../../../../keys/ed25519.ts'
import { bytesOf, cborX, filled, hexOf, type Person, person, personOfSeed, sha256 } from './samples.ts'

/** RFC 8032, 7.1, test 1. */
const rfc = personOfSeed(bytesOf('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'))
const MAX = 8_192
const ROLES: readonly Role[] = ['root', 'program', 'parameters', 'director', 'report']
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'ascii'))

/** The Sig_structure of RFC 9052, 4.4, by cbor-x. */
const structure = (role: Role, payload: Uint8Array): Uint8Array =>
  new Uint8Array(
    cborX.encode(['Signature', new Uint8Array(0), bytesOf('a10127'), ascii(`shuaka ${role} 1`), payload]),
  )
/** COSE_Sign without its tag, by cbor-x, signatures in the order given. */
const cose = (
  payload: Uint8Array,
  ...signatures: readonly (readonly [Uint8Array, Uint8Array])[]
): Uint8Array =>
  new Uint8Array(
    cborX.encode([
      ...[new Uint8Array(0), new Map(), payload],
      signatures.map(([kid, signature]) => [bytesOf('a10127'), new Map([[4, kid]]), signature]),
    ]),
  )
const byNode =
  (people: readonly Person[]) => (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
    const who = people.find((one) => hexOf(one.key) === hexOf(key))
    return who !== undefined && verify(null, message, who.publicKey, signature)
  }
const people = [1, 2, 3, 4].map(person).sort((a, b) => Buffer.compare(a.kid, b.kid))
const [a = rfc, b = rfc, c = rfc] = people

describe('the vector of docs/download.md, laid by hand', () => {
  const payload = bytesOf('a1 00 01')
  // biome-ignore format: a part a line
  const signed = bytesOf([
    '85',                                     // an array of five
    '69 5369676e6174757265',                  // "Signature"
    '40',                                     // no body header
    '43 a10127',                              // {1: -8}, EdDSA
    '51 73687561 6b61206469726563746f722031', // "shuaka director 1"
    '43 a10001',                              // the payload, {0: 1}
  ].join(''))
  const signature = bytesOf(`
    9299236f9e474bcdd411165ba72761816bf7c430e7ff525f4d190b2d7a489835
    3e7089f79759976976ed34721b3a83e6fb6b73a0d65b711f2dd6bc3988242a00`)
  const envelope = bytesOf(
    `84 40 a0 43 a10001 81 83 43 a10127 a1 04 48 21fe31dfa154a261 58 40 ${hexOf(signature)}`,
  )

  it('what is signed: its bytes, and the signature of it by node:crypto and by tweetnacl', () => {
    expect(hexOf(signedBytes('director', payload))).toBe(hexOf(signed))
    expect(hexOf(rfc.sign(signed))).toBe(hexOf(signature))
    const seed = bytesOf('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
    expect(hexOf(ed25519Sign(ed25519KeyPair(seed).secretKey, signed))).toBe(hexOf(signature))
  })

  it('the envelope: its bytes, written and read', () => {
    expect(hexOf(rfc.kid)).toBe('21fe31dfa154a261')
    expect(hexOf(sealEnvelope('director', payload, [rfc]))).toBe(hexOf(envelope))
    expect(readEnvelope(envelope, MAX)).toEqual({ payload, signatures: [{ kid: rfc.kid, signature }] })
  })
})

describe('against cbor-x and node:crypto', () => {
  it.each(ROLES)('%s: sealed by us → signatures right over the structure that cbor-x makes', (role) => {
    const payload = sha256(ascii(role))
    const read = cborX.decode(sealEnvelope(role, payload, people)) as [
      Uint8Array,
      Map<number, unknown>,
      Uint8Array,
      [Uint8Array, Map<number, Uint8Array>, Uint8Array][],
    ]
    expect([read[0].length, read[1].size, hexOf(read[2])]).toEqual([0, 0, hexOf(payload)])
    expect(
      read[3].map(([head, headers]) => [hexOf(head), headers.size, hexOf(headers.get(4) ?? filled(1, 0))]),
    ).toEqual(people.map(({ kid }) => ['a10127', 1, hexOf(kid)]))
    for (const [at, [, , signature]] of read[3].entries())
      expect(verify(null, structure(role, payload), people[at]?.publicKey ?? rfc.publicKey, signature)).toBe(
        true,
      )
  })

  it.each(ROLES)('%s: made by cbor-x and signed by node:crypto → counted by us', (role) => {
    const payload = ascii('a payload')
    const bytes = structure(role, payload)
    const envelope = readEnvelope(cose(payload, [a.kid, a.sign(bytes)], [b.kid, b.sign(bytes)]), MAX)
    expect(countSigners(envelope, role, people, ed25519Verify)).toBe(2)
    expect(countSigners(envelope, role, people, byNode(people))).toBe(2)
    for (const other of ROLES)
      if (other !== role) expect(countSigners(envelope, other, people, byNode(people)), other).toBe(0)
  })
})

describe('countSigners', () => {
  const payload = ascii('counted')
  const sealed = (...who: Person[]) => readEnvelope(sealEnvelope('program', payload, who), MAX)
  const right = byNode(people)

  it('no key, other keys, one of the keys, all of them → 0, 0, 1, 3', () => {
    const envelope = sealed(a, b, c)
    expect(countSigners(envelope, 'program', [], right)).toBe(0)
    expect(countSigners(envelope, 'program', [person(9)], right)).toBe(0)
    expect(countSigners(envelope, 'program', [b], right)).toBe(1)
    expect(countSigners(envelope, 'program', people, right)).toBe(3)
  })

  it('a key under two ids, an id with two keys, a key twice in the list → 1', () => {
    const { signatures } = sealed(a)
    const [one] = signatures
    if (one === undefined) throw new Error('one signature')
    const other = { kid: filled(8, 1), signature: one.signature }
    const twice = { payload, signatures: [one, other] }
    expect(countSigners(twice, 'program', [a, { kid: other.kid, key: a.key }], right)).toBe(1)
    expect(countSigners(twice, 'program', [a, a], right)).toBe(1)
    const all = () => true
    expect(countSigners(sealed(a), 'program', [a, { kid: a.kid, key: b.key }], all)).toBe(1)
  })

  it('a wrong signature of one key and a right one of another → 1', () => {
    const envelope = sealed(a, b)
    const wrong = envelope.signatures.map((one, at) =>
      at === 0 ? { ...one, signature: filled(64, 7) } : one,
    )
    expect(countSigners({ payload, signatures: wrong }, 'program', people, right)).toBe(1)
  })

  it('verifies once for each key that is in the envelope, never for others', () => {
    let calls = 0
    const counting = (): boolean => {
      calls++
      return false
    }
    countSigners(sealed(a, b), 'program', [a, b, c, person(9)], counting)
    expect(calls).toBe(2)
  })
})

describe('readEnvelope refuses', () => {
  const payload = bytesOf('a0')
  const one: readonly CborValue[] = [bytesOf('a10127'), new Map([[4, a.kid]]), filled(64, 1)]
  const whole = (...parts: CborValue[]): Uint8Array => encodeCbor(parts)
  const none = new Uint8Array(0)
  const bare = new Map<number, CborValue>()
  // biome-ignore format: one row a fault
  const faults: readonly [string, Uint8Array][] = [
    ['a body header', whole(bytesOf('a0'), bare, payload, [one])],
    ['an unprotected body header', whole(none, new Map([[1, 1]]), payload, [one])],
    ['no payload', whole(none, bare, none, [one])],
    ['a detached payload', whole(none, bare, null, [one])],
    ['no signature', whole(none, bare, payload, [])],
    ['a fifth part', whole(none, bare, payload, [one], 0)],
    ['three parts', whole(none, bare, [one])],
    ['another algorithm', whole(none, bare, payload, [[bytesOf('a10126'), new Map([[4, a.kid]]), filled(64, 1)]])],
    ['the algorithm unprotected', whole(none, bare, payload, [[none, new Map<number, CborValue>([[1, -8], [4, a.kid]]), filled(64, 1)]])],
    ['a header beside the kid', whole(none, bare, payload, [[bytesOf('a10127'), new Map<number, CborValue>([[4, a.kid], [5, 0]]), filled(64, 1)]])],
    ['a kid of 7 bytes', whole(none, bare, payload, [[bytesOf('a10127'), new Map([[4, a.kid.slice(1)]]), filled(64, 1)]])],
    ['a signature of 63 bytes', whole(none, bare, payload, [[bytesOf('a10127'), new Map([[4, a.kid]]), filled(63, 1)]])],
    ['a signature of 65 bytes', whole(none, bare, payload, [[bytesOf('a10127'), new Map([[4, a.kid]]), filled(65, 1)]])],
    ['one id twice', cose(payload, [a.kid, filled(64, 1)], [a.kid, filled(64, 2)])],
    ['ids in falling order', cose(payload, [b.kid, filled(64, 1)], [a.kid, filled(64, 2)])],
    ['17 signatures', cose(payload, ...Array.from({ length: 17 }, (_, at) => [Uint8Array.of(at, 0, 0, 0, 0, 0, 0, 0), filled(64, 1)] as const))],
    ['the tag 98 of COSE_Sign', Uint8Array.of(0xd8, 0x62, ...cose(payload, [a.kid, filled(64, 1)]))],
    ['a length in a longer form than needed', Uint8Array.of(0x98, 4, ...cose(payload, [a.kid, filled(64, 1)]).slice(1))],
    ['an array without end', Uint8Array.of(0x9f, ...cose(payload, [a.kid, filled(64, 1)]).slice(1), 0xff)],
    ['a byte behind it', Uint8Array.of(...cose(payload, [a.kid, filled(64, 1)]), 0)],
  ]
  it.each(faults)('%s', (_, bytes) => {
    expect(() => readEnvelope(bytes, MAX)).toThrow(WireError)
  })

  it('more bytes than it may have, before it looks at them', () => {
    const bytes = cose(filled(100, 0), [a.kid, filled(64, 1)])
    expect(readEnvelope(bytes, bytes.length).payload).toEqual(filled(100, 0))
    expect(() => readEnvelope(bytes, bytes.length - 1)).toThrow('more than')
  })

  it('16 signatures in order are read', () => {
    const many = Array.from(
      { length: 16 },
      (_, at) => [Uint8Array.of(at, 0, 0, 0, 0, 0, 0, 0), filled(64, 1)] as const,
    )
    expect(readEnvelope(cose(payload, ...many), MAX).signatures).toHaveLength(16)
  })

  it('random and changed bytes: read, or a WireError and nothing else; nothing changed counts', () => {
    const good = sealEnvelope('program', payload, [a, b])
    const seen = { read: 0 }
    const tries = (bytes: Uint8Array): void => {
      try {
        const envelope = readEnvelope(bytes, MAX)
        seen.read++
        if (hexOf(bytes) !== hexOf(good))
          expect(countSigners(envelope, 'program', people, byNode(people))).toBeLessThan(2)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tries), { numRuns: 500 })
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = good.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      tries(bytes)
    }
    expect(seen.read).toBeGreaterThan(1_000) // flips in signatures, ids and payload are read
  })
})

describe('writeEnvelope', () => {
  it('puts the signatures in order, whoever signed first', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(people, { minLength: 1 }), (who) => {
        const sorted = [...who].sort((x, y) => Buffer.compare(x.kid, y.kid))
        expect(hexOf(sealEnvelope('root', filled(9, 9), who))).toBe(
          hexOf(sealEnvelope('root', filled(9, 9), sorted)),
        )
      }),
    )
  })

  it('one id twice, or no signature → refused', () => {
    const signature = filled(64, 1)
    const twice = [a, a].map(({ kid }) => ({ kid, signature }))
    expect(() => writeEnvelope({ payload: bytesOf('a0'), signatures: twice })).toThrow(WireError)
    expect(() => writeEnvelope({ payload: bytesOf('a0'), signatures: [] })).toThrow(WireError)
  })
})
