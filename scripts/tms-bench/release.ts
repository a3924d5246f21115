import { createHash, randomBytes } from 'node:crypto'
import { signerOf } from '../../host-link/tms/node/signers.ts'
import { indexOf } from '../../host-link/tms/payload.ts'
import type { NewRelease } from '../../host-link/tms/store.ts'
import { sealEnvelope } from '../../host-link/wire/tms/envelope.ts'
import { encodeRelease } from '../../host-link/wire/tms/release.ts'
import { benchSeed } from './keys.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => Uint8Array.from(createHash('sha256').update(bytes).digest())
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A release whose payload is `bytes` random bytes: nothing of it can be packed. */
export function benchRelease(tenant: string, version: string, bytes: number): NewRelease {
  const payload = Uint8Array.from(randomBytes(bytes))
  const index = indexOf(payload, sha256)
  const program = sha256(payload)
  const signer = signerOf(benchSeed('program'))
  const document = encodeRelease({
    ...{ tenant, seq: 1, created: 1, expires: 4_000_000_000, version, counter: 1, models: ['A8'] },
    ...{ runtime: { min: 1, max: 1 }, parameterSchema: { min: 1, max: 1 } },
    journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
    components: [{ name: 'main', length: bytes, hash: program }],
    program: { length: bytes, hash: program },
    payloads: [{ base: null, size: bytes, index: sha256(index) }],
    flash: bytes,
    policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
    ...{ notice: { zh: '', en: '' }, required: [] },
  })
  const envelope = sealEnvelope('program', document, [signer])
  const manifest = hex(sha256(envelope))
  return {
    objects: [envelope, index, payload].map((one) => ({ hash: hex(sha256(one)), bytes: one })),
    release: {
      ...{
        version,
        manifest,
        manifestSize: envelope.length,
        seq: 1,
        counter: 1,
        models: ['A8'],
        program: hex(program),
      },
      ...{
        programLength: bytes,
        payloads: [{ base: '', size: bytes }],
        signers: [hex(signer.kid)],
        expires: 4_000_000_000,
      },
      ...{ noticeZh: '', noticeEn: '', uploadedBy: 'bench', uploadedAt: 1 },
    },
  }
}
