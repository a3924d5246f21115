import { Option } from 'commander'
import { CommandError } from '../command-error.ts'

/** A whole number from 0 to 2^32 − 1. */
export function countOption(flags: string, what: string): Option {
  const flag = flags.split(' ')[0] ?? flags
  return new Option(flags, what).argParser((text: string) => {
    if (/^[0-9]{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return Number(text)
    throw new CommandError(`release: ${flag} wants a number from 0 to 4294967295.`, 2)
  })
}
