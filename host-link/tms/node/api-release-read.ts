import { ed25519Verify } from '../../../keys/ed25519.ts'
import { WireError } from '../../wire/message.ts'
import { countSigners, type Envelope, readEnvelope } from '../../wire/tms/envelope.ts'
import { MANIFEST_BYTES_MAX, type ReleaseManifest } from '../../wire/tms/release.ts'
import { decodeRoot, ROLE, ROOT_BYTES_MAX, type RootDocument, same } from '../../wire/tms/root.ts'
import { nameOf, type ReleaseFile, readReleaseFile } from '../release-file.ts'
import type { NewRelease } from '../store.ts'
import type { Face } from './api-face.ts'
import { ApiFault } from './api-input.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The newest root document that terminals may have. */
export async function newestRoot({ store, options }: Face): Promise<RootDocument> {
  const bytes = (await store.root())?.bytes ?? options.factoryRoot
  return decodeRoot(readEnvelope(bytes, ROOT_BYTES_MAX).payload)
}

export interface Judged {
  readonly signatures: readonly { readonly kid: string; readonly valid: boolean }[]
  readonly threshold: number
  /** Different keys that may sign it and did. */
  readonly signed: number
}

/** How far a manifest is signed by the keys that may sign for all of its models. */
export function judged(envelope: Envelope, manifest: ReleaseManifest, root: RootDocument): Judged {
  const entries = root.roles.filter(
    ({ role, prefixes }) =>
      role === ROLE.program &&
      (prefixes.length === 0 ||
        manifest.models.every((model) => prefixes.some((prefix) => model.startsWith(prefix)))),
  )
  const counts = entries.map(({ kids, threshold }) => {
    const keys = root.keys.filter(({ kid }) => kids.some((one) => same(one, kid)))
    return { keys, threshold, signed: countSigners(envelope, 'program', keys, ed25519Verify) }
  })
  const best = counts.sort((a, b) => b.signed - b.threshold - (a.signed - a.threshold))[0]
  const valid = (kid: Uint8Array): boolean =>
    best !== undefined &&
    countSigners(
      envelope,
      'program',
      best.keys.filter((key) => same(key.kid, kid)),
      ed25519Verify,
    ) === 1
  return {
    signatures: envelope.signatures.map(({ kid }) => ({ kid: hex(kid), valid: valid(kid) })),
    threshold: best?.threshold ?? 0,
    signed: best?.signed ?? 0,
  }
}

/** The release of an uploaded file, signed as terminals want it. Throws `ApiFault` that says what is wrong with it. */
export async function releaseOfFile(face: Face, file: ReleaseFile): Promise<NewRelease> {
  const { manifest, envelope, objects, payloads } = file
  const { tenant } = face.options
  if (envelope === undefined) throw new ApiFault('refused', 'The release is not signed.')
  if (manifest.tenant !== tenant)
    throw new ApiFault('refused', `The release is for the tenant ${manifest.tenant}, not ${tenant}.`)
  if (manifest.expires <= face.now) throw new ApiFault('refused', 'The release has expired.')
  const root = await newestRoot(face)
  if (manifest.counter < root.counterFloor)
    throw new ApiFault('refused', `Its counter ${manifest.counter} is below the floor ${root.counterFloor}.`)
  const { signatures, threshold, signed } = judged(readEnvelope(envelope, MANIFEST_BYTES_MAX), manifest, root)
  if (threshold === 0) throw new ApiFault('refused', 'No keys of the root may sign for its models.')
  if (signed < threshold)
    throw new ApiFault('refused', `It has ${signed} right signatures of the ${threshold} that are wanted.`)
  return {
    release: {
      ...{ version: manifest.version, manifest: nameOf(envelope), manifestSize: envelope.length },
      ...{ seq: manifest.seq, counter: manifest.counter, models: manifest.models, expires: manifest.expires },
      ...{ program: hex(manifest.program.hash), programLength: manifest.program.length },
      payloads: payloads.map(({ row }) => ({ base: row.base === null ? '' : hex(row.base), size: row.size })),
      signers: signatures.filter(({ valid }) => valid).map(({ kid }) => kid),
      ...{ noticeZh: manifest.notice.zh, noticeEn: manifest.notice.en },
      ...{ uploadedBy: face.who.name, uploadedAt: face.now },
    },
    objects: [...objects].map(([hash, bytes]) => ({ hash, bytes })),
  }
}

/** The file of these bytes. Throws `ApiFault` for what is none. */
export function releaseFileOf(bytes: Uint8Array): ReleaseFile {
  try {
    return readReleaseFile(bytes)
  } catch (error) {
    if (error instanceof WireError)
      throw new ApiFault('badInput', `The file is no release: ${error.message}.`, 'body')
    throw error
  }
}
