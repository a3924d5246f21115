import { type Codes, type Transaction, type TransactionName, transactions } from './transaction.ts'

/** MAC of field 64. `cup-ecb` gives 8 hex characters, the others 8 bytes. */
export type MacAlgorithm = 'cup-ecb' | 'x9.9' | 'x9.19' | 'cbc-mac' | 'cmac'

/** What differs between acquirers: data, no code. */
export interface AcquirerProfile {
  readonly name: string
  /** Application header of a request, twelve digits; nibble 6 (processing requirement) is 0. */
  readonly headerTemplate: string
  /** 门店编号: the element and tag that carry the store number. */
  readonly storeNumber: { readonly field: 57; readonly tag: string } | undefined
  /** Whether field 57 carries our tags (`tags57` in `subfields.ts`): who approved, whose bill, what an offer gave. */
  readonly tags: boolean
  /**
   * Codes of what UnionPay has none for, or no public text for (rows `own` of `transactions`), by name; a name that is missing
   * here is a function that this acquirer does not have. A name of a row that is not `own` replaces UnionPay's codes.
   */
  readonly codes: { readonly [Name in TransactionName]?: Codes }
  /** Digits of a count in field 48 of a settlement: UnionPay has 3, so a batch of at most 999 debits; 6 is ours. */
  readonly settlementCountDigits: 3 | 6
  /**
   * Field 60.3 of a sign-on: 001 single-length keys, 003 double, 004 with a track key; 006 SM4 国密, which no profile here
   * asks for: what UnionPay does beyond the code itself is nowhere published (`isSm4`).
   */
  readonly signOn: '001' | '003' | '004' | '006'
  readonly mac: { readonly cup: MacAlgorithm; readonly cbor: MacAlgorithm }
  /** 磁道加密: tracks leave under the track key; needs sign-on 004 or 006. */
  readonly trackEncryption: boolean
  /** A decline without a good MAC: `refuse` counts it as no answer; `accept` is for hosts that do not sign declines. */
  readonly unauthenticatedDecline: 'refuse' | 'accept'
  readonly inquiry: Inquiry
}

/**
 * 状态查询 status inquiry, ours: asks what became of a transaction whose outcome was lost to a rotten record. Field 61
 * holds its batch and trace, field 64 the MAC. The answer has field 39 `booked` with the original's 4, 37 and
 * 38, or `unknown`.
 */
export interface Inquiry {
  readonly mti: string
  /** Field 60.1. */
  readonly type: string
  /** Field 60.3. */
  readonly network: string
  readonly booked: string
  readonly unknown: string
}

const standard: AcquirerProfile = {
  name: 'standard',
  headerTemplate: '603100000000',
  storeNumber: undefined,
  tags: false,
  codes: {},
  settlementCountDigits: 3,
  signOn: '003',
  mac: { cup: 'cup-ecb', cbor: 'cmac' },
  trackEncryption: false,
  unauthenticatedDecline: 'refuse',
  inquiry: { mti: '0820', type: '00', network: '801', booked: '00', unknown: '25' },
}

/** Our codes for what UnionPay has none for: the defaults of the table. */
const ownCodes: AcquirerProfile['codes'] = Object.fromEntries(
  Object.values(transactions)
    .filter(({ own }) => own)
    .map(({ name, mti, processingCode, condition, type, network }) => [
      name,
      { mti, processingCode, condition, type, network },
    ]),
)

const member: AcquirerProfile = {
  ...standard,
  name: 'member',
  tags: true,
  codes: ownCodes,
  settlementCountDigits: 6,
}

/**
 * Profiles by name: `standard`, UnionPay's own functions and nothing else; `member` 一卡通, with ours besides; `mall`
 * 集中收银, which carries the store number too.
 */
export const profiles: { readonly [name: string]: AcquirerProfile | undefined } = {
  standard,
  member,
  mall: { ...member, name: 'mall', storeNumber: { field: 57, tag: '01' } },
}

/**
 * 国密: whether all keys are SM4's. Then no PIN can be sent: its block has 16 bytes, field 52 has 8, and no public text says
 * where the block would go.
 */
export function isSm4({ signOn }: AcquirerProfile): boolean {
  return signOn === '006'
}

/** The row of a transaction with this acquirer's codes; undefined where the acquirer does not have it. */
export function transactionIn(profile: AcquirerProfile, name: TransactionName): Transaction | undefined {
  const row: Transaction = transactions[name]
  const codes = profile.codes[name]
  if (codes !== undefined) return { ...row, ...codes }
  return row.own ? undefined : row
}

/** The profile of this name in a table. Throws a RangeError where there is none. */
export function profileNamed(name: string, table = profiles): AcquirerProfile {
  const profile = Object.keys(table).includes(name) ? table[name] : undefined
  if (!profile) throw new RangeError(`profile: one of ${Object.keys(table).join(', ')}`)
  return profile
}
