import { createHash } from 'node:crypto'
import { sealEnvelope } from '../../host-link/wire/tms/envelope.ts'
import { encodeRoot, ROLE } from '../../host-link/wire/tms/root.ts'
import { ed25519KeyPair, ed25519Sign } from '../../keys/ed25519.ts'

/** A root document of one key that holds all roles, signed by it: `seq` 1 unless given. */
export function rootEnvelope(tenant = 'acme', seq = 1): Uint8Array {
  const { publicKey, secretKey } = ed25519KeyPair(new Uint8Array(32).fill(7))
  const kid = new Uint8Array(createHash('sha256').update(publicKey).digest()).slice(0, 8)
  const payload = encodeRoot({
    ...{ tenant, seq, created: 1_790_000_000, expires: 2_000_000_000 },
    keys: [{ kid, key: publicKey }],
    roles: Object.values(ROLE).map((role) => ({ role, threshold: 1, kids: [kid], prefixes: [] })),
    counterFloor: 0,
  })
  return sealEnvelope('root', payload, [{ kid, sign: (bytes) => ed25519Sign(secretKey, bytes) }])
}
