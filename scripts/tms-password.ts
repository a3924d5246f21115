import { equalBytes } from '../keys/equal-bytes.ts'
import { wipe } from '../keys/wipe.ts'
import { CommandError } from './command-error.ts'
import { secretFromDescriptor, secretInput } from './secret-input.ts'

/** A password or passphrase: from a file descriptor, else typed blind, a new one twice. The caller wipes it. Throws CommandError. */
export async function passwordFor(
  prompt: string,
  fd: number | undefined,
  fresh: boolean,
  kind: 'password' | 'passphrase' | 'broker-password' | 'as-password' | 'old-password' = 'password',
): Promise<Uint8Array> {
  if (fd !== undefined) return withoutLineEnd(secretFromDescriptor(fd, 'tms'))
  const input = secretInput()
  if (!input.present)
    throw new CommandError(
      `tms: there is no terminal to type a ${kind === 'passphrase' ? kind : 'password'} at; give --${kind}-fd.`,
      2,
    )
  try {
    const first = await input.line(`${prompt}: `)
    if (!fresh) return first
    const second = await input.line(`${prompt}, once more: `)
    const same = equalBytes(first, second)
    wipe(second)
    if (same) return first
    wipe(first)
    throw new CommandError(`tms: the two ${kind === 'passphrase' ? kind : 'password'}s are not the same.`)
  } finally {
    input.close()
  }
}

/** What a program pipes in often ends with one. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0
  const password = bytes.slice(0, bytes.length - end)
  wipe(bytes)
  return password
}
