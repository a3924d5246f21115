import { type Entry, type Kind, RETURNED_KINDS, SOLD_KINDS, type StoreSales } from './ledger.ts'
import type { Tables } from './memory-store.ts'

/** Sales by merchant and store of one host date, as `READS.storeSales` counts them in SQL. */
export function storeSales(tables: Tables, date: string): StoreSales[] {
  const rows = new Map<string, StoreSales>()
  for (const entry of tables.ledger) {
    const { settleFen, merchantId, storeNumber = '-' } = entry
    const sold = isOf(SOLD_KINDS, entry.key.kind)
    const back = isReversed(tables, entry)
    if (entry.at.date !== date || settleFen === 0 || !(sold || isOf(RETURNED_KINDS, entry.key.kind))) continue
    const place = `${merchantId}/${storeNumber}`
    const row = rows.get(place) ?? {
      ...{ merchantId, storeNumber, storeName: tables.storeNames.get(place) ?? '' },
      ...{ sales: 0, salesFen: 0, reversed: 0, reversedFen: 0, returned: 0, returnedFen: 0 },
    }
    const sale = { sales: row.sales + 1, salesFen: row.salesFen + settleFen }
    const reversed = { reversed: row.reversed + 1, reversedFen: row.reversedFen + settleFen }
    const returned = { returned: row.returned + 1, returnedFen: row.returnedFen - settleFen }
    rows.set(place, {
      ...row,
      ...(sold && sale),
      ...(sold && back && reversed),
      ...(!sold && !back && returned),
    })
  }
  return [...rows.values()]
}

export function isReversed(tables: Tables, { sequence }: Entry): boolean {
  return tables.byOriginal.get(sequence)?.some(({ key }) => key.kind === 'reversal') ?? false
}

function isOf(kinds: readonly Kind[], kind: Kind): boolean {
  return kinds.includes(kind)
}
