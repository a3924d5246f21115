import { bytesOfHex } from '../host-link/wire/bytes.ts'
import { describeInput } from '../host-link/wire/describe.ts'

export interface DescribeCommandOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean
  readonly mask: boolean
  /** Language of the names; both when absent. */
  readonly locale?: 'zh' | 'en'
}

/**
 * `shuaka describe`: a frame or message in hex (spaces and line ends between digits do not count) as text or JSON.
 * `exitCode` is 0 for a whole message and 1 otherwise, with the reason in `error`, one sentence for standard error;
 * `text` then holds what stood before the fault, or nothing.
 */
export function describeCommand(
  input: string,
  { json = false, mask, locale }: DescribeCommandOptions,
): { text: string; exitCode: number; error?: string } {
  const hex = input.replace(/\s+/g, '')
  if (hex === '') return { text: '', exitCode: 1, error: 'describe: there is no input.' }
  const bad = hex.search(/[^0-9A-Fa-f]/)
  if (bad >= 0)
    return { text: '', exitCode: 1, error: `describe: character ${bad + 1} of the input is no hex digit.` }
  if (hex.length % 2 !== 0)
    return {
      text: '',
      exitCode: 1,
      error: `describe: the input has an odd number of hex digits, ${hex.length}.`,
    }

  const gbk = new TextDecoder('gbk')
  const described = describeInput(bytesOfHex(hex), {
    mask,
    locale: locale ?? 'both',
    charset: (bytes) => gbk.decode(bytes),
  })
  const text = json ? `${JSON.stringify(described.json, null, 2)}\n` : described.text
  if (!described.error) return { text, exitCode: 0 }
  return { text, exitCode: 1, error: `describe: ${described.error.message}.` }
}
