import type { LayerDraft } from '../api.ts'
import type { LayerContent, LayerName, ParameterValue, Variable } from '../api-parameters.ts'
import { asLayer } from '../parameters/layer.ts'
import { REASON_MAX } from './api-face.ts'
import type { Question } from './api-input.ts'
import { ApiFault, type Input, inputOf } from './api-input.ts'

const ENTRIES_MAX = 1_000
const TEXT_MAX = 4_000

/** `?kind=store&name=8981…/0001`. */
export function layerOfQuestion(question: (names: readonly string[]) => Question): LayerName {
  const asked = question(['kind', 'name'])
  const [kind, name] = [asked.text('kind', 20) ?? '', asked.text('name', 64) ?? '']
  const layer = asLayer(kind, name)
  if (layer === undefined)
    throw new ApiFault(
      'badInput',
      `layer ${JSON.stringify(`${kind}:${name}`)}: product, or one of model, acquirer, merchant, store (merchant/store) and terminal with its name is wanted.`,
      'kind',
    )
  return layer
}

/** The content of a layer as JSON has it, without locks or variables where there are none; what it means is judged by `checkLayer`. */
export function contentOf(given: unknown, at: string): LayerContent {
  const input = inputOf(given, ['values', 'locks', 'variables'], at)
  const values: { [key: string]: ParameterValue } = {}
  for (const [key, value] of input.entries('values', ENTRIES_MAX))
    values[named(key, at)] = parameterValue(value, `${at}.values.${key}`)
  const variables: { [name: string]: Variable } = {}
  for (const [name, value] of input.has('variables') ? input.entries('variables', ENTRIES_MAX) : []) {
    const variable = inputOf(value, ['kind', 'value'], `${at}.variables.${named(name, at)}`)
    variables[name] = {
      kind: variable.one('kind', ['text', 'password']),
      value: variable.text('value', TEXT_MAX, 0),
    }
  }
  const locks = input.has('locks') ? input.texts('locks', ENTRIES_MAX, 64) : []
  return { values, locks: [...new Set(locks)].sort(), variables }
}

/** A name that an object of JavaScript has by itself is no name of ours. */
function named(name: string, at: string): string {
  if (name in {} || name.length > 64) throw new ApiFault('badInput', `${at}: there is no such name.`, at)
  return name
}

function parameterValue(value: unknown, at: string): ParameterValue {
  const input: Input = inputOf({ value }, ['value'], at)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return input.whole('value', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return input.text('value', TEXT_MAX, 0)
}

export function draftOf(given: unknown): LayerDraft {
  const input = inputOf(given, ['content', 'effective', 'waves', 'reason'])
  return {
    content: contentOf(input.value('content'), 'content'),
    effective: input.whole('effective', 0, 0xffff_ffff),
    waves: input.one('waves', ['all', 'default']),
    reason: input.text('reason', REASON_MAX),
  }
}
