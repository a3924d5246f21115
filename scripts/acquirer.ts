import type {
  Acquirer,
  Bill,
  Download,
  Fee,
  OfferRow,
  Programme,
  ServiceNotice,
} from '../host-link/host/acquirer.ts'
import { PLAIN_ACQUIRER } from '../host-link/host/acquirer.ts'
import { type Faults, faultsOf, objectAt, readJson, textAt, wholeAt } from './json-file.ts'

/** An acquirer file 收单规则. What is left out is as in `PLAIN_ACQUIRER`. Throws `FileFault`. */
export function readAcquirer(path: string): Acquirer {
  return parseAcquirer(readJson(path), path)
}

const PARTS = ['cutOver', 'orphans', 'fees', 'offers', 'pointsPerYuan', 'programmes', 'bills', 'messages']
const MORE = ['download', 'askDownload', 'staff', 'topUp', 'notify']

/** An acquirer file as JSON gave it; `file` names it in errors. Throws `FileFault`. */
export function parseAcquirer(json: unknown, file: string): Acquirer {
  const fault = faultsOf(file)
  const root = objectAt(json, '', [...PARTS, ...MORE], fault)
  const { cutOver = PLAIN_ACQUIRER.cutOver, orphans = PLAIN_ACQUIRER.orphans, askDownload } = root
  if (orphans !== 'creditBack' && orphans !== 'accept')
    throw fault('orphans', 'wants "creditBack" or "accept"')
  if (askDownload !== undefined && askDownload !== '360' && askDownload !== '364')
    throw fault('askDownload', 'wants "360" or "364"')
  return {
    cutOver: textAt(cutOver, 'cutOver', /^([01]\d|2[0-3]):[0-5]\d$/, 'a time like 23:00', fault),
    orphans,
    fees: feesAt(root.fees, fault),
    offers: listAt(root.offers, 'offers', offerAt, fault),
    pointsPerYuan: pointsAt(root.pointsPerYuan, fault),
    programmes: onceEach(
      listAt(root.programmes, 'programmes', programmeAt, fault),
      'programmes',
      programmeKey,
      fault,
    ),
    bills: onceEach(listAt(root.bills, 'bills', billAt, fault), 'bills', billKey, fault),
    messages: onceEach(
      listAt(root.messages, 'messages', messageAt, fault),
      'messages',
      messageKey,
      fault,
    ).sort((a, b) => a.number - b.number),
    download: downloadAt(root.download ?? {}, fault),
    ...(askDownload !== undefined && { askDownload }),
    staff: listAt(root.staff, 'staff', staffAt, fault),
    topUp: topUpAt(root.topUp, fault),
    ...(root.notify !== undefined && { notify: notifyAt(root.notify, fault) }),
  }
}

const programmeKey = ({ code }: Programme): string => code
const billKey = ({ biller, customer, bill }: Bill): string => `${biller} ${customer} ${bill}`
const messageKey = ({ number }: ServiceNotice): string => String(number)

const LIST_MAX = 10_000

function listAt<Row>(
  value: unknown,
  place: string,
  rowAt: (value: unknown, place: string, fault: Faults) => Row,
  fault: Faults,
): Row[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length > LIST_MAX)
    throw fault(place, `wants an array of at most ${LIST_MAX}`)
  return value.map((entry, at) => rowAt(entry, `${place}[${at}]`, fault))
}

function onceEach<Row>(rows: Row[], place: string, keyOf: (row: Row) => string, fault: Faults): Row[] {
  const seen = new Set<string>()
  for (const [at, row] of rows.entries()) {
    if (seen.has(keyOf(row))) throw fault(`${place}[${at}]`, `${keyOf(row)} occurs twice`)
    seen.add(keyOf(row))
  }
  return rows
}

const NAME = /^[^\p{Cc}]{1,40}$/u
const STORE = /^\d{4,8}$/
const DATE = /^20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/

/** A table says what everybody pays, or is empty; else a day would come that nobody can clear. */
function feesAt(value: unknown, fault: Faults): Fee[] {
  const fees = listAt(value, 'fees', feeAt, fault)
  const general = (card: Fee['card']) =>
    fees.some((fee) => fee.card === card && fee.merchant === undefined && fee.store === undefined)
  if (fees.length > 0 && !(general('any') && general('cash')))
    throw fault('fees', 'wants a row for "any" and a row for "cash" that name no merchant and no store')
  return fees
}

function feeAt(value: unknown, place: string, fault: Faults): Fee {
  const fee = objectAt(value, place, ['merchant', 'store', 'card', 'ratePpm', 'leastFen', 'capFen'], fault)
  const { card } = fee
  if (card !== 'member' && card !== 'bank' && card !== 'cash' && card !== 'any')
    throw fault(`${place}.card`, 'wants "member", "bank", "cash" or "any"')
  const least = wholeAt(fee.leastFen ?? 0, `${place}.leastFen`, 'fen', fault)
  const cap = fee.capFen === undefined ? undefined : wholeAt(fee.capFen, `${place}.capFen`, 'fen', fault)
  if (cap !== undefined && cap < least) throw fault(`${place}.capFen`, 'wants no less than "leastFen"')
  return {
    ...(fee.merchant !== undefined && {
      merchant: textAt(fee.merchant, `${place}.merchant`, /^[0-9A-Za-z]{15}$/, '15 letters or digits', fault),
    }),
    ...(fee.store !== undefined && { store: storeAt(fee.store, `${place}.store`, fault) }),
    card,
    ratePpm: rateAt(fee.ratePpm, `${place}.ratePpm`, fault),
    leastFen: least,
    ...(cap !== undefined && { capFen: cap }),
  }
}

function rateAt(value: unknown, place: string, fault: Faults): number {
  const rate = wholeAt(value, place, 'parts per million', fault)
  if (rate > 1_000_000) throw fault(place, 'wants at most 1000000 parts per million')
  return rate
}

function storeAt(value: unknown, place: string, fault: Faults): string {
  return textAt(value, place, STORE, '4 to 8 digits, as a text', fault)
}

function prefixAt(value: unknown, place: string, fault: Faults): string {
  return textAt(value, place, /^\d{1,19}$/, 'the first digits of card numbers, as a text', fault)
}

function dateAt(value: unknown, place: string, fault: Faults): string {
  return textAt(value, place, DATE, 'a date like 20261121', fault)
}

const OFFER_NAMES = [
  'name',
  'payer',
  'kind',
  'percent',
  'fen',
  'capFen',
  'leastFen',
  'prefixes',
  'stores',
  'from',
  'to',
]

function offerAt(value: unknown, place: string, fault: Faults): OfferRow {
  const offer = objectAt(value, place, OFFER_NAMES, fault)
  const { payer, kind } = offer
  if (payer !== 'S' && payer !== 'M' && payer !== 'I') throw fault(`${place}.payer`, 'wants "S", "M" or "I"')
  if (kind !== 'discount' && kind !== 'cashBack')
    throw fault(`${place}.kind`, 'wants "discount" or "cashBack"')
  if ((offer.percent === undefined) === (offer.fen === undefined))
    throw fault(place, 'wants one of "percent" and "fen"')
  const percent =
    offer.percent === undefined ? undefined : wholeAt(offer.percent, `${place}.percent`, 'percent', fault)
  if (percent !== undefined && (percent < 1 || percent > 100))
    throw fault(`${place}.percent`, 'wants 1 to 100')
  const from = dateAt(offer.from, `${place}.from`, fault)
  const to = dateAt(offer.to, `${place}.to`, fault)
  if (to < from) throw fault(`${place}.to`, 'wants no day before "from"')
  return {
    // At most 20 bytes of GBK on the wire and the slip.
    name: textAt(offer.name, `${place}.name`, /^[^\p{Cc}]{1,10}$/u, 'a name of 1 to 10 characters', fault),
    payer,
    kind,
    ...(percent === undefined ? { fen: wholeAt(offer.fen, `${place}.fen`, 'fen', fault) } : { percent }),
    ...(offer.capFen !== undefined && { capFen: wholeAt(offer.capFen, `${place}.capFen`, 'fen', fault) }),
    leastFen: Math.max(2, wholeAt(offer.leastFen ?? 0, `${place}.leastFen`, 'fen', fault)), // 1 fen stays to be paid
    prefixes: listAt(offer.prefixes, `${place}.prefixes`, prefixAt, fault),
    stores: listAt(offer.stores, `${place}.stores`, storeAt, fault),
    from,
    to,
  }
}

function pointsAt(value: unknown, fault: Faults): Acquirer['pointsPerYuan'] {
  if (value === undefined) return PLAIN_ACQUIRER.pointsPerYuan
  const points = objectAt(value, 'pointsPerYuan', ['member', 'bank'], fault)
  const of = (name: 'member' | 'bank'): number => {
    const each = wholeAt(points[name] ?? 0, `pointsPerYuan.${name}`, 'points', fault)
    if (each > 100) throw fault(`pointsPerYuan.${name}`, 'wants at most 100 points')
    return each
  }
  return { member: of('member'), bank: of('bank') }
}

function programmeAt(value: unknown, place: string, fault: Faults): Programme {
  const programme = objectAt(
    value,
    place,
    ['code', 'name', 'prefixes', 'terms', 'feeMode', 'leastFen'],
    fault,
  )
  const { feeMode, terms } = programme
  if (feeMode !== '0' && feeMode !== '1') throw fault(`${place}.feeMode`, 'wants "0" or "1"')
  if (typeof terms !== 'object' || terms === null || Array.isArray(terms))
    throw fault(`${place}.terms`, 'wants an object')
  const rates: { [terms: string]: { readonly ratePpm: number } } = {}
  for (const [count, row] of Object.entries(terms)) {
    if (!/^([2-9]|[1-9]\d)$/.test(count)) throw fault(`${place}.terms`, 'wants numbers of terms from 2 to 99')
    const { ratePpm } = objectAt(row, `${place}.terms.${count}`, ['ratePpm'], fault)
    rates[count] = { ratePpm: rateAt(ratePpm, `${place}.terms.${count}.ratePpm`, fault) }
  }
  return {
    code: textAt(programme.code, `${place}.code`, /^[!-~]{1,30}$/, '1 to 30 ASCII characters', fault),
    name: textAt(programme.name, `${place}.name`, NAME, 'a name of 1 to 40 characters', fault),
    prefixes: listAt(programme.prefixes, `${place}.prefixes`, prefixAt, fault),
    terms: rates,
    feeMode,
    leastFen: wholeAt(programme.leastFen ?? 0, `${place}.leastFen`, 'fen', fault),
  }
}

function billAt(value: unknown, place: string, fault: Faults): Bill {
  const bill = objectAt(value, place, ['biller', 'customer', 'bill', 'text', 'amountFen'], fault)
  const amountFen = wholeAt(bill.amountFen, `${place}.amountFen`, 'fen', fault)
  if (amountFen === 0) throw fault(`${place}.amountFen`, 'wants at least 1 fen')
  return {
    biller: textAt(bill.biller, `${place}.biller`, /^\d{2}$/, '2 digits, as a text', fault),
    customer: textAt(bill.customer, `${place}.customer`, /^\d{1,20}$/, '1 to 20 digits, as a text', fault),
    bill: textAt(bill.bill, `${place}.bill`, /^[0-9A-Z]{1,20}$/, '1 to 20 digits or capital letters', fault),
    text: textAt(bill.text, `${place}.text`, /^[^\p{Cc}]{1,30}$/u, 'a text of 1 to 30 characters', fault),
    amountFen,
  }
}

function messageAt(value: unknown, place: string, fault: Faults): ServiceNotice {
  const message = objectAt(value, place, ['number', 'date', 'text', 'terminal'], fault)
  const number = wholeAt(message.number, `${place}.number`, 'its order', fault)
  if (number < 1 || number > 999_999) throw fault(`${place}.number`, 'wants 1 to 999999')
  return {
    number,
    date: dateAt(message.date, `${place}.date`, fault),
    text: textAt(message.text, `${place}.text`, /^[^\p{Cc}]{1,80}$/u, 'a text of 1 to 80 characters', fault),
    ...(message.terminal !== undefined && {
      terminal: terminalAt(message.terminal, `${place}.terminal`, fault),
    }),
  }
}

function terminalAt(value: unknown, place: string, fault: Faults): string {
  return textAt(value, place, /^[0-9A-Za-z]{8}$/, '8 letters or digits', fault)
}

function staffAt(value: unknown, place: string, fault: Faults): Acquirer['staff'][number] {
  const one = objectAt(value, place, ['terminal', 'operator', 'name'], fault)
  return {
    terminal: terminalAt(one.terminal, `${place}.terminal`, fault),
    operator: textAt(one.operator, `${place}.operator`, /^\d{2}$/, '2 digits, as a text', fault),
    name: textAt(one.name, `${place}.name`, NAME, 'a name of 1 to 40 characters', fault),
  }
}

function topUpAt(value: unknown, fault: Faults): Acquirer['topUp'] {
  if (value === undefined) return PLAIN_ACQUIRER.topUp
  const { limitFen } = objectAt(value, 'topUp', ['limitFen'], fault)
  return { limitFen: wholeAt(limitFen, 'topUp.limitFen', 'fen', fault) }
}

function notifyAt(value: unknown, fault: Faults): NonNullable<Acquirer['notify']> {
  const { url } = objectAt(value, 'notify', ['url'], fault)
  return {
    url: textAt(url, 'notify.url', /^https?:\/\/\S{1,200}$/, 'an address like http://127.0.0.1:9200/', fault),
  }
}

type DownloadRow =
  | { readonly kind: 'number'; readonly max: number }
  | { readonly kind: 'truth' }
  | { readonly kind: 'text'; readonly pattern: RegExp; readonly wanted: string }

const number = (max: number): DownloadRow => ({ kind: 'number', max })
const phone: DownloadRow = {
  kind: 'text',
  pattern: /^[0-9-]{1,14}$/,
  wanted: 'a telephone number of at most 14',
}

/** What a terminal's tag has room for. */
// biome-ignore format: one row a parameter
const DOWNLOAD: { readonly [Name in keyof Download]-?: DownloadRow } = {
  answerTimeoutS:  number(99),
  redials:         number(9),
  phone1:          phone,
  phone2:          phone,
  phone3:          phone,
  managementPhone: phone,
  tips:            { kind: 'truth' },
  tipPercent:      number(99),
  manualEntry:     { kind: 'truth' },
  autoSignOff:     { kind: 'truth' },
  merchantName:    { kind: 'text', pattern: /^[^\p{Cc}]{1,20}$/u, wanted: 'a name of 1 to 20 characters' },
  resends:         number(9),
  offlineUpload:   number(9),
  masterKeyIndex:  number(9),
  transactions:    { kind: 'text', pattern: /^[0-9A-Fa-f]{8}$/, wanted: 'eight hex digits' },
}

function downloadAt(value: unknown, fault: Faults): Download {
  const given = objectAt(value, 'download', Object.keys(DOWNLOAD), fault)
  for (const [name, row] of Object.entries(DOWNLOAD)) {
    const one = given[name]
    const place = `download.${name}`
    if (one === undefined) continue
    if (row.kind === 'text') textAt(one, place, row.pattern, row.wanted, fault)
    else if (row.kind === 'truth' && typeof one !== 'boolean') throw fault(place, 'wants true or false')
    else if (row.kind === 'number' && wholeAt(one, place, 'its kind', fault) > row.max)
      throw fault(place, `wants at most ${row.max}`)
  }
  return { ...given }
}
