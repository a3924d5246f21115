import { join } from 'node:path'

/** Where the emulator keeps its host's books, and where a report looks for them, unless told: under the current folder. */
export const DEFAULT_BOOKS = join('.shuaka', 'host.db')
