import { openExisting, type TmsDatabase, TmsError } from '../host-link/tms/node/database.ts'
import { CommandError } from './command-error.ts'

/** A database that must be there, for a command that only looks at it. Throws CommandError. */
export async function existingDatabase(command: string, address: string): Promise<TmsDatabase> {
  try {
    return await openExisting(address)
  } catch (error) {
    if (error instanceof TmsError) throw new CommandError(`${command}: ${error.message}.`)
    throw error
  }
}
