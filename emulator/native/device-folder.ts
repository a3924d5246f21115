import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../keys/hex.ts'
import type { TerminalSetup } from '../console/worker-words.ts'

/** What of a terminal's set-up its folder holds. */
export type FolderSetup = Pick<TerminalSetup, 'host' | 'model' | 'serial' | 'setup' | 'masterKeys'>

/** Keys are their owner's alone. */
const OWNER_ONLY = 0o600

/**
 * Writes what a native terminal finds in its folder (docs/device.md, "Device folder"): `device.json` always, and, where the
 * secure element has not been started yet, its master keys as `keys.json`, which it seals and deletes at its first start.
 */
export function writeDeviceFolder(folder: string, setup: FolderSetup, locale: 'zh' | 'en'): void {
  mkdirSync(folder, { recursive: true })
  const { host, model, serial } = setup
  const { update, ...own } = setup.setup
  const device = {
    serial,
    model,
    setup: {
      ...own,
      parameters: { ...own.parameters, locale },
      ...(update && { update: { tenant: update.tenant, root: toHex(update.root) } }),
    },
    ...(host.kind === 'tcp' ? { host: { host: host.host, port: host.port } } : {}),
  }
  writeFileSync(join(folder, 'device.json'), `${JSON.stringify(device, null, 2)}\n`)
  if (existsSync(join(folder, 'keys.sealed')) || existsSync(join(folder, 'keys.json'))) return
  const keys = setup.masterKeys.map(({ slot, algorithm, key, checkValue }) => ({
    slot,
    ...(algorithm && { algorithm }),
    key: toHex(key),
    checkValue,
  }))
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys), { mode: OWNER_ONLY })
}
