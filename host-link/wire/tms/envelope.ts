import { encodeCbor } from '../cbor.ts'
import type { DOCUMENT_TYPE } from './head.ts'
import { KID_BYTES, type RootKey, rising, same } from './root.ts'
import { binary, list, readShape, record, row, type Shape, where, writeShape } from './shape.ts'

/** Who signs: each document can be signed as its own kind only. */
export type Role = keyof typeof DOCUMENT_TYPE

/** COSE_Sign (RFC 9052, 4.1) without its tag, body headers empty: `[h'', {}, payload, [signature …]]`. */
export interface Envelope {
  readonly payload: Uint8Array
  /** In rising order of `kid`, so that none is there twice. */
  readonly signatures: readonly EnvelopeSignature[]
}
export interface EnvelopeSignature {
  /** First 8 bytes of the SHA-256 of the public key. */
  readonly kid: Uint8Array
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}

/** Whoever can sign: the key stays with it. */
export interface Signer {
  readonly kid: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** Ed25519 of RFC 8032; false for anything else. Must refuse S ≥ L and keys of small order. */
export type Verify = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean

export const SIGNATURES_MAX = 16
/** Protected header of each signature: {1: −8}, EdDSA (RFC 9053, 2.2). */
const EDDSA: readonly number[] = [0xa1, 0x01, 0x27]

interface Cose {
  readonly body: Uint8Array
  readonly headers: object
  readonly payload: Uint8Array
  readonly signatures: readonly CoseSignature[]
}
interface CoseSignature {
  readonly head: Uint8Array
  readonly headers: { readonly kid: Uint8Array }
  readonly signature: Uint8Array
}

const coseShape = (max: number): Shape<Cose> =>
  row<Cose>({
    body: [0, binary(0)],
    headers: [1, record<object>({})],
    payload: [2, binary(max, 1)],
    signatures: [
      3,
      where(
        list(
          row<CoseSignature>({
            head: [0, where(binary(3), (head) => same(head, EDDSA), 'EdDSA')],
            headers: [1, record<CoseSignature['headers']>({ kid: [4, binary(KID_BYTES)] })],
            signature: [2, binary(64)],
          }),
          SIGNATURES_MAX,
          1,
        ),
        (signatures) => rising(signatures.map(({ headers }) => headers.kid)),
        'rising kids',
      ),
    ],
  })

/** The envelope of these bytes, at most `max` of them. The payload is not looked at. Throws a WireError. */
export function readEnvelope(bytes: Uint8Array, max: number): Envelope {
  const { payload, signatures } = readShape(coseShape(max), 'envelope', bytes, max)
  return {
    payload,
    signatures: signatures.map(({ headers, signature }) => ({ kid: headers.kid, signature })),
  }
}

/** What a signature covers: RFC 9052, 4.4, `["Signature", h'', {1: −8}, "shuaka <role> 1", payload]`. */
export function signedBytes(role: Role, payload: Uint8Array): Uint8Array {
  const context = Uint8Array.from(`shuaka ${role} 1`, (character) => character.charCodeAt(0))
  return encodeCbor(['Signature', new Uint8Array(0), Uint8Array.from(EDDSA), context, payload])
}

/** The envelope with the signatures of all `signers`, each once. Throws a WireError. */
export function sealEnvelope(role: Role, payload: Uint8Array, signers: readonly Signer[]): Uint8Array {
  const bytes = signedBytes(role, payload)
  return writeEnvelope({
    payload,
    signatures: signers.map((signer) => ({ kid: signer.kid, signature: signer.sign(bytes) })),
  })
}

/** The bytes of an envelope, its signatures put in order. Throws a WireError. */
export function writeEnvelope({ payload, signatures }: Envelope): Uint8Array {
  const sorted = [...signatures].sort((a, b) => (rising([a.kid, b.kid]) ? -1 : 1))
  const cose: Cose = {
    body: new Uint8Array(0),
    headers: {},
    payload,
    signatures: sorted.map(({ kid, signature }) => ({
      head: Uint8Array.from(EDDSA),
      headers: { kid },
      signature,
    })),
  }
  return writeShape(coseShape(payload.length), 'envelope', cose, 65_536)
}

/**
 * Those of `keys` that have signed: different ids and different keys, never different signature bytes. A signature by any
 * other key counts for nothing, and costs nothing.
 */
export function signersOf(
  envelope: Envelope,
  role: Role,
  keys: readonly RootKey[],
  verify: Verify,
): readonly RootKey[] {
  const bytes = signedBytes(role, envelope.payload)
  const signers: RootKey[] = []
  for (const { kid, key } of keys) {
    const found = envelope.signatures.find((signature) => same(signature.kid, kid))
    if (found === undefined || signers.some((one) => same(one.kid, kid) || same(one.key, key))) continue
    if (verify(key, bytes, found.signature)) signers.push({ kid, key })
  }
  return signers
}

/** How many of `keys` have signed. */
export const countSigners = (
  envelope: Envelope,
  role: Role,
  keys: readonly RootKey[],
  verify: Verify,
): number => signersOf(envelope, role, keys, verify).length
