import type { Fee } from '../acquirer.ts'
import { type FeePlace, feeRow } from './fee.ts'

/** What the clearing of a day goes by; fixed for the day when it is first needed, and kept. */
export interface TermsData {
  /** Empty: nobody pays any. */
  readonly fees: readonly Fee[]
  /** Store numbers of each merchant, ascending; a merchant without an entry has no stores. */
  readonly stores: { readonly [merchant: string]: readonly string[] }
}

/** The same, quick to ask. */
export interface Terms {
  feeRow(place: FeePlace): Fee | undefined
  hasStores(merchant: string): boolean
  isStore(merchant: string, store: string): boolean
}

const FREE: Fee = { card: 'any', ratePpm: 0, leastFen: 0 }

/** Remembers what it found: one search for each merchant, store and kind of card. */
export function makeTerms({ fees, stores }: TermsData): Terms {
  const known = new Map(Object.entries(stores).map(([merchant, numbers]) => [merchant, new Set(numbers)]))
  const found = new Map<string, Fee | undefined>()
  return {
    feeRow(place) {
      const key = `${place.card}/${place.merchant}/${place.store ?? ''}`
      if (!found.has(key)) found.set(key, fees.length === 0 ? FREE : feeRow(fees, place))
      return found.get(key)
    },
    hasStores: (merchant) => (known.get(merchant)?.size ?? 0) > 0,
    isStore: (merchant, store) => known.get(merchant)?.has(store) === true,
  }
}
