import type { ParameterValue } from '../api-parameters.ts'
import type { TerminalFacts } from './layer.ts'
import type { MergedLayers } from './merge.ts'

/** 内置变量: what every terminal has by its data. No layer may give a variable of these names. */
// biome-ignore format: one row a variable
export const builtInVariables: { readonly [name: string]: { readonly zh: string; readonly of: (terminal: TerminalFacts) => string } } = {
  sn:           { zh: '序列号',   of: (terminal) => terminal.serial       },
  tid:          { zh: '终端编号', of: (terminal) => terminal.terminalId   },
  mid:          { zh: '商户编号', of: (terminal) => terminal.merchant     },
  merchantName: { zh: '商户名称', of: (terminal) => terminal.merchantName },
  store:        { zh: '门店编号', of: (terminal) => terminal.store        },
  acquirer:     { zh: '收单机构', of: (terminal) => terminal.acquirer     },
  model:        { zh: '型号',     of: (terminal) => terminal.model        },
  address:      { zh: '安装地址', of: (terminal) => terminal.address      },
}

export const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9]{0,31}$/
export const VARIABLE_LENGTH_MAX = 200
const TEMPLATE = /#\{([^{}]*)\}/g

/** Names of the variables in a value, in their order; none in what is no text. */
export function variablesIn(value: ParameterValue): readonly string[] {
  return typeof value === 'string' ? [...value.matchAll(TEMPLATE)].map(([, name = '']) => name) : []
}

export interface Substituted {
  readonly text: string
  readonly used: readonly string[]
  /** Whether a password was put in: the result is masked wherever it is shown. */
  readonly secret: boolean
  /** The first variable that has no value here. */
  readonly missing?: string
}

/** Puts the variables into a text, once: what a variable gives is not looked at again. */
export function substitute(
  text: string,
  terminal: TerminalFacts,
  variables: MergedLayers['variables'],
): Substituted {
  const used: string[] = []
  const missing: string[] = []
  let secret = false
  const result = text.replace(TEMPLATE, (_, name: string) => {
    used.push(name)
    const builtIn = Object.hasOwn(builtInVariables, name) ? builtInVariables[name] : undefined
    const own = builtIn === undefined ? variables.get(name) : undefined
    const value = builtIn?.of(terminal) ?? own?.value ?? ''
    if (own?.kind === 'password') secret = true
    if (value === '') missing.push(name)
    return value
  })
  return { text: result, used, secret, ...(missing[0] !== undefined && { missing: missing[0] }) }
}
