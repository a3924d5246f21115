import { wipe } from '../../wipe.ts'

/** Most secrets of one order: a new passphrase, and those of the two people who enrol somebody. */
export const SECRETS_MAX = 3
const LENGTH_BYTES = 2
const LENGTH_MAX = 0xffff

/**
 * The secrets of one order, sealed together so that none can be sent with another order: each as its length (2 bytes, high one
 * first) and its bytes. They are wiped. RangeError for one that is too long.
 */
export function joinSecrets(secrets: readonly Uint8Array[]): Uint8Array {
  try {
    const total = secrets.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0)
    const joined = new Uint8Array(total)
    let at = 0
    for (const secret of secrets) {
      if (secret.length > LENGTH_MAX) throw new RangeError('secrets: one is too long')
      joined.set([secret.length >> 8, secret.length & 0xff], at)
      joined.set(secret, at + LENGTH_BYTES)
      at += LENGTH_BYTES + secret.length
    }
    return joined
  } finally {
    wipe(...secrets)
  }
}

/** The same apart, copied; undefined for what was not joined so. What they came in is wiped. */
export function splitSecrets(joined: Uint8Array): readonly Uint8Array[] | undefined {
  const secrets: Uint8Array[] = []
  let at = 0
  while (at < joined.length && secrets.length < SECRETS_MAX) {
    const length = ((joined[at] ?? 0) << 8) | (joined[at + 1] ?? 0)
    const secret = joined.slice(at + LENGTH_BYTES, at + LENGTH_BYTES + length)
    secrets.push(secret)
    at += LENGTH_BYTES + length
  }
  wipe(joined)
  if (at === joined.length) return secrets // else the last one is cut short, or more are behind it
  wipe(...secrets)
  return undefined
}
