import { isApproval } from '../../host-link/wire/response-code.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { type Fen, type StoreNumber, type Trace, twelveDigits } from '../../host-link/wire/values.ts'
import { KIND_SALE } from '../host/entry-kind.ts'
import { type Answer, type Doubt, exchange } from '../host/exchange.ts'
import type { Line } from '../host/line.ts'
import { outcomeOf } from '../host/outcome.ts'
import { ready } from '../host/ready.ts'
import { requestOf, sealed, storeField } from '../host/request.ts'
import { reversalReason, reverse } from '../host/reverse.ts'
import { encodeIntent, encodeOutcome } from '../journal/body.ts'
import { type Pos, unreachable } from '../pos.ts'
import { askAmount, confirm, type Left, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { showPage, t } from '../screen/page.ts'
import { type Card, readCard } from './step/card.ts'
import { reportBlocked } from './step/fault-slip.ts'
import { codeLine, doubtTexts, goOnline, progressOn } from './step/online.ts'
import { cardFields, enterPin, entryMode, PIN_TRIES, type Pin } from './step/pin.ts'
import { printSlip } from './step/print.ts'
import { askStoreNumber, storeLine } from './step/store-number.ts'

/** A sale as far as people have said it. */
interface Order {
  readonly storeNumber: StoreNumber | undefined
  readonly amount: Fen
  readonly card: Card
}

/** How a sale ended. Everything but `approved` leaves the cardholder uncharged, or a 冲正 reversal owed. */
export type SaleOutcome =
  | { readonly kind: 'approved' | 'declined'; readonly trace: Trace }
  | { readonly kind: 'unknown'; readonly why: Doubt }
  /** Nothing was sent: refused here, or left by the operator. */
  | { readonly kind: 'refused' | 'cancelled' | 'timeout' }

/** 消费 sale: 0200 out, 0210 back. After `journal.open`, a lost answer leaves a reversal owed. */
export async function sale(pos: Pos, swiped?: Card): Promise<SaleOutcome> {
  const title = t(pos, swiped ? 'saleCardRead' : 'sale')
  if (pos.session.storageFault) return refuse(pos, title, t(pos, 'storageFault'))
  if (pos.journal.room() < 1) return refuse(pos, title, t(pos, 'batchFull'))
  // Today's keys before the PIN, and nothing owed before a customer is asked for a card.
  if (!pos.session.signedOn || pos.journal.owed().length + pos.journal.doubtful().length > 0) {
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return online
    pos.device.link.close()
  }
  const order = await takeOrder(pos, title, swiped)
  if (order.kind !== 'order') return left(pos, title, order)

  for (let attempt = 1; ; attempt++) {
    // A PIN block is good under the keys it was made with: a sign-on that the last answer asked for comes before the PIN.
    if (attempt > 1 && !pos.session.signedOn) {
      const again = await goOnline(pos, title)
      if (again.kind !== 'ready') return again
      pos.device.link.close()
    }
    const pin = await enterPin(pos, title, order.card, order.amount, attempt === 1 ? 'enter' : 'again')
    if (pin.kind !== 'pin' && pin.kind !== 'noPin') return left(pos, title, pin)
    const online = await goOnline(pos, title, [t(pos, 'notCharged')])
    if (online.kind !== 'ready') return online
    const result = await trade(pos, online.line, order, pin)
    pos.device.link.close()
    // 55 密码错: again, up to three times, each with a trace of its own.
    if (result.kind === 'declined' && result.code === '55' && attempt < PIN_TRIES) continue
    return tell(pos, title, order, result)
  }
}

/** 门店编号, amount, card: in the order in which a cashier works, skipping what is there already. */
async function takeOrder(
  pos: Pos,
  title: string,
  swiped: Card | undefined,
): Promise<({ kind: 'order' } & Order) | Left | { kind: 'refused' }> {
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return store
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const entered = await askAmount(pos, title, where)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  const shown = [{ text: `RMB ${yuan(amount)}`, align: 'right' as const, large: true }, ...where]
  const card = swiped ?? (await readCard(pos, title, shown))
  if (card.kind !== 'card') return card
  if (card.chip) showPage(pos, { title, above: shown, lines: [t(pos, 'chipCard')] })
  const last = pos.session.lastUnknown
  if (last && last.pan === card.pan && last.amount === amount) {
    const again = await confirm(pos, { title, lines: [t(pos, 'repeatWarning')], extra: shown })
    if (again.kind !== 'yes') return again
  }
  return { kind: 'order', storeNumber: store.kind === 'store' ? store.storeNumber : undefined, amount, card }
}

type Trade =
  | { readonly kind: 'approved' | 'declined'; readonly trace: Trace; readonly code: string }
  | { readonly kind: 'unknown'; readonly why: Doubt }
  | { readonly kind: 'notSent'; readonly why: 'batchFull' | 'storageFault' | 'keysWrong' }
  /** The host approved and the flash could not keep it: not shown as approved, the reversal stays owed. */
  | { readonly kind: 'notKept' }

/** The part of a sale in which money may move. */
async function trade(pos: Pos, line: Line, order: Order, pin: Pin): Promise<Trade> {
  const { journal, session } = pos
  const { card, amount, storeNumber } = order
  const trace = journal.nextTrace()
  const cardAndPin = cardFields(pos, card, pin)
  const key = { trace, batch: journal.batch() }
  const request =
    cardAndPin &&
    sealed(
      pos,
      requestOf(pos, transactions.sale, key, {
        4: twelveDigits(amount),
        ...cardAndPin,
        ...storeField(pos, storeNumber),
      }),
    )
  if (request === undefined) {
    session.signedOn = false // keys of another day or dialect: the next transaction signs on first
    return { kind: 'notSent', why: 'keysWrong' }
  }

  const operator = session.operator ?? 0
  const { pan, expiry } = card
  const intent = encodeIntent({ pan, amount, expiry, entryMode: entryMode(pin), storeNumber, operator })
  const opened = journal.open(KIND_SALE, intent) // durable before the first byte leaves (P2)
  if (opened !== 'written') {
    if (opened === 'fault') session.storageFault = true
    return { kind: 'notSent', why: opened === 'full' ? 'batchFull' : 'storageFault' }
  }

  showPage(pos, {
    title: t(pos, 'sale'),
    above: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
    lines: [{ text: t(pos, 'waiting'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const answer = await exchange(pos, line, request, { authenticated: true, pan, cancellable: true })
  switch (answer.kind) {
    case 'answered':
      return keep(pos, line, trace, answer)
    case 'unknown':
      session.doubts.set(trace, reversalReason(answer.why))
      session.lastUnknown = { pan, amount }
      return answer
    default:
      return unreachable(answer)
  }
}

/** OUTCOME is durable before anything is shown, printed or released (P2, P14). */
async function keep(
  pos: Pos,
  line: Line,
  trace: Trace,
  answer: Extract<Answer, { kind: 'answered' }>,
): Promise<Trade> {
  const verdict = isApproval(answer.code) ? 'approved' : 'declined'
  const kept = pos.journal.close(trace, verdict, encodeOutcome(outcomeOf(pos, answer.message)))
  if (kept !== 'written') {
    pos.session.storageFault = true
    const entry = pos.journal.find(trace)
    if (entry) await reverse(pos, line, entry) // out of service from here, but not owing where the host can be told
    return { kind: 'notKept' }
  }
  pos.session.lastUnknown = undefined
  return { kind: verdict, trace, code: answer.code }
}

async function tell(pos: Pos, title: string, order: Order, trade: Trade): Promise<SaleOutcome> {
  const amount = { text: `RMB ${yuan(order.amount)}`, align: 'centre' as const, large: true }
  switch (trade.kind) {
    case 'approved':
      // A paper jam is reprinted, never reversed.
      await printSlip(pos, trade.trace, [{ text: t(pos, 'approved'), align: 'centre', large: true }, amount])
      return trade
    case 'declined':
      await notice(pos, t(pos, 'declined'), [codeLine(pos, trade.code), t(pos, 'noCharge')], undefined, [
        amount,
      ])
      return trade
    case 'unknown':
      return reverseNow(pos, title, trade)
    case 'notSent':
      return refuse(pos, title, t(pos, trade.why))
    case 'notKept':
      await notice(pos, title, [t(pos, 'storageFault'), t(pos, 'callService')])
      return { kind: 'refused' }
    default:
      return unreachable(trade)
  }
}

/** 冲正 at once, while the customer is here: the host may have booked it. What fails now stays owed. */
async function reverseNow(
  pos: Pos,
  title: string,
  trade: Extract<Trade, { kind: 'unknown' }>,
): Promise<SaleOutcome> {
  const readiness = await ready(pos, progressOn(pos, title))
  pos.device.link.close()
  const end = readiness.kind === 'ready' ? 'reversed' : 'doNotRepeat'
  await notice(pos, title, [t(pos, doubtTexts[trade.why]), t(pos, end)])
  await reportBlocked(pos)
  return trade
}

/** Whoever pressed the red key knows; a time-out is said, and that nobody was charged. */
async function left(pos: Pos, title: string, why: Left | { readonly kind: 'refused' }): Promise<SaleOutcome> {
  if (why.kind === 'timeout') await notice(pos, title, [t(pos, 'timedOut'), t(pos, 'noCharge')], 2)
  return why
}

async function refuse(pos: Pos, title: string, why: string): Promise<SaleOutcome> {
  await notice(pos, title, [why, t(pos, 'notCharged')])
  return { kind: 'refused' }
}
