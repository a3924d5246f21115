import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CommandError, sentence } from './command-error.ts'

const OWNER_ONLY = 0o700

/**
 * Makes a folder and those above it where they are not there, one after the other: Node's own `recursive` goes on for ever where the
 * system says of a new folder in one that is there that there is none, as Linux does below /proc.
 *
 * @throws CommandError with one sentence that begins with `what`.
 */
export function makeFolder(what: string, folder: string): void {
  const missing: string[] = []
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path)
  try {
    for (const path of missing) mkdirSync(path, { mode: OWNER_ONLY })
  } catch (error) {
    throw new CommandError(`${what}: the folder cannot be made: ${sentence(error)}`)
  }
}
