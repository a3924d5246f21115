/** 账本: what the host's books hold. All amounts are integer fen, all times are the host's own (rule P12). */

/** What a key can be of. A reversal 冲正 has batch and trace of its original; an inquiry row is a tombstone. */
export type Kind = 'sale' | 'balanceEnquiry' | 'reversal' | 'settlement' | 'statusInquiry'

/** Rule P1: what makes a request this request, whenever and however often it comes. */
export interface TransactionKey {
  readonly terminalId: string
  readonly batch: number
  readonly trace: number
  readonly kind: Kind
}

/** Local date `20261121` and time `220452` of the host. */
export interface HostTime {
  readonly date: string
  readonly time: string
}

/** One row of the append-only ledger 流水: a request that was taken, what it did, and its answer (rule P7). */
export interface Entry {
  /** Counts from 1 without gaps. */
  readonly sequence: number
  readonly key: TransactionKey
  /** Keyed hash of the request's content: tells a repeat from another request under the same key (rule P6). */
  readonly fingerprint: string
  readonly at: HostTime
  readonly merchantId: string
  readonly storeNumber: string | undefined
  /** Name of the card in the issuer's file; no PAN and no track is kept. */
  readonly account: string | undefined
  /** First six and last four digits. */
  readonly maskedPan: string | undefined
  /** Field 39 of the answer. */
  readonly code: string
  /** Field 4 of the request, 0 where it has none. */
  readonly amountFen: number
  /** What the entry adds to the account's balance: negative for a sale, positive for what a reversal gives back. */
  readonly effectFen: number
  /** Sequence of the entry that a reversal undoes; absent in a tombstone. */
  readonly original: number | undefined
  /** The answer, canonical CBOR, without PAN (2) and MAC (64): both are put back when it is sent (again). */
  readonly answer: Uint8Array
}

/** An issuer's account, as one card has it. */
export interface Account {
  readonly balanceFen: number
  /** Wrong PINs in a row on `wrongPinDate`; of another day they no longer count. */
  readonly wrongPins: number
  readonly wrongPinDate: string
}

/** Sales that stand: approved and not given back. Reversed ones are in neither (net 0). */
export interface Totals {
  readonly debitFen: number
  readonly debitCount: number
  readonly creditFen: number
  readonly creditCount: number
}
export const NO_TOTALS: Totals = { debitFen: 0, debitCount: 0, creditFen: 0, creditCount: 0 }

/**
 * 批次: one is open; `settled` ones were closed by a settlement that agreed. `left` ones were left behind by the host
 * (`sign-on.ts`): they take no sale any more, but still the reversals that are owed, and a settlement.
 */
export interface Batch {
  readonly number: number
  readonly state: 'open' | 'settled' | 'left'
  /** A trace of this batch came twice with other content: the terminal has lost its memory, or is not alone. */
  readonly conflict: boolean
  /** Fixed when the batch was settled (rule P10); before, the entries are counted. */
  readonly totals: Totals
}

/** What the host holds of a terminal between two sign-ons 签到. */
export interface Session {
  /** `HostKeys.serialize()`, sealed under the host's secret (`seal.ts`). */
  readonly sealedKeys: Uint8Array
  /** Check value of the TMK the keys were made under; another TMK in the provisioning file voids them. */
  readonly masterCheck: string
  readonly operator: string
  readonly signedOn: boolean
  readonly at: HostTime
}

/** Sales of one store of a mall on one day. `reversed` ones are among `sales`; net is the difference. */
export interface StoreSales {
  readonly merchantId: string
  /** `-` for sales without a store number 门店编号. */
  readonly storeNumber: string
  readonly storeName: string
  readonly sales: number
  readonly salesFen: number
  readonly reversed: number
  readonly reversedFen: number
}

/** A key as the text that stores sort and search by. */
export function keyText({ terminalId, batch, trace, kind }: TransactionKey): string {
  return `${terminalId}/${batch}/${trace}/${kind}`
}
