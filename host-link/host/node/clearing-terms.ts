import type { Acquirer } from '../acquirer.ts'
import { makeTerms, type Terms, type TermsData } from '../clearing/terms.ts'
import type { Books, Query } from './clearing-database.ts'

/** The terms of every day: those kept for it, else those of today. */
export interface TermsBook {
  of(businessDate: string): Terms
  /** What is kept for a day once it is cleared, whatever holds later. */
  dataOf(businessDate: string): string
}

export async function termsBook(
  books: Books,
  own: readonly KeptTerms[],
  fees: Acquirer['fees'],
): Promise<TermsBook> {
  const stores: { [merchant: string]: string[] } = {}
  for (const [merchant, number] of await books.query(
    'SELECT merchant, number FROM store ORDER BY merchant, number',
  ))
    stores[String(merchant)] = [...(stores[String(merchant)] ?? []), String(number)]
  const today = JSON.stringify({ fees, stores } satisfies TermsData)
  const kept = new Map(own.map(({ date, data }) => [date, data]))
  const made = new Map<string, Terms>()
  const byText = new Map<string, Terms>()
  const dataOf = (date: string): string => kept.get(date) ?? today
  return {
    of(date) {
      const known = made.get(date)
      if (known !== undefined) return known
      const text = dataOf(date)
      const terms = byText.get(text) ?? makeTerms(JSON.parse(text) as TermsData)
      byText.set(text, terms)
      made.set(date, terms)
      return terms
    },
    dataOf,
  }
}

export interface KeptTerms {
  readonly date: string
  readonly data: string
}

/** Terms of the days that were cleared. */
export async function keptTerms(own: Query): Promise<readonly KeptTerms[]> {
  const rows = await own.query(
    'SELECT business_date, terms FROM clearing_terms WHERE business_date IN (SELECT business_date FROM clearing_run)',
  )
  return rows.map(([date, data]) => ({ date: String(date), data: String(data) }))
}

/** Keeps the terms of a day that is cleared now, and of no other: who mends a fee table mends the days that are not. */
export async function keepTerms(own: Query, date: string, terms: TermsBook): Promise<void> {
  await own.query(
    `INSERT INTO clearing_terms (business_date, terms) VALUES (?, ?)
      ON CONFLICT (business_date) DO UPDATE SET terms = excluded.terms`,
    [date, terms.dataOf(date)],
  )
}
