import { deflateRawSync, gzipSync } from 'node:zlib'
import { type Component, encodePayload, indexOf, programOf } from '../../host-link/tms/payload.ts'
import type { ReleaseFile, SignedFile } from '../../host-link/tms/release-file.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { encodeRelease, type Payload, type ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { CommandError } from '../command-error.ts'
import { hexes, sha256, unpacked } from './verify.ts'

/** A program that terminals have already, for a delta. */
export interface Base {
  /** What people call it: the version of its release, or the name of a file. */
  readonly name: string
  readonly program: Uint8Array
}

/** Sizes of a release, in bytes. */
export interface PackReport {
  readonly program: number
  readonly components: number
  /** Of the program, at level 9: what a download without deltas would be. */
  readonly gzip: number
  /** `base`: SHA-256 of the program it starts from, hex; null: in full. */
  readonly payloads: readonly { readonly base: string | null; readonly bytes: number }[]
}

/** The same zlib makes the same bytes; a payload made by another one makes the same program. */
export const deflate = (bytes: Uint8Array, dictionary?: Uint8Array): Uint8Array =>
  deflateRawSync(bytes, { level: 9, memLevel: 9, ...(dictionary && { dictionary }) })

/** What a manifest says that the program and its payloads do not say themselves. */
export type ManifestWords = Omit<ReleaseManifest, 'components' | 'program' | 'payloads' | 'flash'>

/** The release of a program in its components, without signatures: its payload in full. Throws CommandError for words that a manifest does not take. */
export function packRelease(words: ManifestWords, components: readonly Component[]): SignedFile {
  const program = programOf(components)
  const full = encodePayload(components, undefined, deflate)
  const document = encoded({
    ...words,
    components: components.map(({ name, bytes }) => ({ name, length: bytes.length, hash: sha256(bytes) })),
    program: { length: program.length, hash: sha256(program) },
    payloads: [rowOf(null, full)],
    flash: program.length,
  })
  return { role: 'program', document, signatures: [], objects: [full] }
}

/** The release with payloads from these bases more, before those in full. CommandError for a base that is there, or the program itself. */
export function withDeltas(
  file: SignedFile,
  manifest: ReleaseManifest,
  components: readonly Component[],
  bases: readonly Base[],
): SignedFile {
  const known = manifest.payloads.flatMap(({ base }) => (base === null ? [] : [hexes([base])]))
  const deltas = bases.map(({ name, program }) => {
    const base = sha256(program)
    const hex = hexes([base])
    if (known.includes(hex)) throw new CommandError(`release: there is a delta from ${name} already.`)
    if (hex === hexes([manifest.program.hash]))
      throw new CommandError(`release: the base ${name} is this very program; it needs no download.`)
    known.push(hex)
    const bytes = encodePayload(components, [{ name, bytes: program }], deflate)
    return { row: rowOf(base, bytes), bytes }
  })
  const document = encoded({ ...manifest, payloads: [...deltas.map(({ row }) => row), ...manifest.payloads] })
  return { ...file, document, objects: [...deltas.map(({ bytes }) => bytes), ...file.objects] }
}

const rowOf = (base: Uint8Array | null, bytes: Uint8Array): Payload => ({
  base,
  size: bytes.length,
  index: sha256(indexOf(bytes, sha256)),
})

/** Bytes of the payloads of a release, beside what gzip makes of its program. */
export function packReport(release: ReleaseFile, components: readonly Component[]): PackReport {
  const program = programOf(components)
  const sizes = release.payloads.map(({ row }) => ({ base: row.base, bytes: row.size }))
  return {
    program: program.length,
    components: components.length,
    gzip: gzipSync(program, { level: 9 }).length,
    payloads: sizes.map(({ base, bytes }) => ({ base: base && hexes([base]), bytes })),
  }
}

/** For a person: `what` names the bases. */
export function packLines(report: PackReport, names: ReadonlyMap<string, string>): string {
  const share = (bytes: number) => `${((100 * bytes) / report.gzip).toFixed(1)} % of gzip`
  const lines = [
    `program   ${report.program} bytes in ${report.components} components; gzip ${report.gzip}`,
    ...report.payloads.map(({ base, bytes }) => {
      const from = base === null ? 'in full' : `from ${names.get(base) ?? base.slice(0, 16)}`
      return `payload   ${bytes} bytes ${from}, ${share(bytes)}`
    }),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** The program of a release in its components, out of its payload in full. CommandError where it has none that is right. */
export async function componentsOfRelease(path: string, release: ReleaseFile): Promise<Component[]> {
  const { manifest, payloads } = release
  const full = payloads.find(({ row }) => row.base === null)
  const program = full && (await unpacked(full.bytes, new Uint8Array(0), manifest.program.length))
  if (program === undefined || hexes([sha256(program)]) !== hexes([manifest.program.hash]))
    throw new CommandError(`${path}: it has no payload in full that gives its program.`)
  let at = 0
  return manifest.components.map(({ name, length }) => {
    at += length
    return { name, bytes: program.subarray(at - length, at) }
  })
}

function encoded(manifest: ReleaseManifest): Uint8Array {
  try {
    return encodeRelease(manifest)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new CommandError(`release: ${error.path.replace(/^release\./, '')}: ${error.why}`)
  }
}
