import { bytesOfHex, hexOf } from '../../host-link/wire/bytes.ts'
import { ed25519KeyPair } from '../ed25519.ts'
import { wipe } from '../wipe.ts'
import { auditAgrees } from './audit-agrees.ts'
import { verifyAudit } from './audit-verify.ts'
import type { Core, Opened } from './core.ts'
import { blobOf } from './database.ts'
import { readIdentity } from './identity.ts'
import { derivedKey, seal, unseal } from './sealing.ts'
import { terminalsIn } from './terminals.ts'
import { dataKeyOf, type Vault } from './vault.ts'
import { keyBlockFault, readZmk } from './zmk.ts'

/** Name of the row of `meta` with the public key of the audit's signatures, hex. */
export const AUDIT_KEY = 'audit-key'
const AUDIT_SEED = 'audit-seed'

/** A clock that is set right by so much ends no session. */
const CLOCK_SLACK_MS = 60_000

/** The names of the rows of `sealed`. */
export type SealedName = typeof AUDIT_SEED | 'identity' | 'identity-secret' | 'zmk' | 'zmk-secret'

/** Writes a secret; inside a transaction. */
export function putSealed(core: Core, sealKey: Uint8Array, name: SealedName, clear: Uint8Array): void {
  const bytes = Buffer.from(seal(sealKey, `sealed ${name}`, clear, core.random))
  core.file.database.prepare('INSERT OR REPLACE INTO sealed VALUES (?, ?)').run(name, bytes)
}

/** A secret in clear, to be wiped; `undefined`: there is none; `damaged`: it is not what was written. */
export function getSealed(
  core: Core,
  sealKey: Uint8Array,
  name: SealedName,
): Uint8Array | 'damaged' | undefined {
  const row = core.file.database.prepare('SELECT bytes FROM sealed WHERE name = ?').get(name) as
    | { readonly bytes: unknown }
    | undefined
  if (row === undefined) return undefined
  return unseal(sealKey, `sealed ${name}`, blobOf(row.bytes) ?? new Uint8Array(0)) ?? 'damaged'
}

/** The secrets of a vault that is new: the key of the audit's signatures. Inside a transaction; gives its public key, hex. */
export function foundSecrets(core: Core, dataKey: Uint8Array): string {
  const seed = core.random(32)
  const pair = ed25519KeyPair(seed)
  const sealKey = derivedKey(dataKey, 'shuaka station seal 1')
  const publicKey = hexOf(pair.publicKey)
  putSealed(core, sealKey, AUDIT_SEED, seed)
  core.file.database.prepare('INSERT INTO meta VALUES (?, ?)').run(AUDIT_KEY, publicKey)
  wipe(seed, pair.secretKey, sealKey)
  return publicKey
}

export function auditPublicKey(core: Core): string | undefined {
  const row = core.file.database.prepare('SELECT value FROM meta WHERE name = ?').get(AUDIT_KEY) as
    | { readonly value: string }
    | undefined
  return row?.value
}

/** Opens the station with the shares of those who are logged in; false where the vault or a secret is damaged. */
export function openSession(core: Core, vault: Vault): boolean {
  const dataKey = dataKeyOf(vault, core.shares)
  const opened = dataKey && secretsOf(core, dataKey)
  if (opened === undefined) return false
  core.opened = opened
  core.record(
    'sessionOpened',
    opened.auditFault === undefined ? {} : { result: 'auditBroken', detail: opened.auditFault },
  )
  return true
}

function secretsOf(core: Core, dataKey: Uint8Array): Opened | undefined {
  const sealKey = derivedKey(dataKey, 'shuaka station seal 1')
  const digestKey = derivedKey(dataKey, 'shuaka station digest 1')
  const seed = getSealed(core, sealKey, AUDIT_SEED)
  const identity = readIdentity(core, sealKey)
  const zmk = readZmk(core, sealKey)
  if (!(seed instanceof Uint8Array) || identity === 'damaged' || zmk === 'damaged') {
    wipe(dataKey, sealKey, digestKey)
    if (identity !== 'damaged') wipe(identity?.secret)
    if (zmk !== 'damaged') zmk?.wipe()
    return undefined
  }
  const { secretKey, publicKey } = ed25519KeyPair(seed)
  wipe(seed)
  const fault = auditFault(core, publicKey) ?? keyBlockFault(terminalsIn(core.file.database), zmk)
  core.auditFault = fault
  return {
    ...{ dataKey, sealKey, digestKey, auditKey: secretKey, identity, zmk },
    ...{ openedMs: core.nowMs(), auditFault: fault },
  }
}

/** What is wrong with the audit as far as it can be seen without the vault, by the key of the signatures beside it. */
export function auditFaultAtStart(core: Core): string | undefined {
  return auditFault(core, publicKeyIn(auditPublicKey(core)))
}

/** What is wrong with the audit; two who are logged in check by the key in the vault and not by the one beside it. */
function auditFault(core: Core, publicKey: Uint8Array | undefined): string | undefined {
  const rows = core.log.rows()
  const verdict = verifyAudit({ publicKey, rows, heads: core.log.heads() })
  if (verdict.kind === 'broken') return `record ${verdict.record}: ${verdict.why}`
  return auditAgrees(core.file.database, rows)
}

export type EndOfSession = 'people' | 'idle' | 'total' | 'clock' | 'stop'

/**
 * Ends the session: nobody is logged in any more and every secret is wiped. Of a station that was open the record of it is
 * signed, unless its audit was broken before.
 */
export function endSession(core: Core, why: EndOfSession): void {
  const { opened } = core
  if (opened === undefined && core.shares.size === 0) return
  try {
    if (opened === undefined) core.record('loggedOut', { result: why })
    else closeSigned(core, opened, why)
  } finally {
    core.opened = undefined
    wipe(...core.shares.values())
    core.shares.clear()
    if (opened) wipeOpened(opened)
    core.changed()
  }
}

function closeSigned(core: Core, opened: Opened, why: EndOfSession): void {
  const people = core.people()
  core.file.transact(() => {
    core.log.append('sessionClosed', people, core.nowMs(), { result: why })
    if (opened.auditFault === undefined) core.log.sign(opened.auditKey)
  })
}

function wipeOpened({ dataKey, sealKey, digestKey, auditKey, identity, zmk }: Opened): void {
  wipe(dataKey, sealKey, digestKey, auditKey, identity?.secret)
  zmk?.wipe()
}

/** Why the session is to end now: a limit has passed, or the clock was put back, which would stretch them. */
export function passedLimit(core: Core): EndOfSession | undefined {
  if (core.shares.size === 0) return undefined
  const now = core.nowMs()
  const { totalMs } = core.limits
  if (now < core.activeMs - CLOCK_SLACK_MS) return 'clock'
  if (core.opened !== undefined && now - core.opened.openedMs >= totalMs) return 'total'
  return now >= idleEndsMs(core) ? 'idle' : undefined
}

/**
 * When the session ends if nothing more happens, milliseconds since 1970. A terminal that is loaded keeps it open as an
 * order does, but only so long after the latest order: a batch that runs by itself is nobody's presence.
 */
export function idleEndsMs({ activeMs, injectedMs, limits }: Core): number {
  const { idleMs, unattendedMs } = limits
  return Math.max(activeMs + idleMs, Math.min(injectedMs + idleMs, activeMs + unattendedMs))
}

/** The public key of the audit's signatures as the file has it. */
export function publicKeyIn(hex: string | undefined): Uint8Array | undefined {
  return hex !== undefined && /^[0-9A-F]{64}$/.test(hex) ? bytesOfHex(hex) : undefined
}
