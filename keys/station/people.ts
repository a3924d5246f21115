import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'
import { attemptsIn, FAILURES_MAX } from './attempts.ts'
import { type Core, refused } from './core.ts'
import { isName } from './name.ts'
import { derive, isPassphrase, SALT_LENGTH } from './passphrase.ts'
import { proving } from './proof.ts'
import { auditPublicKey, endSession, foundSecrets, openSession } from './session.ts'
import type { Done, PersonView, Proof, Refused, Role, StationState } from './station.ts'
import { PEOPLE_MAX, type Vault, type VaultPerson, wrapped } from './vault.ts'
import { missing, readVault, rewrap, writeVault } from './vault-store.ts'

/** Who is enrolled, and the ways in and out. Passphrases are overwritten by every call. */
export interface People {
  views(): readonly PersonView[]
  state(): StationState
  role(name: string): Role | undefined
  /** How many custodians are enrolled. */
  custodians(): number
  enrol(name: string, role: Role, passphrase: Uint8Array, by: readonly Proof[]): Promise<Done>
  logIn(name: string, passphrase: Uint8Array): Promise<Done<{ readonly state: StationState }>>
  logOut(name: string): Done
  dismiss(name: string, by: readonly Proof[]): Promise<Done>
  /** Carries an order out when this one person, or these two, have given their passphrases with it. */
  proved<Result>(order: string, by: Proof | readonly Proof[], act: () => Done<Result>): Promise<Done<Result>>
  changePassphrase(name: string, old: Uint8Array, fresh: Uint8Array): Promise<Done>
  /** Resolves when no passphrase is being worked on. */
  settled(): Promise<unknown>
}

export function people(core: Core): People {
  const attempts = attemptsIn(core)
  const prove = proving(core, attempts)
  /** One at a time: guesses that run side by side would all pass the counter. */
  let last: Promise<unknown> = Promise.resolve()
  const queued = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = last.then(act)
    last = result.catch(() => undefined)
    return result
  }
  const entry = (name: string) => readVault(core)?.people.find((person) => person.name === name)

  async function enrol(
    name: string,
    role: Role,
    passphrase: Uint8Array,
    by: readonly Proof[],
  ): Promise<Done> {
    const before = readVault(core)
    const why = before === undefined ? refused('damaged') : enrolFault(core, before, name, passphrase)
    if (before === undefined || why !== undefined) return why ?? refused('damaged')
    const unproved = before.people.length < 2 ? undefined : await prove.two('enrolled', by)
    if (unproved !== undefined) return unproved
    const session = core.opened
    const salt = core.random(SALT_LENGTH)
    const cost = core.limits.scryptCost
    const { share, verifier } = await derive(passphrase, salt, cost)
    const person = { name, role, cost, salt, verifier, share: new Uint8Array(0) }
    const vault = readVault(core) // somebody may have been dismissed meanwhile
    if (vault === undefined || !mayEnrol(core, vault) || core.opened !== session) {
      wipe(share)
      return refused('closed') // the session ended meanwhile
    }
    const all = [...vault.people, person]
    if (all.length <= 2) return foundWith(core, all, person, share)
    const { opened } = core
    if (opened === undefined) {
      wipe(share)
      return refused('closed')
    }
    const detail = `${role}, by ${by.map((one) => one.name).join(' and ')}`
    const done = core.record('enrolled', { person: name, detail }, () => {
      rewrap(core, vault, all, opened.dataKey, new Map([[name, share]]))
      return true
    })
    wipe(share)
    return done ? { kind: 'ok' } : refused('damaged')
  }

  async function logIn(
    name: string,
    passphrase: Uint8Array,
  ): Promise<Done<{ readonly state: StationState }>> {
    const person = entry(name)
    const early = logInFault(core, person, attempts.lockedUntil(name))
    if (early !== undefined || person === undefined) {
      wipe(passphrase)
      // A name that nobody has may be a passphrase in the wrong field: the record does not repeat it.
      if (person === undefined) core.record('logInRefused', { result: 'name' })
      return early ?? refused('credentials')
    }
    const failures = attempts.count(name) // before the answer is known: a crash is a try
    const { share, verifier } = await derive(passphrase, person.salt, person.cost)
    if (!equalBytes(verifier, person.verifier)) {
      wipe(share)
      const locked = failures >= FAILURES_MAX
      core.record('logInRefused', { person: name, result: locked ? 'locked' : 'passphrase' }, () => {
        if (locked) attempts.lock(name)
      })
      return refused(locked ? 'locked' : 'credentials')
    }
    if (core.shares.size === 0) core.activeMs = core.nowMs()
    core.shares.set(name, share)
    core.record('loggedIn', { person: name }, () => attempts.clear(name))
    const vault = readVault(core)
    if (core.opened !== undefined || core.shares.size < 2) return { kind: 'ok', state: state() }
    if (vault !== undefined && openVaultSession(vault)) return { kind: 'ok', state: state() }
    endSession(core, 'stop')
    return refused('damaged')
  }

  /** A throw, as of a token that is not there, leaves nobody logged in. */
  function openVaultSession(vault: Vault): boolean {
    try {
      return openSession(core, vault)
    } catch (error) {
      endSession(core, 'stop')
      throw error
    }
  }

  async function changePassphrase(name: string, old: Uint8Array, fresh: Uint8Array): Promise<Done> {
    if (!isPassphrase(fresh)) return refused(core.opened === undefined ? 'closed' : 'passphrase')
    const unproved = await prove.one('passphraseChanged', { name, passphrase: old })
    if (unproved !== undefined) return unproved
    const salt = core.random(SALT_LENGTH)
    const { scryptCost: cost } = core.limits
    const { share, verifier } = await derive(fresh, salt, cost)
    const vault = readVault(core)
    const { opened } = core
    if (opened === undefined || vault === undefined || !core.shares.has(name)) {
      wipe(share)
      return refused('closed')
    }
    const all = vault.people.map((other) =>
      other.name === name ? { ...other, salt, cost, verifier } : other,
    )
    core.record('passphraseChanged', { person: name }, () => {
      rewrap(core, vault, all, opened.dataKey, new Map([[name, share]]))
    })
    wipe(core.shares.get(name))
    core.shares.set(name, share)
    return { kind: 'ok' }
  }

  async function dismiss(name: string, by: readonly Proof[]): Promise<Done> {
    const unproved = await prove.two('dismissed', by)
    if (unproved !== undefined) return unproved
    const vault = readVault(core)
    const { opened } = core
    if (opened === undefined || vault === undefined) return refused('closed')
    const rest = vault.people.filter((person) => person.name !== name)
    if (rest.length === vault.people.length) return refused('credentials')
    if (rest.length < 2 || (core.shares.has(name) && core.shares.size <= 2)) return refused('people')
    const detail = `by ${by.map((one) => one.name).join(' and ')}`
    core.record('dismissed', { person: name, detail }, () =>
      rewrap(core, vault, rest, opened.dataKey, new Map()),
    )
    wipe(core.shares.get(name))
    core.shares.delete(name)
    return { kind: 'ok' }
  }

  function state(): StationState {
    if ((readVault(core)?.people.length ?? 0) < 2) return 'new'
    return core.opened === undefined ? 'closed' : 'open'
  }

  return {
    state,
    settled: () => last,
    role: (name) => entry(name)?.role,
    views: () =>
      (readVault(core)?.people ?? []).map(({ name, role }) => {
        const lockedUntilMs = attempts.lockedUntil(name)
        return {
          ...{ name, role, loggedIn: core.shares.has(name), failures: attempts.failures(name) },
          ...(lockedUntilMs > core.nowMs() && { lockedUntilMs }),
        }
      }),
    custodians: () => (readVault(core)?.people ?? []).filter((person) => person.role === 'custodian').length,
    enrol: (name, role, passphrase, by) =>
      queued(() =>
        enrol(name.trim(), role, passphrase, by).finally(() =>
          wipe(passphrase, ...by.map((one) => one.passphrase)),
        ),
      ),
    logIn: (name, passphrase) => queued(() => logIn(name.trim(), passphrase)),
    changePassphrase: (name, old, fresh) =>
      queued(() => changePassphrase(name, old, fresh).finally(() => wipe(old, fresh))),
    logOut(name) {
      const share = core.shares.get(name)
      if (share === undefined) return refused('notLoggedIn')
      core.record('loggedOut', { person: name })
      if (core.shares.size <= 2) endSession(core, 'people')
      else {
        wipe(share)
        core.shares.delete(name)
        core.changed()
      }
      return { kind: 'ok' }
    },
    dismiss: (name, by) => queued(() => dismiss(name, by)),
    proved: (order, by, act) =>
      queued(async () => {
        const unproved = 'name' in by ? await prove.one(order, by) : await prove.two(order, by)
        return unproved ?? act()
      }),
  }
}

/** The first person waits for the second; with the second the vault is made, and both are logged in. */
function foundWith(core: Core, all: readonly VaultPerson[], person: VaultPerson, share: Uint8Array): Done {
  const { name, role } = person
  if (core.shares.size === 0) core.activeMs = core.nowMs()
  if (all.length === 1) {
    core.record('enrolled', { person: name, detail: role }, () =>
      writeVault(core, { people: all, wraps: [], mac: new Uint8Array(0) }),
    )
    core.shares.set(name, share)
    return { kind: 'ok' }
  }
  const dataKey = core.random(32)
  core.shares.set(name, share)
  core.record('enrolled', { person: name, detail: role }, () => {
    writeVault(
      core,
      wrapped(all, dataKey, (other) => core.shares.get(other) ?? missing(), core.random),
    )
    foundSecrets(core, dataKey)
    const detail = auditPublicKey(core)
    core.log.append('auditKey', core.people(), core.nowMs(), detail === undefined ? {} : { detail })
  })
  wipe(dataKey)
  const vault = readVault(core)
  if (vault !== undefined && openSession(core, vault)) return { kind: 'ok' }
  endSession(core, 'stop')
  return refused('damaged')
}

function enrolFault(core: Core, vault: Vault, name: string, passphrase: Uint8Array): Refused | undefined {
  if (!isName(name)) return refused('name')
  if (!isPassphrase(passphrase)) return refused('passphrase')
  if (vault.people.some((person) => person.name.toLowerCase() === name.toLowerCase()))
    return refused('nameTaken')
  if (vault.people.length >= PEOPLE_MAX) return refused('people')
  return mayEnrol(core, vault) ? undefined : refused('closed')
}

/** The first two come freely, the second while the first is there; of all others two decide. */
function mayEnrol(core: Core, { people }: Vault): boolean {
  if (people.length === 0) return true
  return people.length === 1 ? core.shares.size === 1 : core.opened !== undefined
}

function logInFault(core: Core, person: VaultPerson | undefined, lockedUntilMs: number): Refused | undefined {
  if (readVault(core) === undefined) return refused('damaged')
  if (person === undefined) return refused('credentials')
  if (core.shares.has(person.name)) return refused('loggedIn')
  return lockedUntilMs > core.nowMs() ? refused('locked') : undefined
}
