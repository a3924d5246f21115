import { wipe } from '../../../keys/wipe.ts'
import type { AuditEvent } from '../audit.ts'
import type { Asked } from './api-face.ts'
import { ApiFault } from './api-input.ts'
import { appendAudit } from './audit-log.ts'
import { type Claim, claimTry, clearTries, FAILURES_MAX, isRight, makeVerifier, type User } from './people.ts'

/**
 * The user whose password this is; it is overwritten. The try is counted before the password is looked at, and a wrong one is
 * on record, both in transactions of their own. Throws `ApiFault`: credentials, or locked after the fifth in a row.
 */
export async function provedPassword(
  asked: Asked,
  name: string,
  password: Uint8Array,
  event: Extract<AuditEvent, 'loggedIn' | 'passwordChanged'>,
): Promise<User> {
  const { database, options, now } = asked
  try {
    return await asked.passwords(asked.address, async () => {
      const claim = await database.write((query) => claimTry(query, name, now))
      if (claim.kind === 'locked') throw await refusal(asked, claim, name, event)
      if (claim.kind === 'nobody') {
        await makeVerifier(password, options.scryptCost) // as long as for a name that there is
        throw await refusal(asked, claim, name, event)
      }
      const { user, stored, failures } = claim
      if (!(await isRight(password, stored))) throw await refusal(asked, claim, name, event, failures)
      if (event === 'passwordChanged')
        await database.write((query) => clearTries(query, user.name, user.lastLogIn))
      return user
    })
  } finally {
    wipe(password)
  }
}

/** A name that nobody has may be a password in the wrong field: the record does not repeat it. */
async function refusal(
  { database, now }: Asked,
  claim: Claim,
  name: string,
  event: AuditEvent,
  failures = 0,
): Promise<ApiFault> {
  const locked = claim.kind === 'locked' || failures >= FAILURES_MAX
  const why = claim.kind === 'nobody' ? 'name' : locked ? 'locked' : 'password'
  const who = claim.kind === 'try' ? claim.user.name : 'service'
  const subject = claim.kind === 'try' ? `user ${who}` : 'log-in'
  if (claim.kind !== 'locked' || failures > 0)
    await database.write((query) =>
      appendAudit(
        database.kind,
        query,
        { who, event: 'logInRefused', subject, detail: { why, for: event } },
        now,
      ),
    )
  if (!locked) return new ApiFault('credentials', 'Name or password is wrong.')
  const minutes = claim.kind === 'locked' ? Math.max(1, Math.ceil((claim.until - now) / 60)) : 15
  return new ApiFault(
    'locked',
    `Too many wrong passwords: locked for ${minutes} minutes.`,
    name === '' ? undefined : 'name',
  )
}
