import { type Certificate, credentialFault, openCertificate } from '../../host-link/channel/certificate.ts'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { fromHex, toHex } from '../../keys/hex.ts'
import { wipe } from '../../keys/wipe.ts'
import { FileFault, faultsOf, objectAt, textAt } from '../json-file.ts'
import { readSecretJson, writeSecretJson } from './secret-json.ts'

export const IDENTITY_KIND = 'shuaka identity 1'

/** Who a host, station or terminal is, with its private key in clear. */
export interface Identity {
  readonly credential: Credential
  readonly certificate: Certificate
}

/** Writes a new file, mode 600. Throws FileFault where it exists. */
export function writeIdentity(path: string, credential: Credential): void {
  const certificate = openCertificate(credential.certificate, credential.root)
  if (certificate === undefined) throw new Error('identity: the certificate is not of this root')
  writeSecretJson(
    path,
    {
      kind: IDENTITY_KIND,
      ...{ role: certificate.role, id: certificate.id }, // for whoever looks into the file; the certificate counts
      certificate: toHex(credential.certificate),
      root: toHex(credential.root),
    },
    credential.secret,
  )
}

/** Throws FileFault, also for a file that others may read, and for a certificate of another key or root. */
export function readIdentity(path: string): Identity {
  const { values, secret } = readSecretJson(path, 32)
  const fault = faultsOf(path)
  const fields = objectAt(values, '', ['kind', 'role', 'id', 'certificate', 'root', 'secret'], fault)
  if (fields.kind !== IDENTITY_KIND) throw fault('kind', `wants "${IDENTITY_KIND}"`)
  const bytes = (name: string, wanted: string): Uint8Array =>
    fromHex(textAt(fields[name], name, /^([0-9A-Fa-f]{2})+$/, wanted, fault))
  const root = bytes('root', '64 hex digits')
  const credential = { secret, root, certificate: bytes('certificate', 'hex digits') }
  const certificate = openCertificate(credential.certificate, root)
  const why = credentialFault(credential, 0)
  if (certificate === undefined || why !== undefined) {
    wipe(secret)
    throw new FileFault(path, 'certificate', why ?? 'it is none')
  }
  return { credential, certificate }
}
