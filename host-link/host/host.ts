import { makeEphemerals } from '../channel/ephemerals.ts'
import { answerMti, transactions } from '../wire/transaction.ts'
import { type Acquirer, businessDateOf, PLAIN_ACQUIRER } from './acquirer.ts'
import { type Alarm, type Alarms, alarmBell, heldBell } from './alarm.ts'
import { answerTo, type Institutions, type Reply } from './answer.ts'
import { judged } from './booking.ts'
import { channelConnection, type HostChannel } from './channel-connection.ts'
import { type Connection, connection } from './connection.ts'
import { type Context, type Decision, type Office, refused } from './context.ts'
import type { TestFaults } from './faults.ts'
import { answerers, judges } from './judges.ts'
import { keyRing } from './key-ring.ts'
import { keyed } from './keyed.ts'
import type { HostTime, Kind } from './ledger.ts'
import { likelyOf } from './likely.ts'
import { provisionedChecks } from './master-keys.ts'
import type { HostCard, HostTerminal } from './registry.ts'
import { makeRemoteKeys, type RemoteKeys } from './remote-keys.ts'
import { kindOf, type Request, type RequestKind, text } from './request.ts'
import { reversal } from './reversal.ts'
import { sealUnder } from './seal.ts'
import { settlement } from './settlement.ts'
import { echo, signOff, signOn } from './sign-on.ts'
import type { Posting, Store } from './store.ts'
import { batchEnd, upload, uploadedAgain } from './upload.ts'

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
  /** 收单规则; without them no offers, no programmes, no bills. */
  readonly acquirer?: Acquirer
  /** GBK bytes of a text as characters; without it what is not ASCII is `?`. */
  readonly gbk?: (text: string) => string
  /** Largest amount in fen of one transaction; above, 13. */
  readonly saleMaxFen?: number
  readonly institutions?: Institutions
  /** Hears of each alarm; `badMac` of one terminal again and again is an attack or a lost key. Must not throw. */
  readonly alarm?: (alarm: Alarm) => void
  /** 测试: faults by amount, for people and scripted tests. Off when absent. */
  readonly testFaults?: TestFaults
  /** The encrypted channel, beside plain streams or alone; absent: plain only. */
  readonly channel?: HostChannel
  /** 远程密钥下载 inside the channel; absent: that of the host's own books. */
  readonly remoteKeys?: RemoteKeys
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
    acquirer: options.acquirer ?? PLAIN_ACQUIRER,
    saleMaxFen: options.saleMaxFen ?? SALE_MAX_FEN,
    gbk: options.gbk ?? asciiOnly,
    seal: sealUnder(secret, random),
    bell,
    random,
    testFaults: options.testFaults,
  }
  const registry = new Map(terminals.map((terminal) => [terminal.terminalId, terminal]))
  const provisioned = provisionedChecks()
  const ring = keyRing(office.seal, provisioned)
  store.openAccounts(cards.map((card) => ({ ...card, active: card.status !== 'inactive' })))

  const answer = async (request: Request): Promise<Answered | undefined> => {
    const terminal = registry.get(text(request.message.fields, 41) ?? '')
    if (!terminal) return unknownTerminal(request, office, clock.now())
    const kind = kindOf(request.message, terminal.profile)
    if (!kind) return undefined

    const waiting = heldBell(bell)
    const desk = { ...office, bell: waiting.bell }
    const answered = await store.transact(
      (books) => {
        waiting.hush() // what a run rang that ended at a read: the store runs this again
        const at = clock.now()
        const held = ring.of(terminal, books, desk.bell, at)
        const keyVersion = held.authenticate(request)
        const { fields } = request.message
        const context: Context = {
          office: desk,
          books,
          terminal,
          held,
          request,
          fields,
          at,
          businessDate: businessDateOf(at, office.acquirer.cutOver),
          keyVersion,
        }
        const { posting, result } = decide(context, kind)
        // Whatever becomes of the request, its MAC was right under new keys: the previous ones end (rule P13).
        const session = posting?.session ?? held.change()
        const all: Posting = { ...held.settled(), ...posting, ...(session && { session }) }
        const signed = finished(context, result)
        return {
          ...(Object.keys(all).length > 0 && { posting: all }),
          result: { reply: signed, request, terminal },
        }
      },
      likelyOf(
        request,
        kind === 'signOn' || kind === 'signOff' || kind === 'echo' || kind === 'other' ? undefined : kind,
        office.cards,
      ),
    )
    waiting.release()
    return answered
  }

  const plain = (serial?: string): Connection =>
    connection({
      ...{ answer, bell, faults: options.testFaults },
      ...(serial !== undefined && {
        isOwn: ({ message }) => registry.get(text(message.fields, 41) ?? '')?.serial === serial,
      }),
    })
  const keyDesk = { store, terminals, seal: office.seal, provisioned, clock, random, bell }
  const ephemerals = makeEphemerals()
  const { channel, remoteKeys = makeRemoteKeys(keyDesk) } = options

  return {
    connection: () =>
      channel === undefined
        ? plain()
        : channelConnection({
            ...{ channel, remoteKeys, bell, random, ephemerals, plain },
            today: () => Number(clock.now().date),
          }),
    alarms: bell.counts,
  }
}

function asciiOnly(text: string): string {
  return text.replace(/[^ -~]/gu, '?')
}

/** An answer as it is sent: signed, with the terminal that asked. */
export interface Answered {
  readonly reply: Reply
  readonly request: Request
  readonly terminal: HostTerminal | undefined
}

/** 97, without a MAC: there is no key to make one under. */
function unknownTerminal(request: Request, office: Office, at: HostTime): Answered | undefined {
  office.bell.ring('unknownTerminal')
  if (!/^0[1-9][02468]0$/.test(request.message.mti)) return undefined
  const answer = answerTo(request, '97', at, office.institutions)
  return { reply: { answer, keyVersion: undefined, requirement: '0' }, request, terminal: undefined }
}

/** All checks that come before what a kind of request does, in order. */
function decide(context: Context, kind: RequestKind): Decision {
  if (kind === 'signOn') return signOn(context)
  if (kind === 'signOff') return signOff(context)
  if (kind === 'echo') return echo(context)
  const answerer = kind === 'other' ? undefined : answerers[kind]
  if (kind !== 'other' && !transactions[kind].authenticated) return (answerer ?? unsupported)(context)

  const { office, terminal, fields, keyVersion } = context
  if (keyVersion === undefined) {
    office.bell.ring('badMac')
    return { result: unauthenticated(context) }
  }
  if (text(fields, 42) !== terminal.merchantId) {
    office.bell.ring('unknownMerchant')
    return refused(context, '03') // after the MAC: what is altered on the line gets no signed answer
  }
  if (kind === 'other') return unsupported(context)
  return answerer ? answerer(context) : booking(context, kind)
}

/** What is booked under a key of its own. */
function booking(context: Context, kind: Kind): Decision {
  switch (kind) {
    case 'reversal':
      return keyed(context, kind, reversal)
    case 'settlement':
      return keyed(context, kind, settlement)
    case 'batchUpload':
    case 'refundUpload':
    case 'completionUpload':
      return keyed(context, kind, upload, uploadedAgain)
    case 'batchEnd':
      return keyed(context, kind, batchEnd)
    default: {
      const judge = judges[kind]
      if (!judge) return unsupported(context)
      return keyed(context, kind, (again, key, fingerprint) => judged(again, key, fingerprint, judge))
    }
  }
}

function unsupported(context: Context): Decision {
  return refused(context, '40')
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

function finished({ held, request }: Context, reply: Reply): Reply {
  const { answer, keyVersion } = reply
  return keyVersion === undefined
    ? reply
    : { ...reply, answer: held.signed(answer, request.dialect, keyVersion) }
}
