import { Option } from 'commander'
import { CommandError, sentence } from '../command-error.ts'

/** A whole number from `min` to 2^32 − 1. */
export function countOption(flags: string, what: string, min = 0): Option {
  const flag = flags.split(' ')[0] ?? flags
  return new Option(flags, what).argParser((text: string) => {
    if (/^[0-9]{1,10}$/.test(text) && Number(text) >= min && Number(text) <= 0xffff_ffff) return Number(text)
    throw new CommandError(`release: ${flag} wants a number from ${min} to 4294967295.`, 2)
  })
}

/** An action of which every fault names the command. */
export function named<Args extends readonly unknown[]>(
  command: string,
  act: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await act(...args)
    } catch (error) {
      throw error instanceof CommandError ? error : new CommandError(`${command}: ${sentence(error)}`)
    }
  }
}
