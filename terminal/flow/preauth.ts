import type { Fen } from '../../host-link/wire/values.ts'
import { decodeOutcome } from '../journal/body.ts'
import type { Pos } from '../pos.ts'
import { askAmount, confirm, type Left, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import { type AdviceEnd, advise } from './step/advice.ts'
import { begin } from './step/begin.ts'
import { type Card, maskedPan, readCard } from './step/card.ts'
import { conduct, type Deal, left } from './step/deal.ts'
import { meaningOf } from './step/meaning.ts'
import { askAuthCode, askDate } from './step/original.ts'
import { askStoreNumber, type StoreAnswer, storeLine } from './step/store-number.ts'

/** How long the authorisation code stands: it is to be written down. */
const AUTH_CODE_SECONDS = 30

/** One of the family. */
interface PreauthRule {
  readonly name: 'preauth' | 'preauthVoid' | 'completion' | 'completionAdvice'
  /** Refers to an authorisation by code and date. */
  readonly refers: boolean
  /** Sent again until answered (P11) instead of reversed. */
  readonly advice: boolean
  /** Whether the cardholder's PIN is asked for, or the parameter says. */
  readonly pin: 'ask' | 'parameter' | 'none'
}
const row = (
  name: PreauthRule['name'],
  refers: boolean,
  advice: boolean,
  pin: PreauthRule['pin'],
): PreauthRule => ({ name, refers, advice, pin })
const yes = true
const no = false

// biome-ignore format: one row a transaction
const rules = {
  //                     name                refers advice PIN
  preauth:          row('preauth',          no,    no,    'ask'      ), // 预授权
  preauthVoid:      row('preauthVoid',      yes,   no,    'parameter'), // 预授权撤销
  completion:       row('completion',       yes,   no,    'parameter'), // 预授权完成请求
  completionAdvice: row('completionAdvice', yes,   yes,   'none'     ), // 预授权完成通知
} as const

/** The flow of one of the family, for a menu. */
export function preauthorising(name: keyof typeof rules): (pos: Pos) => Promise<AdviceEnd> {
  return (pos) => preauthorise(pos, rules[name])
}

/** 预授权 and what refers to it. How much a completion may take beyond what was authorised is the host's rule. */
async function preauthorise(pos: Pos, rule: PreauthRule): Promise<AdviceEnd> {
  const title = t(pos, rule.name)
  const begun = await begin(pos, title, rule.name, rule.advice ? 'offline' : 'online')
  if (begun.kind !== 'begun') return begun
  const order = await takeOrder(pos, title, rule, begun.approver)
  if (order.kind !== 'order')
    return left(pos, title, order, rule.advice ? 'notBooked' : meaningOf(rule.name).declined)
  if (rule.advice) return advise(pos, order.deal)
  const end = await conduct(pos, order.deal)
  if (rule.name === 'preauth' && end.kind === 'approved') await showAuthCode(pos, title, end.trace)
  return end
}

async function takeOrder(
  pos: Pos,
  title: string,
  rule: PreauthRule,
  approver: number | undefined,
): Promise<{ readonly kind: 'order'; readonly deal: Deal } | Left | { readonly kind: 'refused' }> {
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return store
  const original = await askOriginal(pos, title, rule)
  if (original.kind !== 'original') return original
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const { typed, limitFen } = pos.functions[rule.name]
  const entered = await askAmount(pos, title, where, limitFen)
  if (entered.kind !== 'amount') return entered
  const { amount } = entered
  const sum: Line = { text: `RMB ${yuan(amount)}`, align: 'right', large: true }
  const card = await readCard(pos, title, [sum, ...where], typed)
  if (card.kind !== 'card') return card
  if (rule.advice) {
    // Not undone by anybody once it is booked: read once more before it is.
    const lines: Line[] = [sum, maskedPan(card.pan), `${t(pos, 'authCodeIs')} ${original.authCode}`]
    const agreed = await confirm(pos, { title, lines, hint: t(pos, 'hintAccept') })
    if (agreed.kind !== 'yes') return agreed
  }
  return { kind: 'order', deal: dealOf(pos, title, rule, { store, original, amount, card, approver }) }
}

type Asked = { readonly kind: 'original'; readonly authCode?: string; readonly date?: string }

async function askOriginal(pos: Pos, title: string, { refers }: PreauthRule): Promise<Asked | Left> {
  if (!refers) return { kind: 'original' }
  const code = await askAuthCode(pos, title)
  if (code.kind !== 'digits') return code
  const date = await askDate(pos, title)
  if (date.kind !== 'digits') return date
  return { kind: 'original', authCode: code.digits, date: date.digits }
}

interface Order {
  readonly store: StoreAnswer
  readonly original: Asked
  readonly amount: Fen
  readonly card: Card
  readonly approver: number | undefined
}

function dealOf(pos: Pos, title: string, rule: PreauthRule, order: Order): Deal {
  const { store, original, amount, card, approver } = order
  const { authCode, date } = original
  const wanted = rule.pin === 'ask' || (rule.pin === 'parameter' && pos.parameters.preauthPin)
  return {
    title,
    name: rule.name,
    card,
    pin: wanted ? 'ask' : 'none',
    intent: {
      amount,
      storeNumber: store.kind === 'store' ? store.storeNumber : undefined,
      approver,
      ...(rule.refers ? { original: { authCode, date } } : {}),
    },
    shown: [{ text: `RMB ${yuan(amount)}`, align: 'centre', large: true }],
  }
}

/** 预授权码: what completion and void will ask for; it is on the slip too. */
async function showAuthCode(
  pos: Pos,
  title: string,
  trace: Parameters<Pos['journal']['find']>[0],
): Promise<void> {
  const outcome = pos.journal.find(trace)?.outcome
  const code = outcome === undefined ? '' : decodeOutcome(outcome).authCode
  if (code === '') return
  const lines: Line[] = [t(pos, 'authCodeIs'), { text: code, align: 'centre', large: true }]
  await notice(pos, title, lines, AUTH_CODE_SECONDS)
}
