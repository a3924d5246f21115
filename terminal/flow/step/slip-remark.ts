import type { Offer } from '../../../host-link/wire/tags.ts'
import type { Transaction } from '../../../host-link/wire/transaction.ts'
import type { PrintLine } from '../../device/printer.ts'
import type { Intent, Outcome } from '../../journal/body.ts'
import { billers } from '../../parameter/billers.ts'
import type { Pos } from '../../pos.ts'
import { yuan } from '../../screen/money.ts'
import type { TextKey } from '../../screen/text.ts'
import { maskedPan } from './card.ts'
import { feeLines } from './fee-line.ts'
import { pair } from './slip-line.ts'

/** 备注: what a slip says beside card and amount, one line a thing that the transaction has. */
export function remarkLines(
  pos: Pos,
  columns: number,
  row: Transaction,
  intent: Intent,
  outcome: Outcome,
): PrintLine[] {
  const { original, approver, target, tendered, amount, instalment, bill } = intent
  const plan = instalment?.plan
  const { cashBack, pointsEarned, pointsUsed, pointsBalance } = outcome
  const six = (value: number) => String(value).padStart(6, '0')
  // biome-ignore format: one row a remark
  const remarks: readonly (readonly [TextKey, string | undefined])[] = [
    ['originalVoucher', original?.trace === undefined ? undefined : six(original.trace)],
    ['originalRef',     original?.reference],
    ['originalDate',    original?.date === undefined ? undefined : `${original.date.slice(0, 2)}/${original.date.slice(2)}`],
    [originalAuthKey(row), original?.authCode],
    ['biller',          bill && billerName(pos, bill.biller)],
    ['customer',        bill && maskedCustomer(bill.customer)],
    ['billReference',   bill?.reference || undefined],
    ['terms',           plan === undefined ? undefined : String(instalment?.terms)],
    ['firstPart',       plan === undefined ? undefined : yuan(plan.first)],
    ['eachPart',        plan === undefined || instalment === undefined ? undefined : yuan((amount - plan.first) / (instalment.terms - 1))],
    ...(plan === undefined ? [] : feeLines(plan).map(([key, fen]) => [key, yuan(fen)] as const)),
    ['targetCard',      target === undefined ? undefined : maskedPan(target)],
    ['tendered',        tendered === undefined ? undefined : yuan(tendered)],
    ['change',          tendered === undefined ? undefined : yuan(tendered - amount)],
    ['cashBack',        cashBack && `${nameOf(pos, cashBack)} ${yuan(cashBack.amount)}`.trim()],
    ['pointsEarned',    pointsEarned?.toString()],
    ['pointsUsed',      pointsUsed?.toString()],
    ['pointsBalance',   pointsBalance?.toString()],
    ['approver',        approver === undefined ? undefined : String(approver).padStart(2, '0')],
  ]
  return remarks.flatMap(([key, value]) => (value === undefined ? [] : pair(pos, columns, key, value)))
}

/** 预授权码 where the original is a pre-authorisation, 原授权码 of anything else. */
export function originalAuthKey({ name }: Pick<Transaction, 'name'>): TextKey {
  return ['preauthVoid', 'completion', 'completionAdvice'].includes(name) ? 'preauthCode' : 'originalAuth'
}

function billerName(pos: Pos, code: string): string {
  return billers.find((row) => row.code === code)?.[pos.session.locale] ?? code
}

/** A customer's number that is long enough to be a telephone's or a card's: the first three digits and the last four. */
function maskedCustomer(digits: string): string {
  return digits.length > 10 ? digits.slice(0, 3) + '*'.repeat(digits.length - 7) + digits.slice(-4) : digits
}

/** Name of an offer, from its GBK bytes. */
export function nameOf(pos: Pos, { name }: Offer): string {
  return pos.device.charset.decodeGbk(Uint8Array.from(name, (char) => char.charCodeAt(0) & 255)).trim()
}
