import { createHmac, verify } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { makeDocuments } from '../../../../emulator/device/secure-documents.ts'
import { type CborValue, encodeCbor } from '../../../../host-link/wire/cbor.ts'
import { CODE, type Code } from '../../../../host-link/wire/tms/codes.ts'
import {
  type EnvelopeSignature,
  type Role,
  sealEnvelope,
  signedBytes,
} from '../../../../host-link/wire/tms/envelope.ts'
import { encodeOrder, type Order } from '../../../../host-link/wire/tms/order.ts'
import { encodeRoot, type RootDocument } from '../../../../host-link/wire/tms/root.ts'
import type { TrustParts } from '../../../../terminal/update/root-chain.ts'
import { makeTrust, type Trust } from '../../../../terminal/update/trust.ts'
import {
  bytesOf,
  filled,
  hexOf,
  MODEL,
  orderOf,
  type Person,
  person,
  rootOf,
  SERIAL,
  TENANT,
} from '../../../host-link/wire/tms/samples.ts'

/** The people of the demonstration: root 2 of 3, program 2 of 3, parameters 1 of 2, director 1 of 2. */
export const crew = {
  root: [1, 2, 3].map(person),
  program: [11, 12, 13].map(person),
  parameters: [21, 22].map(person),
  director: [31, 32].map(person),
}
export type Crew = { readonly [Role in keyof typeof crew]: readonly Person[] }
export const THRESHOLDS = [2, 2, 1, 1] as const
/** Somebody with keys of their own. */
export const mallory = [91, 92, 93].map(person)

export const rootDocument = (over: Partial<RootDocument> = {}, people: Crew = crew): RootDocument =>
  rootOf(people, THRESHOLDS, over)
export const sealedRoot = (
  over: Partial<RootDocument> = {},
  people: Crew = crew,
  signers: readonly Person[] = people.root.slice(0, 2),
): Uint8Array => sealEnvelope('root', encodeRoot(rootDocument(over, people)), signers)
export const FACTORY = sealedRoot()

export const NONCE = filled(8, 0x6e)
export const sealedOrder = (over: Partial<Order> = {}, signers = crew.director.slice(0, 1)): Uint8Array =>
  sealEnvelope('director', encodeOrder(orderOf({ nonce: NONCE, ...over })), signers)

/** An envelope as anybody can write one: signatures in the order given, twice if given twice. */
export function rawEnvelope(payload: Uint8Array, signatures: readonly EnvelopeSignature[]): Uint8Array {
  const entries = signatures.map(
    ({ kid, signature }): CborValue => [bytesOf('a10127'), new Map([[4, kid]]), signature],
  )
  return encodeCbor([new Uint8Array(0), new Map(), payload, entries])
}
export const signatureOf = (
  role: Role,
  payload: Uint8Array,
  who: Person,
  kid = who.kid,
): EnvelopeSignature => ({
  kid,
  signature: who.sign(signedBytes(role, payload)),
})

/** The group order L of Ed25519, little endian. */
const L = bytesOf('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')
/** A second signature of the same message: S + L. Right for whoever does not refuse S ≥ L. */
export function malleated(signature: Uint8Array): Uint8Array {
  const out = signature.slice()
  let carry = 0
  for (let at = 0; at < 32; at++) {
    const sum = (out[32 + at] ?? 0) + (L[at] ?? 0) + carry
    out[32 + at] = sum & 255
    carry = sum >> 8
  }
  return out
}
/** The neutral point as a key: R = it and S = 0 are a signature of every message, for whoever does not refuse it. */
export const SMALL_ORDER_KEY = Uint8Array.of(1, ...filled(31, 0))
export const SMALL_ORDER_SIGNATURE = Uint8Array.of(1, ...filled(63, 0))

/** A terminal's trust with the secure element of the emulator; what it keeps outlives it. */
export interface Terminal {
  readonly secure: TrustParts['secure']
  readonly trust: Trust
  /** Switches it off and on. */
  restarted(): Terminal
  /** All that lasts, to see whether anything changed. */
  lasting(): string
  /** Calls of `verify` so far. */
  verified(): number
  stored(): Uint8Array | undefined
}

export interface Circumstances {
  readonly factory?: Uint8Array
  readonly stored?: Uint8Array
  readonly serial?: string
  readonly model?: string
  readonly keepFails?: () => boolean
  readonly saveFails?: () => boolean
  /** Node's instead of the secure element's, for thousands of tries. */
  readonly fast?: boolean
}

const everybody = [...Object.values(crew).flat(), ...mallory]
function fastVerify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const who = everybody.find((one) => hexOf(one.key) === hexOf(key))
  return who !== undefined && verify(null, message, who.publicKey, signature)
}

export function makeTerminal(at: Circumstances = {}): Terminal {
  const documents = makeDocuments(
    {},
    () => undefined,
    (length) => filled(length, 5),
    () => !(at.saveFails?.() ?? false),
  )
  const kept: { bytes: Uint8Array | undefined } = { bytes: at.stored }
  let calls = 0
  const secure: TrustParts['secure'] = {
    ...documents.calls,
    verify(key, message, signature) {
      calls++
      return (at.fast ? fastVerify : documents.calls.verify)(key, message, signature)
    },
    deviceTag: (bytes) =>
      new Uint8Array(
        createHmac('sha256', at.serial ?? SERIAL)
          .update(bytes)
          .digest()
          .subarray(0, 16),
      ),
  }
  const start = (): Terminal => {
    const trust = makeTrust({
      ...{ secure, serial: at.serial ?? SERIAL, model: at.model ?? MODEL, stored: kept.bytes },
      update: { tenant: TENANT, root: at.factory ?? FACTORY },
      keep(bytes) {
        if (at.keepFails?.()) return false
        kept.bytes = bytes.slice()
        return true
      },
    })
    if (trust === undefined) throw new Error('the factory root is none')
    return {
      ...{ secure, trust, restarted: start, verified: () => calls, stored: () => kept.bytes },
      lasting: () =>
        JSON.stringify([
          kept.bytes && hexOf(kept.bytes),
          documents.state().floors?.map((floor) => floor && [hexOf(floor.scope), floor.value]),
        ]),
    }
  }
  return start()
}

/** Says hello and takes an order of this time, so that the cycle has a time. */
export function greet(terminal: Terminal, over: Partial<Order> = {}): Terminal {
  const code = codeOf(terminal.trust.acceptOrder(sealedOrder(over), NONCE, 0))
  expect(code, 'the order is taken').toBe(CODE.ok)
  return terminal
}

export const codeOf = (result: object | Code): Code => (typeof result === 'number' ? result : CODE.ok)
export const nameOf = (code: Code): string =>
  Object.entries(CODE).find(([, number]) => number === code)?.[0] ?? `${code}`

/** TUF's list of attacks (specification 1.0.34, 1.5.2) and ours behind it. */
// biome-ignore format: one row an attack
export const ATTACKS = {
  T01: 'arbitrary installation',
  T02: 'endless data',
  T03: 'extraneous document',
  T04: 'fast-forward',
  T05: 'rollback',
  T06: 'indefinite freeze',
  T07: 'malicious mirror',
  T08: 'mix-and-match',
  T09: 'wrong software',
  T10: 'slow retrieval',
  T11: 'key compromise',
  T12: 'key rotation',
  T13: "another terminal's document",
  T14: 'wrong nonce',
  T15: 'malleated signature',
  T16: 'small-order key',
  T17: 'duplicate key id',
  T18: 'duplicate key under two ids',
  T19: 'same signature twice',
  T20: 'oversize lengths',
  T21: 'role confusion',
  T22: 're-encoded document',
  T23: 'truncation',
  T24: 'bit flips',
} as const
export type Attack = keyof typeof ATTACKS

/** The attacks on one role: each is a test, or `elsewhere` says who stops it; all of the list must be there. */
export function attacksOn(role: Exclude<Role, 'report'>) {
  const seen = new Map<Attack, string>()
  afterAll(() => {
    expect(Object.keys(ATTACKS).filter((attack) => !seen.has(attack as Attack))).toEqual([])
  })
  return {
    attack(number: Attack, what: string, result: string, run: () => void): void {
      seen.set(number, what)
      it(`${number} ${ATTACKS[number]}, ${role}: ${what} → ${result}`, run)
    },
    /** Not to be stopped where documents are checked. */
    elsewhere(number: Attack, who: string): void {
      seen.set(number, who)
    },
  }
}
