import { ENTRIES_OF, type EntriesOf } from './api.ts'

/** What the page shows; the address behind `#` says it, so that back, forward and bookmarks work. */
export type Route =
  | { readonly view: 'calendar'; readonly month: string | undefined }
  | { readonly view: 'day'; readonly date: string }
  | {
      readonly view: 'entries'
      readonly date: string
      readonly merchant: string
      readonly party: EntriesOf
      /** Store or biller, empty where the party has none. */
      readonly name: string
    }
  | { readonly view: 'entry'; readonly sequence: number }
  | { readonly view: 'reports'; readonly kind: string; readonly unit: Unit; readonly of: string | undefined }
  | { readonly view: 'terminals' }

export const UNITS = ['date', 'week', 'month'] as const
export type Unit = (typeof UNITS)[number]

/** The route of `#/day/2026-11-21`; the calendar for what is none. */
export function routeOf(hash: string): Route {
  const [, view, ...words] = hash.replace(/^#/, '').split('/').map(decoded)
  const [first = '', second = '', third = '', fourth = ''] = words
  switch (view) {
    case 'day':
      return { view, date: first }
    case 'entries': {
      const party = ENTRIES_OF.find((one) => one === third) ?? 'all'
      return { view, date: first, merchant: second, party, name: fourth }
    }
    case 'entry':
      return { view, sequence: Number(first) }
    case 'reports': {
      const unit = UNITS.find((one) => one === second) ?? 'date'
      return { view, kind: first === '' ? 'merchant' : first, unit, of: third === '' ? undefined : third }
    }
    case 'terminals':
      return { view }
    default:
      return { view: 'calendar', month: /^\d{4}-\d\d$/.test(first) ? first : undefined }
  }
}

/** The address of a route. */
export function hrefOf(route: Route): string {
  const path = (...words: readonly string[]) => `#/${words.map(encodeURIComponent).join('/')}`
  switch (route.view) {
    case 'calendar':
      return route.month === undefined ? path('calendar') : path('calendar', route.month)
    case 'day':
      return path('day', route.date)
    case 'entries':
      return path('entries', route.date, route.merchant, route.party, route.name)
    case 'entry':
      return path('entry', String(route.sequence))
    case 'reports':
      return path('reports', route.kind, route.unit, ...(route.of === undefined ? [] : [route.of]))
    case 'terminals':
      return path('terminals')
  }
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word)
  } catch {
    return ''
  }
}
