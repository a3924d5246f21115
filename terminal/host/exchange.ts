import { receivedMacInput } from '../../host-link/wire/dialect.ts'
import { parseHeader } from '../../host-link/wire/envelope.ts'
import { type FieldValue, type Message, WireError } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { parseTags57 } from '../../host-link/wire/tags.ts'
import { answerMti } from '../../host-link/wire/transaction.ts'
import type { Pos } from '../pos.ts'
import { type Line, type Received, receiveMessage, sendMessage } from './line.ts'
import { macAlgorithm } from './request.ts'

/** How an exchange ended. `unknown` is everything but an answer that passed all checks: the host may have booked. */
export type Answer =
  | { readonly kind: 'answered'; readonly code: string; readonly message: Message }
  | { readonly kind: 'unknown'; readonly why: Doubt }
export type Doubt = 'timeout' | 'closed' | 'operator' | 'mac'

export interface ExchangeRules {
  /** Whether the answer must carry a good MAC (rule P8). */
  readonly authenticated: boolean
  /** The card, where an answer for another card must not be taken. */
  readonly pan?: string
  /** Whether the operator's red key ends the wait. */
  readonly cancellable: boolean
}

/**
 * Sends a request and waits for its answer. An answer for another trace, terminal, amount, batch or card is passed
 * over and the time goes on; the right one with a wrong MAC ends the exchange in doubt (P8, P14). No durable state
 * changes here.
 */
export async function exchange(
  pos: Pos,
  line: Line,
  request: Message,
  rules: ExchangeRules,
): Promise<Answer> {
  const answer = await exchanged(pos, line, request, rules)
  const { exchanges } = pos.session
  exchanges.all++
  if (answer.kind === 'unknown') {
    exchanges.unknown++
    if (rules.pan !== undefined) exchanges.ofCard++
  }
  return answer
}

async function exchanged(pos: Pos, line: Line, request: Message, rules: ExchangeRules): Promise<Answer> {
  const deadlineMs = pos.device.clock.monotonicMs() + pos.parameters.answerTimeoutSeconds * 1000
  if (!(await sendMessage(pos, request))) return { kind: 'unknown', why: 'closed' }
  for (;;) {
    const received = await receiveMessage(pos, line, deadlineMs, rules.cancellable)
    if (received.kind !== 'message') return { kind: 'unknown', why: received.kind }
    if (!answers(request, received.message, rules.pan)) {
      pos.session.strangeFrames++
      continue
    }
    return judged(pos, received, rules)
  }
}

function judged(pos: Pos, received: Received, rules: ExchangeRules): Answer {
  const { message } = received
  const code = textOf(message.fields[39])
  if (rules.authenticated && !authentic(pos, received)) {
    // A profile may take declines of an old host that does not sign them (P8 relaxed, said in its row).
    const relaxed = pos.profile.unauthenticatedDecline === 'accept' && !isApproval(code)
    if (!relaxed) return doubtful(pos)
  }
  // A0 says that *a* request with this trace had a wrong MAC: perhaps a damaged or altered copy, while the host booked
  // the true one. It settles nothing, so it counts as no answer; only a reversal makes sure.
  if (code === 'A0') return doubtful(pos)
  // 99 PIN format, 77 batch, 94 a trace used before we lost our memory: the host wants a new sign-on; so does
  // requirement 3 in the header.
  if (['99', '77', '94'].includes(code)) pos.session.signedOn = false
  // L15: said of a batch that is still open here, it is settled before anything else goes into it.
  if (code === '77' && !pos.journal.frozen()) pos.session.batchRefused = pos.journal.batch()
  const requirement = received.header && parseHeader(received.header).requirement
  if (requirement === '3') pos.session.signedOn = false
  pos.session.download.wanted = DOWNLOADS[requirement] ?? pos.session.download.wanted
  if (rules.authenticated) hearOfMessages(pos, message)
  return { kind: 'answered', code, message }
}

/** 处理要求 (`REQUIREMENTS` of the wire) that want a download, and what it goes by. */
const DOWNLOADS: { readonly [requirement: string]: 'parameters' | 'tmsParameters' | undefined } = {
  1: 'parameters',
  6: 'tmsParameters',
}

/** 服务信息: the host says in passing that it has messages for us. */
function hearOfMessages(pos: Pos, { fields }: Message): void {
  if (!pos.profile.tags || fields[57] === undefined) return
  try {
    const { messageWaiting } = parseTags57(textOf(fields[57]))
    if (messageWaiting !== undefined) pos.session.messageWaiting = Number(messageWaiting) || 0
  } catch (error) {
    if (!(error instanceof WireError)) throw error // an answer of other tags than ours: nothing to hear
  }
}

/** The two sides may hold different working keys: a sign-on before anything else is sent, also the reversal. */
function doubtful(pos: Pos): Answer {
  pos.session.signedOn = false
  return { kind: 'unknown', why: 'mac' }
}

function authentic(pos: Pos, { message, bytes }: Received): boolean {
  const mac = message.fields[64]
  if (!(mac instanceof Uint8Array)) return false
  const input = receivedMacInput(message, pos.setup.dialect, bytes)
  return pos.device.secure.verifyMac(pos.setup.keySlot, macAlgorithm(pos), input, mac)
}

type Presence = 'always' | 'approved'
// biome-ignore format: one row an element of the request that its answer must repeat
const repeated: readonly (readonly [element: number, presence: Presence])[] = [
  [ 3, 'always'   ], // 交易处理码
  [ 4, 'approved' ], // 金额: another amount, also a smaller one, is not what was asked for
  [11, 'always'   ], // 流水号
  [41, 'always'   ], // 终端号
  [42, 'approved' ], // 商户号
]

/** Whether `reply` answers `request`: type, the elements above, batch and card. */
export function answers(request: Message, reply: Message, pan: string | undefined): boolean {
  if (reply.mti !== answerMti(request.mti)) return false
  const code = textOf(reply.fields[39])
  if (code === '') return false
  for (const [element, presence] of repeated) {
    const asked = request.fields[element]
    const given = reply.fields[element]
    if (asked === undefined) continue
    const needed = presence === 'always' || isApproval(code)
    if (given === undefined ? needed : given !== asked) return false
  }
  const card = reply.fields[2]
  if (pan !== undefined && card !== undefined && card !== pan) return false
  return sameBatch(request.fields[60], reply.fields[60])
}

/** A sign-on is answered with the host's own batch number, which is looked at by its flow. */
function sameBatch(asked: FieldValue | undefined, given: FieldValue | undefined): boolean {
  if (given === undefined || textOf(asked).startsWith('00')) return true
  return textOf(asked).slice(0, 8) === textOf(given).slice(0, 8)
}

/** A field's text; empty where it is absent or bytes. */
export function textOf(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
