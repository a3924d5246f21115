import { isDate, monthOf, weekOf } from '../clearing/business-day.ts'
import type { Period } from './clearing-report.ts'

/** A request that gets a sentence instead of an answer. */
export class PageFault extends Error {
  override readonly name = 'PageFault'
  readonly status: 400 | 403 | 404 | 405
  constructor(status: PageFault['status'], sentence: string) {
    super(sentence)
    this.status = status
  }
}

/** Parameters of a request, checked one by one: each throws `PageFault` for what is not of its form. */
export interface PageQuery {
  date(): string
  month(): string
  /** Of `date`, `week` and `month` the one that is given. */
  period(): Period
  one<Choice extends string>(name: string, choices: readonly Choice[]): Choice
  /** Letters, digits, `-` and `_`; empty where it is absent. */
  word(name: string): string
  /** 0 where it is absent. */
  number(name: string): number
}

const WORD = /^[\w-]{0,40}$/
const NUMBER = /^\d{1,15}$/

export function pageQuery(values: URLSearchParams): PageQuery {
  const day = (name: string): string => {
    const text = values.get(name) ?? ''
    const date = text.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3')
    if (!isDate(date)) throw bad(name, text, 'a date like 2026-11-21')
    return date
  }
  const month = (): string => {
    const text = values.get('month') ?? ''
    const digits = text.replace(/^(\d{4})-(\d\d)$/, '$1$2')
    if (!isDate(`${digits}01`)) throw bad('month', text, 'a month like 2026-11')
    return digits
  }
  return {
    date: () => day('date'),
    month,
    period() {
      const given = ['date', 'week', 'month'].filter((name) => values.has(name))
      if (given.length > 1) throw new PageFault(400, 'One of date, week and month is wanted.')
      const days = values.has('month') ? monthOf(month()) : values.has('week') ? weekOf(day('week')) : []
      const [first = day('date'), ...rest] = days
      return [first, ...rest]
    },
    one(name, choices) {
      const text = values.get(name) ?? ''
      const found = choices.find((choice) => choice === text)
      if (found === undefined) throw bad(name, text, `one of ${choices.join(', ')}`)
      return found
    },
    word(name) {
      const text = values.get(name) ?? ''
      if (!WORD.test(text)) throw bad(name, text, 'letters and digits')
      return text
    },
    number(name) {
      const text = values.get(name) ?? '0'
      if (!NUMBER.test(text)) throw bad(name, text, 'a whole number')
      return Number(text)
    },
  }
}

const SHOWN_MAX = 40

function bad(name: string, text: string, wanted: string): PageFault {
  return new PageFault(400, `${name} ${JSON.stringify(text.slice(0, SHOWN_MAX))}: ${wanted} is wanted.`)
}
