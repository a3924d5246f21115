import { transactionNamed } from '../../wire/transaction.ts'
import { cleared, grossFen, type LedgerRow, type Pending } from '../clearing/shares.ts'
import { dashed } from './clearing.ts'
import type { Books, Value } from './clearing-database.ts'
import type { LateEntry } from './clearing-late.ts'
import { entriesOf, type Read } from './clearing-ledger.ts'
import { PARTIES } from './clearing-lines.ts'
import type { Cell, Period, ReportTable } from './clearing-report.ts'
import { count, date, fen, referenceOf, table, text, time } from './clearing-table.ts'
import type { TermsBook } from './clearing-terms.ts'
import { HostError } from './host-error.ts'

const MORE = ['terminal', 'batch', 'trace', 'date', 'time', 'pan', 'operator', 'approver', 'origin'] as const
const MORE_SQL = MORE.map((column) => `l.${column}`)

/** 对账明细: every entry of the ledger, declined ones too, with who gets what of it. */
export async function reconciliationTable(
  books: Books,
  period: Period,
  terms: TermsBook,
  late: readonly LateEntry[],
): Promise<ReportTable> {
  // biome-ignore format: one row a column
  const columns = [
    date( 'business_date', '清算日期'),
    date( 'date',          '交易日期'),
    time( 'time',          '交易时间'),
    text( 'reference',     '交易号'),
    text( 'kind',          '交易类型'),
    text( 'code',          '应答码'),
    text( 'merchant',      '商户号'),
    text( 'store',         '门店编号'),
    text( 'terminal',      '终端号'),
    text( 'batch',         '批次号'),
    text( 'trace',         '流水号'),
    text( 'operator',      '柜员'),
    text( 'approver',      '授权人'),
    text( 'card',          '卡号'),
    text( 'card_kind',     '卡种'),
    fen(  'amount_fen',    '交易金额'),
    fen(  'discount_fen',  '优惠'),
    fen(  'cash_back_fen', '返现'),
    fen(  'settle_fen',    '清算金额'),
    text( 'party',         '收款方'),
    text( 'party_number',  '收款方编号'),
    fen(  'party_fen',     '应结金额'),
    fen(  'mall_fen',      '商场承担'),
    fen(  'issuer_fen',    '发卡方'),
    fen(  'fee_fen',       '手续费'),
    fen(  'net_fen',       '应付金额'),
    text( 'original',      '原交易序号'),
    text( 'origin',        '来源'),
  ]
  const rows = eachEntry(books, period, late, ({ row, more }) => [reconciled(row, more, terms)])
  return table('对账明细 reconciliation', columns, rows)
}

function reconciled(row: LedgerRow, more: readonly Value[], terms: TermsBook): readonly Cell[] {
  const [terminal, batch, trace, day, at, pan, operator, approver, origin] = more.map((value) => value ?? '')
  const shares = sharesOf(row, terms)
  const sum = (party: string) =>
    shares.filter((share) => share.party === party).reduce((total, share) => total + grossFen(share), 0)
  const payee = shares.find(({ party }) => party !== 'mall' && party !== 'issuer')
  const fee = payee?.feeFen ?? 0
  const payable = payee === undefined ? 0 : grossFen(payee)
  return [
    ...[row.businessDate, String(day), String(at), referenceOf(String(day), row.sequence), kindText(row)],
    ...[row.code, row.merchant, row.store ?? '', String(terminal), six(batch), six(trace)],
    ...[String(operator), String(approver), String(pan), row.cardKind ?? '', row.amountFen],
    ...[row.discount?.fen ?? 0, row.cashBack?.fen ?? 0, row.settleFen],
    ...[payee === undefined ? '' : PARTIES[payee.party], payee?.name ?? '', payable],
    ...[sum('mall'), sum('issuer'), fee, payable - fee],
    ...[row.refersTo === undefined ? '' : String(row.refersTo).padStart(8, '0'), String(origin)],
  ]
}

const REASONS: { readonly [Name in Pending]: string } = {
  ...{
    noStore: '未填门店编号',
    unknownStore: '门店编号未知',
    noBiller: '缴费单位未知',
    noOriginal: '无原交易',
  },
}

/** 待处理: every entry whose money is in suspense, and why. */
export async function suspenseTable(
  books: Books,
  period: Period,
  terms: TermsBook,
  late: readonly LateEntry[],
): Promise<ReportTable> {
  // biome-ignore format: one row a column
  const columns = [
    date( 'business_date', '清算日期'),
    date( 'date',          '交易日期'),
    time( 'time',          '交易时间'),
    text( 'reference',     '交易号'),
    text( 'kind',          '交易类型'),
    text( 'merchant',      '商户号'),
    text( 'store',         '门店编号'),
    text( 'terminal',      '终端号'),
    text( 'batch',         '批次号'),
    text( 'trace',         '流水号'),
    text( 'operator',      '柜员'),
    text( 'card',          '卡号'),
    count('entries',       '笔数'),
    fen(  'amount_fen',    '待处理金额'),
    text( 'reason',        '原因'),
  ]
  const rows = eachEntry(books, period, late, ({ row, more }) => {
    const [terminal, batch, trace, day, at, pan, operator] = more.map((value) => value ?? '')
    const result = cleared(row, terms.of)
    if (result.kind === 'fault') throw faulty(row, result.why)
    return result.shares
      .filter(({ party }) => party === 'suspense')
      .map((share) => [
        ...[row.businessDate, String(day), String(at), referenceOf(String(day), row.sequence), kindText(row)],
        ...[
          row.merchant,
          share.name,
          String(terminal),
          six(batch),
          six(trace),
          String(operator),
          String(pan),
        ],
        ...[1, grossFen(share), result.pending === undefined ? '' : REASONS[result.pending]],
      ])
  })
  return table('待处理 suspense', columns, rows)
}

async function* eachEntry(
  books: Books,
  period: Period,
  late: readonly LateEntry[],
  rowsOf: (read: Read) => readonly (readonly Cell[])[],
): AsyncIterable<readonly Cell[]> {
  for await (const lot of entriesOf(books, period[0], period.at(-1) ?? period[0], MORE_SQL, '', late))
    for (const read of lot) yield* rowsOf(read)
}

function sharesOf(row: LedgerRow, terms: TermsBook) {
  const result = cleared(row, terms.of)
  if (result.kind === 'fault') throw faulty(row, result.why)
  return result.shares
}

function faulty(row: LedgerRow, why: string): HostError {
  return new HostError(
    `${dashed(row.businessDate)}: the ledger does not add up: entry ${row.sequence} ${row.kind} ${why}`,
  )
}

export function kindText({ kind }: Pick<LedgerRow, 'kind'>): string {
  return transactionNamed(kind).zh
}

function six(number: Value | undefined): string {
  return String(number).padStart(6, '0')
}
