import { equalBytes } from '../../keys/equal-bytes.ts'
import { HostKeys, type RandomBytes, type RenewResult } from '../../keys/host-keys.ts'
import { type MacAlgorithm, macKeyFits } from '../../keys/mac.ts'
import { wipe } from '../../keys/wipe.ts'
import { kindAlgorithm, type WorkingKeyKind } from '../../keys/working-keys.ts'
import { macInput, receivedMacInput } from '../wire/dialect.ts'
import type { Dialect, Message } from '../wire/message.ts'
import type { AlarmBell } from './alarm.ts'
import type { Reply } from './answer.ts'
import type { MasterKeys } from './key-book.ts'
import type { HostTime, Session } from './ledger.ts'
import {
  heldMasters,
  keyEvent,
  openMasters,
  type ProvisionedCheck,
  sealMasters,
  wipeMasters,
} from './master-keys.ts'
import type { HostTerminal } from './registry.ts'
import { bytes, type Request } from './request.ts'
import type { Seal } from './seal.ts'
import { type Held, openSession, type SignOn, sealSession } from './sealed-session.ts'
import type { Books, Posting } from './store.ts'
import { storedAnswer, storedMessage } from './stored-answer.ts'

/**
 * The keys of one terminal as one run of one transaction has them. They come from the books and, changed, go back there
 * with its posting, and nothing of them is kept in between: another process may change them, and a run that is not
 * posted changes nothing.
 */
export interface HeldKeys {
  /** Those that the request came under. */
  readonly keys: HostKeys
  /** Version of the keys that the MAC of a request was right under, or nothing: no keys, no MAC, a wrong one. */
  authenticate(request: Request): number | undefined
  /** The message with its field 64 under keys of `version`. */
  signed(message: Message, dialect: Dialect, version: number): Message
  /**
   * The answer to this very sign-on, as long as no message came under its keys: the network may double a frame, and the
   * terminal uses the keys of the first answer.
   */
  answeredBefore(signOn: Request): Reply | undefined
  /**
   * 签到: fresh working keys under the terminal's current master key. Those that it has shown it holds stay good until its
   * first message under the new ones (rule P13), also where they were made under the master key before. `unknown`:
   * this host was never given one. `noMaster`: the books hold one that cannot be opened. `kind`: keys of this kind are of
   * another cipher than the master key, or make no such MAC. The MAK is for `mac` alone.
   */
  renew(kind: WorkingKeyKind, random: RandomBytes, mac: MacAlgorithm): Renewed
  /** To be posted: the terminal showed for the first time that it has the current keys. */
  change(): Posting['session']
  /** To be posted: with it the terminal showed that it uses the current master key, so the one before is gone. */
  settled(): Pick<Posting, 'masters' | 'keyEvents'>
  /** To be posted with a sign-off or, with what it answers, a sign-on. */
  session(
    value: Omit<Session, 'sealedKeys' | 'masterCheck'>,
    signOn?: { readonly request: Request; readonly answer: Message },
  ): Posting['session']
}

export type Renewed =
  | { readonly kind: 'ok'; readonly block: Uint8Array; readonly version: number }
  | { readonly kind: 'refused'; readonly why: 'random' | 'unknown' | 'noMaster' | 'kind' }

export interface KeyRing {
  /** The terminal's keys; without a session in the books, or with one under another TMK, it has no working keys. */
  of(terminal: HostTerminal, books: Books, bell: Pick<AlarmBell, 'ring'>, at: HostTime): HeldKeys
}

export function keyRing(seal: Seal, provisioned: ProvisionedCheck): KeyRing {
  return {
    of(terminal, books, bell, at) {
      const masters = heldMasters(books, terminal, provisioned)
      const current = masters?.current.checkValue ?? provisioned(terminal)
      const session = books.session(terminal.terminalId)
      const good = session?.masterCheck === current || session?.masterCheck === masters?.previous?.checkValue
      const known = session && good ? openSession(seal, session.sealedKeys) : undefined
      if (session && good && !known) bell.ring('badKeys') // it has to sign on again
      return holding({ seal, terminal, bell, at, masters, current, session }, known)
    },
  }
}

/** Length of the MAK that a sign-on of a kind makes for an algorithm; nothing where they do not go together. */
export function makBytesFor(algorithm: MacAlgorithm, kind: WorkingKeyKind): 8 | 16 | undefined {
  const sizes = kind === '001' ? ([8] as const) : ([8, 16] as const)
  return sizes.find((size) => macKeyFits(algorithm, size, kindAlgorithm(kind)))
}

interface Ring {
  readonly seal: Seal
  readonly terminal: HostTerminal
  readonly bell: Pick<AlarmBell, 'ring'>
  readonly at: HostTime
  readonly masters: MasterKeys | undefined
  /** Check value of the current master key; empty: this host has none. */
  readonly current: string
  readonly session: Session | undefined
}

/** What one run changes. */
interface Now {
  keys: HostKeys | undefined
  before: HostKeys | undefined
  signOn: SignOn | undefined
  /** Check value of the master key of `keys`. */
  masterCheck: string
  /** What the request came under. */
  used: HostKeys | undefined
  changed: boolean
  /** The terminal uses the current master key. */
  settled: boolean
}

function holding(ring: Ring, held: Held | undefined): HeldKeys {
  const { seal, terminal, session } = ring
  const { terminalId, profile } = terminal
  const now: Now = {
    keys: held?.keys,
    before: held?.before,
    signOn: held?.signOn,
    masterCheck: held && session ? session.masterCheck : ring.current,
    used: held?.keys,
    changed: false,
    settled: false,
  }
  const posting = (value: Omit<Session, 'sealedKeys' | 'masterCheck'>): Posting['session'] => {
    const keys = now.keys
    if (!keys) return undefined
    const { before, signOn, masterCheck } = now
    return {
      terminalId,
      value: { ...value, masterCheck, sealedKeys: sealSession(seal, { keys, before, signOn }) },
    }
  }
  return {
    get keys() {
      if (!now.used) throw new Error(`terminal ${terminalId}: no keys`)
      return now.used
    },
    authenticate: (request) => authenticated(now, ring, request),
    signed(message, dialect, version) {
      const made = now.used?.mac(version, profile.mac[dialect], macInput(message, dialect))
      if (made?.kind !== 'ok') throw new Error(`terminal ${terminalId}: no MAC under keys ${version}`)
      return { mti: message.mti, fields: { ...message.fields, 64: made.mac } }
    },
    answeredBefore(request) {
      const { signOn, masterCheck } = now
      const same = signOn && signOn.fingerprint === seal.fingerprint(request.bytes)
      if (!same || masterCheck !== ring.current) return undefined
      return { answer: storedMessage(signOn.answer), keyVersion: undefined, requirement: '0' }
    },
    renew(kind, random, mac) {
      if (!ring.masters && terminal.masterKey === undefined) {
        ring.bell.ring('noMasterKey')
        return { kind: 'refused', why: 'unknown' }
      }
      const algorithm = ring.masters?.current.algorithm ?? terminal.masterAlgorithm ?? 'TDES'
      const makBytes = makBytesFor(mac, kind)
      if (!makBytes || kindAlgorithm(kind) !== algorithm) return { kind: 'refused', why: 'kind' }
      return renewed(now, ring, (keys) => keys.renew(kind, random, makBytes, mac))
    },
    change: () => (now.changed && session ? posting(session) : undefined),
    settled: () => (now.settled ? settledMasters(ring) : {}),
    session(value, made) {
      if (made)
        now.signOn = { fingerprint: seal.fingerprint(made.request.bytes), answer: storedAnswer(made.answer) }
      return posting(value)
    },
  }
}

function authenticated(
  now: Now,
  ring: Ring,
  { dialect, message, bytes: received }: Request,
): number | undefined {
  const mac = bytes(message.fields, 64)
  const keys = now.keys
  if (!mac || !keys) return undefined
  const { mac: macs, signOn } = ring.terminal.profile
  const algorithm = macs[dialect]
  const covered = receivedMacInput(message, dialect, received)
  for (const candidate of [keys, now.before]) {
    if (candidate?.algorithm !== kindAlgorithm(signOn)) continue // none, or of another cipher than its profile's
    const before = candidate.serialize()
    const found = candidate.verifyMac(algorithm, covered, mac)
    const after = candidate.serialize()
    const moved = !equalBytes(before, after)
    wipe(before, after)
    // A key made for one algorithm is not taken under another: a terminal that signs by CMAC must not be spoken for
    // in a dialect whose MAC is weaker. Of keys from before a MAK was bound to its algorithm, the size tells.
    if (found.kind !== 'ok' || candidate.makBytes(found.version) !== makBytesFor(algorithm, signOn)) continue
    now.used = candidate
    now.changed ||= moved // a first message under the current keys ends the previous ones (rule P13)
    if (candidate === keys && found.version === keys.version) {
      now.changed ||= now.before !== undefined
      now.before = undefined
      now.signOn = undefined
      now.settled = now.masterCheck === ring.current && ring.masters?.previous !== undefined
    }
    return found.version
  }
  return undefined
}

function renewed(now: Now, ring: Ring, renew: (keys: HostKeys) => RenewResult): Renewed {
  const keys = now.masterCheck === ring.current ? (now.keys ?? underCurrent(ring)) : underCurrent(ring)
  if (!keys) return { kind: 'refused', why: 'noMaster' }
  const made = renew(keys)
  if (made.kind !== 'ok') return made
  if (keys !== now.keys) {
    // What the terminal has shown it holds: where the keys in between were never used, those of before.
    now.before ??= now.keys
    now.keys = keys
    now.masterCheck = ring.current
  }
  now.used = keys
  return made
}

/** No working keys yet, under the current master key. */
function underCurrent({ seal, terminal, bell, at, masters }: Ring): HostKeys | undefined {
  const open = openMasters(seal, terminal, masters, at)
  if (!open || open === 'none') {
    bell.ring('badKeys')
    return undefined
  }
  const made = HostKeys.create(open.current.bytes.slice(), open.current.note.algorithm)
  wipeMasters(open)
  if (made.kind !== 'ok') throw new Error(`terminal ${terminal.terminalId}: the master key is no key`)
  return made.keys
}

/** The terminal has used the current master key: the one before is gone. */
function settledMasters({ seal, terminal, bell, at, masters }: Ring): Pick<Posting, 'masters' | 'keyEvents'> {
  const open = openMasters(seal, terminal, masters, at)
  if (!open || open === 'none') {
    bell.ring('badKeys')
    return {}
  }
  const value = sealMasters(seal, terminal, { ...open, previous: undefined })
  wipeMasters(open)
  return {
    masters: [{ terminalId: terminal.terminalId, value }],
    keyEvents: [keyEvent(terminal, 'confirmed', at, open.current.note)],
  }
}
