import { type LayerContent, MASKED, type ParameterValue } from '../api-parameters.ts'
import type { EffectiveKey } from './effective.ts'

/** A layer's content for eyes: passwords are masked. */
export function maskedContent(content: LayerContent): LayerContent {
  const variables: { [name: string]: LayerContent['variables'][string] } = {}
  for (const [name, variable] of Object.entries(content.variables))
    variables[name] = variable.kind === 'password' ? { ...variable, value: MASKED } : variable
  return { ...content, variables }
}

/** A content as somebody hands it back: a masked password is the one that is stored. A new one that is the mask is none. */
export function unmaskedContent(
  given: LayerContent,
  stored: readonly (LayerContent | undefined)[],
): LayerContent {
  const variables: { [name: string]: LayerContent['variables'][string] } = {}
  for (const [name, variable] of Object.entries(given.variables)) {
    const kept = stored.map((one) => one?.variables[name]).find((one) => one?.kind === 'password')
    const masked = variable.kind === 'password' && variable.value === MASKED
    variables[name] = masked ? { ...variable, value: kept?.value ?? '' } : variable
  }
  return { ...given, variables }
}

/** A value of a terminal for eyes. */
export function shownValue({ secret, value }: Pick<EffectiveKey, 'secret' | 'value'>): ParameterValue {
  return secret ? MASKED : value
}
