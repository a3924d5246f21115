import { isUserRole, userRoles } from '../../access.ts'
import { LAYER_KINDS } from '../../api-parameters.ts'
import { layerWords } from '../../parameters/layer.ts'
import { deploymentStates } from '../../states.ts'
import { moment, type Ui } from '../ui.ts'
import { sayAny } from '../words.ts'

/** 审计 in words: records keep the English names of what they are about. */

type Words = Pick<Ui, 'say' | 'pick' | 'said'>

/** `terminal SN1` as `终端 SN1`. */
export function subjectText({ say, pick }: Words, subject: string): string {
  const [, kind = '', rest = ''] = /^(\S+)(.*)$/s.exec(subject) ?? []
  const [, layer, name = ''] = /^ (\w+)(?::(.*))?$/s.exec(rest) ?? []
  const known = kind === 'layer' ? LAYER_KINDS.find((one) => one === layer) : undefined
  const shown = known === undefined ? rest : ` ${pick(layerWords[known])} ${name}`.trimEnd()
  return `${sayAny(say, `subject.${kind}`, kind)}${shown}`
}

const KINDS = [
  ...['terminal', 'group', 'filter', 'release', 'root', 'deployment'],
  ...['layer', 'command', 'alarm', 'user', 'token', 'log-in'],
]

/** What a person typed as a subject, as records have it: `终端 SN1` is `terminal SN1`. */
export function subjectOf({ say }: Pick<Words, 'say'>, typed: string): string {
  const kind = KINDS.find((one) => typed.split(' ')[0] === sayAny(say, `subject.${one}`))
  return kind === undefined ? typed : kind + typed.slice(sayAny(say, `subject.${kind}`).length)
}

export function detailName({ say }: Words, name: string): string {
  return sayAny(say, `detail.${name}`, name)
}

const rules = { filter: 'targetFilter', group: 'targetGroup', list: 'targetList' } as const
const isRule = (word: string): word is keyof typeof rules => Object.hasOwn(rules, word)

/** Unix seconds; 0 is none. */
const TIMES: readonly string[] = ['expires', 'earliest', 'deadline', 'startAt', 'effective']

/** A value of a record: times, roles, kinds and yes or no by their words, sentences of the service in the language of the page. */
export function valueText({ say, pick, said }: Words, name: string, value: string): string {
  if (value === 'true' || value === 'false') return say(value === 'true' ? 'yes' : 'no')
  if ((name === 'role' || name === 'before') && isUserRole(value)) return pick(userRoles[value])
  if (name === 'waves' && value === 'all') return say('wavesAll')
  if (name === 'waves' && value === 'default') return say('wavesDefault')
  if (name === 'kind' && isRule(value)) return say(rules[value])
  if (name === 'kind') return sayAny(say, `kind.${value}`, sayAny(say, `command.${value}`, value))
  if (TIMES.includes(name) && /^\d+$/.test(value)) return value === '0' ? say('none') : moment(Number(value))
  if (name === 'state')
    return value in deploymentStates ? pick(deploymentStates[value as keyof typeof deploymentStates]) : value
  return name === 'name' || name === 'why' ? said(value) : value
}

/** What is in a JSON value, a line each: `gate.sample  20`. Undefined for what is no JSON. */
export function linesOf(ui: Words, text: string): readonly string[] | undefined {
  try {
    return lines(ui, [], JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Lists; other pairs are what was and what is. */
const LISTS: readonly string[] = ['serials', 'labels', 'waves', 'locks', 'models']

function lines(ui: Words, place: readonly string[], value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) {
    const simple = Array.isArray(value) && value.every((one) => typeof one !== 'object')
    if (!simple) return Object.entries(value).flatMap(([name, one]) => lines(ui, [...place, name], one))
  }
  const last = place.at(-1) ?? ''
  const shown = Array.isArray(value)
    ? value.map(String).join(LISTS.includes(last) ? ', ' : ' → ')
    : valueText(ui, last, String(value))
  const names = place.map((name) => (/^\d+$/.test(name) ? String(Number(name) + 1) : detailName(ui, name)))
  return [`${names.join(' · ')}  ${shown}`]
}
