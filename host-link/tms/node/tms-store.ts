import type { TmsStore } from '../store.ts'
import { catalogueStore } from './catalogue-store.ts'
import { openDatabase, type Schema, type TmsDatabase } from './database.ts'
import { deploymentStore } from './deployment-store.ts'
import { fleetStore } from './fleet-store.ts'
import { recordStore } from './record-store.ts'
import { TMS_SCHEMA } from './schema.ts'

/** All that the service knows, over an open database. */
export function tmsStore(database: TmsDatabase): TmsStore {
  return {
    ...catalogueStore(database),
    ...fleetStore(database),
    ...deploymentStore(database),
    ...recordStore(database),
    close: () => database.close(),
  }
}

/** The database at `address` with the tables of the service and those of `more`. Throws `TmsError`. */
export function openTmsDatabase(address: string, more: readonly Schema[] = []): Promise<TmsDatabase> {
  return openDatabase(address, [TMS_SCHEMA, ...more])
}
