import fc from 'fast-check'
import { expect } from 'vitest'
import { decodeCbor, encodeCbor } from '../../../../host-link/wire/cbor.ts'
import { CODE, type Code } from '../../../../host-link/wire/tms/codes.ts'
import { type EnvelopeSignature, type Role, sealEnvelope } from '../../../../host-link/wire/tms/envelope.ts'
import { DAY, filled, hexOf, NOW, type Person } from '../../../host-link/wire/tms/samples.ts'
import {
  type attacksOn,
  codeOf,
  crew,
  malleated,
  mallory,
  nameOf,
  rawEnvelope,
  SMALL_ORDER_SIGNATURE,
  signatureOf,
  type Terminal,
} from './bench.ts'

/** One kind of document, and how a terminal is offered it. */
export interface Subject {
  readonly role: Exclude<Role, 'report'>
  /** Bytes of a good document without signatures; with another serial number, model or tenant where it has one. */
  readonly payload: (over?: {
    readonly tenant?: string
    readonly seq?: number
    readonly expires?: number
  }) => Uint8Array
  readonly signers: readonly Person[]
  /** A terminal that would take the good document. */
  readonly terminal: (fast?: boolean) => Terminal
  readonly offer: (terminal: Terminal, bytes: Uint8Array) => object | Code
  readonly bytesMax: number
}

/** Offers the bytes: refused with one of these codes, nothing lasting changed, and the good document is still taken. */
export function refused(subject: Subject, bytes: Uint8Array, ...codes: Code[]): void {
  refusedBy(subject.terminal(true), subject, bytes, codes)
}
/** The same with the secure element's own verification, which is slow. */
function refusedByElement(subject: Subject, bytes: Uint8Array, ...codes: Code[]): void {
  refusedBy(subject.terminal(false), subject, bytes, codes)
}
function refusedBy(terminal: Terminal, subject: Subject, bytes: Uint8Array, codes: readonly Code[]): void {
  const before = terminal.lasting()
  expect(codes.map(nameOf)).toContain(nameOf(codeOf(subject.offer(terminal, bytes))))
  expect(terminal.lasting()).toBe(before)
  expect(codeOf(subject.offer(terminal, good(subject)))).toBe(CODE.ok)
}
export const good = ({ role, payload, signers }: Subject): Uint8Array =>
  sealEnvelope(role, payload(), signers)

/** The attacks that are the same whatever is signed. */
export function commonAttacks(subject: Subject, { attack }: ReturnType<typeof attacksOn>): void {
  const { role, signers, bytesMax } = subject
  const payload = subject.payload()
  const threshold = signers.length
  const [first] = signers
  if (first === undefined) throw new Error('somebody signs')
  const signed = (): EnvelopeSignature[] => signers.map((who) => signatureOf(role, payload, who)).sort(byKid)

  attack('T01', 'signed by strangers', 'signature', () => {
    refusedByElement(subject, sealEnvelope(role, payload, mallory), CODE.signature)
  })
  attack('T01', "signed by strangers under the signers' ids", 'signature', () => {
    const forged = signers.map((who, at) => ({ ...who, sign: mallory[at]?.sign ?? who.sign }))
    refused(subject, sealEnvelope(role, payload, forged), CODE.signature)
  })
  attack('T01', 'a right signature over another payload', 'signature', () => {
    const other = subject.payload({ expires: NOW + DAY + 1 })
    const moved = signers.map((who) => ({
      kid: who.kid,
      signature: signatureOf(role, payload, who).signature,
    }))
    refused(subject, rawEnvelope(other, moved.sort(byKid)), CODE.signature)
  })
  attack('T01', 'no signature, or an empty one', 'malformed', () => {
    refused(subject, rawEnvelope(payload, []), CODE.malformed)
    refused(subject, rawEnvelope(payload, [{ kid: first.kid, signature: new Uint8Array(0) }]), CODE.malformed)
  })
  attack('T02', 'one byte more than it may have', 'malformed, no signature verified', () => {
    const terminal = subject.terminal()
    const before = terminal.verified()
    expect(codeOf(subject.offer(terminal, filled(bytesMax + 1, 0x84)))).toBe(CODE.malformed)
    expect(codeOf(subject.offer(terminal, rawEnvelope(filled(bytesMax, 0), signed())))).toBe(CODE.malformed)
    expect(terminal.verified()).toBe(before)
  })
  attack('T02', 'sixteen signatures by strangers', 'signature, none of them verified', () => {
    const many = Array.from({ length: 16 }, (_, at) => ({ kid: filled(8, at), signature: filled(64, at) }))
    const terminal = subject.terminal()
    const before = terminal.verified()
    expect(codeOf(subject.offer(terminal, rawEnvelope(payload, many)))).toBe(CODE.signature)
    expect(terminal.verified()).toBe(before)
  })
  attack('T03', 'another key in the document, rightly signed', 'malformed', () => {
    const map = new Map(decodeCbor(payload) as ReadonlyMap<number, number>)
    refused(subject, sealEnvelope(role, encodeCbor(map.set(60, 1)), signers), CODE.malformed)
  })
  attack('T11', 'one signer fewer than the threshold, and strangers', 'signature', () => {
    const few = sealEnvelope(role, payload, [...signers.slice(0, threshold - 1), ...mallory])
    refused(subject, few, CODE.signature)
  })
  attack('T15', 'S + L in place of S', 'signature', () => {
    const wrong = signed().map((one) => ({ ...one, signature: malleated(one.signature) }))
    refusedByElement(subject, rawEnvelope(payload, wrong), CODE.signature)
  })
  attack('T16', 'R of small order and S = 0 under a right id', 'signature', () => {
    const wrong = signed().map((one) => ({ ...one, signature: SMALL_ORDER_SIGNATURE }))
    refusedByElement(subject, rawEnvelope(payload, wrong), CODE.signature)
  })
  attack('T17', 'one id twice with different signatures', 'malformed', () => {
    const one = signatureOf(role, payload, first)
    const other = { kid: one.kid, signature: malleated(one.signature) }
    refused(subject, rawEnvelope(payload, [one, other]), CODE.malformed)
    refused(subject, rawEnvelope(payload, [other, one]), CODE.malformed)
  })
  attack(
    'T18',
    'one signature under two ids of the role',
    threshold > 1 ? 'signature' : 'counts once',
    () => {
      const mate = crew[role].find(({ kid }) => hexOf(kid) !== hexOf(first.kid)) ?? first
      const one = signatureOf(role, payload, first)
      const bytes = rawEnvelope(payload, [one, { ...one, kid: mate.kid }].sort(byKid))
      if (threshold > 1) refusedByElement(subject, bytes, CODE.signature)
      else expect(codeOf(subject.offer(subject.terminal(), bytes))).toBe(CODE.ok)
    },
  )
  attack('T19', 'the same signature twice', 'malformed', () => {
    const one = signatureOf(role, payload, first)
    refused(subject, rawEnvelope(payload, [one, one]), CODE.malformed)
  })
  attack('T20', 'lengths of 2^31, 2^32 and 2^53 in every head', 'malformed', () => {
    const bytes = good(subject)
    for (const huge of ['5a80000000', '5b0000000100000000', '5b001fffffffffffff', '9a80000000', 'ba80000000'])
      for (const at of [0, 1, 2, 3]) {
        const wrong = Uint8Array.of(
          ...bytes.slice(0, at),
          ...Buffer.from(huge, 'hex'),
          ...bytes.slice(at + 1),
        )
        expect(codeOf(subject.offer(subject.terminal(true), wrong)), `${huge} at ${at}`).toBe(CODE.malformed)
      }
    for (const huge of ['5a80000000', '7a80000000', '9a80000000', 'ba80000000', '5b001fffffffffffff'])
      refused(subject, sealEnvelope(role, Buffer.from(`a106${huge}`, 'hex'), signers), CODE.malformed)
  })
  for (const other of ['root', 'program', 'parameters', 'director'] as const)
    if (other !== role) {
      attack('T21', `signed by the people of ${other}`, 'signature', () => {
        refused(subject, sealEnvelope(role, payload, crew[other]), CODE.signature)
      })
      attack('T21', `signed as ${other} by its own people`, 'signature', () => {
        refused(subject, sealEnvelope(other, payload, signers), CODE.signature)
      })
    }
  attack('T21', 'of another type, rightly signed', 'malformed', () => {
    const map = new Map(decodeCbor(payload) as ReadonlyMap<number, number>)
    for (const type of [0, 1, 2, 3, 4, 5])
      if (type !== map.get(1))
        refused(
          subject,
          sealEnvelope(role, encodeCbor(new Map([...map, [1, type]])), signers),
          CODE.malformed,
        )
  })
  attack('T21', 'of another tenant, rightly signed', 'wrongTenant', () => {
    refused(subject, sealEnvelope(role, subject.payload({ tenant: 'other' }), signers), CODE.wrongTenant)
  })
  encodingAttacks(subject, { attack })
}

function encodingAttacks(subject: Subject, { attack }: Pick<ReturnType<typeof attacksOn>, 'attack'>): void {
  const { role, signers } = subject
  const payload = subject.payload()
  attack('T22', 'the envelope with a longer length than needed', 'malformed', () => {
    const bytes = good(subject)
    refused(subject, Uint8Array.of(0x98, 4, ...bytes.slice(1)), CODE.malformed)
    refused(subject, Uint8Array.of(0xd8, 0x62, ...bytes), CODE.malformed)
  })
  attack('T22', 'a payload with keys in another order or a longer form, rightly signed', 'malformed', () => {
    const count = (payload[0] ?? 0) & 31
    expect(hexOf(payload.slice(0, 3))).toMatch(/^(a.|b.)0001|^b/)
    const at = count === 24 ? 2 : 1
    const swapped = Uint8Array.of(
      ...payload.slice(0, at),
      ...payload.slice(at + 2, at + 4),
      ...payload.slice(at, at + 2),
    )
    refused(
      subject,
      sealEnvelope(role, Uint8Array.of(...swapped, ...payload.slice(at + 4)), signers),
      CODE.malformed,
    )
    const longer = Uint8Array.of(...payload.slice(0, at), 0x18, 0x00, ...payload.slice(at + 1))
    refused(subject, sealEnvelope(role, longer, signers), CODE.malformed)
    refused(subject, sealEnvelope(role, Uint8Array.of(...payload, 0), signers), CODE.malformed)
  })
  attack('T22', 'the same value in other bytes under the old signatures', 'signature', () => {
    const signatures = signers.map((who) => signatureOf(role, payload, who)).sort(byKid)
    refused(subject, rawEnvelope(Uint8Array.of(...payload, 0), signatures), CODE.signature)
  })
  attack('T23', 'cut at every byte', 'malformed', () => {
    const bytes = good(subject)
    const terminal = subject.terminal(true)
    const before = terminal.lasting()
    for (let length = 0; length < bytes.length; length++)
      expect(codeOf(subject.offer(terminal, bytes.slice(0, length))), `at ${length}`).toBe(CODE.malformed)
    expect(terminal.lasting()).toBe(before)
  })
  attack('T23', 'the payload cut at every byte and rightly signed', 'malformed', () => {
    const terminal = subject.terminal(true)
    const before = terminal.lasting()
    for (let length = 1; length < payload.length; length++) {
      const cut = sealEnvelope(role, payload.slice(0, length), signers)
      expect(codeOf(subject.offer(terminal, cut)), `at ${length}`).toBe(CODE.malformed)
    }
    expect(terminal.lasting()).toBe(before)
  })
  const every = good(subject).length > 600 ? 7 : 1
  attack(
    'T24',
    `${every > 1 ? 'every seventh' : 'every'} bit of it flipped`,
    'signature or malformed',
    () => {
      const bytes = good(subject)
      const terminal = subject.terminal(true)
      const before = terminal.lasting()
      for (let bit = 0; bit < bytes.length * 8; bit += every) {
        const wrong = bytes.slice()
        wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect([CODE.signature, CODE.malformed], `bit ${bit}`).toContain(
          codeOf(subject.offer(terminal, wrong)),
        )
      }
      expect(terminal.lasting()).toBe(before)
      expect(codeOf(subject.offer(terminal, bytes))).toBe(CODE.ok)
    },
  )
  attack(
    'T24',
    'random bytes of the payload changed, and rightly signed',
    'a code, never an exception',
    () => {
      const terminal = subject.terminal(true)
      const change = fc.tuple(fc.nat(payload.length - 1), fc.nat(255))
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          const wrong = payload.slice()
          for (const [at, byte] of changes) wrong[at] = byte
          const code = codeOf(subject.offer(terminal, sealEnvelope(role, wrong, signers)))
          expect(Object.values(CODE)).toContain(code)
        }),
        { numRuns: 200 },
      )
    },
  )
}

export const byKid = (a: EnvelopeSignature, b: EnvelopeSignature): number => Buffer.compare(a.kid, b.kid)
