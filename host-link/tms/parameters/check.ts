import { parameterFault, parameterRow } from '../../../terminal/parameter/table.ts'
import type { LayerContent, LayerFinding, LayerName } from '../api-parameters.ts'
import { finding } from './finding.ts'
import { type Layer, layerText, rankOf } from './layer.ts'
import { builtInVariables, VARIABLE_LENGTH_MAX, VARIABLE_NAME, variablesIn } from './variables.ts'

const VALUES_MAX = 500
const VARIABLES_MAX = 100

/**
 * What is wrong with a layer as it would be saved, by itself and against the layers above it. `above`: all published
 * layers that stand above this one at any terminal. `known`: names of variables that some layer gives.
 */
export function checkLayer(
  layer: LayerName,
  content: LayerContent,
  above: readonly Layer[],
  known: ReadonlySet<string>,
): readonly LayerFinding[] {
  const { values, locks, variables } = content
  const found: LayerFinding[] = []
  if (Object.keys(values).length > VALUES_MAX)
    found.push(finding(layer, '', 'size', `${VALUES_MAX} parameters at most`))
  if (Object.keys(variables).length > VARIABLES_MAX)
    found.push(finding(layer, '', 'size', `${VARIABLES_MAX} variables at most`))
  for (const [name, variable] of Object.entries(variables))
    found.push(...variableFindings(layer, name, variable))
  const names = new Set([...known, ...Object.keys(variables), ...Object.keys(builtInVariables)])
  for (const key of Object.keys(values)) found.push(...valueFindings(layer, key, content, above, names))
  for (const key of locks)
    if (!Object.hasOwn(values, key)) found.push(finding(layer, key, 'lockWithoutValue', ''))
  return found
}

function valueFindings(
  layer: LayerName,
  key: string,
  { values }: LayerContent,
  above: readonly Layer[],
  names: ReadonlySet<string>,
): LayerFinding[] {
  const value = values[key]
  if (parameterRow(key) === undefined || value === undefined) return [finding(layer, key, 'unknown', '')]
  const found: LayerFinding[] = []
  const lock = lockAbove(layer, key, above)
  if (lock !== undefined) found.push(finding(layer, key, 'locked', layerText(lock.layer)))
  const used = variablesIn(value)
  const missing = used.find((name) => !names.has(name))
  if (missing !== undefined) found.push(finding(layer, key, 'variable', `#{${missing}}`))
  // What variables make of it is known at each terminal: `effectiveOf` judges that.
  const wants = used.length === 0 ? parameterFault(key, value) : undefined
  if (wants !== undefined) found.push(finding(layer, key, 'value', wants))
  return found
}

/** The widest layer above that has locked the key. */
export function lockAbove(layer: LayerName, key: string, above: readonly Layer[]): Layer | undefined {
  return [...above]
    .sort((a, b) => rankOf(a.layer) - rankOf(b.layer))
    .find((upper) => rankOf(upper.layer) < rankOf(layer) && upper.content.locks.includes(key))
}

function variableFindings(
  layer: LayerName,
  name: string,
  { value }: LayerContent['variables'][string],
): LayerFinding[] {
  const at = `#{${name.slice(0, 32)}}`
  if (!VARIABLE_NAME.test(name))
    return [finding(layer, at, 'name', 'a letter, then letters and digits, 32 at most')]
  if (Object.hasOwn(builtInVariables, name)) return [finding(layer, at, 'name', 'it is built in')]
  return value.length > VARIABLE_LENGTH_MAX
    ? [finding(layer, at, 'size', `${VARIABLE_LENGTH_MAX} characters at most`)]
    : []
}
