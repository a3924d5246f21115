import { createHash } from 'node:crypto'
import { credentialFault, issueCertificate, openCertificate } from '../../host-link/channel/certificate.ts'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import { hexOf } from '../../host-link/wire/bytes.ts'
import { decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { ed25519KeyPair } from '../ed25519.ts'
import { wipe } from '../wipe.ts'
import { x25519PublicKey } from '../x25519.ts'
import { type Core, dayOf, type Identity, refused } from './core.ts'
import { getSealed, putSealed } from './session.ts'
import type { Done, IdentityView, Refused } from './station.ts'

const FORMAT = 'shuaka station identity 1'
/** A root that is made for a demonstration certifies for one year. */
const DEVELOPMENT_YEARS = 1

/** Who the station is to terminals, ready for use. */
export function readIdentity(core: Core, sealKey: Uint8Array): Identity | 'damaged' | undefined {
  const record = getSealed(core, sealKey, 'identity')
  const secret = getSealed(core, sealKey, 'identity-secret')
  if (record === undefined && secret === undefined) return undefined
  if (!(record instanceof Uint8Array) || !(secret instanceof Uint8Array)) {
    if (secret instanceof Uint8Array) wipe(secret)
    return 'damaged'
  }
  const value = decodeCbor(record) // was sealed: nobody but the station wrote it
  const [format, certificate, root, development] = Array.isArray(value) ? value : []
  if (format !== FORMAT || !(certificate instanceof Uint8Array) || !(root instanceof Uint8Array))
    return 'damaged'
  const view = viewOf({ secret, certificate, root }, development === true)
  if (view !== undefined) return { secret, certificate, root, view }
  wipe(secret)
  return 'damaged'
}

/** Takes a credential as the station's own; its secret is copied. */
export function adoptIdentity(
  core: Core,
  credential: Credential,
  development: boolean,
): Done<{ readonly id: string; readonly notAfter: number }> {
  const { opened } = core
  if (opened === undefined) return refused('closed')
  const why = identityFault(credential, dayOf(core.nowMs()))
  const view = viewOf(credential, development)
  if (why !== undefined || view === undefined) return why ?? refused('identity')
  const { id, notAfter } = view
  const record = encodeCbor([FORMAT, credential.certificate, credential.root, development])
  const detail = `${id}, root ${fingerprint(credential.root)}, until ${notAfter}${development ? ', for demonstrations' : ''}`
  core.record('identity', { detail }, () => {
    putSealed(core, opened.sealKey, 'identity', record)
    putSealed(core, opened.sealKey, 'identity-secret', credential.secret)
  })
  wipe(opened.identity?.secret)
  opened.identity = { ...credential, secret: credential.secret.slice(), view }
  return { kind: 'ok', id, notAfter }
}

/** Why a credential is not one that a station can have today (YYYYMMDD). */
export function identityFault(credential: Credential, today: number): Refused | undefined {
  const certificate = openCertificate(credential.certificate, credential.root)
  if (certificate === undefined || certificate.role !== 'station' || !certificate.purposes.includes('inject'))
    return refused('identity')
  if (certificate.notAfter < today) return refused('identityExpired')
  const fault = credentialFault(credential, today)
  return fault === undefined ? undefined : refused('identity', fault)
}

/**
 * A root of its own and a certificate by it, for demonstrations: whoever has the root's secret makes stations and terminals.
 * The caller gets it, 32 bytes, to issue terminals with, and wipes it.
 */
export function developmentIdentity(core: Core, id: string): Done<{ readonly rootSecret: Uint8Array }> {
  if (!/^[!-~]{1,20}$/.test(id)) return refused('identity', 'an id is 1 to 20 printable ASCII characters')
  const rootSecret = core.random(32)
  const root = ed25519KeyPair(rootSecret)
  const secret = core.random(32)
  const certificate = issueCertificate(
    {
      ...{ role: 'station', purposes: ['inject'], id, publicKey: x25519PublicKey(secret) },
      notAfter: dayOf(core.nowMs()) + DEVELOPMENT_YEARS * 10_000,
      serial: core.random(8),
    },
    root.secretKey,
  )
  const done = adoptIdentity(core, { secret, certificate, root: root.publicKey }, true)
  wipe(secret, root.secretKey)
  if (done.kind === 'ok') return { kind: 'ok', rootSecret }
  wipe(rootSecret)
  return done
}

/** What a page may show of it; nothing where the certificate is not of this root. */
function viewOf(
  { certificate, root }: Credential,
  development: boolean,
): Omit<IdentityView, 'daysLeft'> | undefined {
  const read = openCertificate(certificate, root)
  if (read === undefined) return undefined
  const { id, notAfter, serial } = read
  return { id, notAfter, serial: hexOf(serial), root: fingerprint(root), development }
}

function fingerprint(root: Uint8Array): string {
  return hexOf(createHash('sha256').update(root).digest()).slice(0, 16)
}
