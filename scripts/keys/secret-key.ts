import type { CipherName } from '../../keys/block-cipher.ts'
import { bytesOfTypedHex } from '../../keys/component.ts'
import { type SoftKbpk, softKbpk } from '../../keys/key-block/protection-key.ts'
import { isWeakKey } from '../../keys/weak-key.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import { type SecretInput, secretFromDescriptor } from '../secret-input.ts'

/** One key that a command needs, and where it comes from. */
export interface KeySource {
  /** For the messages: `keys wrap`. */
  readonly command: string
  /** `key`, `protection key`, `component 1`. */
  readonly what: string
  /** The option that would name the descriptor. */
  readonly option: string
  readonly fd: number | undefined
}

/**
 * The bytes of a key in hex: from its descriptor where there is one, else typed blind. Throws CommandError, which
 * repeats nothing of it. The caller wipes them.
 */
export async function readKey(secrets: SecretInput, source: KeySource): Promise<Uint8Array> {
  const { command, what, option, fd } = source
  const name = `${command}: ${what}`
  if (fd === undefined && !secrets.present) {
    throw new CommandError(`${name}: this is no terminal; give a file descriptor with ${option} N.`, 2)
  }
  const digits =
    fd === undefined ? await secrets.line(`${what} (hex, not shown): `) : secretFromDescriptor(fd, name)
  const bytes = bytesOfTypedHex(digits)
  if (bytes === undefined || bytes.length === 0) {
    throw new CommandError(`${name}: wants hex digits, two a byte.`)
  }
  return bytes
}

/** As `readKey`, for a key of an algorithm: its size must be one of `sizes`, and a weak key is refused but for `weakToo`. */
export async function readKeyOf(
  secrets: SecretInput,
  source: KeySource,
  algorithm: CipherName,
  sizes: readonly number[],
  weakToo?: 'weakToo',
): Promise<Uint8Array> {
  const key = await readKey(secrets, source)
  const why = sizes.includes(key.length)
    ? weakToo === undefined && isWeakKey(algorithm, key)
      ? 'is weak.'
      : undefined
    : `wants ${sizes.join(' or ')} bytes, got ${key.length}.`
  if (why === undefined) return key
  wipe(key)
  throw new CommandError(`${source.command}: ${source.what}: ${why}`)
}

/** The protection key of a block: TDES for B, AES for D and E. To be wiped. */
export async function readKbpk(
  secrets: SecretInput,
  source: KeySource,
  version: 'B' | 'D' | 'E',
): Promise<SoftKbpk> {
  const algorithm = version === 'B' ? 'TDES' : 'AES'
  const key = await readKeyOf(secrets, source, algorithm, algorithm === 'TDES' ? [16, 24] : [16, 24, 32])
  const kbpk = softKbpk(algorithm, key)
  wipe(key)
  return kbpk
}
