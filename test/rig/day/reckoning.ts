import { type Deal, keyOfDeal } from './slips.ts'

/**
 * An independent calculation of a day, made from its slips alone, by what the words on them mean: who has paid whom. It shares no
 * table with terminal, host or clearing.
 */
export interface Reckoning {
  /** By `terminal/batch`: counts and sums of the two columns, and of each type. */
  readonly batches: ReadonlyMap<string, BatchSum>
  /** By first six and last four digits: what the card has gained. */
  readonly cards: ReadonlyMap<string, number>
  /** By `20261121 store/0012`: before fees. */
  readonly parties: ReadonlyMap<string, number>
}

export interface BatchSum {
  debit: [count: number, fen: number]
  credit: [count: number, fen: number]
  readonly types: Map<string, [count: number, fen: number]>
}

type Column = 'debit' | 'credit' | 'none'
/** Where the merchant's side of it goes: a store, a biller, the float of prepaid cards; `back`: where the original went. */
type Goes = 'store' | 'biller' | 'float' | 'back' | 'nowhere'

interface Meaning {
  readonly column: Column
  /** What it is to the card: −1 pays, +1 gets, 0 nothing. */
  readonly card: -1 | 0 | 1
  readonly goes: Goes
}
const row = (column: Column, card: -1 | 0 | 1, goes: Goes): Meaning => ({ column, card, goes })

// biome-ignore format: one row a type, as it is called on slips
const meanings: { readonly [type: string]: Meaning } = {
  //                 column    card  goes
  消费:           row('debit',  -1, 'store'  ),
  消费撤销:       row('credit',  1, 'back'   ),
  退货:           row('credit',  1, 'back'   ),
  预授权:         row('none',   -1, 'nowhere'),
  预授权撤销:     row('none',    1, 'nowhere'),
  预授权完成请求: row('debit',  -1, 'store'  ),
  预授权完成通知: row('debit',  -1, 'store'  ),
  预授权完成撤销: row('credit',  1, 'back'   ),
  分期付款消费:   row('debit',  -1, 'store'  ),
  分期付款撤销:   row('credit',  1, 'back'   ),
  积分消费:       row('debit',   0, 'store'  ),
  积分消费撤销:   row('credit',  0, 'back'   ),
  现金充值:       row('credit',  1, 'float'  ),
  充值撤销:       row('debit',  -1, 'back'   ),
  售卡激活:       row('credit',  1, 'float'  ),
  账户充值:       row('none',   -1, 'nowhere'),
  转账:           row('none',   -1, 'nowhere'),
  修改密码:       row('none',    0, 'nowhere'),
  现金消费:       row('debit',   0, 'store'  ),
  现金撤销:       row('credit',  0, 'back'   ),
  缴费:           row('debit',  -1, 'biller' ),
  现金缴费:       row('debit',   0, 'biller' ),
}
const COMPLETIONS = ['预授权完成请求', '预授权完成通知']

export function reckoned(deals: readonly Deal[]): Reckoning {
  const batches = new Map<string, BatchSum>()
  const cards = new Map<string, number>()
  const parties = new Map<string, number>()
  const add = (sums: Map<string, number>, name: string, fen: number): void => {
    if (name !== '' && fen !== 0) sums.set(name, (sums.get(name) ?? 0) + fen)
  }
  for (const deal of deals) {
    const meaning = meanings[deal.type]
    if (meaning === undefined) throw new Error(`slip of ${keyOfDeal(deal)}: what is ${deal.type}?`)
    count(batches, deal, meaning)
    const original = originalOf(deal, deals)
    add(
      cards,
      deal.card,
      meaning.card * deal.fen + cashBackOf(deal, original) + heldFor(deal, original, deals),
    )
    add(cards, deal.target, deal.target === '' ? 0 : deal.fen)
    for (const [party, fen] of shares(deal, meaning, deals))
      add(parties, `${businessDate(deal.at)} ${party}`, fen)
  }
  return { batches, cards, parties }
}

function count(batches: Map<string, BatchSum>, deal: Deal, { column }: Meaning): void {
  if (column === 'none') return
  const key = `${deal.terminal}/${deal.batch}`
  const batch: BatchSum = batches.get(key) ?? { debit: [0, 0], credit: [0, 0], types: new Map() }
  batches.set(key, batch)
  const [count, fen] = batch.types.get(deal.type) ?? [0, 0]
  batch.types.set(deal.type, [count + 1, fen + deal.fen])
  batch[column] = [batch[column][0] + 1, batch[column][1] + deal.fen]
}

/** What a void, a refund, a completion or its void is of: by voucher in its batch, by reference, by authorisation. */
export function originalOf(deal: Deal, deals: readonly Deal[]): Deal | undefined {
  if (deal.originalReference !== '')
    return deals.find(({ reference }) => reference === deal.originalReference)
  if (deal.originalTrace > 0)
    return deals.find(
      ({ terminal, batch, trace }) =>
        terminal === deal.terminal && batch === deal.batch && trace === deal.originalTrace,
    )
  if (deal.originalAuthCode === '') return undefined
  return deals.find(({ type, authCode }) => type === '预授权' && authCode === deal.originalAuthCode)
}

/** 返现 is on the card with the sale, and gone with its void. */
function cashBackOf(deal: Deal, original: Deal | undefined): number {
  return deal.type === '消费撤销' ? 0 - (original?.cashBackFen ?? 0) : deal.cashBackFen
}

/** A completion frees what was held; its void holds it again. */
function heldFor(deal: Deal, original: Deal | undefined, deals: readonly Deal[]): number {
  if (COMPLETIONS.includes(deal.type)) return original?.fen ?? Number.NaN
  if (deal.type !== '预授权完成撤销' || original === undefined) return 0
  return 0 - (originalOf(original, deals)?.fen ?? Number.NaN)
}

/** Store offers lower what the store gets; what a cash-back gave to cardholders is owed to who has their accounts. */
function shares(deal: Deal, { goes }: Meaning, deals: readonly Deal[]): (readonly [string, number])[] {
  const original = originalOf(deal, deals)
  const store = (of: Deal | undefined): string => {
    // What was authorised at a store is that store's, also when it is completed at a till that has none.
    const name = of && COMPLETIONS.includes(of.type) ? originalOf(of, deals)?.store : of?.store
    return name === '' ? 'suspense/' : `store/${name}`
  }
  switch (goes) {
    case 'nowhere':
      return []
    case 'biller':
      return [['biller', deal.fen]]
    case 'float':
      return [['float/', 0 - deal.fen]]
    case 'store':
      return [
        [store(deal), deal.fen - deal.cashBackFen],
        ['issuer/', deal.cashBackFen],
      ]
    case 'back':
      if (deal.type === '充值撤销') return [['float/', deal.fen]]
      if (deal.type === '退货') return [[store(original), 0 - deal.fen]]
      return [
        [store(original), (original?.cashBackFen ?? 0) - deal.fen],
        ['issuer/', 0 - (original?.cashBackFen ?? 0)],
      ]
  }
}

/** 清算日期: from 23:00 on it is the next day's. */
function businessDate(at: string): string {
  const day = Date.UTC(Number(at.slice(0, 4)), Number(at.slice(4, 6)) - 1, Number(at.slice(6, 8)))
  const late = Number(at.slice(8, 10)) >= 23
  return new Date(day + (late ? 86_400_000 : 0)).toISOString().slice(0, 10).replaceAll('-', '')
}
