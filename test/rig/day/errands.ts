import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { Errand } from './person.ts'
import type { Deal } from './slips.ts'

/** What people come to a till for: one small function for each line of its menus. */

const of = (name: string, keys: readonly Key[], more: Partial<Errand> = {}): Errand => ({
  name,
  keys,
  ...more,
})
/** The four digits MMDD of a slip's date. */
const dayOf = ({ at }: Deal): string => at.slice(4, 8)

export const sale = (card: HostCard, amount: number, store: string): Errand =>
  of('sale', ['1'], { cards: [card], amount, store })
export const balance = (card: HostCard): Errand => of('balance', ['2'], { cards: [card] })
export const pointsEnquiry = (card: HostCard): Errand => of('points enquiry', ['7', '7'], { cards: [card] })

// biome-ignore format: one row a void
const VOID_KEYS: { readonly [type: string]: readonly Key[] | undefined } = {
  消费: ['5', '1'], 分期付款消费: ['5', '3'], 积分消费: ['5', '4'], 现金充值: ['5', '5'], 现金消费: ['5', '6'],
  预授权完成请求: ['6', '5'],
}
/** Whether a slip of this type can be voided by its voucher number. */
export const voidable = ({ type }: Deal): boolean => VOID_KEYS[type] !== undefined
export const voiding = ({ type, trace }: Deal): Errand =>
  of(`void ${type}`, VOID_KEYS[type] ?? ['5', '1'], { trace })

export const refundable = ({ type, reference }: Deal): boolean =>
  reference !== '' && ['消费', '分期付款消费', '预授权完成请求', '预授权完成通知'].includes(type)
export const refund = (deal: Deal, card: HostCard, amount: number): Errand =>
  of('refund', ['5', '2'], {
    ...{ cards: [card], amount, store: deal.store, reference: deal.reference, date: dayOf(deal) },
  })

export const preauth = (card: HostCard, amount: number, store: string): Errand =>
  of('pre-authorisation', ['6', '1'], { cards: [card], amount, store })
/** 完成请求 2, 完成通知 3, 预授权撤销 4, of a pre-authorisation. */
export const completing = (hold: Deal, card: HostCard, amount: number, how: '2' | '3' | '4'): Errand =>
  of(`pre-authorisation ${how}`, ['6', how], {
    ...{ cards: [card], amount, store: hold.store, authCode: hold.authCode, date: dayOf(hold) },
  })

export const topUp = (card: HostCard, amount: number): Errand =>
  of('top-up', ['7', '1'], { cards: [card], amount })
export const accountTopUp = (from: HostCard, to: HostCard, amount: number): Errand =>
  of('account top-up', ['7', '2'], { cards: [from, to], amount })
export const activation = (card: HostCard, amount: number): Errand =>
  of('activation', ['7', '3'], { cards: [card], amount })
export const pinChange = (card: HostCard, pin: string, newPin: string): Errand =>
  of('PIN change', ['7', '4'], { cards: [card], pin, newPin })
export const transfer = (from: HostCard, to: HostCard, amount: number): Errand =>
  of('transfer', ['7', '5'], { cards: [from, to], amount })
export const pointsSale = (card: HostCard, amount: number, store: string): Errand =>
  of('points sale', ['7', '6'], { cards: [card], amount, store })

export const cashSale = (amount: number, store: string, tendered?: number): Errand =>
  of('cash sale', ['8', '1'], { amount, store, ...(tendered === undefined ? {} : { tendered }) })
/** Biller by its digit; paid by card, or in cash where there is none. */
export const payBill = (biller: Key, customer: string, card?: HostCard): Errand =>
  of('bill', ['8', '2'], { biller, customer, payBy: card ? '1' : '2', cards: card ? [card] : [] })
export const instalment = (
  card: HostCard,
  amount: number,
  store: string,
  programme: Key,
  term: Key,
): Errand => of('instalment', ['8', '4', '1'], { cards: [card], amount, store, programme, term })

export const settlement = (): Errand => of('settlement', ['9'])
export const detail = (): Errand => of('detail', ['3', '3'])
export const totals = (): Errand => of('totals', ['3', '4'])
export const reprintLast = (): Errand => of('reprint last', ['3', '1'])
export const reprint = (trace: number): Errand => of('reprint', ['3', '2'], { trace })
/** 冲正: sends everything that is owed. */
export const sendOwed = (): Errand => of('send what is owed', ['4', '2'])
export const signOn = (): Errand => of('sign-on', ['4', '1'])

/** Names of all that a customer or a cashier comes with on a random day. */
export const ERRANDS: readonly string[] = [
  ...['sale', 'balance', 'points enquiry', 'refund', 'top-up', 'account top-up', 'activation', 'PIN change'],
  ...['transfer', 'points sale', 'cash sale', 'bill', 'instalment', 'settlement', 'detail', 'totals'],
  ...[
    'reprint last',
    'sign-on',
    'pre-authorisation',
    ...['2', '3', '4'].map((how) => `pre-authorisation ${how}`),
  ],
  ...Object.keys(VOID_KEYS).map((type) => `void ${type}`),
]
