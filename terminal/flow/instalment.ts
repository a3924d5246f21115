import { instalment62 } from '../../host-link/wire/instalment.ts'
import type { Fields, FieldValue, Message } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { type Fen, twelveDigits } from '../../host-link/wire/values.ts'
import { type Agreed, agreedOf } from '../host/instalment-quote.ts'
import type { Programme } from '../journal/body.ts'
import { type InstalmentProgramme, programmesFor } from '../parameter/programmes.ts'
import type { Pos } from '../pos.ts'
import { askAmount, confirm, type Left, notice } from '../screen/input.ts'
import { chooseFrom } from '../screen/menu.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import { begin } from './step/begin.ts'
import { type Card, readCard } from './step/card.ts'
import { conduct, type Deal, type DealEnd, left, refuse } from './step/deal.ts'
import { enquire } from './step/enquire.ts'
import { feeLines } from './step/fee-line.ts'
import { codeLine, doubtTexts, goOnline } from './step/online.ts'
import { cardFields } from './step/pin.ts'
import { askStoreNumber, type StoreAnswer, storeLine } from './step/store-number.ts'

type Refused = { readonly kind: 'refused' }

/** What is paid in instalments, before anybody has said how. */
interface Order {
  readonly kind: 'order'
  readonly store: StoreAnswer
  readonly amount: Fen
  readonly card: Card
  readonly shown: readonly Line[]
}

/** A programme and one of its terms. */
interface Choice {
  readonly kind: 'choice'
  readonly programme: InstalmentProgramme
  readonly terms: number
}

/**
 * 分期付款消费 instalment sale: a programme that card and amount fit, the host's quote, accepted by the cardholder before the
 * PIN. An approval with other terms than those is reversed (row I02).
 */
export async function instalment(pos: Pos): Promise<DealEnd> {
  const title = t(pos, 'instalmentSale')
  const begun = await begin(pos, title, 'instalment')
  if (begun.kind !== 'begun') return begun
  const order = await takeOrder(pos, title)
  if (order.kind !== 'order') return left(pos, title, order)
  const choice = await choose(pos, title, order)
  if (choice.kind !== 'choice') return left(pos, title, choice)
  const agreed = await quote(pos, title, order, choice)
  if (agreed.kind !== 'agreed') return agreed
  const accepted = await confirm(pos, { title, lines: planLines(pos, agreed), hint: t(pos, 'hintAccept') })
  if (accepted.kind !== 'yes') return left(pos, title, accepted)
  return conduct(pos, dealOf(title, order, choice, agreed, begun.approver))
}

async function takeOrder(pos: Pos, title: string): Promise<Order | Left | Refused> {
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return store
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const { typed, limitFen } = pos.functions.instalment
  const entered = await askAmount(pos, title, where, limitFen)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  const shown: Line[] = [{ text: `RMB ${yuan(amount)}`, align: 'right', large: true }, ...where]
  const card = await readCard(pos, title, shown, typed)
  return card.kind === 'card' ? { kind: 'order', store, amount, card, shown } : card
}

/** 发卡行 and 期数, of those that the parameter table has for this card and amount. */
async function choose(pos: Pos, title: string, { card, amount }: Order): Promise<Choice | Left | Refused> {
  const { locale } = pos.session
  const programmes = programmesFor(pos.parameters.instalmentProgrammes, card.pan, amount)
  if (programmes.length === 0) {
    await notice(pos, title, [t(pos, 'noProgramme'), t(pos, 'notCharged')])
    return { kind: 'refused' }
  }
  const names = programmes.map((programme) => programme[locale])
  const picked = await chooseFrom(pos, title, names)
  if (picked.kind !== 'chosen') return picked
  const programme = programmes[picked.index]
  if (programme === undefined) return { kind: 'refused' }
  const terms = programme.terms.map(
    ({ count, ratePpm }) => `${count}${t(pos, 'termUnit')} ${percent(ratePpm)}`,
  )
  const term = await chooseFrom(pos, names[picked.index] ?? title, terms)
  if (term.kind !== 'chosen') return term
  return { kind: 'choice', programme, terms: programme.terms[term.index]?.count ?? 0 }
}

/** `1.50%` of 15000 parts per million. */
function percent(ppm: number): string {
  return `${yuan(Math.round(ppm / 100))}%`
}

/** 试算: what the host would ask for. Moves no money, so a lost answer leaves nothing. */
async function quote(
  pos: Pos,
  title: string,
  { card, amount }: Order,
  choice: Choice,
): Promise<Agreed | Left | Refused> {
  const online = await goOnline(pos, title, [t(pos, 'notCharged')])
  if (online.kind !== 'ready') return online
  const cardOnly = cardFields(pos, card, { kind: 'noPin' })
  const fields = cardOnly && { ...cardOnly, 4: twelveDigits(amount), ...asked(choice) }
  const answer = await enquire(pos, title, online.line, 'instalmentQuote', fields, { card })
  pos.device.link.close()
  if (answer === undefined) return { kind: 'refused' }
  if (answer.kind === 'unknown') {
    await refuse(pos, title, t(pos, doubtTexts[answer.why]))
    return { kind: 'refused' }
  }
  const agreed = isApproval(answer.code)
    ? agreedOf(answer.message, amount, choice.terms, choice.programme.feeMode)
    : undefined
  if (agreed !== undefined) return agreed
  await refuse(pos, title, isApproval(answer.code) ? t(pos, 'quoteWrong') : codeLine(pos, answer.code))
  return { kind: 'refused' }
}

/** Field 62 of quote and sale: the same. */
function asked({ programme, terms }: Choice): Fields {
  return { 62: instalment62({ terms, programme: programme.code, feeMode: programme.feeMode }) }
}

/** 首期, 每期, 手续费, 合计: what the cardholder accepts. On a compact screen the first two, the others a page further down. */
function planLines(pos: Pos, { plan, each, terms, total }: Agreed): Line[] {
  const line = (key: Parameters<typeof t>[1], fen: number) => `${t(pos, key)} ${yuan(fen)}`
  return [
    line('firstPart', plan.first),
    `${t(pos, 'eachPart')} ${yuan(each)} x${terms - 1}`,
    ...feeLines(plan).map(([key, fen]) => line(key, fen)),
    line('total', total),
  ]
}

function dealOf(
  title: string,
  { store, amount, card }: Order,
  choice: Choice,
  agreed: Agreed,
  approver: number | undefined,
): Deal {
  const { programme, terms } = choice
  const accepted: Programme = { code: programme.code, terms, feeMode: programme.feeMode, plan: agreed.plan }
  return {
    title,
    name: 'instalment',
    card,
    pin: 'ask',
    intent: {
      amount,
      storeNumber: store.kind === 'store' ? store.storeNumber : undefined,
      approver,
      instalment: accepted,
    },
    fields: asked(choice),
    accept: (answer: Message) => sameBytes(answer.fields[62], agreed.bytes),
    shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
  }
}

/** I02: byte for byte what was accepted. */
function sameBytes(given: FieldValue | undefined, accepted: Uint8Array): boolean {
  if (!(given instanceof Uint8Array) || given.length !== accepted.length) return false
  return given.every((byte, at) => byte === accepted[at])
}
