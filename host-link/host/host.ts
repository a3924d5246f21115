import { encodeMessage } from '../wire/dialect.ts'
import type { Message } from '../wire/message.ts'
import { answerMti } from '../wire/transaction.ts'
import { type Alarm, type Alarms, alarmBell } from './alarm.ts'
import { answerTo, type Institutions, panOf, type Reply, withoutMac } from './answer.ts'
import { type Connection, connection } from './connection.ts'
import { type Context, type Decision, type Office, refused, replyWith } from './context.ts'
import type { TestFaults } from './faults.ts'
import { clearTrack2 } from './issuer.ts'
import { keyRing } from './key-ring.ts'
import type { Entry, HostTime, Kind, TransactionKey } from './ledger.ts'
import { balanceEnquiry, sale } from './purchase.ts'
import type { HostCard, HostTerminal } from './registry.ts'
import { kindOf, parts60, type Request, type RequestKind, sixDigitNumber, text } from './request.ts'
import { REVERSAL_CONTENT, reversal, statusInquiry } from './reversal.ts'
import { sealUnder } from './seal.ts'
import { settlement } from './settlement.ts'
import { echo, signOff, signOn } from './sign-on.ts'
import type { Store } from './store.ts'
import { storedMessage } from './stored-answer.ts'

export interface HostOptions {
  readonly store: Store
  readonly terminals: readonly HostTerminal[]
  readonly cards: readonly HostCard[]
  /** The host's local time. */
  readonly clock: { now(): HostTime }
  /** So many unpredictable bytes. */
  readonly random: (bytes: number) => Uint8Array
  /** 32 bytes that stay the same as long as the books do (`seal.ts`). */
  readonly secret: Uint8Array
  /** Largest sale in fen; above, 13. */
  readonly saleMaxFen?: number
  readonly institutions?: Institutions
  /** Hears of each alarm; `badMac` of one terminal again and again is an attack or a lost key. Must not throw. */
  readonly alarm?: (alarm: Alarm) => void
  /** 测试: faults by amount, for people and scripted tests. Off when absent. */
  readonly testFaults?: TestFaults
}

/** 参考主机 reference host: acquirer and issuer in one. */
export interface Host {
  /** One byte stream of a client. */
  connection(): Connection
  alarms(): Alarms
}

const INSTITUTIONS: Institutions = { acquirer: '48983201', issuer: '62226000' }
const SALE_MAX_FEN = 100_000_000

/** Opens the cards' accounts in the books; everything else waits for connections. */
export function createHost(options: HostOptions): Host {
  const { store, terminals, cards, clock, random, secret } = options
  const bell = alarmBell(options.alarm)
  const office: Office = {
    cards: new Map(cards.map((card) => [card.pan, card])),
    institutions: options.institutions ?? INSTITUTIONS,
    saleMaxFen: options.saleMaxFen ?? SALE_MAX_FEN,
    seal: sealUnder(secret, random),
    bell,
    random,
    testFaults: options.testFaults,
  }
  const registry = new Map(terminals.map((terminal) => [terminal.terminalId, terminal]))
  const ring = keyRing(office.seal, bell)
  store.openAccounts(cards)

  const answer = (request: Request): Promise<Answered | undefined> =>
    store.transact((books) => {
      const at = clock.now()
      const terminal = registry.get(text(request.message.fields, 41) ?? '')
      const kind = terminal && kindOf(request.message, terminal.profile)
      if (!terminal) return unknownTerminal(request, office, at)
      if (!kind) return { result: undefined }

      const held = ring.of(terminal, books)
      const keyVersion = held.authenticate(request)
      const { fields } = request.message
      const context: Context = { office, books, terminal, held, request, fields, at, keyVersion }
      const { posting, result } = decide(context, kind)
      const signed = finished(context, result)
      return { ...(posting && { posting }), result: { reply: signed, request, terminal } }
    })

  return {
    connection: () => connection({ answer, bell, faults: options.testFaults }),
    alarms: bell.counts,
  }
}

/** An answer as it is sent: signed, with the terminal that asked. */
export interface Answered {
  readonly reply: Reply
  readonly request: Request
  readonly terminal: HostTerminal | undefined
}

/** 97, without a MAC: there is no key to make one under. */
function unknownTerminal(
  request: Request,
  office: Office,
  at: HostTime,
): { readonly result: Answered | undefined } {
  office.bell.ring('unknownTerminal')
  if (!/^0[1-9][02468]0$/.test(request.message.mti)) return { result: undefined }
  const answer = answerTo(request, '97', at, office.institutions)
  return {
    result: { reply: { answer, keyVersion: undefined, requirement: '0' }, request, terminal: undefined },
  }
}

/** All checks that come before what a kind of request does, in order. */
function decide(context: Context, kind: RequestKind): Decision {
  if (kind === 'signOn') return signOn(context)
  if (kind === 'signOff') return signOff(context)
  if (kind === 'echo') return echo(context)

  const { office, terminal, fields, keyVersion } = context
  if (keyVersion === undefined) {
    office.bell.ring('badMac')
    return { result: unauthenticated(context) }
  }
  if (text(fields, 42) !== terminal.merchantId) {
    office.bell.ring('unknownMerchant')
    return refused(context, '03') // after the MAC: what is altered on the line gets no signed answer
  }
  switch (kind) {
    case 'sale':
      return keyed(context, kind, sale)
    case 'balanceEnquiry':
      return keyed(context, kind, balanceEnquiry)
    case 'reversal':
      return keyed(context, kind, reversal)
    case 'settlement':
      return keyed(context, kind, settlement)
    case 'statusInquiry':
      return statusInquiry(context)
    case 'other':
      return refused(context, '40')
    default:
      return unreachable(kind)
  }
}

/**
 * A0, without effect and without a MAC. Whoever sent the request has not shown that it knows a key, so nothing that it
 * chose may come back signed: under `cup-ecb` eight free bytes would be enough to have any message signed. The
 * terminal counts it as no answer (rule P8), reverses, and learns from the header that it is worth signing on again.
 */
function unauthenticated(context: Context): Reply {
  const { request, office, at } = context
  const { 57: _store, 60: _batch, ...fields } = answerTo(request, 'A0', at, office.institutions).fields
  const answer = { mti: answerMti(request.message.mti), fields }
  return { answer, keyVersion: undefined, requirement: '3', wrongMac: true }
}

/** Rule P6: the same key with the same content gets the stored answer; with other content 94, an alarm, no effect. */
function keyed(
  context: Context,
  kind: Kind,
  act: (context: Context, key: TransactionKey, fingerprint: string) => Decision,
): Decision {
  const { office, books, terminal, fields, request } = context
  const batch = sixDigitNumber(parts60(fields).batch)
  const trace = sixDigitNumber(text(fields, 11))
  if (batch === 0 || trace === 0) return refused(context, '30')
  const key: TransactionKey = { terminalId: terminal.terminalId, batch, trace, kind }
  const fingerprint = office.seal.fingerprint(encodeMessage('cbor', contentOf(request.message, kind)))
  const known = books.entry(key)
  if (!known) return act(context, key, fingerprint)
  if (known.fingerprint === fingerprint) return { result: repeated(context, known) }

  office.bell.ring('conflict')
  return { posting: { conflict: { terminalId: key.terminalId, batch } }, ...refused(context, '94') }
}

function contentOf(message: Message, kind: Kind): Message {
  const { mti, fields } = withoutMac(message)
  if (kind !== 'reversal') return { mti, fields }
  const content = Object.entries(fields).filter(([element]) => REVERSAL_CONTENT.includes(Number(element)))
  return { mti, fields: Object.fromEntries(content) }
}

/** The stored answer: under the same keys and in the same dialect byte for byte what was sent the first time. */
function repeated(context: Context, known: Entry): Reply {
  const { mti, fields } = storedMessage(known.answer)
  const pan = known.maskedPan === undefined ? undefined : panOf(context.fields, clearTrack2(context))
  const bears = known.key.kind === 'sale' || known.key.kind === 'balanceEnquiry'
  return replyWith(context, { mti, fields: { ...fields, ...(bears && pan !== undefined && { 2: pan }) } })
}

function finished({ held, request }: Context, reply: Reply): Reply {
  const { answer, keyVersion } = reply
  return keyVersion === undefined
    ? reply
    : { ...reply, answer: held.signed(answer, request.dialect, keyVersion) }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`)
}
