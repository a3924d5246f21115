import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'
import { type Attempts, FAILURES_MAX } from './attempts.ts'
import { type Core, refused } from './core.ts'
import { derive } from './passphrase.ts'
import type { Proof, Refused } from './station.ts'
import { readVault } from './vault-store.ts'

/** Whether these people gave their own passphrases with an order: that somebody is logged in does not say who types. */
export interface Proving {
  /** Of one who is logged in, counted as an attempt; why not, or nothing. `order` is for the record of a wrong one. */
  one(order: string, proof: Proof): Promise<Refused | undefined>
  /** Of two different people, each counted by itself. */
  two(order: string, proofs: readonly Proof[]): Promise<Refused | undefined>
}

/** Passphrases are overwritten by every call, also those that were not asked for. */
export function proving(core: Core, attempts: Attempts): Proving {
  async function one(order: string, { name, passphrase }: Proof): Promise<Refused | undefined> {
    const person = readVault(core)?.people.find((candidate) => candidate.name === name)
    if (core.opened === undefined) return refused('closed')
    if (person === undefined || !core.shares.has(name)) return refused('notLoggedIn')
    if (attempts.lockedUntil(name) > core.nowMs()) return refused('locked', name)
    const failures = attempts.count(name) // before the answer is known: a crash is a try
    const { share, verifier } = await derive(passphrase, person.salt, person.cost)
    const right = equalBytes(verifier, person.verifier)
    wipe(share, verifier)
    if (right) {
      attempts.clear(name)
      return undefined
    }
    const locked = failures >= FAILURES_MAX
    const result = locked ? 'locked' : 'passphrase'
    core.record('passphraseRefused', { person: name, detail: order, result }, () => {
      if (locked) attempts.lock(name)
    })
    return refused(locked ? 'locked' : 'credentials', name)
  }

  /** A session that ended meanwhile proves nothing. */
  async function all(order: string, proofs: readonly Proof[]): Promise<Refused | undefined> {
    const { opened } = core
    try {
      for (const proof of proofs) {
        const why = await one(order, proof)
        if (why !== undefined) return why
      }
      if (core.opened !== opened) return refused('closed')
      return proofs.every(({ name }) => core.shares.has(name)) ? undefined : refused('notLoggedIn')
    } finally {
      wipe(...proofs.map(({ passphrase }) => passphrase))
    }
  }

  return {
    one: (order, proof) => all(order, [proof]),
    async two(order, proofs) {
      const [first, second] = proofs
      if (proofs.length === 2 && first?.name !== second?.name) return all(order, proofs)
      wipe(...proofs.map(({ passphrase }) => passphrase))
      return refused(core.opened === undefined ? 'closed' : 'twoPeople')
    },
  }
}
