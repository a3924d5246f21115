import { macInput } from '../../host-link/wire/dialect.ts'
import type { Fields, Message } from '../../host-link/wire/message.ts'
import type { MacAlgorithm } from '../../host-link/wire/profile.ts'
import { field60, field61 } from '../../host-link/wire/subfields.ts'
import { type TagName, tags57 } from '../../host-link/wire/tags.ts'
import type { Transaction } from '../../host-link/wire/transaction.ts'
import { type BatchNumber, sixDigits, type Trace, twelveDigits } from '../../host-link/wire/values.ts'
import type { Intent, Original } from '../journal/body.ts'
import type { Pos } from '../pos.ts'

/** 60.4 终端读取能力: this release reads the stripe only. */
const READS_STRIPE = '2'
/** 服务点条件码 of points; their field 60 goes on to 60.7, 发卡行积分. */
const CONDITION_POINTS = '65'
const ISSUER_POINTS = '048'

/** Who says it: the fields that every request has, and those that a row of `transactions` fixes. */
export function requestOf(
  pos: Pos,
  row: Transaction,
  key: { readonly trace?: Trace; readonly batch: BatchNumber },
  extra: Fields,
): Message {
  const { processingCode, condition } = row
  const financial = row.processingCode !== undefined
  return {
    mti: row.mti,
    fields: {
      ...(processingCode === undefined ? {} : { 3: processingCode }),
      ...(key.trace === undefined ? {} : { 11: sixDigits(key.trace) }),
      ...(condition === undefined ? {} : { 25: condition }),
      41: pos.setup.terminalId,
      42: pos.setup.merchantId,
      ...(financial ? { 49: '156' } : {}),
      60: transactionField(pos, row, key.batch),
      ...extra,
    },
  }
}

function transactionField(pos: Pos, row: Transaction, batch: BatchNumber): string {
  const { type, network, processingCode, condition } = row
  const shared = { type: type ?? '00', batch: sixDigits(batch), network: network ?? pos.profile.signOn }
  if (processingCode === undefined) return field60(shared)
  const financial = { ...shared, readCapability: READS_STRIPE, chipCondition: '0' }
  return condition === CONDITION_POINTS
    ? field60({ ...financial, partialApproval: '0', accountType: ISSUER_POINTS })
    : field60(financial)
}

/**
 * The fields of a request that its journal entry gives: 4, 22, 37, 38, 57, 61. The same at any later time, so that an
 * advice is sent again as it was (P11) and a reversal names what it reverses.
 */
export function entryFields(pos: Pos, row: Transaction, intent: Intent): Fields {
  const { original } = intent
  return {
    ...(intent.amount > 0 ? { 4: twelveDigits(intent.amount) } : {}),
    22: intent.entryMode,
    ...(original?.reference === undefined ? {} : { 37: original.reference.padEnd(12) }),
    ...(original?.authCode === undefined ? {} : { 38: original.authCode.padEnd(6) }),
    ...(original === undefined ? {} : originalField(original, row)),
    ...tagField(pos, intent),
  }
}

/** Card as an entry keeps it, for a request without track: 2, and 14 where it is known. */
export function keptCardFields(intent: Intent): Fields {
  return {
    ...(intent.pan === undefined ? {} : { 2: intent.pan }),
    ...(intent.pan === undefined || intent.expiry === '' ? {} : { 14: intent.expiry }),
  }
}

/** 原始信息域 61: batch and trace of the original, and its date where it has one; zeros where only the date is known. */
function originalField({ batch, trace, date }: Original, row: Transaction): Fields {
  if (batch === undefined && trace === undefined && date === undefined) return {}
  const six = (value: number | undefined) => String(value ?? 0).padStart(6, '0')
  const numbers = { batch: six(batch), trace: six(trace) }
  // A void within the batch ends at 12 digits (UnionPay); only the pre-authorisation family and refunds give a date.
  return { 61: field61(date === undefined || isPlainVoid(row) ? numbers : { ...numbers, date }) }
}

function isPlainVoid({ name }: Transaction): boolean {
  return /Void$|^voidSale$|^topUp$/.test(name) && name !== 'completionVoid' && name !== 'preauthVoid'
}

/** 附加交易信息 57: what of an entry goes in our tags, where the acquirer's profile has them. */
function tagField(pos: Pos, { storeNumber, operator, approver, bill }: Intent): Fields {
  const store = pos.profile.storeNumber === undefined ? undefined : storeNumber
  return tagsField(pos, {
    storeNumber: store,
    operator: twoDigits(operator),
    approver: approver === undefined ? undefined : twoDigits(approver),
    biller: bill?.biller,
    customer: bill?.customer,
    bill: bill?.reference || undefined,
  })
}

/** Field 57 from tags by name; nothing where the acquirer's profile has no tags. */
export function tagsField(pos: Pos, values: { readonly [Name in TagName]?: string | undefined }): Fields {
  const field = pos.profile.tags ? tags57(values) : undefined
  return field === undefined ? {} : { 57: field }
}

function twoDigits(operator: number): string {
  return String(operator).padStart(2, '0')
}

/** The MAC algorithm that profile and dialect ask for. */
export function macAlgorithm(pos: Pos): MacAlgorithm {
  return pos.profile.mac[pos.setup.dialect]
}

/**
 * The message with its field 64; undefined where no MAC key is loaded, or one of another dialect: then the next need
 * signs on first, also where it was a reversal that could not be sealed.
 */
export function sealed(pos: Pos, message: Message): Message | undefined {
  const input = macInput(message, pos.setup.dialect)
  const result = pos.device.secure.mac(pos.setup.keySlot, macAlgorithm(pos), input)
  if (result.kind === 'mac') return { mti: message.mti, fields: { ...message.fields, 64: result.mac } }
  pos.session.signedOn = false
  return undefined
}
