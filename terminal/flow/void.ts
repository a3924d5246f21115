import { asTrace, type StoreNumber } from '../../host-link/wire/values.ts'
import { type EntryName, kindOf, transactionOf } from '../host/entry-kind.ts'
import { decodeIntent, decodeOutcome, type Intent, type Outcome, paidAmount } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { FunctionName } from '../parameter/functions.ts'
import type { Pos } from '../pos.ts'
import { askDigits, confirm, type Left, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { type AdviceEnd, advise } from './step/advice.ts'
import { begin } from './step/begin.ts'
import { type Card, keptCard, maskedPan, readCard } from './step/card.ts'
import { conduct, left } from './step/deal.ts'
import { goOnline } from './step/online.ts'
import { whenOf } from './step/slip.ts'

/** What a void undoes, and how it is sent. */
interface VoidRule {
  readonly name: Extract<EntryName & FunctionName, TextKey>
  readonly of: EntryName
  /** Cash has no card, and its void is an advice: the money is out of the drawer. */
  readonly cash: boolean
}
const row = (name: VoidRule['name'], of: EntryName, cash: boolean): VoidRule => ({ name, of, cash })
const yes = true
const no = false

// biome-ignore format: one row a void
const rules = {
  //                   name              undoes        cash
  voidSale:       row('voidSale',       'sale',       no ), // 消费撤销
  instalmentVoid: row('instalmentVoid', 'instalment', no ), // 分期撤销
  pointsVoid:     row('pointsVoid',     'pointsSale', no ), // 积分撤销
  topUpVoid:      row('topUpVoid',      'topUp',      no ), // 充值撤销
  completionVoid: row('completionVoid', 'completion', no ), // 预授权完成撤销
  cashVoid:       row('cashVoid',       'cashSale',   yes), // 现金撤销
} as const
export type VoidName = keyof typeof rules

/** The flow of a void, for a menu. */
export function voiding(name: VoidName): (pos: Pos) => Promise<AdviceEnd> {
  return (pos) => undo(pos, rules[name])
}

/**
 * 撤销 void: undoes the whole of what this terminal sold in this batch, once. The original by its voucher number, shown
 * before anything is sent. A lost answer leaves the reversal of the void owed, and the original stands.
 */
async function undo(pos: Pos, rule: VoidRule): Promise<AdviceEnd> {
  const title = t(pos, rule.name)
  const begun = await begin(pos, title, rule.name, rule.cash ? 'offline' : 'online')
  if (begun.kind !== 'begun') return begun
  const asked = await askDigits(pos, { title, label: t(pos, 'askOriginalTrace'), min: 1, max: 6 })
  if (asked.kind !== 'digits') return left(pos, title, asked, 'notVoided')
  if (!(await settledFirst(pos, title, rule, Number(asked.digits)))) return { kind: 'refused' }
  const found = originalOf(pos, rule, Number(asked.digits))
  if (found.kind === 'refused') return refuse(pos, title, ...found.why)
  const agreed = await confirm(pos, { title, lines: shownOf(pos, found), hint: t(pos, 'hintUndo') })
  if (agreed.kind !== 'yes') return left(pos, title, agreed, 'notVoided')
  const card = await cardFor(pos, title, rule, found)
  if (card.kind !== 'card' && card.kind !== 'noCard') return left(pos, title, card, 'notVoided')
  const deal = {
    title,
    name: rule.name,
    card: card.kind === 'card' ? card : undefined,
    pin: card.kind === 'card' && pos.parameters.voidCard === 'pin' ? ('ask' as const) : ('none' as const),
    intent: intentOf(found, begun.approver),
    shown: [{ text: `RMB ${yuan(found.paid)}`, align: 'centre' as const, large: true }],
  }
  return rule.cash ? advise(pos, deal) : conduct(pos, deal)
}

interface Found {
  readonly kind: 'found'
  readonly entry: Entry
  readonly intent: Intent
  readonly outcome: Outcome
  readonly paid: number
}
type Refusal = { readonly kind: 'refused'; readonly why: readonly TextKey[] }
const refusal = (...why: TextKey[]): Refusal => ({ kind: 'refused', why })

/** The entry that this void may undo, or why there is none. */
function originalOf(pos: Pos, rule: VoidRule, trace: number): Found | Refusal {
  const entry = entryWith(pos, trace)
  if (entry === undefined) return refusal('notInBatch', 'refundInstead')
  if (Object.values(rules).some(({ name }) => kindOf(name) === entry.kind)) return refusal('voidOfVoid')
  if (entry.kind !== kindOf(rule.of)) return refusal('kindDiffers')
  if (entry.state !== 'approved') return refusal('originalFailed')
  if (entry.outcome === undefined || entry.intent.length === 0) return refusal('slipLost')
  if (isVoided(pos, rule, entry)) return refusal('alreadyVoided')
  const intent = decodeIntent(entry.intent)
  const outcome = decodeOutcome(entry.outcome)
  if (intent.amount > pos.functions[rule.name].limitFen) return refusal('amountTooBig')
  return { kind: 'found', entry, intent, outcome, paid: paidAmount(intent, outcome) }
}

/** The entry of the open batch; 000000 is no trace. */
function entryWith(pos: Pos, trace: number): Entry | undefined {
  return trace > 0 ? pos.journal.find(asTrace(trace)) : undefined
}

/**
 * Whether the journal has a void of this entry that the host approved, or that is booked here and still to be sent: the only
 * place that knows, also after a power cut. A void is younger than what it undoes.
 */
function isVoided(pos: Pos, rule: VoidRule, original: Entry): boolean {
  const kind = kindOf(rule.name)
  let reached = false
  let voided = false
  pos.journal.each((entry) => {
    if (entry.trace === original.trace) reached = true
    else if (reached && entry.kind === kind && ['approved', 'owed', 'doubtful'].includes(entry.state))
      voided = entry.intent.length > 0 && decodeIntent(entry.intent).original?.trace === original.trace
    return !voided
  })
  return voided
}

/** An original that is booked here and not yet sent has no reference number to be named by: it is sent now. */
async function settledFirst(pos: Pos, title: string, rule: VoidRule, trace: number): Promise<boolean> {
  const entry = entryWith(pos, trace)
  const waits = entry?.state === 'owed' && transactionOf(pos, entry.kind).whenLost === 'forward'
  if (!waits || entry?.kind !== kindOf(rule.of)) return true
  const online = await goOnline(pos, title, [t(pos, 'originalWaits'), t(pos, 'notVoided')])
  if (online.kind !== 'ready') return false
  pos.device.link.close()
  return true
}

/** Amount, voucher, card and time: on a compact screen the first two, the others a page further down. */
function shownOf(pos: Pos, { entry, intent, outcome, paid }: Found): Line[] {
  return [
    { text: `RMB ${yuan(paid)}`, align: 'right', large: true },
    `${t(pos, 'voucherShort')} ${String(entry.trace).padStart(6, '0')}`,
    ...(intent.pan === undefined ? [] : [maskedPan(intent.pan)]),
    ...(outcome.date === '' ? [] : [whenOf(outcome)]),
  ]
}

/** The card: the one that the journal keeps, or by parameter the real one, which must be the same. */
async function cardFor(
  pos: Pos,
  title: string,
  rule: VoidRule,
  { intent, paid }: Found,
): Promise<Card | { readonly kind: 'noCard' } | { readonly kind: 'refused' } | Left> {
  const kept = keptCard(intent)
  if (rule.cash || kept === undefined) return { kind: 'noCard' }
  if (pos.parameters.voidCard === 'none') return kept
  const above: Line[] = [{ text: `RMB ${yuan(paid)}`, align: 'right', large: true }]
  const card = await readCard(pos, title, above, pos.functions[rule.name].typed)
  if (card.kind !== 'card' || card.pan === kept.pan) return card
  return refuse(pos, title, 'otherCard')
}

/** The full amount, also where an offer gave a discount; 37, 38 and 61 name the original. */
function intentOf(
  { entry, intent, outcome }: Found,
  approver: number | undefined,
): Pick<Intent, 'amount' | 'original' | 'approver'> & { readonly storeNumber: StoreNumber | undefined } {
  return {
    amount: intent.amount,
    storeNumber: intent.storeNumber,
    approver,
    original: {
      batch: entry.batch,
      trace: entry.trace,
      date: outcome.date || undefined,
      reference: outcome.reference || undefined,
      authCode: outcome.authCode || undefined,
      discount: outcome.discount?.amount,
    },
  }
}

async function refuse(pos: Pos, title: string, ...why: readonly TextKey[]): Promise<{ kind: 'refused' }> {
  // It *is* voided: only this time nothing was done.
  const end = why.includes('alreadyVoided') ? 'nothingDone' : 'notVoided'
  await notice(
    pos,
    title,
    [...why, end].map((key) => t(pos, key as TextKey)),
  )
  return { kind: 'refused' }
}
