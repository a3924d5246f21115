import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import type { FeeMode, InstalmentPlan } from '../../host-link/wire/instalment.ts'
import type { Offer } from '../../host-link/wire/tags.ts'
import {
  asFen,
  asPan,
  asStoreNumber,
  type Fen,
  type Pan,
  type StoreNumber,
} from '../../host-link/wire/values.ts'

/**
 * What an entry of the journal holds, so that its reversal can be sent, an advice sent again, and its slip printed after
 * any power cut: CBOR maps with small keys (docs/journal.md). No track, no PIN block.
 */
export interface Intent {
  /** Absent for what has no card: cash. */
  readonly pan?: Pan | undefined
  /** Field 4; 0 where the request has none (PIN change). */
  readonly amount: Fen
  /** 有效期 YYMM; empty when unknown. */
  readonly expiry: string
  /** Field 22 服务点输入方式: `021` stripe with PIN, `012` typed without … */
  readonly entryMode: string
  readonly storeNumber?: StoreNumber | undefined
  /** 柜员 0–99. */
  readonly operator: number
  /** 授权人 the second person, 0–99. */
  readonly approver?: number | undefined
  readonly original?: Original | undefined
  readonly instalment?: Programme | undefined
  readonly bill?: Bill | undefined
  /** 转入卡号 the card to be credited. */
  readonly target?: Pan | undefined
  /** 实收 cash that the customer gave; the change is what is over the amount. */
  readonly tendered?: Fen | undefined
}

/** 原交易: what a void, a refund, a completion, a cash top-up refers to, as far as it needs it. */
export interface Original {
  readonly batch?: number | undefined
  readonly trace?: number | undefined
  /** MMDD. */
  readonly date?: string | undefined
  readonly reference?: string | undefined
  readonly authCode?: string | undefined
  /** 优惠 that the original had: a void gives back what was paid. */
  readonly discount?: Fen | undefined
}

/** 分期: what the cardholder accepted. */
export interface Programme {
  readonly code: string
  readonly terms: number
  readonly feeMode: FeeMode
  readonly plan: InstalmentPlan
}

/** 缴费: whose bill. */
export interface Bill {
  readonly biller: string
  readonly customer: string
  readonly reference: string
}

/** The host's authenticated answer, as far as slip, reprint and settlement need it. Field numbers beside. */
export interface Outcome {
  /** 39 应答码. */
  readonly code: string
  /** 12 hhmmss and 13 MMDD of the host, with the year of the terminal's clock. */
  readonly time: string
  readonly date: string
  readonly year: number
  /** 37 检索参考号, 38 授权码. */
  readonly reference: string
  readonly authCode: string
  /** 44.1 发卡机构 and 44.2 收单机构. */
  readonly issuer: string
  readonly acquirer: string
  /** 63 card scheme and the texts of issuer, UnionPay and acquirer, GBK bytes as characters. */
  readonly note: string
  /** 57: 优惠 and 返现. */
  readonly discount?: Offer | undefined
  readonly cashBack?: Offer | undefined
  /** 57, 62: 积分 earned, used, left. */
  readonly pointsEarned?: number | undefined
  readonly pointsUsed?: number | undefined
  readonly pointsBalance?: number | undefined
}

// biome-ignore format: one row a key; on flash, so never reuse one
const keys = {
  // intent
  pan: 1, amount: 2, expiry: 3, entryMode: 4, storeNumber: 5, operator: 6, approver: 7,
  originalBatch: 8, originalTrace: 9, originalDate: 10, originalReference: 11, originalAuthCode: 12,
  programme: 13, bill: 14, target: 15, tendered: 16,
  originalDiscount: 17,
  // outcome
  code: 1, when: 2, reference: 3, authCode: 4, issuer: 5, acquirer: 6, note: 7,
  discount: 8, cashBack: 9, pointsEarned: 10, pointsUsed: 11, pointsBalance: 12,
} as const

/** What most outcomes have: left out. */
const USUAL_CODE = '00'
const USUAL_NOTE = 'CUP'

export function encodeIntent(intent: Intent): Uint8Array {
  const { original, instalment, bill } = intent
  const map = new Map<number | string, CborValue>([
    [keys.amount, intent.amount],
    [keys.entryMode, Number(intent.entryMode)],
    [keys.operator, intent.operator],
  ])
  putText(map, keys.pan, intent.pan)
  putText(map, keys.expiry, intent.expiry)
  putText(map, keys.storeNumber, intent.storeNumber)
  putNumber(map, keys.approver, intent.approver)
  putNumber(map, keys.originalBatch, original?.batch)
  putNumber(map, keys.originalTrace, original?.trace)
  putText(map, keys.originalDate, original?.date)
  putText(map, keys.originalReference, original?.reference)
  putText(map, keys.originalAuthCode, original?.authCode)
  putNumber(map, keys.originalDiscount, original?.discount)
  if (instalment !== undefined) {
    const { first, fee, points, feeMode, firstFee, eachFee } = instalment.plan
    const accepted = [instalment.code, instalment.terms, Number(instalment.feeMode)]
    map.set(keys.programme, [...accepted, first, fee, points, Number(feeMode), firstFee, eachFee])
  }
  if (bill !== undefined) map.set(keys.bill, [bill.biller, bill.customer, bill.reference])
  putText(map, keys.target, intent.target)
  putNumber(map, keys.tendered, intent.tendered)
  return encodeCbor(map)
}

/** Throws a WireError or RangeError for bytes that `encodeIntent` never wrote. */
export function decodeIntent(bytes: Uint8Array): Intent {
  const map = mapOf(bytes)
  const pan = textAt(map, keys.pan)
  const store = textAt(map, keys.storeNumber)
  const target = textAt(map, keys.target)
  const tendered = optional(map, keys.tendered)
  return {
    pan: pan === '' ? undefined : asPan(pan),
    amount: asFen(numberAt(map, keys.amount)),
    expiry: textAt(map, keys.expiry),
    entryMode: String(numberAt(map, keys.entryMode)).padStart(3, '0'),
    storeNumber: store === '' ? undefined : asStoreNumber(store),
    operator: numberAt(map, keys.operator),
    approver: optional(map, keys.approver),
    original: originalOf(map),
    instalment: programmeOf(map.get(keys.programme)),
    bill: billOf(map.get(keys.bill)),
    target: target === '' ? undefined : asPan(target),
    tendered: tendered === undefined ? undefined : asFen(tendered),
  }
}

function originalOf(map: Body): Original | undefined {
  const discount = optional(map, keys.originalDiscount)
  const original = {
    batch: optional(map, keys.originalBatch),
    trace: optional(map, keys.originalTrace),
    date: textAt(map, keys.originalDate) || undefined,
    reference: textAt(map, keys.originalReference) || undefined,
    authCode: textAt(map, keys.originalAuthCode) || undefined,
    discount: discount === undefined ? undefined : asFen(discount),
  }
  return Object.values(original).some((value) => value !== undefined) ? original : undefined
}

function programmeOf(value: CborValue | undefined): Programme | undefined {
  if (!Array.isArray(value) || value.length !== 9) return undefined
  const [code, ...rest] = value
  const numbers = rest.map((part) => (typeof part === 'number' ? part : 0))
  const [terms = 0, mode = 0, first = 0, fee = 0, points = 0, planMode = 0, firstFee = 0, eachFee = 0] =
    numbers
  const feeModeOf = (digit: number): FeeMode => (digit === 1 ? '1' : '0')
  return {
    code: typeof code === 'string' ? code : '',
    terms,
    feeMode: feeModeOf(mode),
    plan: {
      first: asFen(first),
      fee: asFen(fee),
      points,
      feeMode: feeModeOf(planMode),
      firstFee: asFen(firstFee),
      eachFee: asFen(eachFee),
    },
  }
}

function billOf(value: CborValue | undefined): Bill | undefined {
  if (!Array.isArray(value)) return undefined
  const [biller, customer, reference] = value.map((part) => (typeof part === 'string' ? part : ''))
  return { biller: biller ?? '', customer: customer ?? '', reference: reference ?? '' }
}

export function encodeOutcome(outcome: Outcome): Uint8Array {
  const map = new Map<number | string, CborValue>()
  if (outcome.code !== USUAL_CODE) putText(map, keys.code, outcome.code)
  putText(map, keys.when, String(outcome.year).padStart(4, '0') + outcome.date + outcome.time)
  putText(map, keys.reference, outcome.reference)
  putText(map, keys.authCode, outcome.authCode)
  putText(map, keys.issuer, outcome.issuer)
  putText(map, keys.acquirer, outcome.acquirer)
  // Nothing for the usual note, an empty one where there was none.
  if (outcome.note !== USUAL_NOTE) map.set(keys.note, outcome.note)
  putOffer(map, keys.discount, outcome.discount)
  putOffer(map, keys.cashBack, outcome.cashBack)
  putNumber(map, keys.pointsEarned, outcome.pointsEarned)
  putNumber(map, keys.pointsUsed, outcome.pointsUsed)
  putNumber(map, keys.pointsBalance, outcome.pointsBalance)
  return encodeCbor(map)
}

/** Throws a WireError for bytes that `encodeOutcome` never wrote. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const map = mapOf(bytes)
  const when = textAt(map, keys.when)
  const note = map.get(keys.note)
  return {
    code: textAt(map, keys.code) || USUAL_CODE,
    year: Number(when.slice(0, 4)),
    date: when.slice(4, 8),
    time: when.slice(8),
    reference: textAt(map, keys.reference),
    authCode: textAt(map, keys.authCode),
    issuer: textAt(map, keys.issuer),
    acquirer: textAt(map, keys.acquirer),
    note: typeof note === 'string' ? note : USUAL_NOTE,
    discount: offerAt(map, keys.discount),
    cashBack: offerAt(map, keys.cashBack),
    pointsEarned: optional(map, keys.pointsEarned),
    pointsUsed: optional(map, keys.pointsUsed),
    pointsBalance: optional(map, keys.pointsBalance),
  }
}

/** What the cardholder paid of an approved entry, or got back of a void: the amount less a discount, its own or its original's. */
export function paidAmount(intent: Intent, outcome: Outcome): Fen {
  return asFen(intent.amount - (outcome.discount?.amount ?? intent.original?.discount ?? 0))
}

type Body = ReadonlyMap<number | string, CborValue>
type Writable = Map<number | string, CborValue>

function mapOf(bytes: Uint8Array): Body {
  const value = decodeCbor(bytes, { bytes: 400, depth: 3 })
  if (!(value instanceof Map)) throw new RangeError('entry: wants a map')
  return value
}

/** Digits go two to a byte, with F behind an odd one; any other text as it is. */
function putText(map: Writable, key: number, text: string | undefined): void {
  if (text === undefined || text === '') return
  map.set(key, /^\d+$/.test(text) ? packed(text) : text)
}
function packed(digits: string): Uint8Array {
  const bytes = new Uint8Array((digits.length + 1) >> 1)
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number(digits[2 * at]) * 16 + (2 * at + 1 < digits.length ? Number(digits[2 * at + 1]) : 15)
  return bytes
}
function textAt(map: Body, key: number): string {
  const value = map.get(key)
  if (typeof value === 'string') return value
  if (!(value instanceof Uint8Array)) return ''
  let digits = ''
  for (const byte of value) digits += String(byte >> 4) + ((byte & 15) === 15 ? '' : String(byte & 15))
  return digits
}
function putNumber(map: Writable, key: number, value: number | undefined): void {
  if (value !== undefined) map.set(key, value)
}
function numberAt(map: Body, key: number): number {
  return optional(map, key) ?? 0
}
function optional(map: Body, key: number): number | undefined {
  const value = map.get(key)
  return typeof value === 'number' ? value : undefined
}
function putOffer(map: Writable, key: number, offer: Offer | undefined): void {
  if (offer !== undefined) map.set(key, [offer.amount, offer.payer, offer.name])
}
function offerAt(map: Body, key: number): Offer | undefined {
  const value = map.get(key)
  if (!Array.isArray(value)) return undefined
  const [amount, payer, name] = value
  if (typeof amount !== 'number' || (payer !== 'S' && payer !== 'M' && payer !== 'I')) return undefined
  return { amount: asFen(amount), payer, name: typeof name === 'string' ? name : '' }
}
