import type { Fields } from '../wire/message.ts'
import type { Context } from './context.ts'
import { balanceText } from './enquiry.ts'
import { checkPresented } from './issuer.ts'
import type { Verdict } from './judge.ts'
import type { Account } from './ledger.ts'
import type { HostCard } from './registry.ts'

/** What a service asks of the card. `member`: 57 for any other kind. */
export interface Asked {
  readonly pin: 'wanted' | 'given' | 'none'
  readonly member?: boolean
  readonly mayBeInactive?: boolean
}

export type CardRead =
  | {
      readonly kind: 'good'
      readonly card: HostCard
      readonly account: Account
      /** The verdict of this card with a code and no effect yet. */
      readonly judged: (code: string) => Verdict
    }
  | { readonly kind: 'bad'; readonly verdict: Verdict }

/** The card of a request for a service, its PIN checked. */
export function readCard(context: Context, { pin, member = false, mayBeInactive = false }: Asked): CardRead {
  const presented = checkPresented(context, pin, { mayBeInactive })
  if (presented.kind === 'bad') return presented
  const { card, account, found } = presented
  const judged = (code: string): Verdict => ({ ...found, code })
  if (member && card.kind !== 'member') return { kind: 'bad', verdict: judged('57') }
  return { kind: 'good', card, account, judged }
}

/** 余额 field 54 of an answer. */
export function balanceField(balanceFen: number): Fields {
  return { 54: balanceText(balanceFen) }
}
