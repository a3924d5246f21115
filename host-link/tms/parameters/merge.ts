import type { LayerName, ParameterValue, Variable } from '../api-parameters.ts'
import { type Layer, rankOf } from './layer.ts'

/** One key, as the layers together give it. */
export interface Merged {
  readonly key: string
  readonly value: ParameterValue
  readonly from: Layer
  /** The layer that locked the key; it is `from`. */
  readonly lockedBy?: LayerName
  /** Values that do not count, the nearest layer first. `locked`: given below the lock, so it never counts. */
  readonly overrides: readonly {
    readonly from: Layer
    readonly value: ParameterValue
    readonly locked: boolean
  }[]
}

export interface MergedLayers {
  readonly keys: ReadonlyMap<string, Merged>
  /** Variables, the last layer that gives one wins. */
  readonly variables: ReadonlyMap<string, Variable & { readonly from: Layer }>
}

/**
 * 合并: the last layer that gives a key wins. A key that a layer locks has that layer's value, whatever comes after it:
 * values below the lock are older than it and are kept in `overrides` with `locked`. Layers may come in any order.
 */
export function merge(layers: readonly Layer[]): MergedLayers {
  const keys = new Map<string, Merged>()
  const variables = new Map<string, Variable & { readonly from: Layer }>()
  const ordered = [...layers].sort((a, b) => rankOf(a.layer) - rankOf(b.layer))
  for (const from of ordered) {
    const { values, locks, variables: given } = from.content
    for (const [name, variable] of Object.entries(given)) variables.set(name, { ...variable, from })
    for (const [key, value] of Object.entries(values)) {
      const before = keys.get(key)
      if (before?.lockedBy !== undefined) {
        keys.set(key, { ...before, overrides: [{ from, value, locked: true }, ...before.overrides] })
        continue
      }
      const hidden = before
        ? [{ from: before.from, value: before.value, locked: false }, ...before.overrides]
        : []
      const lock = locks.includes(key) ? { lockedBy: from.layer } : {}
      keys.set(key, { key, value, from, ...lock, overrides: hidden })
    }
  }
  return { keys, variables }
}

/** The version of each layer that counts at a time: the newest whose time has come. */
export function layersAt(versions: readonly Layer[], now: number): readonly Layer[] {
  const best = new Map<string, Layer>()
  for (const version of versions) {
    const { kind, name } = version.layer
    const id = `${kind}:${name}`
    const before = best.get(id)
    if (version.effective <= now && (before === undefined || version.version > before.version))
      best.set(id, version)
  }
  return [...best.values()]
}
