import { wipe } from '../wipe.ts'
import type { Core } from './core.ts'
import { blobOf } from './database.ts'
import { decodeVault, encodeVault, shareIn, type Vault, type VaultPerson, wrapped } from './vault.ts'

/** The vault as it is in the file; empty before anybody is enrolled; nothing where it is damaged. */
export function readVault(core: Core): Vault | undefined {
  const row = core.file.database.prepare('SELECT record FROM vault').get() as
    | { readonly record: Uint8Array }
    | undefined
  if (row === undefined) return { people: [], wraps: [], mac: new Uint8Array(0) }
  const record = blobOf(row.record)
  return record && decodeVault(record)
}

/** Inside a transaction. */
export function writeVault(core: Core, vault: Vault): void {
  // One buffer alone would be taken for named values by the package.
  core.file.database
    .prepare('INSERT OR REPLACE INTO vault VALUES (?, ?)')
    .run(1, Buffer.from(encodeVault(vault)))
}

/** Writes the vault with these people; `fresh` are the shares of those who are new or have a new passphrase. Inside a transaction. */
export function rewrap(
  core: Core,
  vault: Vault,
  all: readonly VaultPerson[],
  dataKey: Uint8Array,
  fresh: ReadonlyMap<string, Uint8Array>,
): void {
  const shares = new Map(
    all.map(({ name }) => [name, fresh.get(name)?.slice() ?? shareIn(vault, dataKey, name)]),
  )
  try {
    writeVault(
      core,
      wrapped(all, dataKey, (name) => shares.get(name) ?? missing(), core.random),
    )
  } finally {
    wipe(...shares.values())
  }
}

export function missing(): never {
  throw new Error('vault: the share of a person is missing')
}
