import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { isApproval } from '../../../host-link/wire/response-code.ts'
import type { Trace } from '../../../host-link/wire/values.ts'
import { type EntryName, kindOf, transactionOf } from '../../host/entry-kind.ts'
import { type Answer, type Doubt, exchange } from '../../host/exchange.ts'
import type { Line } from '../../host/line.ts'
import { outcomeOf } from '../../host/outcome.ts'
import { entryFields, requestOf, sealed } from '../../host/request.ts'
import { reversalReason, reverse } from '../../host/reverse.ts'
import { encodeIntent, encodeOutcome, type Intent } from '../../journal/body.ts'
import { type Pos, unreachable } from '../../pos.ts'
import { type Left, notice } from '../../screen/input.ts'
import { showPage, type Line as TextLine, t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'
import { signOnBeforePin } from './before-pin.ts'
import type { Card } from './card.ts'
import { tellDeal } from './deal-told.ts'
import { meaningOf } from './meaning.ts'
import { goOnline } from './online.ts'
import { cardFields, enterPin, entryMode, NO_CARD, PIN_TRIES, type Pin } from './pin.ts'

/** A transaction as far as people have said it: what `conduct` takes to its end. */
export interface Deal {
  readonly title: string
  readonly name: EntryName
  /** Absent: cash. */
  readonly card: Card | undefined
  readonly pin: 'ask' | 'none'
  /** What the journal keeps beside card, entry mode and operator. */
  readonly intent: Omit<Intent, 'pan' | 'expiry' | 'entryMode' | 'operator'>
  /** Fields that the journal does not keep and a reversal does not need, such as 62. */
  readonly fields?: Fields
  /** Whether an approval is what was agreed; one that is not is reversed. */
  readonly accept?: (answer: Message) => boolean
  /** What to show of it, the amount above all. */
  readonly shown: readonly TextLine[]
}

/** How a transaction ended. Everything but `approved` leaves the cardholder uncharged, or something owed. */
export type DealEnd =
  | { readonly kind: 'approved' | 'declined'; readonly trace: Trace }
  | { readonly kind: 'unknown'; readonly why: Doubt }
  /** Nothing was sent: refused here, or left by the operator. */
  | { readonly kind: 'refused' }
  | Left

/** What came of the part in which money may move. */
export type Trade =
  | {
      readonly kind: 'approved' | 'declined'
      readonly trace: Trace
      readonly code: string
      readonly answer: Message
    }
  | { readonly kind: 'unknown'; readonly why: Doubt }
  /** Approved by the host, but not what was agreed: the reversal is owed. */
  | { readonly kind: 'disagreed' }
  | { readonly kind: 'notSent'; readonly why: 'batchFull' | 'storageFault' | 'keysWrong' | 'settlementOpen' }
  /** The host approved and the flash could not keep it: not shown as approved, the reversal stays owed. */
  | { readonly kind: 'notKept' }

/**
 * Takes a transaction whose lost answer is reversed (or inquired) from the PIN to the slip. A wrong PIN (55) is asked for
 * again, up to three times, each with a trace of its own.
 */
export async function conduct(pos: Pos, deal: Deal): Promise<DealEnd> {
  const { title, card } = deal
  for (let attempt = 1; ; attempt++) {
    if (deal.pin === 'ask') {
      const keys = await signOnBeforePin(pos, title)
      if (keys.kind !== 'signedOn') return { kind: 'refused' }
    }
    const pin: Awaited<ReturnType<typeof enterPin>> =
      deal.pin === 'ask' && card !== undefined
        ? await enterPin(pos, title, card, amountOf(deal), attempt === 1 ? 'enter' : 'again')
        : { kind: 'noPin' }
    if (pin.kind !== 'pin' && pin.kind !== 'noPin')
      return left(pos, title, pin, meaningOf(deal.name).declined)
    const online = await goOnline(pos, title, [t(pos, meaningOf(deal.name).notSent)])
    if (online.kind !== 'ready') return online
    const result = await trade(pos, online.line, deal, pin)
    pos.device.link.close()
    if (result.kind === 'declined' && result.code === '55' && deal.pin === 'ask' && attempt < PIN_TRIES)
      continue
    return tellDeal(pos, deal, result)
  }
}

function amountOf({ intent }: Deal) {
  return intent.amount > 0 ? intent.amount : undefined
}

/** The part in which money may move. */
export async function trade(pos: Pos, line: Line, deal: Deal, pin: Pin): Promise<Trade> {
  const { journal, session } = pos
  const { card } = deal
  const kind = kindOf(deal.name)
  const trace = journal.nextTrace()
  const intent = intentOf(pos, deal, pin)
  const row = transactionOf(pos, kind)
  const cardAndPin = card === undefined ? {} : cardFields(pos, card, pin)
  const request =
    cardAndPin &&
    sealed(
      pos,
      requestOf(
        pos,
        row,
        { trace, batch: journal.batch() },
        {
          ...entryFields(pos, row, intent),
          ...cardAndPin,
          ...deal.fields,
        },
      ),
    )
  if (request === undefined) return { kind: 'notSent', why: 'keysWrong' }
  const opened = openEntry(pos, kind, intent)
  if (opened !== 'written') return { kind: 'notSent', why: opened }

  showPage(pos, {
    title: deal.title,
    above: deal.shown,
    lines: [{ text: t(pos, 'waiting'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const pan = card === undefined ? {} : { pan: card.pan }
  const answer = await exchange(pos, line, request, { authenticated: true, cancellable: true, ...pan })
  switch (answer.kind) {
    case 'answered':
      return keep(pos, line, deal, trace, answer)
    case 'unknown':
      session.doubts.set(trace, reversalReason(answer.why))
      // What gives money back is no reason to ask whether the next sale is meant.
      if (card && row.settles !== 'credit') session.lastUnknown = { pan: card.pan, amount: intent.amount }
      return answer
    default:
      return unreachable(answer)
  }
}

/** What the journal keeps of a deal. */
export function intentOf(pos: Pos, { card, intent }: Pick<Deal, 'card' | 'intent'>, pin: Pin): Intent {
  return {
    ...intent,
    pan: card?.pan,
    expiry: card?.expiry ?? '',
    entryMode: card === undefined ? NO_CARD : entryMode(card, pin),
    operator: pos.session.operator ?? 0,
  }
}

/** INTENT, durable before the first byte leaves (P2). */
export function openEntry(
  pos: Pos,
  kind: number,
  intent: Intent,
): 'written' | Extract<Trade, { kind: 'notSent' }>['why'] {
  const opened = pos.journal.open(kind, encodeIntent(intent))
  if (opened === 'fault') pos.session.storageFault = true
  switch (opened) {
    case 'written':
      return opened
    case 'full':
      return 'batchFull'
    case 'fault':
      return 'storageFault'
    case 'frozen':
      return 'settlementOpen'
    default:
      return unreachable(opened)
  }
}

/** OUTCOME is durable before anything is shown, printed or released (P2, P14). */
async function keep(
  pos: Pos,
  line: Line,
  deal: Deal,
  trace: Trace,
  answer: Extract<Answer, { kind: 'answered' }>,
): Promise<Trade> {
  const verdict = isApproval(answer.code) ? 'approved' : 'declined'
  if (verdict === 'approved' && deal.accept && !deal.accept(answer.message)) {
    const entry = pos.journal.find(trace)
    if (entry) await reverse(pos, line, entry)
    return { kind: 'disagreed' }
  }
  const kept = pos.journal.close(trace, verdict, encodeOutcome(outcomeOf(pos, answer.message)))
  if (kept !== 'written') {
    pos.session.storageFault = true
    const entry = pos.journal.find(trace)
    if (entry) await reverse(pos, line, entry) // out of service from here, but not owing where the host can be told
    return { kind: 'notKept' }
  }
  pos.session.lastUnknown = undefined
  return { kind: verdict, trace, code: answer.code, answer: answer.message }
}

/** Whoever pressed the red key knows; a time-out is said, and what it means: as a rule that nobody was charged. */
export async function left(
  pos: Pos,
  title: string,
  why: Left | { readonly kind: 'refused' },
  meaning: TextKey = 'noCharge',
): Promise<DealEnd> {
  if (why.kind === 'timeout') await notice(pos, title, [t(pos, 'timedOut'), t(pos, meaning)], 2)
  return why
}

/** Refused here: nothing was sent. */
export async function refuse(pos: Pos, title: string, why: string): Promise<DealEnd> {
  await notice(pos, title, [why, t(pos, 'notCharged')])
  return { kind: 'refused' }
}
