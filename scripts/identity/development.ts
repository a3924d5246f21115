import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential, Role } from '../../host-link/channel/channel-end.ts'
import { type Ed25519KeyPair, ed25519KeyPair } from '../../keys/ed25519.ts'
import { toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { FileFault, faultsOf, objectAt } from '../json-file.ts'
import { readIdentity, writeIdentity } from './identity-file.ts'
import { newIdentity } from './issue.ts'
import { readSecretJson, writeSecretJson } from './secret-json.ts'

export const DEVELOPMENT_FOLDER = join('.shuaka', 'identity')
/** Name of the host of the demonstration. */
export const DEVELOPMENT_HOST = 'DEVELOPMENT'
const ROOT_KIND = 'shuaka development root 1'
const NOT_AFTER = 20_991_231

/** Identities under a root whose secret lies in clear beside them: for development, and made as they are asked for. */
export interface DevelopmentIdentities {
  /** Throws FileFault where the folder cannot be used. */
  of(role: Role, id: string): Credential
}

/** Those of a folder, which is made where there is none. Throws FileFault. */
export function developmentIdentities(folder = DEVELOPMENT_FOLDER): DevelopmentIdentities {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    throw new FileFault(folder, '', 'the folder cannot be made')
  }
  return {
    of(role, id) {
      const root = developmentRoot(join(folder, 'root.json'))
      // An id may have characters that no file name has.
      const name = /^[0-9A-Za-z-]+$/.test(id) ? id : `x${toHex(Buffer.from(id))}`
      const path = join(folder, `${role}-${name}.json`)
      try {
        return made(path, () => writeIdentity(path, newIdentity({ role, id, notAfter: NOT_AFTER }, root)))
      } finally {
        wipe(root.secretKey)
      }
    },
  }
}

function made(path: string, make: () => void): Credential {
  makeOnce(path, make)
  return readIdentity(path).credential
}

function developmentRoot(path: string): Ed25519KeyPair {
  makeOnce(path, () => {
    const seed = Uint8Array.from(randomBytes(32))
    const { publicKey, secretKey } = ed25519KeyPair(seed)
    writeSecretJson(path, { kind: ROOT_KIND, publicKey: toHex(publicKey) }, seed)
    wipe(seed, secretKey)
  })
  const { values, secret } = readSecretJson(path, 32)
  const fault = faultsOf(path)
  const { kind } = objectAt(values, '', ['kind', 'publicKey', 'secret'], fault)
  if (kind !== ROOT_KIND) throw fault('kind', `wants "${ROOT_KIND}"`)
  const pair = ed25519KeyPair(secret)
  wipe(secret)
  return pair
}

/** Another process may be making it at this moment: whichever is first counts. */
function makeOnce(path: string, make: () => void): void {
  if (existsSync(path)) return
  try {
    make()
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}
