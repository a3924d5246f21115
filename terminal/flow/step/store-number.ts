import { asStoreNumber, type StoreNumber } from '../../../host-link/wire/values.ts'
import type { Pos } from '../../pos.ts'
import { askDigits, type Left } from '../../screen/input.ts'
import { t } from '../../screen/page.ts'

export type StoreAnswer =
  | { readonly kind: 'store'; readonly storeNumber: StoreNumber; readonly name: string }
  | { readonly kind: 'none' }
  | Left

/** 门店编号: asked where the merchant is a mall, checked against the terminal's list where it holds one. */
export async function askStoreNumber(pos: Pos, title: string): Promise<StoreAnswer> {
  if (!pos.parameters.storeNumberRequired) return { kind: 'none' }
  const { stores } = pos.setup
  const rule = t(pos, 'storeDigits')
  let fault: { fault?: string; initial?: string } = {}
  for (;;) {
    const answer = await askDigits(pos, { title, label: t(pos, 'askStore'), min: 4, max: 8, rule, ...fault })
    if (answer.kind !== 'digits') return answer
    const known = stores.find((store) => store.number === answer.digits)
    if (known || stores.length === 0)
      return { kind: 'store', storeNumber: asStoreNumber(answer.digits), name: known?.name ?? '' }
    fault = { fault: t(pos, 'storeUnknown'), initial: answer.digits }
  }
}

/** `门店 0012 示例鞋店`, as far as the name is known and the row is long. */
export function storeLine(
  pos: Pos,
  store: { readonly storeNumber: StoreNumber; readonly name: string },
): { readonly text: string; readonly oneRow: true } {
  const label = pos.device.display.size().rows > 6 ? `${t(pos, 'store')} ` : ''
  return { text: `${label}${store.storeNumber} ${store.name}`.trimEnd(), oneRow: true }
}

export function storeName(pos: Pos, storeNumber: StoreNumber): string {
  return pos.setup.stores.find((store) => store.number === storeNumber)?.name ?? ''
}
