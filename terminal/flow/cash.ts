import type { Fen } from '../../host-link/wire/values.ts'
import type { Pos } from '../pos.ts'
import { askAmount, confirm, type Left, notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { type Line, t } from '../screen/page.ts'
import { type AdviceEnd, advise } from './step/advice.ts'
import { begin } from './step/begin.ts'
import { left } from './step/deal.ts'
import { askStoreNumber, storeLine } from './step/store-number.ts'

/**
 * 现金: booked with its 门店编号 like a card sale. The money is in the drawer, so it is an advice: sent at once where there is a
 * line, kept and sent later where there is none, never reversed.
 */
export async function cashSale(pos: Pos): Promise<AdviceEnd> {
  const title = t(pos, 'cashSale')
  const begun = await begin(pos, title, 'cashSale', 'offline')
  if (begun.kind !== 'begun') return begun
  const store = await askStoreNumber(pos, title)
  if (store.kind !== 'store' && store.kind !== 'none') return left(pos, title, store)
  const where = store.kind === 'store' ? [storeLine(pos, store)] : []
  const entered = await askAmount(pos, title, where, pos.functions.cashSale.limitFen)
  if (entered.kind !== 'amount') return left(pos, title, entered)
  const { amount } = entered
  const tendered = await askTendered(pos, title, amount)
  if (tendered.kind !== 'amount') return left(pos, title, tendered)
  return advise(pos, {
    title,
    name: 'cashSale',
    card: undefined,
    pin: 'none',
    intent: {
      amount,
      storeNumber: store.kind === 'store' ? store.storeNumber : undefined,
      tendered: tendered.amount,
      approver: begun.approver,
    },
    shown: [
      { text: `RMB ${yuan(amount)}`, align: 'centre', large: true },
      changeLine(pos, amount, tendered.amount),
    ],
  })
}

/** 找零: what the customer gets back. */
export function changeLine(pos: Pos, amount: Fen, tendered: Fen): Line {
  return { text: `${t(pos, 'change')} ${yuan(tendered - amount)}`, align: 'centre', large: true }
}

/** 实收: what the customer hands over, at least the amount; enter alone is exactly that. Shows the change before it is booked. */
export async function askTendered(
  pos: Pos,
  title: string,
  amount: Fen,
): Promise<{ readonly kind: 'amount'; readonly amount: Fen } | Left> {
  const due: Line = `${t(pos, 'due')} RMB ${yuan(amount)}`
  for (;;) {
    const given = await askAmount(pos, title, [due], undefined, 'askTendered', amount)
    if (given.kind !== 'amount') return given
    if (given.amount < amount) {
      await notice(pos, title, [t(pos, 'tooLittle')], 2)
      continue
    }
    // The change first: of what is wrapped on a compact screen it must not be the part that is left out.
    const lines: Line[] = [
      { text: `${t(pos, 'change')} RMB ${yuan(given.amount - amount)}`, large: true },
      `${t(pos, 'tendered')} RMB ${yuan(given.amount)}`,
    ]
    const taken = await confirm(pos, { title, lines, extra: [due], hint: t(pos, 'hintCash') })
    return taken.kind === 'yes' ? given : taken
  }
}
