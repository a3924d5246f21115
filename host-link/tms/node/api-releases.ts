import { readEnvelope } from '../../wire/tms/envelope.ts'
import { decodeRelease, MANIFEST_BYTES_MAX } from '../../wire/tms/release.ts'
import type { ReleaseDetail, ReleaseRow } from '../api-releases.ts'
import { mayApprove } from '../approval.ts'
import type { Release } from '../model.ts'
import { handsIn, noteHand } from './api-approvals.ts'
import { accepted, type Face, type Handlers, notFound, REASON_MAX } from './api-face.ts'
import { ApiFault, inputOf, numberOf } from './api-input.ts'
import { judged, newestRoot, releaseFileOf, releaseOfFile } from './api-release-read.ts'

type ReleaseCalls = 'releases' | 'release' | 'uploadRelease' | 'approveRelease' | 'withdrawRelease'
const CLASSES = ['normal', 'urgent', 'regulatory'] as const

/** 版本: upload, second person, withdrawal. */
export const releaseHandlers: Handlers<ReleaseCalls> = {
  releases: () => async (face) => {
    const running = await runningBy(face)
    return (await face.store.releases()).map((release) => rowOf(release, running))
  },

  release: ({ path }) => {
    const id = numberOf(path)
    return async (face) => detailOf(face, await releaseAt(face, id))
  },

  uploadRelease: ({ bytes }) => {
    const file = releaseFileOf(bytes)
    return async (face) => {
      const release = await releaseOfFile(face, file)
      const added = accepted(await face.store.addRelease(release))
      if (added.kind !== 'added') throw new Error('release: added and yet not there')
      const { version, manifest } = release.release
      await face.audit('releaseUploaded', `release ${added.id}`, { version, manifest })
      return detailOf(face, await releaseAt(face, added.id))
    }
  },

  approveRelease: ({ path, body }) => {
    const id = numberOf(path)
    const note = inputOf(body, ['note']).text('note', REASON_MAX, 0)
    return async (face) => {
      const release = await releaseAt(face, id)
      if (mayApprove(face.who, 'release', [release.uploadedBy], true) === 'ownWork')
        throw new ApiFault(
          'secondPerson',
          'Who uploaded a release cannot approve it: a second person is wanted.',
        )
      accepted(await face.store.approveRelease(id, face.who.name, face.now))
      await noteHand(face.query, `release ${id}`, face.who.name, 'approved', note, face.now)
      await face.audit('releaseApproved', `release ${id}`, {
        version: release.version,
        manifest: release.manifest,
        note,
      })
      return detailOf(face, await releaseAt(face, id))
    }
  },

  withdrawRelease: ({ path, body }) => {
    const id = numberOf(path)
    const reason = inputOf(body, ['reason']).text('reason', REASON_MAX)
    return async (face) => {
      const release = await releaseAt(face, id)
      accepted(await face.store.withdrawRelease(id, face.who.name, reason, face.now))
      await face.audit('releaseWithdrawn', `release ${id}`, { version: release.version, reason })
      face.wake()
      return detailOf(face, await releaseAt(face, id))
    }
  },
}

export async function releaseAt({ store }: Face, id: number): Promise<Release> {
  const release = await store.release(id)
  if (release === undefined) throw notFound('release')
  return release
}

/** How many terminals run each program, by the hash of its manifest. */
async function runningBy({ store }: Face): Promise<ReadonlyMap<string, number>> {
  return new Map((await store.spread('release', {})).map(({ value, count }) => [value, count]))
}

function rowOf(release: Release, running: ReadonlyMap<string, number>): ReleaseRow {
  const { id, manifest, version, seq, counter, models, state, uploadedBy, uploadedAt, expires } = release
  const { approvedBy, withdrawnBy, reason, programLength } = release
  return {
    ...{
      id,
      manifest,
      version,
      number: seq,
      counter,
      models,
      state,
      uploadedBy,
      uploadedAt,
      expires,
      reason,
    },
    programBytes: programLength,
    terminals: running.get(manifest) ?? 0,
    ...(approvedBy !== '' && { approvedBy }),
    ...(withdrawnBy !== '' && { withdrawnBy }),
  }
}

async function detailOf(face: Face, release: Release): Promise<ReleaseDetail> {
  // Straight from the table of objects: a draft's are not served, but people look at them.
  const [held] = await face.query.query('SELECT bytes FROM object WHERE hash = ?', [release.manifest])
  if (!(held?.[0] instanceof Uint8Array)) throw new Error(`release ${release.id}: its manifest is not there`)
  const envelope = readEnvelope(new Uint8Array(held[0]), MANIFEST_BYTES_MAX)
  const manifest = decodeRelease(envelope.payload)
  const { approvals } = await handsIn(face.query, `release ${release.id}`)
  const { policy } = manifest
  const names = new Map((await face.store.releases()).map(({ program, version }) => [program, version]))
  const { signatures, threshold } = judged(envelope, manifest, await newestRoot(face))
  return {
    row: rowOf(release, await runningBy(face)),
    manifestBytes: release.manifestSize,
    runtime: [manifest.runtime.min, manifest.runtime.max],
    parameterSchema: [manifest.parameterSchema.min, manifest.parameterSchema.max],
    journal: manifest.journal,
    components: manifest.components.map(({ name, length, hash }) => ({
      ...{ name, bytes: length, hash: Buffer.from(hash).toString('hex') },
    })),
    payloads: release.payloads.map(({ base, size }) => ({
      bytes: size,
      ...(base !== '' && { base }),
      ...(names.has(base) && { baseVersion: names.get(base) ?? '' }),
    })),
    policy: {
      class: CLASSES.find((_, at) => at === policy.class) ?? 'normal',
      ...(policy.earliest > 0 && { earliest: policy.earliest }),
      ...(policy.deadline > 0 && { deadline: policy.deadline }),
      needsSettlement: policy.needsSettlement,
      allowOpenBatch: policy.allowOpenBatch,
    },
    notice: manifest.notice,
    requiredVersions: manifest.required,
    ...{ signatures, threshold, approvals },
    mayApprove: mayApprove(face.who, 'release', [release.uploadedBy], release.state === 'draft'),
  }
}
