import { LAYER_KINDS } from './api-parameters.ts'
import { layerWords } from './parameters/layer.ts'

/**
 * What the service itself says of deployments and keeps: English in the database, as logs and commands show it, and read back
 * into its code and numbers where a person reads Chinese. A value may be such a sentence itself.
 */

interface Row {
  readonly en: string
  readonly zh: string
}

// biome-ignore format: one row a sentence; where two fit, the first is meant
const sentences = {
  paused:      { en: '{0}: paused in wave {1}, {2}',                                   zh: '{0}：在第 {1} 波暂停，{2}' },
  withdrawn:   { en: 'the release was withdrawn: {0}',                                 zh: '版本已撤回：{0}' },
  superseded:  { en: 'superseded by {0} {1}',                                          zh: '被下发 {0}“{1}”取代' },
  overdue:     { en: 'the deadline has passed, not updated: {0}',                      zh: '截止已过，未更新 {0} 台' },
  of:          { en: '{0}: {1}',                                                       zh: '{0}：{1}' },
  failed:      { en: '{0} of {1} answered terminals failed, more than {2} %',          zh: '{1} 台已有结果，其中 {0} 台失败，超过 {2} %' },
  unconfirmed: { en: 'only {0} of {1} of the wave confirmed, fewer than {2} %',        zh: '本波 {1} 台只有 {0} 台确认，不足 {2} %' },
  noGroup:     { en: 'there is no group "{0}"',                                        zh: '分组“{0}”已不存在' },
  ofImport:    { en: 'parameters of an import',                                        zh: '导入后的参数' },
  ofTerminal:  { en: 'parameters of {0}',                                              zh: '终端 {0} 的参数' },
  ofLayer:     { en: 'parameters {0} {1}',                                             zh: '参数 {0} 第 {1} 版' },
} as const satisfies { readonly [code: string]: Row }

export type SaidCode = keyof typeof sentences

const filled = (template: string, values: readonly (string | number)[]): string =>
  template.replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''))

/** One sentence, as it is kept. */
export function said(code: SaidCode, ...values: readonly (string | number)[]): string {
  return filled(sentences[code].en, values)
}

/** What was kept, in both languages; what a person wrote as it stands. */
export function inBoth(text: string): Row {
  for (const row of Object.values(sentences)) {
    const values = valuesIn(row.en, text)
    // `anna: too early` is what Anna wrote: only what the service said after a name is said anew.
    if (values === undefined || (row === sentences.of && zhOf(values[1] ?? '') === values[1])) continue
    return { en: text, zh: filled(row.zh, values.map(zhOf)) }
  }
  return { en: text, zh: text }
}

function valuesIn(template: string, text: string): readonly string[] | undefined {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.+?)')
  const match = new RegExp(`^${escaped}$`, 's').exec(text)
  return match?.slice(1)
}

/** A value: a layer by its kind, a sentence in the sentence, or what it is. */
function zhOf(value: string): string {
  const [, kind, name = ''] = /^(\w+)(?::(.*))?$/s.exec(value) ?? []
  const known = LAYER_KINDS.find((one) => one === kind)
  if (known !== undefined) return `${layerWords[known].zh} ${name}`.trim()
  return inBoth(value).zh
}
