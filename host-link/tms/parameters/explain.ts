import { parameterNames, parameterRow } from '../../../terminal/parameter/table.ts'
import { type ExplainRow, MASKED, type ParameterValue } from '../api-parameters.ts'
import type { Effective, EffectiveKey } from './effective.ts'
import { shownValue } from './mask.ts'
import type { MergedLayers } from './merge.ts'
import { variablesIn } from './variables.ts'

/** What the terminal says of its parameters; undefined where it has said nothing. */
export interface ReportedParameters {
  /** Whether the set in use is the one that is wanted. */
  readonly current: boolean
  /** Keys that somebody changed at the terminal. */
  readonly drift: readonly string[]
}

/** 来源: each key of a terminal with its value, who gives it, who locked it and what it hides. Passwords are masked. */
export function explain(
  effective: Effective,
  reported: ReportedParameters | undefined,
): readonly ExplainRow[] {
  const given = new Map(effective.keys.map((key) => [key.merged.key, key]))
  return parameterNames.flatMap((name): ExplainRow[] => {
    const row = parameterRow(name)
    if (row === undefined) return []
    const { number, zh, en, emptyBatch, kind } = row
    const shown = { key: name, number, zh, en, emptyBatch, reported: reportedOf(name, reported) }
    const key = given.get(name)
    return key === undefined
      ? [{ ...shown, value: kind.initial, overrides: [], variables: [] }]
      : [{ ...shown, ...origin(key, effective.merged) }]
  })
}

function origin(key: EffectiveKey, layers: MergedLayers) {
  const { from, lockedBy, overrides } = key.merged
  return {
    value: shownValue(key),
    layer: from.layer,
    version: from.version,
    ...(lockedBy !== undefined && { lockedBy }),
    overrides: overrides.map(({ from: other, value, locked }) => ({
      layer: other.layer,
      value: hidden(value, layers),
      locked,
    })),
    variables: key.variables,
  }
}

/** A value that does not count is shown as it is written: a template, which has no password in it. */
function hidden(value: ParameterValue, { variables }: MergedLayers): ParameterValue {
  const secret = variablesIn(value).some((name) => variables.get(name)?.kind === 'password')
  return secret ? MASKED : value
}

function reportedOf(name: string, reported: ReportedParameters | undefined): ExplainRow['reported'] {
  if (reported === undefined) return 'unknown'
  if (reported.drift.includes(name)) return 'drift'
  return reported.current ? 'same' : 'waiting'
}
