import { checkValue } from '../../keys/check-value.ts'
import { HostKeys } from '../../keys/host-keys.ts'
import { type MacAlgorithm, macKeyFits } from '../../keys/mac.ts'
import { tdes } from '../../keys/tdes.ts'
import { wipe } from '../../keys/wipe.ts'
import { hexOf } from '../wire/bytes.ts'
import { macInput, receivedMacInput } from '../wire/dialect.ts'
import type { Dialect, Message } from '../wire/message.ts'
import type { AlarmBell } from './alarm.ts'
import type { Reply } from './answer.ts'
import type { Session } from './ledger.ts'
import type { HostTerminal } from './registry.ts'
import { bytes, type Request } from './request.ts'
import type { Seal } from './seal.ts'
import type { Books, Posting } from './store.ts'

/** The keys of one terminal as long as this host runs; the books have them sealed. */
export interface HeldKeys {
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
  answered(signOn: Request, reply: Reply): void
  /** To be posted with the next entry: the terminal showed for the first time that it has the current keys. */
  change(): Posting['session']
  /** To be posted with a sign-on or a sign-off. */
  session(value: Omit<Session, 'sealedKeys' | 'masterCheck'>): Posting['session']
}

export interface KeyRing {
  /** The terminal's keys; without a session in the books, or with one under another TMK, it has no working keys. */
  of(terminal: HostTerminal, books: Books): HeldKeys
}

export function keyRing(seal: Seal, bell: AlarmBell): KeyRing {
  const held = new Map<string, HeldKeys>()
  return {
    of(terminal, books) {
      const known = held.get(terminal.terminalId)
      if (known) return known
      const fresh = load(terminal, books.session(terminal.terminalId), seal, bell)
      held.set(terminal.terminalId, fresh)
      return fresh
    },
  }
}

function load(terminal: HostTerminal, session: Session | undefined, seal: Seal, bell: AlarmBell): HeldKeys {
  const masterCheck = hexOf(checkValue(tdes(terminal.masterKey), 3))
  if (session && session.masterCheck === masterCheck) {
    const record = seal.open(session.sealedKeys)
    const restored = record && HostKeys.restore(record)
    wipe(record)
    if (restored?.kind === 'ok') return holding(restored.keys, terminal, masterCheck, session, seal)
    bell.ring('badKeys') // the terminal has to sign on again
  }
  const made = HostKeys.create(terminal.masterKey.slice())
  if (made.kind !== 'ok') throw new Error(`terminal ${terminal.terminalId}: the master key is no key`)
  return holding(made.keys, terminal, masterCheck, session, seal)
}

/** Length of the MAK that a sign-on makes for an algorithm. */
export function makBytesFor(algorithm: MacAlgorithm): 8 | 16 {
  return macKeyFits(algorithm, 8) ? 8 : 16
}

function holding(
  keys: HostKeys,
  { terminalId, profile }: HostTerminal,
  masterCheck: string,
  session: Session | undefined,
  seal: Seal,
): HeldKeys {
  let latest = session
  let confirmed = 0 // version whose use is known to be in the books
  let changed = false
  let answered: { readonly request: string; readonly reply: Reply } | undefined
  const posting = (value: Omit<Session, 'sealedKeys' | 'masterCheck'>): Posting['session'] => {
    const record = keys.serialize()
    latest = { ...value, masterCheck, sealedKeys: seal.close(record) }
    wipe(record)
    changed = false
    return { terminalId, value: latest }
  }
  return {
    keys,
    authenticate({ dialect, message, bytes: received }) {
      const mac = bytes(message.fields, 64)
      if (!mac) return undefined
      const algorithm = profile.mac[dialect]
      const covered = receivedMacInput(message, dialect, received)
      const found = keys.verifyMac(algorithm, covered, mac)
      // A key made for one algorithm is not taken under another: a terminal that signs by CMAC must not be spoken for
      // in a dialect whose MAC is weaker.
      if (found.kind !== 'ok' || keys.makBytes(found.version) !== makBytesFor(algorithm)) return undefined
      if (found.version === keys.version && found.version !== confirmed) {
        confirmed = found.version // the previous keys are gone from now on (rule P13)
        answered = undefined
        changed = true
      }
      return found.version
    },
    signed(message, dialect, version) {
      const made = keys.mac(version, profile.mac[dialect], macInput(message, dialect))
      if (made.kind !== 'ok') throw new Error(`terminal ${terminalId}: no MAC under keys ${version}`)
      return { mti: message.mti, fields: { ...message.fields, 64: made.mac } }
    },
    answeredBefore: (signOn) => (answered?.request === hexOf(signOn.bytes) ? answered.reply : undefined),
    answered(signOn, reply) {
      answered = { request: hexOf(signOn.bytes), reply }
    },
    change: () => (changed && latest ? posting(latest) : undefined),
    session: posting,
  }
}
