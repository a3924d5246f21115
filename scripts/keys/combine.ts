import type { CipherName } from '../../keys/block-cipher.ts'
import {
  COMPONENTS_MAX,
  COMPONENTS_MIN,
  type CombineFault,
  combineComponents,
  componentCheckValue,
  componentFits,
} from '../../keys/component.ts'
import { fromHex, toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import type { SecretInput } from '../secret-input.ts'
import { type HeaderOptions, headerOf, wrapUnder } from './block.ts'
import { readKey } from './secret-key.ts'

export interface CombineOptions extends HeaderOptions {
  readonly algorithm: CipherName
  readonly components?: number
  readonly componentFd: readonly number[]
  readonly expect?: string
  readonly kbpkFd?: number
  readonly json?: true
}

// biome-ignore format: one row a fault
export const COMBINE_FAULTS: { readonly [F in CombineFault]: string } = {
  count:           'two or three components make a key',
  length:          'the components are not all of one length that the algorithm has',
  zeroComponent:   'a component is zero',
  equalComponents: 'two components are equal',
  zeroKey:         'the components cancel each other',
  weakKey:         'the key is weak: weak or semi-weak DES, two equal parts, or one byte over and over',
  checkValue:      'the check value is not the one expected',
}

/** What only a key block needs. */
const blockOptions = ['mode', 'kbpkFd', 'private'] as const

/**
 * `shuaka keys combine`: the components of two or three custodians as one key: its check value and, with `--usage`,
 * the key as a key block. The key never comes out in clear.
 */
export async function keysCombine(secrets: SecretInput, options: CombineOptions): Promise<string> {
  const command = 'keys combine'
  const { algorithm, componentFd, usage } = options
  const count = options.components ?? (componentFd.length || COMPONENTS_MIN)
  if (count < COMPONENTS_MIN || count > COMPONENTS_MAX)
    throw new CommandError(`${command}: ${COMBINE_FAULTS.count}.`, 2)
  if (componentFd.length > 0 && componentFd.length !== count) {
    throw new CommandError(`${command}: ${count} components, and ${componentFd.length} --component-fd.`, 2)
  }
  if (usage === undefined && blockOptions.some((name) => options[name] !== undefined)) {
    throw new CommandError(`${command}: options of a key block need --usage.`, 2)
  }
  const header = usage === undefined ? undefined : headerOf(command, algorithm, options)
  const expected = expectedValue(command, options.expect)
  const components: Uint8Array[] = []
  const values: string[] = []
  try {
    for (let at = 0; at < count; at++) {
      const what = `component ${at + 1}`
      const source = { command, what, option: '--component-fd', fd: componentFd[at] }
      const component = await readKey(secrets, source)
      components.push(component)
      if (!componentFits(algorithm, component.length)) {
        throw new CommandError(`${command}: ${what}: ${algorithm} has none of ${component.length} bytes.`)
      }
      values.push(toHex(componentCheckValue(algorithm, component)))
      if (componentFd.length === 0) console.error(`check value of ${what} 分量校验值: ${values[at]}`)
    }
    const combined = combineComponents(algorithm, components, expected)
    if (combined.kind === 'refused') throw new CommandError(`${command}: ${COMBINE_FAULTS[combined.why]}.`)
    const { key } = combined
    try {
      const block =
        header === undefined ? undefined : await wrapUnder(secrets, command, header, key, options.kbpkFd)
      return result(options, values, toHex(combined.checkValue), block)
    } finally {
      wipe(key)
    }
  } finally {
    wipe(...components)
  }
}

function result(
  { algorithm, json }: CombineOptions,
  components: readonly string[],
  checkValue: string,
  block: string | undefined,
): string {
  if (json) return `${JSON.stringify({ algorithm, components, checkValue, block: block ?? null }, null, 2)}\n`
  const lines = components.map((value, at) => `check value of component 分量校验值 ${at + 1}: ${value}`)
  lines.push(`check value of the key 密钥校验值: ${checkValue}`)
  if (block !== undefined) lines.push(block)
  return `${lines.join('\n')}\n`
}

function expectedValue(command: string, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined
  if (!/^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8}|[0-9A-Fa-f]{10})$/.test(text)) {
    throw new CommandError(`${command}: --expect wants a check value of 6, 8 or 10 hex digits.`, 2)
  }
  return fromHex(text)
}
