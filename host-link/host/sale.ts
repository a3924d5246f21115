import { offerTag } from '../wire/tags.ts'
import { asFen } from '../wire/values.ts'
import type { OfferRow } from './acquirer.ts'
import type { Context } from './context.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'
import type { Account, Grant } from './ledger.ts'
import { amountFault, amountOf, storeNumberOf } from './merchant.ts'
import type { HostCard } from './registry.ts'

/** 消费 sale: card, PIN, store, amount, offers, funds. What the cardholder pays is the amount less the discount. */
export function judgeSale(context: Context): Verdict {
  const presented = checkPresented(context, 'wanted')
  if (presented.kind === 'bad') return presented.verdict
  const { card, account, found } = presented
  const store = storeNumberOf(context)
  if (store.kind === 'bad') return { ...found, code: '03' }
  const code = amountFault(context)
  if (code !== undefined) return { ...found, code }

  const amountFen = amountOf(context)
  const offers = offersFor(context, card, store.number, amountFen)
  const paidFen = amountFen - (offers.discount?.fen ?? 0)
  if (paidFen > account.balanceFen) return { ...found, code: '51' }
  const points = pointsFor(context, card, paidFen)
  return {
    ...found,
    ...offers,
    code: '00',
    effectFen: -paidFen + (offers.cashBack?.fen ?? 0),
    points,
    tags: { ...offers.tags, ...pointsTags(context, card, account, points) },
  }
}

/** The first discount and the first cash-back that fit; none where the answer could not tell the terminal of them. */
function offersFor(
  context: Context,
  card: HostCard,
  storeNumber: string | undefined,
  amountFen: number,
): Pick<Verdict, 'discount' | 'cashBack' | 'offer' | 'tags'> {
  const { office, terminal, at } = context
  if (!terminal.profile.tags) return {}
  const fitting = office.acquirer.offers.filter(
    (row) =>
      amountFen >= row.leastFen &&
      row.from <= at.date &&
      at.date <= row.to &&
      (row.prefixes.length === 0 || row.prefixes.some((prefix) => card.pan.startsWith(prefix))) &&
      (row.stores.length === 0 || (storeNumber !== undefined && row.stores.includes(storeNumber))),
  )
  const [discount, cashBack] = (['discount', 'cashBack'] as const).map((kind) => {
    const row = fitting.find((candidate) => candidate.kind === kind)
    return row && { row, grant: grantOf(row, amountFen) }
  })
  const tag = ({ row, grant }: { readonly row: OfferRow; readonly grant: Grant }): string =>
    offerTag({ amount: asFen(grant.fen), payer: grant.payer, name: office.gbk(row.name) })
  return {
    discount: discount?.grant,
    cashBack: cashBack?.grant,
    offer: (discount ?? cashBack)?.row.name,
    tags: { discount: discount && tag(discount), cashBack: cashBack && tag(cashBack) },
  }
}

/** At least 1 fen stays to be paid. Percent of the amount, down to the fen. */
function grantOf({ percent, fen, capFen, payer }: OfferRow, amountFen: number): Grant {
  const given = percent === undefined ? (fen ?? 0) : Math.floor((amountFen * percent) / 100)
  return { fen: Math.min(given, capFen ?? given, amountFen - 1), payer }
}

/** 积分 for what was paid, by whole yuan. */
export function pointsFor({ office }: Context, card: HostCard, paidFen: number): number {
  return Math.floor(paidFen / 100) * office.acquirer.pointsPerYuan[card.kind]
}

function pointsTags({ office }: Context, card: HostCard, account: Account, points: number): Verdict['tags'] {
  if (office.acquirer.pointsPerYuan[card.kind] === 0) return {}
  const ten = (value: number) => String(Math.max(0, value)).padStart(10, '0')
  return { pointsEarned: ten(points), pointsBalance: ten(account.points + points) }
}
