import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { CipherName } from '../../keys/block-cipher.ts'
import {
  combineComponents,
  componentCheckValue,
  componentFits,
  isZeroComponent,
} from '../../keys/component.ts'
import { toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import type { SecretInput } from '../secret-input.ts'

export interface ComponentOptions {
  readonly algorithm: CipherName
  readonly bytes?: number
  readonly count: number
  readonly componentFd: readonly number[]
  readonly json?: true
}

/** The screen on which a component is shown: a terminal. */
export interface SecretScreen {
  write(text: string | Uint8Array): unknown
}

const DRAWS_MAX = 4

/**
 * `shuaka keys component`: fresh random components, each written to its own file descriptor or shown to its custodian
 * alone, on a screen that Enter clears. Their check values are for all to see, and that of the key which two or three
 * make together.
 */
export async function keysComponent(
  secrets: SecretInput,
  screen: SecretScreen | undefined,
  options: ComponentOptions,
): Promise<string> {
  const { algorithm, count, componentFd } = options
  const bytes = options.bytes ?? (algorithm === 'AES' ? 32 : 16)
  if (!componentFits(algorithm, bytes)) {
    throw new CommandError(`keys component: ${algorithm} has no component of ${bytes} bytes.`, 2)
  }
  if (componentFd.length > 0 && componentFd.length !== count) {
    throw new CommandError(`keys component: ${count} wanted, and ${componentFd.length} --component-fd.`, 2)
  }
  if (componentFd.length === 0 && (screen === undefined || !secrets.present)) {
    throw new CommandError(
      'keys component: this is no terminal; give a file descriptor with --component-fd N.',
      2,
    )
  }
  const { components, keyValue } = draw(algorithm, bytes, count)
  try {
    const values = components.map((each) => toHex(componentCheckValue(algorithm, each)))
    for (const [at, component] of components.entries()) {
      const fd = componentFd[at]
      const title = `component ${at + 1} of ${count} 分量`
      if (fd !== undefined) writeDigits(fd, component)
      else if (screen !== undefined) await show(secrets, screen, title, component, values[at] ?? '')
    }
    if (options.json) {
      return `${JSON.stringify({ algorithm, bytes, components: values, checkValue: keyValue ?? null }, null, 2)}\n`
    }
    const lines = values.map((value, at) => `check value of component 分量校验值 ${at + 1}: ${value}`)
    if (keyValue !== undefined) lines.push(`check value of the key 密钥校验值: ${keyValue}`)
    return `${lines.join('\n')}\n`
  } finally {
    wipe(...components)
  }
}

/** Components that make a good key. By chance they do not so rarely that a second time means a broken source. */
function draw(
  algorithm: CipherName,
  bytes: number,
  count: number,
): { readonly components: readonly Uint8Array[]; readonly keyValue: string | undefined } {
  for (let times = 0; times < DRAWS_MAX; times++) {
    const components = Array.from({ length: count }, () => Uint8Array.from(randomBytes(bytes)))
    if (count === 1) {
      if (components.every((each) => !isZeroComponent(algorithm, each)))
        return { components, keyValue: undefined }
      continue
    }
    const combined = combineComponents(
      algorithm,
      components.map((each) => each.slice()),
    )
    if (combined.kind === 'refused') continue
    wipe(combined.key)
    return { components, keyValue: toHex(combined.checkValue) }
  }
  throw new CommandError('keys component: the random source failed.')
}

/** A screen of its own, which leaves nothing to scroll back to. */
async function show(
  secrets: SecretInput,
  screen: SecretScreen,
  title: string,
  component: Uint8Array,
  value: string,
): Promise<void> {
  const digits = hexDigits(component, ' ')
  screen.write('\x1b[?1049h\x1b[2J\x1b[H')
  try {
    screen.write(`${title}\r\n\r\n  `)
    screen.write(digits)
    screen.write(`\r\n\r\ncheck value 校验值: ${value}\r\n\r\n`)
    const typed = await secrets.line('Write it down, then press Enter 抄录后按回车; the screen is cleared. ')
    wipe(typed)
  } finally {
    wipe(digits)
    screen.write('\x1b[2J\x1b[H\x1b[?1049l')
  }
}

function writeDigits(fd: number, component: Uint8Array): void {
  const digits = hexDigits(component, '')
  try {
    for (let at = 0; at < digits.length; ) at += writeSync(fd, digits, at)
  } catch {
    throw new CommandError(`keys component: file descriptor ${fd} cannot be written; is it open?`, 2)
  } finally {
    wipe(digits)
  }
}

/** ASCII digits in groups of four, and a line end where there is no gap between them: bytes, as they are wiped. */
function hexDigits(bytes: Uint8Array, gap: string): Uint8Array {
  const digit = (value: number): number => value + (value < 10 ? 0x30 : 0x37)
  const out: number[] = []
  for (const [at, byte] of bytes.entries()) {
    if (gap !== '' && at > 0 && at % 2 === 0) out.push(0x20)
    out.push(digit(byte >>> 4), digit(byte & 15))
  }
  if (gap === '') out.push(0x0a)
  const digits = Uint8Array.from(out)
  out.fill(0)
  return digits
}
