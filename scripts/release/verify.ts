import { createHash } from 'node:crypto'
import type { ReleaseFile, RootFile, SignedFile } from '../../host-link/tms/release-file.ts'
import { type RootDocument, same } from '../../host-link/wire/tms/root.ts'
import { unpack } from '../../terminal/update/unpack.ts'
import { timeText } from './dates.ts'
import { kidOf } from './key-file.ts'
import { type Progress, progressOf, strangersOf } from './signed-file.ts'

/** One thing that was looked at; `good` false: why it is not. */
export interface Finding {
  readonly good: boolean
  readonly text: string
}

export interface RootAt {
  readonly path: string
  readonly file: SignedFile
  readonly root: RootFile
}

/** Whether each root is right by the one before it and by itself; the first is believed where its own keys have signed it. */
export function rootFindings(roots: readonly RootAt[], at: number): Finding[] {
  const findings: Finding[] = []
  const say = (good: boolean, text: string) => findings.push({ good, text })
  roots.forEach(({ path, file, root: { root } }, place) => {
    const before = roots[place - 1]?.root.root
    const strange = root.keys.find(({ kid, key }) => !same(kidOf(key), kid))
    if (strange !== undefined) say(false, `${path}: a key has the name of another`)
    if (before !== undefined) {
      if (root.seq !== before.seq + 1)
        say(false, `${path}: it is root ${root.seq}; after root ${before.seq} comes ${before.seq + 1}`)
      if (root.tenant !== before.tenant) say(false, `${path}: of tenant ${root.tenant}, not ${before.tenant}`)
      if (root.counterFloor < before.counterFloor)
        say(false, `${path}: its counter floor ${root.counterFloor} is below ${before.counterFloor}`)
      findings.push(...signedFindings(`${path} by root ${before.seq}`, progressOf(file, before)))
    }
    findings.push(...signedFindings(`${path} by its own keys`, progressOf(file, root)))
    findings.push(
      ...strangerFindings(path, strangersOf(file, before === undefined ? [root] : [root, before])),
    )
    if (place === roots.length - 1) say(root.expires > at, `${path}: good until ${timeText(root.expires)}`)
  })
  return findings
}

/** Whether terminals of this root take the release at that time, apart from what only a terminal knows. */
export function releaseFindings(
  path: string,
  file: SignedFile,
  release: ReleaseFile,
  root: RootDocument,
  at: number,
): Finding[] {
  const { manifest } = release
  const { tenant, counter, expires, created } = manifest
  const floor = root.counterFloor
  return [
    { good: tenant === root.tenant, text: `${path}: of tenant ${tenant}; the root is of ${root.tenant}` },
    { good: counter >= floor, text: `${path}: counter ${counter}; the root wants ${floor} at least` },
    { good: expires > at && expires > created, text: `${path}: good until ${timeText(expires)}` },
    ...modelFindings(path, manifest.models, progressOf(file, root)),
    ...strangerFindings(path, strangersOf(file, [root])),
  ]
}

/** A model is served where one entry that is for it has all its signatures. */
function modelFindings(path: string, models: readonly string[], entries: readonly Progress[]): Finding[] {
  if (entries.every(({ prefixes }) => prefixes.length === 0)) return signedFindings(path, entries)
  return models.flatMap((model) => {
    const own = entries.filter(
      ({ prefixes }) => prefixes.length === 0 || prefixes.some((prefix) => model.startsWith(prefix)),
    )
    if (own.length === 0) return [{ good: false, text: `${path}: no key of the root signs for ${model}` }]
    return signedFindings(`${path} for ${model}`, own)
  })
}

function signedFindings(what: string, entries: readonly Progress[]): Finding[] {
  const done = entries.find(({ signed, threshold }) => signed.length >= threshold)
  const text = (done === undefined ? entries : [done])
    .map(({ signed, threshold, missing }) => {
      const by = signed.length === 0 ? '' : ` (${hexes(signed)})`
      const wanted =
        signed.length >= threshold ? '' : `; ${threshold - signed.length} more of ${hexes(missing)}`
      return `${signed.length} of ${threshold} signatures${by}${wanted}`
    })
    .join(', or ')
  return [{ good: done !== undefined, text: `${what}: ${text}` }]
}

/** A signature that counts for nothing harms nobody on a terminal; here it is a mistake that somebody should know of. */
function strangerFindings(path: string, strangers: readonly Uint8Array[]): Finding[] {
  return strangers.map((kid) => ({
    good: false,
    text: `${path}: the signature of ${hexes([kid])} is wrong, or by a key that the root does not have`,
  }))
}

/** Unpacks each payload as a terminal does. `bases`: programs at hand, for the deltas. */
export async function payloadFindings(
  path: string,
  release: ReleaseFile,
  bases: readonly Uint8Array[],
): Promise<Finding[]> {
  const { program, components, payloads } = release.manifest
  const findings: Finding[] = []
  if (!payloads.some(({ base }) => base === null))
    findings.push({ good: false, text: `${path}: no payload in full, for terminals that have no base` })
  for (const { row, bytes } of release.payloads) {
    const { base } = row
    const from = base === null ? new Uint8Array(0) : bases.find((each) => same(sha256(each), base))
    const what = base === null ? 'the payload in full' : `the delta from ${hexes([base.subarray(0, 8)])}`
    if (from === undefined) {
      findings.push({ good: true, text: `${path}: ${what} not unpacked: --base gives its program` })
      continue
    }
    const made = await unpacked(bytes, from, program.length)
    const right = made !== undefined && same(sha256(made), program.hash)
    findings.push({ good: right, text: `${path}: ${what} ${right ? 'gives' : 'does not give'} the program` })
    if (made === undefined || base !== null) continue
    let at = 0
    const wrong = components.find(({ length, hash }) => {
      const piece = made.subarray(at, at + length)
      at += length
      return piece.length !== length || !same(sha256(piece), hash)
    })
    if (wrong !== undefined || at !== made.length)
      findings.push({ good: false, text: `${path}: component ${wrong?.name ?? 'the last'} is not as listed` })
  }
  return findings
}

/** What a terminal makes of a payload; undefined where it refuses. */
export async function unpacked(
  payload: Uint8Array,
  base: Uint8Array,
  length: number,
): Promise<Uint8Array | undefined> {
  const readable = (bytes: Uint8Array) => ({
    length: bytes.length,
    read: (offset: number, count: number) => bytes.subarray(offset, offset + count),
  })
  const chunks: Uint8Array[] = []
  const sink = { write: (bytes: Uint8Array) => chunks.push(bytes.slice()) > 0 }
  const { kind } = await unpack(readable(payload), readable(base), sink, () => Promise.resolve(), length)
  return kind === 'unpacked' ? Uint8Array.from(Buffer.concat(chunks)) : undefined
}

export const sha256 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(bytes).digest())

/** Kids and hashes for people: lower-case hex. */
export const hexes = (list: readonly Uint8Array[]): string =>
  list.map((each) => Buffer.from(each).toString('hex')).join(', ')
