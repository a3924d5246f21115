import { type Message, WireError } from '../../../host-link/wire/message.ts'
import { type Balance, parseBalance54 } from '../../../host-link/wire/subfields.ts'
import { textOf } from '../../host/exchange.ts'
import type { Pos } from '../../pos.ts'
import { notice } from '../../screen/input.ts'
import { yuan } from '../../screen/money.ts'
import { t } from '../../screen/page.ts'
import type { TextKey } from '../../screen/text.ts'

/** The balance in field 54 of an answer, where it has one that can be read. Never kept. */
export function balanceOf({ fields }: Message): Balance | undefined {
  try {
    return fields[54] === undefined ? undefined : parseBalance54(textOf(fields[54]))
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** What the holder has; below zero what is owed. */
export function signedFen({ sign, amount }: Balance): number {
  return sign === 'D' ? -amount : amount
}

/** Shows what is on the card now, where the answer said so. */
export async function tellBalance(
  pos: Pos,
  title: string,
  answer: Message | undefined,
  label: TextKey = 'newBalance',
): Promise<void> {
  const balance = answer && balanceOf(answer)
  if (balance === undefined) return
  await notice(pos, title, [
    t(pos, label),
    { text: `RMB ${yuan(signedFen(balance))}`, align: 'right', large: true },
  ])
}
