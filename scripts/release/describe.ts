import type { ReleaseFile, SignedFile } from '../../host-link/tms/release-file.ts'
import { nameOf } from '../../host-link/tms/release-file.ts'
import type { ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { CLASSES } from './build.ts'
import { rootLines } from './commands.ts'
import { timeText } from './dates.ts'
import { loadFile, loadRelease } from './signed-file.ts'
import { hexes } from './verify.ts'

/** A release as JSON: times in Unix seconds, hashes in hex. */
export interface ReleaseView {
  readonly tenant: string
  readonly version: string
  readonly number: number
  readonly counter: number
  readonly created: number
  readonly expires: number
  readonly models: readonly string[]
  readonly runtime: ReleaseManifest['runtime']
  readonly parameterSchema: ReleaseManifest['parameterSchema']
  readonly journal: ReleaseManifest['journal']
  readonly policy: Omit<ReleaseManifest['policy'], 'class'> & { readonly class: string }
  readonly notice: ReleaseManifest['notice']
  readonly required: readonly string[]
  readonly flash: number
  readonly program: { readonly length: number; readonly hash: string }
  readonly components: readonly { readonly name: string; readonly length: number; readonly hash: string }[]
  readonly payloads: readonly { readonly base: string | null; readonly size: number }[]
  /** Kids of the signatures in the file, right or wrong: verify tells. */
  readonly signatures: readonly string[]
  /** SHA-256 of manifest and signatures, by which terminals ask for it; null before the first signature. */
  readonly object: string | null
  /** Against a base: names of the components. */
  readonly changes?: Changes
}

export interface Changes {
  readonly base: string
  readonly changed: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly same: number
}

export interface DescribeCommand {
  readonly base?: string
  readonly json?: boolean
}

/** `shuaka release describe`: what to print. Throws FileFault. */
export function releaseDescribe(path: string, { base, json }: DescribeCommand): string {
  const loaded = loadFile(path)
  if (loaded.kind === 'root') {
    const { root } = loaded.root
    if (json === true) return `${JSON.stringify(root, hexBytes, 2)}\n`
    return `${rootLines(root)}signed      ${signedBy(loaded.file)}\n`
  }
  const against = base === undefined ? undefined : loadRelease(base).release.manifest
  const view = viewOf(loaded.file, loaded.release, against)
  return json === true ? `${JSON.stringify(view, undefined, 2)}\n` : textOf(view)
}

function viewOf(file: SignedFile, { manifest, envelope }: ReleaseFile, base?: ReleaseManifest): ReleaseView {
  const { components, payloads, policy, seq: number, program, ...words } = manifest
  return {
    ...words,
    number,
    policy: { ...policy, class: CLASSES[policy.class] ?? String(policy.class) },
    program: { length: program.length, hash: hexes([program.hash]) },
    components: components.map(({ name, length, hash }) => ({ name, length, hash: hexes([hash]) })),
    payloads: payloads.map(({ base: from, size }) => ({ base: from && hexes([from]), size })),
    signatures: file.signatures.map(({ kid }) => hexes([kid])),
    object: envelope === undefined ? null : nameOf(envelope),
    ...(base && { changes: changesOf(manifest, base) }),
  }
}

function changesOf(manifest: ReleaseManifest, base: ReleaseManifest): Changes {
  const old = new Map(base.components.map(({ name, hash }) => [name, hexes([hash])]))
  const fresh = new Map(manifest.components.map(({ name, hash }) => [name, hexes([hash])]))
  const names = [...fresh.keys()]
  const changed = names.filter((name) => old.has(name) && old.get(name) !== fresh.get(name))
  return {
    base: base.version,
    changed,
    added: names.filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !fresh.has(name)),
    same: names.filter((name) => old.get(name) === fresh.get(name)).length,
  }
}

function textOf(view: ReleaseView): string {
  const { policy, journal, notice, changes } = view
  const when = [
    policy.earliest === 0 ? 'from now' : `from ${timeText(policy.earliest)}`,
    policy.deadline === 0 ? 'no deadline' : `until ${timeText(policy.deadline)}`,
    ...(policy.needsSettlement ? ['after settlement'] : []),
    policy.allowOpenBatch ? 'also with an open batch' : 'with an empty batch',
  ]
  const layouts = `reads ${journal.readsMin} to ${journal.readsMax}, writes ${journal.writes}`
  const rows: readonly (readonly [string, string])[] = [
    ['release', `${view.version}, number ${view.number}, counter ${view.counter}, of ${view.tenant}`],
    ['made', `${timeText(view.created)}, good until ${timeText(view.expires)}`],
    ['models', view.models.join(', ')],
    ['runtime', `${view.runtime.min} to ${view.runtime.max}`],
    ['schema', `parameters ${view.parameterSchema.min} to ${view.parameterSchema.max}`],
    ['journal', `${layouts}, ${journal.reversible ? 'can be undone' : 'cannot be undone'}`],
    ['requires', view.required.length === 0 ? 'any version' : `version ${view.required.join(' or ')}`],
    ['class', `${policy.class}: ${when.join(', ')}`],
    ['notice', notice.zh],
    ['', notice.en],
    ['program', `${view.program.length} bytes, ${view.program.hash}`],
    ...view.payloads.map(
      ({ base, size }) =>
        ['payload', `${size} bytes ${base === null ? 'in full' : `from ${base.slice(0, 16)}`}`] as const,
    ),
    ['signed', view.signatures.length === 0 ? 'by nobody' : view.signatures.join(', ')],
    ...(view.object === null ? [] : [['object', view.object] as const]),
    ...(changes === undefined ? componentRows(view) : changeRows(changes)),
  ]
  return rows.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join('')
}

const componentRows = ({ components }: ReleaseView): readonly (readonly [string, string])[] =>
  components.map(({ name, length }, at) => [at === 0 ? 'parts' : '', `${name}, ${length} bytes`])

function changeRows({
  base,
  changed,
  added,
  removed,
  same,
}: Changes): readonly (readonly [string, string])[] {
  return [
    [
      'against',
      `${base}: ${changed.length} changed, ${added.length} new, ${removed.length} gone, ${same} the same`,
    ],
    ...changed.map((name) => ['changed', name] as const),
    ...added.map((name) => ['new', name] as const),
    ...removed.map((name) => ['gone', name] as const),
  ]
}

const signedBy = ({ signatures }: SignedFile): string =>
  signatures.length === 0 ? 'by nobody' : hexes(signatures.map(({ kid }) => kid))

const hexBytes = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? hexes([value]) : value
