import { setImmediate } from 'node:timers/promises'
import { cleared, grossFen, type LedgerRow, type Share } from '../clearing/shares.ts'
import type { Grant, Kind, Origin, PlanPart } from '../ledger.ts'
import type { ChainLink, EntriesAnswer, EntriesOf, EntryAnswer, EntryLine } from '../page/api.ts'
import type { Books, Value } from './clearing-database.ts'
import { keptLate, type LateEntry } from './clearing-late.ts'
import { entriesOf, type Read } from './clearing-ledger.ts'
import { referenceOf, storeNames } from './clearing-table.ts'
import { keptTerms, type TermsBook, termsBook } from './clearing-terms.ts'
import { makeHours, type PageSource } from './page-days.ts'
import { PageFault } from './page-query.ts'

export interface EntriesQuery {
  readonly date: string
  readonly merchant: string
  readonly party: EntriesOf
  /** Store or biller; empty where the party has none. */
  readonly name: string
  /** Sequence after which the list begins. */
  readonly after: number
}

/** Entries in one answer. */
export const ENTRIES_MAX = 200
/** Entries of a day that are looked through for one answer. */
export const LOOKED_MAX = 20_000
/** Sequences asked for at once. */
const LOT = 500

const MORE_SQL = ['l.date', 'l.time', 'l.terminal', 'l.trace', 'l.pan']

/**
 * Entries that a party has a part in, found as clearing finds them: what undoes an entry of a store is that store's. The
 * first answer looks on to the end of the day, and has the sums.
 */
export async function entriesAnswer(source: PageSource, query: EntriesQuery): Promise<EntriesAnswer> {
  const { date, merchant, party, name, after } = query
  return source.database.reading(async (books) => {
    const terms = await termsOf(source, books)
    const nameOf = await storeNames(books)
    const hours = makeHours()
    const sum = { count: 0, grossFen: 0, feeFen: 0, netFen: 0 }
    const entries: EntryLine[] = []
    let next: number | undefined
    let looked = 0
    for await (const lot of candidates(books, query, await lateOf(source))) {
      for (const read of lot) {
        const line = lineOf(read, query, terms)
        if (line === undefined) continue
        if (entries.length < ENTRIES_MAX) entries.push(line)
        else next ??= entries.at(-1)?.sequence
        if (line.grossFen !== 0 || line.feeFen !== 0) sum.count += 1
        sum.grossFen += line.grossFen
        sum.feeFen += line.feeFen
        sum.netFen += line.netFen
        hours.add(line.date, line.time, line.grossFen)
      }
      looked += lot.length
      if (looked >= LOOKED_MAX) next ??= lot.at(-1)?.row.sequence
      if (looked >= LOOKED_MAX || (next !== undefined && after > 0)) break
      await setImmediate() // a host in this process goes on serving
    }
    return {
      ...{ date, merchant, merchantName: source.merchantName(merchant), party, name },
      storeName: party === 'store' || party === 'suspense' ? nameOf(merchant, name) : '',
      entries,
      next,
      sum: after === 0 && looked < LOOKED_MAX ? { ...sum, hours: hours.list() } : undefined,
    }
  })
}

async function termsOf({ database, acquirer }: PageSource, books: Books): Promise<TermsBook> {
  return termsBook(books, (await database.kept(keptTerms)) ?? [], acquirer.fees)
}

/** Late entries that a clearing has taken: what stood refunded before another refund goes by them, and so does its fee. */
async function lateOf({ database }: PageSource): Promise<readonly LateEntry[]> {
  return (await database.kept(keptLate)) ?? []
}

/** Entries that may be the party's, in order of sequence. */
async function* candidates(
  books: Books,
  { date, merchant, party, name, after }: EntriesQuery,
  late: readonly LateEntry[],
): AsyncIterable<readonly Read[]> {
  const ofStore = party === 'store'
  const sql = `SELECT sequence FROM ledger WHERE business_date = ? AND merchant = ? AND sequence > ?
    ${ofStore ? 'AND (store = ? OR original IS NOT NULL)' : ''} ORDER BY sequence LIMIT ${LOT}`
  let last = after
  for (;;) {
    const rows = await books.query(sql, [date, merchant, last, ...(ofStore ? [name] : [])])
    const sequences = rows.map(([sequence]) => Number(sequence))
    if (sequences.length === 0) return
    yield* entriesOf(books, date, date, MORE_SQL, `AND l.sequence IN (${sequences.join(', ')})`, late)
    last = sequences.at(-1) ?? last
    if (sequences.length < LOT) return
  }
}

/** The party's part of an entry; undefined where it has none. */
function lineOf({ row, more }: Read, query: EntriesQuery, terms: TermsBook): EntryLine | undefined {
  const result = cleared(row, terms.of)
  const shares = result.kind === 'cleared' ? result.shares.filter((share) => isOf(share, query)) : []
  if (shares.length === 0 && !isEntered(row, query)) return undefined
  const gross = shares.reduce((total, share) => total + grossFen(share), 0)
  const fee = shares.reduce((total, { feeFen }) => total + feeFen, 0)
  const [date, time, terminal, trace, pan] = more
  return {
    ...{ sequence: row.sequence, reference: referenceOf(String(date), row.sequence), kind: row.kind },
    ...{ code: row.code, date: String(date), time: String(time), terminal: String(terminal) },
    ...{ trace: Number(trace), pan: textOf(pan), cardKind: row.cardKind, amountFen: row.amountFen },
    ...{ settleFen: row.settleFen, grossFen: gross, feeFen: fee, netFen: gross - fee },
    fault: result.kind === 'fault' ? result.why : undefined,
  }
}

function isOf(share: Share, { party, name }: EntriesQuery): boolean {
  return party === 'all' || (share.party === party && share.name === name)
}

/** Declined ones and those that move nothing have no part; they are listed where they were entered. */
function isEntered({ store }: LedgerRow, { party, name }: EntriesQuery): boolean {
  return party === 'all' || (party === 'store' && store === name) || (party === 'own' && store === undefined)
}

const DETAIL =
  `l.date, l.time, l.terminal, l.batch, l.trace, l.account, l.account2, l.pan, l.operator, l.approver,
  l.offer, l.points, l.effect, l.effect2, l.customer, l.bill, l.origin`.split(/,\s*/)

/** One entry with all that belongs to it. Throws `PageFault` for one that is not there. */
export async function entryAnswer(source: PageSource, sequence: number): Promise<EntryAnswer> {
  return source.database.reading(async (books) => {
    const [at] = await books.query('SELECT business_date FROM ledger WHERE sequence = ?', [sequence])
    if (at === undefined) throw new PageFault(404, `The books have no entry ${sequence}.`)
    const date = String(at[0])
    const late = await lateOf(source)
    for await (const [read] of entriesOf(books, date, date, DETAIL, `AND l.sequence = ${sequence}`, late))
      if (read !== undefined)
        return { entry: await detailOf(source, books, read), chain: await chainOf(books, sequence) }
    throw new PageFault(404, `The books have no entry ${sequence}.`)
  })
}

async function detailOf(
  source: PageSource,
  books: Books,
  { row, more }: Read,
): Promise<EntryAnswer['entry']> {
  const nameOf = await storeNames(books)
  const result = cleared(row, (await termsOf(source, books)).of)
  const [date, time, terminal, batch, trace, account, account2, pan, operator, approver] = more
  const [offer, points, effect, effect2, customer, bill, origin] = more.slice(10)
  const person = (number: Value | undefined): string =>
    source.acquirer.staff.find((one) => one.terminal === terminal && one.operator === number)?.name ?? ''
  return {
    ...{ sequence: row.sequence, reference: referenceOf(String(date), row.sequence), kind: row.kind },
    authorisation: String(row.sequence % 1_000_000).padStart(6, '0'),
    ...{ code: row.code, date: String(date), time: String(time), businessDate: row.businessDate },
    ...{ merchant: row.merchant, merchantName: source.merchantName(row.merchant), store: row.store },
    storeName: row.store === undefined ? '' : nameOf(row.merchant, row.store),
    ...{ terminal: String(terminal), batch: Number(batch), trace: Number(trace) },
    ...{ account: textOf(account), account2: textOf(account2), pan: textOf(pan), cardKind: row.cardKind },
    ...{ operator: textOf(operator), operatorName: person(operator) },
    ...{ approver: textOf(approver), approverName: person(approver) },
    ...{ amountFen: row.amountFen, discount: granted(row.discount), cashBack: granted(row.cashBack) },
    ...{ offer: textOf(offer), points: Number(points), settleFen: row.settleFen },
    ...{ effectFen: Number(effect), effect2Fen: Number(effect2), original: row.refersTo },
    ...{ biller: row.biller, customer: textOf(customer), bill: textOf(bill), origin: origin as Origin },
    source: result.kind === 'cleared' ? result.source : undefined,
    shares: (result.kind === 'cleared' ? result.shares : []).map((share) => ({
      ...{ party: share.party, name: share.name, storeName: nameOf(share.merchant, share.name) },
      ...{ amountFen: share.amountFen, discountFen: share.discountFen, cashBackFen: share.cashBackFen },
      ...{ grossFen: grossFen(share), feeFen: share.feeFen, netFen: grossFen(share) - share.feeFen },
    })),
    fault: result.kind === 'fault' ? result.why : undefined,
    plan: await planOf(books, row.sequence),
  }
}

function granted(grant: Grant | undefined): Grant | undefined {
  return grant === undefined || grant.fen === 0 ? undefined : grant
}

async function planOf(books: Books, sequence: number): Promise<readonly PlanPart[]> {
  const rows = await books.query(
    'SELECT number, due, amount, fee FROM plan WHERE original = ? AND stands = 1 ORDER BY number',
    [sequence],
  )
  return rows.map(([number, due, amount, fee]) => ({
    ...{ number: Number(number), due: String(due), amountFen: Number(amount), feeFen: Number(fee) },
  }))
}

const LINK = 'SELECT sequence, original, kind, code, date, time, amount, settle FROM ledger'
/** Entries of one chain: refunds of one sale may be many. */
const CHAIN_MAX = 200

/** What refers to what: up to the first, and everything that refers to any of them. */
async function chainOf(books: Books, sequence: number): Promise<readonly ChainLink[]> {
  const found = new Map<number, ChainLink>()
  const wanted = [sequence]
  for (let next = wanted.pop(); next !== undefined && found.size < CHAIN_MAX; next = wanted.pop()) {
    if (found.has(next)) continue
    const rows = [
      ...(await books.query(`${LINK} WHERE sequence = ?`, [next])),
      ...(await books.query(`${LINK} WHERE original = ? LIMIT ${CHAIN_MAX}`, [next])),
    ]
    for (const link of rows.map(linkOf)) {
      if (link.sequence === next) found.set(next, link)
      else wanted.push(link.sequence)
      if (link.original !== undefined) wanted.push(link.original)
    }
  }
  return [...found.values()].sort((a, b) => a.sequence - b.sequence)
}

function linkOf([sequence, original, kind, code, date, time, amount, settle]: readonly Value[]): ChainLink {
  return {
    sequence: Number(sequence),
    original: original === null ? undefined : Number(original),
    ...{ kind: kind as Kind, code: String(code), date: String(date), time: String(time) },
    ...{ amountFen: Number(amount), settleFen: Number(settle) },
  }
}

function textOf(value: Value | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}
