import { type FeeMode, type InstalmentPlan, parsePlan62 } from '../../host-link/wire/instalment.ts'
import { type Message, WireError } from '../../host-link/wire/message.ts'
import { asFen, FEN_MAX, type Fen } from '../../host-link/wire/values.ts'

/** 分期试算 a quote that adds up: what the cardholder is shown and accepts. */
export interface Agreed {
  readonly kind: 'agreed'
  readonly plan: InstalmentPlan
  readonly terms: number
  /** Each instalment after the first, without fee. */
  readonly each: Fen
  /** All instalments and all fees. */
  readonly total: Fen
  /** Field 62 as it came: the approval must have the same. */
  readonly bytes: Uint8Array
}

/**
 * The plan in an answer's field 62; undefined where there is none, or where it is none of this amount in so many terms: first
 * + each × (terms − 1) is the amount (row I06), each is at least 1 fen, and the fees are those of the fee mode.
 */
export function agreedOf(
  { fields }: Message,
  amount: Fen,
  terms: number,
  feeMode: FeeMode,
): Agreed | undefined {
  const bytes = fields[62]
  const plan = bytes instanceof Uint8Array ? planOf(bytes) : undefined
  if (plan === undefined || !(bytes instanceof Uint8Array)) return undefined
  const further = amount - plan.first
  const each = further / (terms - 1)
  if (plan.first < 1 || each < 1 || !Number.isInteger(each)) return undefined
  const { fee, firstFee, eachFee } = plan
  const otherFees = feeMode === '0' ? firstFee + eachFee : fee
  if (plan.feeMode !== feeMode || otherFees > 0) return undefined
  const total = amount + (feeMode === '0' ? fee : firstFee + eachFee * (terms - 1))
  if (total > FEN_MAX) return undefined
  return { kind: 'agreed', plan, terms, each: asFen(each), total: asFen(total), bytes }
}

function planOf(bytes: Uint8Array): InstalmentPlan | undefined {
  try {
    return parsePlan62(bytes)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
