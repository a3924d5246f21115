import type { LayerContent, ParameterRow, ParameterValue, Variable } from '../api-parameters.ts'

export const EMPTY_CONTENT: LayerContent = { values: {}, locks: [], variables: {} }

/** A content with one key given another value; undefined takes the key out, and its lock with it. */
export function withValue(
  content: LayerContent,
  key: string,
  value: ParameterValue | undefined,
): LayerContent {
  const { [key]: _, ...others } = content.values
  if (value === undefined)
    return { ...content, values: others, locks: content.locks.filter((one) => one !== key) }
  return { ...content, values: { ...content.values, [key]: value } }
}

export function withLock(content: LayerContent, key: string, locked: boolean): LayerContent {
  const others = content.locks.filter((one) => one !== key)
  return { ...content, locks: locked ? [...others, key] : others }
}

/** A variable set, or taken out where it is undefined. */
export function withVariable(
  content: LayerContent,
  name: string,
  variable: Variable | undefined,
): LayerContent {
  const { [name]: _, ...others } = content.variables
  return { ...content, variables: variable === undefined ? others : { ...others, [name]: variable } }
}

/** Whether two contents say the same, however they are ordered. */
export function sameContent(a: LayerContent, b: LayerContent): boolean {
  return ordered(a) === ordered(b)
}

function ordered({ values, locks, variables }: LayerContent): string {
  const sorted = (entries: readonly (readonly [string, unknown])[]) =>
    [...entries].sort(([x], [y]) => (x < y ? -1 : 1))
  return JSON.stringify([
    sorted(Object.entries(values)),
    [...locks].sort(),
    sorted(Object.entries(variables).map(([name, { kind, value }]) => [name, [kind, value]] as const)),
  ])
}

/** What was typed for a key. What is no number stays text: the service says so, and nobody's input is bent. */
export function typedValue({ type }: Pick<ParameterRow, 'type'>, text: string): ParameterValue {
  if (type === 'flag') return text === 'true'
  if (type === 'count' && /^-?\d{1,15}$/.test(text.trim())) return Number(text)
  return text
}

/** `1–60`, `zh en`, `≤ 40`: what a key takes. */
export function rangeText({ type, min, max, choices, lengthMax }: ParameterRow): string {
  switch (type) {
    case 'count':
      return `${min ?? ''}–${max ?? ''}`
    case 'choice':
      return (choices ?? []).join(' ')
    case 'text':
      return lengthMax === undefined ? '' : `≤ ${lengthMax}`
    case 'flag':
      return ''
  }
}
