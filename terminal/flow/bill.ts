import { WireError } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { parseTags57 } from '../../host-link/wire/tags.ts'
import { asFen, type Fen } from '../../host-link/wire/values.ts'
import { textOf } from '../host/exchange.ts'
import type { Bill } from '../journal/body.ts'
import { type Biller, billers } from '../parameter/billers.ts'
import type { Pos } from '../pos.ts'
import { askDigits, type Left, notice } from '../screen/input.ts'
import { chooseFrom } from '../screen/menu.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { askTendered, changeLine } from './cash.ts'
import { supervisorApproval } from './step/approval.ts'
import { available, begin } from './step/begin.ts'
import { readCard } from './step/card.ts'
import { conduct, type DealEnd, left, refuse } from './step/deal.ts'
import { enquire } from './step/enquire.ts'
import { codeLine, doubtTexts, goOnline } from './step/online.ts'
import { NO_CARD } from './step/pin.ts'

/** A bill that the host knows and that is to be paid. */
interface Due {
  readonly kind: 'due'
  readonly bill: Bill
  readonly amount: Fen
  /** What it says of itself. */
  readonly about: string
}

/** 缴费: whose bill, the customer's number, the bill as the host knows it, then paid by card or in cash. */
export async function payBill(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'payBill')
  const begun = await begin(pos, title, 'billPayment')
  if (begun.kind !== 'begun') return begun
  const biller = await chooseFrom(
    pos,
    title,
    billers.map((row) => row[pos.session.locale]),
  )
  if (biller.kind !== 'chosen') return biller
  const due = await query(pos, title, billers[biller.index] as Biller)
  if (due.kind !== 'due') return due.kind === 'refused' ? due : left(pos, title, due)
  const shown: Line[] = [{ text: `RMB ${yuan(due.amount)}`, align: 'centre', large: true }]
  const how = await chooseFrom(pos, title, [t(pos, 'byCard'), t(pos, 'byCash')], [...shown, due.about])
  if (how.kind !== 'chosen') return how
  const { amount, bill } = due
  const intent = { amount, bill, approver: begun.approver }
  if (how.index === 1) {
    const why = notInCash(pos, amount)
    if (why !== undefined) return refuse(pos, title, t(pos, why))
    if (pos.functions.billCash.supervisor && begun.approver === undefined) {
      const approval = await supervisorApproval(pos, title)
      if (approval.kind !== 'approved') return left(pos, title, approval)
      intent.approver = approval.approver
    }
    const tendered = await askTendered(pos, title, amount)
    if (tendered.kind !== 'amount') return left(pos, title, tendered)
    const paid = { ...intent, tendered: tendered.amount }
    const change: Line = changeLine(pos, amount, tendered.amount)
    const withChange = [...shown, change]
    return conduct(pos, {
      title,
      name: 'billCash',
      card: undefined,
      pin: 'none',
      intent: paid,
      shown: withChange,
    })
  }
  const card = await readCard(pos, title, shown, pos.functions.billPayment.typed)
  if (card.kind !== 'card') return left(pos, title, card)
  return conduct(pos, { title, name: 'billPayment', card, pin: 'ask', intent, shown })
}

/** 现金缴费 is a function of its own: why this bill is not taken in cash. */
function notInCash(pos: Pos, amount: Fen): TextKey | undefined {
  if (!available(pos, 'billCash')) return 'notAvailable'
  return amount > pos.functions.billCash.limitFen ? 'amountTooBig' : undefined
}

/** 查询账单. */
async function query(
  pos: Pos,
  title: string,
  biller: Biller,
): Promise<Due | Left | { readonly kind: 'refused' }> {
  const { code, min, max } = biller
  const entered = await askDigits(pos, { title, label: t(pos, 'askCustomer'), min, max })
  if (entered.kind !== 'digits') return entered
  const customer = entered.digits
  const online = await goOnline(pos, title)
  if (online.kind !== 'ready') return online
  const tags = { biller: code, customer }
  const answer = await enquire(pos, title, online.line, 'billQuery', { 22: NO_CARD }, { tags })
  pos.device.link.close()
  if (answer === undefined) return { kind: 'refused' }
  if (answer.kind === 'unknown') return refused(pos, title, t(pos, doubtTexts[answer.why]))
  // Paid already, or of a customer whom nobody knows.
  if (answer.code === '25') return refused(pos, title, t(pos, 'noBill'))
  if (!isApproval(answer.code)) return refused(pos, title, codeLine(pos, answer.code))
  const amount = Number(textOf(answer.message.fields[4]))
  const told = tagsOf(textOf(answer.message.fields[57]))
  if (!Number.isSafeInteger(amount) || amount < 1 || told?.bill === undefined)
    return refused(pos, title, t(pos, 'noBill'))
  if (amount > pos.functions.billPayment.limitFen) return refused(pos, title, t(pos, 'amountTooBig'))
  const bytes = Uint8Array.from(told.billText ?? '', (character) => character.charCodeAt(0) & 255)
  const about = pos.device.charset.decodeGbk(bytes)
  return { kind: 'due', bill: { biller: code, customer, reference: told.bill }, amount: asFen(amount), about }
}

function tagsOf(field: string): ReturnType<typeof parseTags57> | undefined {
  try {
    return parseTags57(field)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

async function refused(pos: Pos, title: string, why: string): Promise<{ readonly kind: 'refused' }> {
  await notice(pos, title, [why])
  return { kind: 'refused' }
}
