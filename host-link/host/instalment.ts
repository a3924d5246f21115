import { type InstalmentRequest, instalmentsOf, parseInstalment62, plan62 } from '../wire/instalment.ts'
import { WireError } from '../wire/message.ts'
import { asFen } from '../wire/values.ts'
import { monthsAfter, type Programme } from './acquirer.ts'
import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'
import type { PlanPart } from './ledger.ts'
import { amountFault, amountOf, storeNumberOf } from './merchant.ts'
import type { HostCard } from './registry.ts'
import { bytes } from './request.ts'
import { pointsFor } from './sale.ts'

/** 分期试算 instalment quote: what the plan would be. No PIN, no effect. */
export function judgeQuote(context: Context): Verdict {
  const presented = checkPresented(context, 'none')
  if (presented.kind === 'bad') return presented.verdict
  const { card, found } = presented
  const plan = planFor(context, card)
  return plan.kind === 'bad' ? { ...found, code: plan.code } : { ...found, code: '00', answer: plan.answer }
}

/**
 * 分期付款消费 instalment sale: the merchant is paid in full, the card's balance bears the whole amount, and the issuer
 * keeps the plan by which the cardholder is billed. The parts add up to the amount, the fees to the fee, to the fen.
 */
export function judgeInstalment(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { card, account, found } = presented
  if (storeNumberOf(context).kind === 'bad') return { ...found, code: '03' }
  const plan = planFor(context, card)
  if (plan.kind === 'bad') return { ...found, code: plan.code }
  const amountFen = amountOf(context)
  if (amountFen > account.balanceFen) return { ...found, code: '51' }
  return {
    ...found,
    code: '00',
    effectFen: -amountFen,
    points: pointsFor(context, card, amountFen),
    answer: plan.answer,
    posting: { plans: [{ original: context.books.nextSequence(), parts: plan.parts }] },
  }
}

type Planned =
  | {
      readonly kind: 'good'
      readonly parts: readonly PlanPart[]
      readonly answer: { readonly 62: Uint8Array }
    }
  | { readonly kind: 'bad'; readonly code: string }

/** 13 the amount, 30 field 62 is none, 57 not for this card, 12 a programme, terms or fee mode that nobody offers. */
function planFor(context: Context, card: HostCard): Planned {
  const code = amountFault(context)
  if (code !== undefined) return { kind: 'bad', code }
  const asked = askedFor(bytes(context.fields, 62))
  if (!asked) return { kind: 'bad', code: '30' }
  const programme = context.office.acquirer.programmes.find((one) => one.code === asked.programme)
  const rate = programme?.terms[String(asked.terms)]
  if (!programme || !rate || programme.feeMode !== asked.feeMode) return { kind: 'bad', code: '12' }
  if (!fits(programme, card)) return { kind: 'bad', code: '57' }
  const amountFen = amountOf(context)
  if (amountFen < programme.leastFen || amountFen < asked.terms) return { kind: 'bad', code: '13' }

  const parts = partsOf(context.at.date, amountFen, asked, rate.ratePpm)
  const [first, second] = parts
  const each = asked.feeMode === '1'
  const plan = plan62({
    first: asFen(first?.amountFen ?? 0),
    fee: asFen(each ? 0 : (first?.feeFen ?? 0)),
    points: pointsFor(context, card, amountFen),
    feeMode: asked.feeMode,
    firstFee: asFen(each ? (first?.feeFen ?? 0) : 0),
    eachFee: asFen(each ? (second?.feeFen ?? 0) : 0),
  })
  return { kind: 'good', parts, answer: { 62: plan } }
}

function fits({ prefixes }: Programme, { pan }: HostCard): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => pan.startsWith(prefix))
}

/** One part a month, the first on the day of the sale. The fee of the whole is rounded half up, once. */
export function partsOf(
  date: string,
  amountFen: number,
  { terms, feeMode }: Pick<InstalmentRequest, 'terms' | 'feeMode'>,
  ratePpm: number,
): PlanPart[] {
  const feeFen = Number((BigInt(amountFen) * BigInt(ratePpm) + 500_000n) / 1_000_000n)
  const amounts = instalmentsOf(asFen(amountFen), terms)
  const fees = feeMode === '1' ? instalmentsOf(asFen(feeFen), terms) : { first: feeFen, each: 0 }
  return Array.from({ length: terms }, (_, at) => ({
    number: at + 1,
    due: monthsAfter(date, at),
    amountFen: at === 0 ? amounts.first : amounts.each,
    feeFen: at === 0 ? fees.first : fees.each,
  }))
}

function askedFor(field: Uint8Array | undefined): InstalmentRequest | undefined {
  if (!field) return undefined
  try {
    return parseInstalment62(field)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
