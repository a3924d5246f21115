import { randomBytes } from 'node:crypto'
import { type Certificate, issueCertificate } from '../../host-link/channel/certificate.ts'
import type { Credential, Purpose, Role } from '../../host-link/channel/channel-end.ts'
import type { Ed25519KeyPair } from '../../keys/ed25519.ts'
import { x25519PublicKey } from '../../keys/x25519.ts'

/** What each role can be good for, and is unless told otherwise: a host answers `host` and `rkl`, a station `inject`. */
export const PURPOSES: Readonly<Record<Role, readonly Purpose[]>> = {
  terminal: ['host', 'inject', 'rkl'],
  station: ['inject'],
  host: ['host', 'rkl'],
}

export type NewIdentity = Pick<Certificate, 'role' | 'id' | 'notAfter'> &
  Partial<Pick<Certificate, 'purposes'>>

/** Purposes among these that no end accepts of this role. */
export function foreignPurposes(role: Role, purposes: readonly Purpose[]): readonly Purpose[] {
  return purposes.filter((purpose) => !PURPOSES[role].includes(purpose))
}

/** A fresh key pair with a certificate of it. Throws RangeError for an id or date that is none. */
export function newIdentity(said: NewIdentity, root: Ed25519KeyPair): Credential {
  const secret = Uint8Array.from(randomBytes(32))
  const certificate = issueCertificate(
    {
      ...{ purposes: PURPOSES[said.role], ...said },
      publicKey: x25519PublicKey(secret),
      serial: Uint8Array.from(randomBytes(8)),
    },
    root.secretKey,
  )
  return { secret, certificate, root: root.publicKey }
}
