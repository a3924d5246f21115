import type { LayerContent, LayerFinding, LayerName } from '../api-parameters.ts'
import { checkLayer } from '../parameters/check.ts'
import { setValues } from '../parameters/document.ts'
import { effectiveOf } from '../parameters/effective.ts'
import { type Layer, layerFilter, layersOf, layerText } from '../parameters/layer.ts'
import { byLayer, terminalsOf } from './api-documents.ts'
import type { Face } from './api-face.ts'
import { publishedLayers, type StoredLayer } from './api-layer-store.ts'

const FINDINGS_MAX = 50
const EXAMPLES_MAX = 5

/** What a content would do if it were published as this layer. */
export interface LayerEffect {
  /** With any of them it is not saved. */
  readonly findings: readonly LayerFinding[]
  /** Values of layers below that its locks put out of force. */
  readonly flags: readonly LayerFinding[]
  readonly terminals: number
  readonly changed: number
  readonly examples: readonly string[]
}

/**
 * Judges a content by itself, against the layers above it, and at every terminal of the layer. `effective`: Unix seconds from
 * which it is to count.
 */
export async function effectOf(
  face: Face,
  layer: LayerName,
  content: LayerContent,
  effective: number,
): Promise<LayerEffect> {
  const published = await publishedLayers(face.query)
  const layers = byLayer(published)
  const at = Math.max(face.now, effective)
  const above = new Map<string, readonly Layer[]>()
  const found = new Collected()
  const known = new Set(published.flatMap((one) => Object.keys(one.content.variables)))
  const judged: { serial: string; changed: boolean }[] = []
  for await (const terminal of terminalsOf(face, { filter: layerFilter(layer) })) {
    if (terminal.status === 'retired') continue
    const names = layersOf(terminal).map(layerText)
    for (const name of names.slice(0, names.indexOf(layerText(layer))))
      above.set(name, layers.get(name) ?? [])
    const own = names.flatMap((name) => layers.get(name) ?? [])
    const others = own.filter((one) => layerText(one.layer) !== layerText(layer))
    const wanted = effectiveOf(terminal, [...others, { layer, version: 1, content, effective: 0 }], at)
    const before = effectiveOf(terminal, own, at)
    for (const one of wanted.findings) found.finding(one)
    for (const one of wanted.flags) found.flag(one)
    judged.push({ serial: terminal.serial, changed: !sameValues(setValues(before), setValues(wanted)) })
  }
  const parents = parentsOf(layer).flatMap((name) => layers.get(layerText(name)) ?? [])
  for (const one of checkLayer(layer, content, [...parents, ...[...above.values()].flat()], known))
    found.finding(one)
  const changed = judged.filter((one) => one.changed)
  return {
    findings: found.findings(),
    flags: found.flags().filter((flag) => layerText(flag.layer) !== layerText(layer)),
    terminals: judged.length,
    changed: changed.length,
    examples: changed.slice(0, EXAMPLES_MAX).map(({ serial }) => serial),
  }
}

/** The layers that stand above a layer whatever its terminals are, also where it has none yet. */
function parentsOf({ kind, name }: LayerName): readonly LayerName[] {
  const product: LayerName = { kind: 'product', name: '' }
  if (kind === 'product') return []
  const [merchant = ''] = name.split('/')
  return kind === 'store' ? [product, { kind: 'merchant', name: merchant }] : [product]
}

/** Each once: a thousand terminals find the same. */
class Collected {
  readonly #findings = new Map<string, LayerFinding>()
  readonly #flags = new Map<string, LayerFinding>()
  finding(one: LayerFinding): void {
    if (this.#findings.size < FINDINGS_MAX) this.#findings.set(one.en, one)
  }
  flag(one: LayerFinding): void {
    if (this.#flags.size < FINDINGS_MAX) this.#flags.set(one.en, one)
  }
  findings(): readonly LayerFinding[] {
    return [...this.#findings.values()]
  }
  flags(): readonly LayerFinding[] {
    return [...this.#flags.values()]
  }
}

function sameValues(
  a: ReadonlyMap<number, number | string>,
  b: ReadonlyMap<number, number | string>,
): boolean {
  return a.size === b.size && [...a].every(([number, value]) => b.get(number) === value)
}

/** The version that counts now, or the newest that will. */
export function currentOf(versions: readonly StoredLayer[], now: number): StoredLayer | undefined {
  const published = versions.filter(({ state }) => state === 'published')
  return published.find(({ effective }) => effective <= now) ?? published[0]
}
