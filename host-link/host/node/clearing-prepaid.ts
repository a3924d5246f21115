import { transactionNamed } from '../../wire/transaction.ts'
import type { Books, Row } from './clearing-database.ts'
import type { Cell, ReportOptions, ReportTable } from './clearing-report.ts'
import { date, fen, referenceOf, storeNames, table, text } from './clearing-table.ts'

/** The card that is topped up is the entry's first one; of an account top-up 账户充值 it is the other. */
const TOP_UPS = ['topUp', 'activation']

/** Entries that move the money of a prepaid card 会员卡. */
const ENTRIES = `SELECT l.sequence, l.kind, l.date, l.time, l.merchant, l.store, l.terminal, l.pan, l.account, l.account2,
    l.operator, l.approver, l.amount, l.effect, l.effect2, l.card_kind, o.kind
  FROM ledger l LEFT JOIN ledger o ON o.sequence = l.original AND l.kind IN ('reversal', 'topUpVoid')
  WHERE l.business_date >= ? AND l.business_date <= ?
    AND ((l.card_kind = 'member' AND l.effect <> 0) OR l.effect2 <> 0)
  ORDER BY l.business_date, l.sequence`

/** When each card was activated: the entry of that day. */
const ACTIVATED = `SELECT l.account, max(l.date || l.time) FROM account a
  JOIN ledger l ON l.date = a.activated_date AND l.kind = 'activation' AND l.account = a.name AND l.effect > 0
  WHERE a.activated_date <> '' GROUP BY l.account`

/**
 * 预付卡: what moved the money of prepaid cards. A top-up has 充值人, 充值审核人, 充值时间 and 充值金额; every other entry
 * has its 交易金额, negative where money came back. What undoes a top-up has its amount negative.
 */
export async function prepaidTable(books: Books, options: ReportOptions): Promise<ReportTable> {
  // biome-ignore format: one row a column
  const columns = [
    text('card',          '卡号'),
    text('operator',      '充值人'),
    text('approver',      '充值审核人'),
    text('topped_up_at',  '充值时间'),
    text('activated_at',  '激活时间'),
    fen( 'topped_up_fen', '充值金额'),
    date('date',          '交易日期'),
    text('reference',     '交易号'),
    fen( 'amount_fen',    '交易金额'),
    text('place',         '交易地点'),
    text('kind',          '交易类型'),
  ]
  const nameOf = await storeNames(books)
  const activated = new Map(
    (await books.query(ACTIVATED)).map(([account, at]) => [String(account), dateTime(String(at))]),
  )
  return table('预付卡 prepaid cards', columns, rowsOf(books, options, nameOf, activated))
}

async function* rowsOf(
  books: Books,
  { period, acquirer, maskedPan }: ReportOptions,
  nameOf: (merchant: string, number: string) => string,
  activated: ReadonlyMap<string, string>,
): AsyncIterable<readonly Cell[]> {
  const staff = new Map(
    acquirer.staff.map(({ terminal, operator, name }) => [`${terminal}/${operator}`, name]),
  )
  const person = (terminal: unknown, operator: unknown): string =>
    operator === null ? '' : `${operator} ${staff.get(`${terminal}/${operator}`) ?? ''}`.trimEnd()

  const cardRow = (
    row: Row,
    pan: string,
    account: unknown,
    moved: number,
    other = false,
  ): readonly Cell[] => {
    const [sequence, kind, day, at, merchant, store, terminal] = row
    const of = String(row[16] ?? kind) // of what is undone
    const topUp = other ? of === 'accountTopUp' : TOP_UPS.includes(of)
    return [
      pan,
      ...(topUp
        ? [person(terminal, row[10]), person(terminal, row[11]), dateTime(`${day}${at}`)]
        : ['', '', '']),
      ...[activated.get(String(account)) ?? '', topUp ? moved : 0, String(day)],
      ...[referenceOf(String(day), Number(sequence)), topUp ? 0 : 0 - moved],
      placeOf(String(merchant), store === null ? '' : String(store), String(terminal), nameOf),
      transactionNamed(String(kind)).zh,
    ]
  }
  for await (const lot of books.iterate(ENTRIES, [period[0], period.at(-1) ?? period[0]]))
    for (const row of lot) {
      const [account, account2, effect, effect2] = [row[8], row[9], Number(row[13]), Number(row[14])]
      if (row[15] === 'member' && effect !== 0) yield cardRow(row, String(row[7] ?? ''), account, effect)
      if (effect2 !== 0)
        yield cardRow(row, maskedPan?.(String(account2)) ?? String(account2), account2, effect2, true)
    }
}

function placeOf(
  merchant: string,
  store: string,
  terminal: string,
  nameOf: (merchant: string, number: string) => string,
): string {
  const where = store === '' ? merchant : `${store} ${nameOf(merchant, store)}`.trimEnd()
  return `${where} 终端${terminal}`
}

/** `2026-11-21 22:04:52`. */
function dateTime(at: string): string {
  return at.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3 $4:$5:$6')
}
