import { checkValue } from '../../keys/check-value.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
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
import { storedAnswer, storedMessage } from './stored-answer.ts'

/**
 * The keys of one terminal as one run of one transaction has them. They come from the books and, changed, go back there
 * with its posting, and nothing of them is kept in between: another process may change them, and a run that is not
 * posted changes nothing.
 */
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
  /** To be posted: the terminal showed for the first time that it has the current keys. */
  change(): Posting['session']
  /** To be posted with a sign-off or, with what it answers, a sign-on. */
  session(
    value: Omit<Session, 'sealedKeys' | 'masterCheck'>,
    signOn?: { readonly request: Request; readonly answer: Message },
  ): Posting['session']
}

export interface KeyRing {
  /** The terminal's keys; without a session in the books, or with one under another TMK, it has no working keys. */
  of(terminal: HostTerminal, books: Books, bell: Pick<AlarmBell, 'ring'>): HeldKeys
}

export function keyRing(seal: Seal): KeyRing {
  const checks = new Map<Uint8Array, string>()
  const checkOf = (masterKey: Uint8Array) => {
    const check = checks.get(masterKey) ?? hexOf(checkValue(tdes(masterKey), 3))
    checks.set(masterKey, check)
    return check
  }
  return {
    of(terminal, books, bell) {
      const masterCheck = checkOf(terminal.masterKey)
      const session = books.session(terminal.terminalId)
      const known = session?.masterCheck === masterCheck ? opened(seal, session.sealedKeys) : undefined
      if (session?.masterCheck === masterCheck && !known) bell.ring('badKeys') // it has to sign on again
      return holding(known ?? empty(terminal), terminal, masterCheck, session, seal)
    },
  }
}

/** What a session's sealed bytes hold: the keys, and the sign-on that made them while nobody has used them. */
interface Held {
  readonly keys: HostKeys
  readonly signOn: SignOn | undefined
}

interface SignOn {
  /** Keyed hash of the request. */
  readonly fingerprint: string
  /** As `storedAnswer` writes it. */
  readonly answer: Uint8Array
}

function empty({ terminalId, masterKey }: HostTerminal): Held {
  const made = HostKeys.create(masterKey.slice())
  if (made.kind !== 'ok') throw new Error(`terminal ${terminalId}: the master key is no key`)
  return { keys: made.keys, signOn: undefined }
}

const FINGERPRINT_DIGITS = 64

/** Sealed: length of the keys (2 bytes), the keys, then nothing, or fingerprint (64 hex digits) and answer of a sign-on. */
function sealed(seal: Seal, { keys, signOn }: Held): Uint8Array {
  const record = keys.serialize()
  const { fingerprint, answer } = signOn ?? { fingerprint: '', answer: new Uint8Array() }
  const clear = new Uint8Array(2 + record.length + fingerprint.length + answer.length)
  clear[0] = record.length >> 8
  clear[1] = record.length & 255
  clear.set(record, 2)
  for (let at = 0; at < fingerprint.length; at++) clear[2 + record.length + at] = fingerprint.charCodeAt(at)
  clear.set(answer, 2 + record.length + fingerprint.length)
  const closed = seal.close(clear)
  wipe(record, clear)
  return closed
}

/** Nothing where the bytes were not sealed here, or hold no keys. */
function opened(seal: Seal, bytes: Uint8Array): Held | undefined {
  const clear = seal.open(bytes)
  if (!clear) return undefined
  const end = 2 + (clear[0] ?? 0) * 256 + (clear[1] ?? 0)
  const restored = HostKeys.restore(clear.subarray(2, end))
  const answer = clear.slice(end + FINGERPRINT_DIGITS)
  const fingerprint = String.fromCharCode(...clear.subarray(end, end + FINGERPRINT_DIGITS))
  wipe(clear)
  if (restored.kind !== 'ok') return undefined
  return { keys: restored.keys, signOn: answer.length > 0 ? { fingerprint, answer } : undefined }
}

/** Length of the MAK that a sign-on makes for an algorithm. */
export function makBytesFor(algorithm: MacAlgorithm): 8 | 16 {
  return macKeyFits(algorithm, 8) ? 8 : 16
}

function holding(
  { keys, signOn }: Held,
  { terminalId, profile }: HostTerminal,
  masterCheck: string,
  session: Session | undefined,
  seal: Seal,
): HeldKeys {
  let last = signOn
  let changed = false
  const posting = (value: Omit<Session, 'sealedKeys' | 'masterCheck'>): Posting['session'] => ({
    terminalId,
    value: { ...value, masterCheck, sealedKeys: sealed(seal, { keys, signOn: last }) },
  })
  return {
    keys,
    authenticate({ dialect, message, bytes: received }) {
      const mac = bytes(message.fields, 64)
      if (!mac) return undefined
      const algorithm = profile.mac[dialect]
      const covered = receivedMacInput(message, dialect, received)
      const before = keys.serialize()
      const found = keys.verifyMac(algorithm, covered, mac)
      const after = keys.serialize()
      const moved = !equalBytes(before, after)
      wipe(before, after)
      // A key made for one algorithm is not taken under another: a terminal that signs by CMAC must not be spoken for
      // in a dialect whose MAC is weaker.
      if (found.kind !== 'ok' || keys.makBytes(found.version) !== makBytesFor(algorithm)) return undefined
      changed ||= moved // a first message under the current keys ends the previous ones (rule P13)
      if (found.version === keys.version) last = undefined
      return found.version
    },
    signed(message, dialect, version) {
      const made = keys.mac(version, profile.mac[dialect], macInput(message, dialect))
      if (made.kind !== 'ok') throw new Error(`terminal ${terminalId}: no MAC under keys ${version}`)
      return { mti: message.mti, fields: { ...message.fields, 64: made.mac } }
    },
    answeredBefore(request) {
      if (!last || last.fingerprint !== seal.fingerprint(request.bytes)) return undefined
      return { answer: storedMessage(last.answer), keyVersion: undefined, requirement: '0' }
    },
    change: () => (changed && session ? posting(session) : undefined),
    session(value, made) {
      if (made)
        last = { fingerprint: seal.fingerprint(made.request.bytes), answer: storedAnswer(made.answer) }
      return posting(value)
    },
  }
}
