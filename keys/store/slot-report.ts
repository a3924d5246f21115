/** Ciphers that a master key may be of; its working keys are of the same. */
export type MasterAlgorithm = 'TDES' | 'SM4'

/** A master key 主密钥 on its way into a store. */
export interface MasterKey {
  readonly algorithm: MasterAlgorithm
  /** 16 bytes; overwritten by whoever takes it. */
  readonly bytes: Uint8Array
  /** Two characters, as in a key block (ANSI X9.143): `00` says nothing. */
  readonly keyVersion: string
}

/** Which loading brought a key (8 bytes, unique), and whether over the air. */
export interface Stage {
  readonly transaction: Uint8Array
  /** 远程密钥下载: the first sign-on under it may put it in force. One of an injection waits for its commit. */
  readonly remote: boolean
}

/** A staged key: which loading brought it, and into which slot. */
export interface StagedIn extends Stage {
  readonly slot: number
}

/** What a store tells of one master slot. No secret: check values are three bytes. */
export interface SlotReport {
  /** 0 to 9. */
  readonly slot: number
  /** The key in force; absent where there is none. */
  readonly master?: {
    readonly algorithm: MasterAlgorithm
    readonly checkValue: Uint8Array
    readonly keyVersion: string
    /** Of the loading that brought it; absent for a key that came otherwise. */
    readonly transaction?: Uint8Array
  }
  /** A new key beside it, not in force. */
  readonly staged?: { readonly transaction: Uint8Array; readonly checkValue: Uint8Array }
}

export const MASTER_KEY_BYTES = 16
export const TRANSACTION_BYTES = 8
