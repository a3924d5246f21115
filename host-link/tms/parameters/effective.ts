import { parameterFault, parameterNames, parameterRow } from '../../../terminal/parameter/table.ts'
import type { LayerFinding, ParameterValue } from '../api-parameters.ts'
import { finding } from './finding.ts'
import { type Layer, layersOf, layerText, type TerminalFacts } from './layer.ts'
import { layersAt, type Merged, type MergedLayers, merge } from './merge.ts'
import { substitute } from './variables.ts'

/** One key of one terminal, with the variables put in. */
export interface EffectiveKey {
  readonly merged: Merged
  readonly number: number
  readonly value: ParameterValue
  readonly secret: boolean
  readonly variables: readonly string[]
}

/** 生效参数 of one terminal. With any `findings` no document is made. `flags`: values that a lock above has put out of force. */
export interface Effective {
  readonly keys: readonly EffectiveKey[]
  readonly merged: MergedLayers
  readonly findings: readonly LayerFinding[]
  readonly flags: readonly LayerFinding[]
}

/** What the published layers give a terminal at a time (Unix seconds). Keys come in the order of the table. */
export function effectiveOf(terminal: TerminalFacts, published: readonly Layer[], now: number): Effective {
  const chain = new Set(layersOf(terminal).map(layerText))
  const merged = merge(
    layersAt(
      published.filter(({ layer }) => chain.has(layerText(layer))),
      now,
    ),
  )
  const keys: EffectiveKey[] = []
  const findings: LayerFinding[] = []
  const flags: LayerFinding[] = []
  for (const name of inTableOrder(merged)) {
    const one = merged.keys.get(name)
    if (one === undefined) continue
    flags.push(...flagsOf(one))
    const put = withVariables(one, terminal, merged)
    if ('finding' in put) findings.push(put.finding)
    else keys.push(put)
  }
  return { keys, merged, findings, flags }
}

/** A key that the table no longer knows comes last, and is a finding. */
function inTableOrder({ keys }: MergedLayers): readonly string[] {
  const known = parameterNames.filter((name) => keys.has(name))
  return [...known, ...[...keys.keys()].filter((name) => parameterRow(name) === undefined)]
}

function flagsOf({ key, overrides, lockedBy }: Merged): LayerFinding[] {
  if (lockedBy === undefined) return []
  return overrides
    .filter(({ locked }) => locked)
    .map(({ from }) => finding(from.layer, key, 'flagged', layerText(lockedBy)))
}

function withVariables(
  merged: Merged,
  terminal: TerminalFacts,
  { variables }: MergedLayers,
): EffectiveKey | { readonly finding: LayerFinding } {
  const { key, from } = merged
  const row = parameterRow(key)
  if (row === undefined) return { finding: finding(from.layer, key, 'unknown', '') }
  const put = typeof merged.value === 'string' ? substitute(merged.value, terminal, variables) : undefined
  if (put?.missing !== undefined)
    return { finding: finding(from.layer, key, 'variable', `#{${put.missing}}, ${terminal.serial}`) }
  const value = put === undefined || put.used.length === 0 ? merged.value : typed(row.kind.type, put.text)
  const wants = parameterFault(key, value)
  if (wants !== undefined) return { finding: finding(from.layer, key, 'value', wants) }
  const { secret, used } = put ?? { secret: false, used: [] }
  return { merged, number: row.number, value, secret, variables: used }
}

/** What a variable gives is text; a number or a flag is written in it. */
function typed(kind: 'flag' | 'count' | 'choice' | 'text', text: string): ParameterValue {
  if (kind === 'count' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
