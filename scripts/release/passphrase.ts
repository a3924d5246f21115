import { equalBytes } from '../../keys/equal-bytes.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import { type SecretInput, secretFromDescriptor } from '../secret-input.ts'

/** The passphrase of a key, typed blind or from a descriptor; never an argument. The caller wipes it. CommandError. */
export async function passphraseOf(
  input: SecretInput,
  descriptor: number | undefined,
  whose: string,
): Promise<Uint8Array> {
  if (descriptor !== undefined) return withoutLineEnd(secretFromDescriptor(descriptor, 'release'))
  if (!input.present) throw new CommandError('release: no terminal to ask at; give --passphrase-fd N.', 2)
  return input.line(`Passphrase of ${whose}: `)
}

/** The same for a new key: typed twice. */
export async function newPassphrase(
  input: SecretInput,
  descriptor: number | undefined,
  whose: string,
): Promise<Uint8Array> {
  const passphrase = await passphraseOf(input, descriptor, whose)
  if (descriptor !== undefined) return passphrase
  const again = await input.line('Once more: ')
  const same = equalBytes(again, passphrase)
  wipe(again)
  if (same) return passphrase
  wipe(passphrase)
  throw new CommandError('release keys: the two passphrases differ.')
}

/** A file that an editor wrote ends its line. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let { length } = bytes
  while (length > 0 && (bytes[length - 1] === 0x0a || bytes[length - 1] === 0x0d)) length--
  const passphrase = bytes.slice(0, length)
  wipe(bytes)
  return passphrase
}
