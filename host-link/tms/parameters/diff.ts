import type { KeyChange, LayerContent, ParameterValue, Variable } from '../api-parameters.ts'
import { maskedContent } from './mask.ts'

/**
 * What changes from one content to another, in the order of the keys: values, locks, and variables as `#{name}`. Passwords
 * are masked: that one changed is told, what it is not.
 */
export function diffOf(before: LayerContent, after: LayerContent): readonly KeyChange[] {
  const changes: KeyChange[] = []
  for (const key of namesOf(before.values, after.values)) {
    const change = changeOf(key, before.values[key], after.values[key])
    if (change !== undefined) changes.push(change)
  }
  for (const key of [...new Set([...before.locks, ...after.locks])].sort()) {
    const [was, is] = [before.locks.includes(key), after.locks.includes(key)]
    if (was !== is) changes.push({ key, kind: is ? 'locked' : 'unlocked' })
  }
  const [hiddenBefore, hiddenAfter] = [maskedContent(before).variables, maskedContent(after).variables]
  for (const name of namesOf(before.variables, after.variables)) {
    if (same(before.variables[name], after.variables[name])) continue
    const change = changeOf(`#{${name}}`, hiddenBefore[name]?.value, hiddenAfter[name]?.value, true)
    if (change !== undefined) changes.push(change)
  }
  return changes
}

const namesOf = (before: object, after: object): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()

const same = (before: Variable | undefined, after: Variable | undefined): boolean =>
  before?.value === after?.value && before?.kind === after?.kind

function changeOf(
  key: string,
  before: ParameterValue | undefined,
  after: ParameterValue | undefined,
  differs = before !== after,
): KeyChange | undefined {
  if (!differs) return undefined
  if (before === undefined && after !== undefined) return { key, kind: 'added', after }
  if (after === undefined && before !== undefined) return { key, kind: 'removed', before }
  return before === undefined || after === undefined ? undefined : { key, kind: 'changed', before, after }
}
