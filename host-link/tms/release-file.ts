import { sha256 } from '@noble/hashes/sha2.js'
import { type CborValue, decodeCbor, encodeCbor } from '../wire/cbor.ts'
import { WireError } from '../wire/message.ts'
import { type EnvelopeSignature, readEnvelope, signedBytes, writeEnvelope } from '../wire/tms/envelope.ts'
import { decodeRelease, MANIFEST_BYTES_MAX, type Payload, type ReleaseManifest } from '../wire/tms/release.ts'
import { decodeRoot, ROOT_BYTES_MAX, type RootDocument, rising, same } from '../wire/tms/root.ts'
import { indexOf } from './payload.ts'

/**
 * A document on its way from signer to signer, with what belongs to it (docs/download.md): CBOR
 * `[1, role, document, [[kid, signature]…], [object…]]`. Each signer adds one signature; the objects are the payloads.
 */
export interface SignedFile {
  readonly role: 'root' | 'program'
  /** What the signatures cover: a RootDocument or ReleaseManifest in CBOR. */
  readonly document: Uint8Array
  /** In rising order of their kid. */
  readonly signatures: readonly EnvelopeSignature[]
  /** Payloads of a release, in the order of its manifest; none of a root. */
  readonly objects: readonly Uint8Array[]
}

/** A release file, whole in itself: every payload has the size and the index that the manifest says. */
export interface ReleaseFile {
  /** The manifest with its signatures, as terminals get it; undefined before the first signature. */
  readonly envelope: Uint8Array | undefined
  readonly manifest: ReleaseManifest
  readonly signatures: readonly EnvelopeSignature[]
  /** What terminals fetch, by its SHA-256 in lower-case hex: envelope, indexes and payloads. */
  readonly objects: ReadonlyMap<string, Uint8Array>
  /** Payload and index of each row of the manifest's `payloads`. */
  readonly payloads: readonly ReleasePayload[]
}

export interface ReleasePayload {
  readonly row: Payload
  readonly bytes: Uint8Array
  readonly index: Uint8Array
}

export interface RootFile {
  /** As terminals get it; undefined before the first signature. */
  readonly envelope: Uint8Array | undefined
  readonly root: RootDocument
  readonly signatures: readonly EnvelopeSignature[]
}

export const RELEASE_FILE_BYTES_MAX = 16_777_216
const FORMAT = 1
const OBJECTS_MAX = 32

/** The file of these bytes. Throws a WireError. */
export function readSignedFile(bytes: Uint8Array): SignedFile {
  const value = decodeCbor(bytes, { bytes: RELEASE_FILE_BYTES_MAX, depth: 3 })
  if (!Array.isArray(value) || value.length !== 5 || value[0] !== FORMAT)
    bad('file', 'no release or root file')
  const [, role, document, signed, objects] = value as readonly CborValue[]
  if (role !== 'root' && role !== 'program') bad('file.role', 'wants root or program')
  if (!(document instanceof Uint8Array)) bad('file.document', 'wants bytes')
  if (!Array.isArray(signed)) bad('file.signatures', 'wants a list')
  const signatures = signed.map((one: CborValue, at) => {
    const [kid, signature] = Array.isArray(one) && one.length === 2 ? (one as readonly CborValue[]) : []
    if (
      !(
        kid instanceof Uint8Array &&
        kid.length === 8 &&
        signature instanceof Uint8Array &&
        signature.length === 64
      )
    )
      bad(`file.signatures.${at}`, 'wants kid and signature')
    return { kid, signature }
  })
  if (!rising(signatures.map(({ kid }) => kid))) bad('file.signatures', 'wants rising kids, each once')
  if (
    !Array.isArray(objects) ||
    objects.length > OBJECTS_MAX ||
    !objects.every((one) => one instanceof Uint8Array)
  )
    bad('file.objects', `wants at most ${OBJECTS_MAX} byte strings`)
  return { role, document, signatures, objects: objects as readonly Uint8Array[] }
}

export function writeSignedFile({ role, document, signatures, objects }: SignedFile): Uint8Array {
  const sorted = [...signatures].sort((a, b) => (rising([a.kid, b.kid]) ? -1 : 1))
  const parts = [
    encodeCbor([FORMAT, role, document, sorted.map(({ kid, signature }) => [kid, signature])]).subarray(1),
    encodeCbor([...objects]),
  ]
  return Uint8Array.from([0x85, ...(parts[0] ?? []), ...(parts[1] ?? [])]) // one array of five
}

/** The release of these bytes, checked in itself; its signatures are the caller's to check. Throws a WireError. */
export function readReleaseFile(bytes: Uint8Array): ReleaseFile {
  const file = readSignedFile(bytes)
  if (file.role !== 'program') bad('file.role', 'a root, no release')
  return releaseOf(file)
}

export function releaseOf(file: SignedFile): ReleaseFile {
  const manifest = decodeRelease(file.document)
  if (manifest.payloads.length !== file.objects.length)
    bad('file.objects', `wants the ${manifest.payloads.length} payloads of the manifest`)
  const objects = new Map<string, Uint8Array>()
  const payloads = manifest.payloads.map((row, at) => {
    const payload = file.objects[at] ?? new Uint8Array(0)
    const index = indexOf(payload, sha256)
    if (payload.length !== row.size || !same(sha256(index), row.index))
      bad(`file.objects.${at}`, 'not the payload of the manifest')
    objects.set(nameOf(payload), payload).set(nameOf(index), index)
    return { row, bytes: payload, index }
  })
  const envelope = envelopeOf(file, MANIFEST_BYTES_MAX)
  if (envelope !== undefined) objects.set(nameOf(envelope), envelope)
  return { envelope, manifest, signatures: file.signatures, objects, payloads }
}

/** The root of these bytes; its signatures are the caller's to check. Throws a WireError. */
export function readRootFile(bytes: Uint8Array): RootFile {
  const file = readSignedFile(bytes)
  if (file.role !== 'root') bad('file.role', 'a release, no root')
  return rootOf(file)
}

export function rootOf(file: SignedFile): RootFile {
  if (file.objects.length > 0) bad('file.objects', 'a root has none')
  const root = decodeRoot(file.document)
  return { root, envelope: envelopeOf(file, ROOT_BYTES_MAX), signatures: file.signatures }
}

/** What a signer of this file signs. */
export const bytesToSign = ({ role, document }: SignedFile): Uint8Array => signedBytes(role, document)

function envelopeOf({ document, signatures }: SignedFile, max: number): Uint8Array | undefined {
  if (signatures.length === 0) return undefined
  const envelope = writeEnvelope({ payload: document, signatures })
  readEnvelope(envelope, max) // what a terminal would not read is no envelope
  return envelope
}

/** Name of an object: its SHA-256 in lower-case hex. */
export function nameOf(bytes: Uint8Array): string {
  let name = ''
  for (const byte of sha256(bytes)) name += byte.toString(16).padStart(2, '0')
  return name
}

function bad(path: string, why: string): never {
  throw new WireError(path, 0, why)
}
