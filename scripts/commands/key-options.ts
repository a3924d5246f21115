import { Option } from 'commander'
import { CommandError } from '../command-error.ts'

/** An option that names a file descriptor: 0, or one from 3 that whoever starts the command has opened. */
export function descriptorOption(flag: string, what: string): Option {
  return new Option(`${flag} <n>`, `file descriptor that ${what}`).argParser((text: string) =>
    descriptor(flag, text),
  )
}

/** The same where it may be given more than once: all of them, in their order. */
export function descriptorsOption(flag: string, what: string): Option {
  return new Option(`${flag} <n>`, `file descriptor that ${what}; once for each`)
    .default([], 'none')
    .argParser((text: string, all: readonly number[]) => [...all, descriptor(flag, text)])
}

function descriptor(flag: string, text: string): number {
  const number = Number(text)
  if (/^[0-9]{1,4}$/.test(text) && (number === 0 || (number >= 3 && number <= 1023))) return number
  throw new CommandError(`keys: ${flag} wants the number of a file descriptor, 0 or 3 to 1023.`, 2)
}

/** Throws CommandError where two options name one descriptor: the second would find it at its end. */
export function checkDistinct(...descriptors: readonly (number | undefined)[]): void {
  const given = descriptors.filter((each) => each !== undefined)
  if (new Set(given).size !== given.length) {
    throw new CommandError('keys: one file descriptor is given twice.', 2)
  }
}

/** A number of an option from `min` to `max`. */
export function numberOption(flags: string, what: string, min: number, max: number): Option {
  const flag = flags.split(' ')[0] ?? flags
  return new Option(flags, what).argParser((text: string) => {
    if (/^[0-9]{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    throw new CommandError(`keys: ${flag} wants a number from ${min} to ${max}.`, 2)
  })
}
