import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startTms, type TmsOptions, type TmsServer } from '../../../../host-link/tms/node/server.ts'
import { openTmsDatabase, tmsStore } from '../../../../host-link/tms/node/tms-store.ts'
import { findMosquitto } from '../../../../scripts/setup-mosquitto.ts'
import { type MosquittoServer, mosquittoServer } from '../../../../scripts/tms-bench/mosquitto.ts'
import { needsPostgres, postgresForTests, postgresPrograms } from '../../../rig/postgres.ts'
import { newTerminal, TENANT, temporaryFolder, testSigners } from './rig.ts'

export type DatabaseKind = 'sqlite' | 'postgres'
export type BrokerKind = 'aedes' | 'mosquitto'

export const mosquittoProgram = findMosquitto()

/** Where a test runs: which of these are not to be had here says its title. */
export interface Place {
  readonly title: string
  readonly database: DatabaseKind
  readonly broker: BrokerKind
  readonly skipped: boolean
}

export const DATABASES = (['sqlite', 'postgres'] as const).map((database) => ({
  database,
  title: database === 'postgres' ? `postgres${needsPostgres}` : 'sqlite',
  skipped: database === 'postgres' && postgresPrograms === undefined,
}))

export const PLACES: readonly Place[] = (['aedes', 'mosquitto'] as const).flatMap((broker) =>
  DATABASES.map(({ database, title, skipped }) => ({
    ...{ database, broker },
    title: `${broker}${broker === 'mosquitto' && mosquittoProgram === undefined ? ' (skipped: no mosquitto)' : ''}, ${title}`,
    skipped: skipped || (broker === 'mosquitto' && mosquittoProgram === undefined),
  })),
)

/** Addresses of new databases, for one test file. */
export function databases(): {
  address(kind: DatabaseKind): Promise<string>
  readonly folder: string
  remove(): void
} {
  const postgres = postgresForTests()
  const folder = temporaryFolder()
  let count = 0
  return {
    folder: folder.path,
    address: async (kind) => (kind === 'postgres' ? postgres.database() : join(folder.path, `${++count}.db`)),
    remove: folder.remove,
  }
}

/** A service at a place with these terminals in its list, and the port that they connect to. */
export interface Service {
  readonly server: TmsServer
  readonly port: number
  readonly address: string
  readonly mosquitto: MosquittoServer | undefined
  readonly lines: string[]
  close(): Promise<void>
}

export async function serviceAt(
  { database, broker }: Pick<Place, 'database' | 'broker'>,
  at: ReturnType<typeof databases>,
  serials: readonly string[],
  change: Partial<TmsOptions> = {},
): Promise<Service> {
  const address = await at.address(database)
  const opened = await openTmsDatabase(address)
  const store = tmsStore(opened)
  await store.addTerminals(
    serials.map((serial) => newTerminal(serial)),
    1,
  )
  const lines: string[] = []
  const mosquitto = broker === 'mosquitto' ? await ownMosquitto(at.folder, store) : undefined
  await store.close()
  const server = await startTms({
    ...{ database: address, tenant: TENANT, signers: testSigners(), log: (line: string) => lines.push(line) },
    broker:
      mosquitto === undefined
        ? { kind: 'embedded', host: '127.0.0.1', port: 0 }
        : { kind: 'address', url: mosquitto.url },
    ...change,
  })
  return {
    ...{ server, address, mosquitto, lines },
    port: mosquitto?.port ?? server.mqttPort ?? 0,
    async close() {
      await server.close()
      await mosquitto?.stop()
    },
  }
}

let folders = 0

async function ownMosquitto(folder: string, store: ReturnType<typeof tmsStore>): Promise<MosquittoServer> {
  if (mosquittoProgram === undefined) throw new Error('no mosquitto')
  const own = join(folder, `mosquitto-${++folders}`)
  mkdirSync(own)
  return mosquittoServer(mosquittoProgram, own, TENANT, store)
}
