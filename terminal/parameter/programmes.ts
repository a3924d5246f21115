import type { FeeMode } from '../../host-link/wire/instalment.ts'
import { FEN_MAX } from '../../host-link/wire/values.ts'

/** 分期方案: what an issuing bank offers to its cards. */
export interface InstalmentProgramme {
  /** 商品/项目编码 in field 62, 1 to 30 characters. */
  readonly code: string
  /** 发卡行 whose programme it is. */
  readonly zh: string
  readonly en: string
  /** First digits of the cards that have it. */
  readonly prefixes: readonly string[]
  /** 期数, each with its rate: the fee of the whole amount, in parts per million. */
  readonly terms: readonly { readonly count: number; readonly ratePpm: number }[]
  /** 0 in one sum with the first instalment, 1 with each. */
  readonly feeMode: FeeMode
  /** 起分金额. */
  readonly leastFen: number
}

/** Of one menu: a digit chooses. */
export const PROGRAMMES_MAX = 9

/**
 * The table as a parameter holds it: programmes with `;`, columns with `|`, lists with `,`. Columns: code, issuer in Chinese
 * and English, card prefixes, terms with their rates, fee mode, least amount in fen.
 */
// biome-ignore format: one row a programme
export const DEMO_PROGRAMMES = [
  // code    issuer                prefixes   terms:rate in ppm                                 mode least
  'HOME01|示例银行|Demo Bank|62226000|3:18000,6:36000,12:72000|0|50000',
  'HOME02|一卡通|Member card|62226000,990110|6:36000,12:72000|1|50000',
].join(';')

/** The rows of a table that `programmesFault` has found good. */
export function programmesOf(table: string): InstalmentProgramme[] {
  return table === '' ? [] : table.split(';').map(programmeOf)
}

function programmeOf(text: string): InstalmentProgramme {
  const [code = '', zh = '', en = '', prefixes = '', terms = '', feeMode = '', leastFen = ''] =
    text.split('|')
  return {
    code,
    zh,
    en,
    prefixes: prefixes.split(','),
    terms: terms.split(',').map((pair) => {
      const [count = '', ratePpm = ''] = pair.split(':')
      return { count: Number(count), ratePpm: Number(ratePpm) }
    }),
    feeMode: feeMode === '1' ? '1' : '0',
    leastFen: Number(leastFen),
  }
}

const ROW =
  /^[!-{}~]{1,30}\|[^|;]{1,10}\|[^|;]{1,16}\|\d{1,12}(,\d{1,12})*\|\d{1,2}:\d{1,6}(,\d{1,2}:\d{1,6})*\|[01]\|\d{1,12}$/

/** What the table wants, when this text is none. */
export function programmesFault(table: string): string | undefined {
  if (table === '') return undefined
  const rows = table.split(';')
  if (rows.length > 30) return 'at most 30 programmes'
  const codes = new Set<string>()
  for (const text of rows) {
    const [code = ''] = text.split('|')
    if (!ROW.test(text)) return 'rows of code|issuer zh|issuer en|prefixes|terms:ppm|mode|least fen, with ;'
    if (codes.has(code)) return `programmes of different codes, ${code} occurs twice`
    codes.add(code)
    const { terms, leastFen } = programmeOf(text)
    if (terms.length > PROGRAMMES_MAX) return `programmes of at most ${PROGRAMMES_MAX} terms`
    if (terms.some(({ count }) => count < 2) || new Set(terms.map(({ count }) => count)).size < terms.length)
      return 'different terms of 2 to 99 in each programme'
    if (leastFen > FEN_MAX) return 'least amounts of an amount'
  }
  return undefined
}

/** The programmes that this card has for this amount, in the table's order, as many as a menu holds. */
export function programmesFor(table: string, pan: string, amountFen: number): InstalmentProgramme[] {
  return programmesOf(table)
    .filter(
      ({ prefixes, leastFen }) => amountFen >= leastFen && prefixes.some((prefix) => pan.startsWith(prefix)),
    )
    .slice(0, PROGRAMMES_MAX)
}
