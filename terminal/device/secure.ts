/**
 * 安全模块: the secure element. Keys and PIN digits live here and never come out. Keys are addressed by slot: a
 * master slot 0–9 has one TMK 主密钥 and under it one PIK, one MAK and one TDK, each bound to its single use.
 *
 * All but `enterPin` and `changePin` are instant (a port may take up to 50 ms). One of the two at a time: another is `busy`.
 */
export interface Secure {
  /**
   * Takes a PIN from the cardholder on the secure element's own screen and with its own prompt, and gives its
   * encrypted block. While it runs the keypad gives the application no key. Enter with no digit is `bypassed`
   * where `bypass` allows it; fewer than 4 digits cannot be entered, a 13th is not taken. Cancel is `cancelled`.
   */
  enterPin(request: PinRequest): Promise<PinResult>
  /**
   * 修改密码: takes the old PIN and the new one twice, on screens of its own one after the other, compares the new two inside,
   * and gives two encrypted blocks. Where they differ both are asked for again, three times at most (`different`). Whatever
   * else ends it, at whichever PIN, gives no block and leaves no digit anywhere.
   */
  changePin(request: PinChangeRequest): Promise<PinChangeResult>
  /** Ends a pending `enterPin` or `changePin`; the digits are wiped. Instant. */
  cancel(): void
  /**
   * MAC over `bytes` (0–4096) with the MAK of `slot`: 8 bytes; for `cup-ecb` the 8 upper-case hex characters. `noKey`
   * also where the algorithm does not fit the key, and for `x9.9` and `cbc-mac` over 8 bytes or fewer, whose MAC
   * would be the key's own check value.
   */
  mac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array): MacResult
  /**
   * Whether `mac` (8 bytes) is right, compared in constant time inside. After a sign-on the previous MAK is taken as
   * well until the first message under the new one (rule P13).
   */
  verifyMac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): boolean
  /** Encrypts a track's 17 to 104 digits (`0`–`9`, `D`) in place under the TDK of `slot` (docs/wire.md): same length. */
  encryptTrack(slot: number, digits: string): TrackResult
  /**
   * Loads working keys from a sign-on reply's key block. All or none: each key is checked by its check value
   * before any is replaced, and the change survives a power cut as old or new.
   */
  loadWorkingKeys(slot: number, kind: SignOnKind, block: Uint8Array): LoadResult
  /** Which keys `slot` has, with check values of 3 bytes as 6 hex digits. */
  slot(slot: number): SlotState
  /** `length` random bytes, 1–64. */
  random(length: number): Uint8Array
  /**
   * A 16-byte tag over `bytes` (0–256) under a secret of this device that never leaves it: for operators'
   * passwords, so that a copied flash chip cannot be searched elsewhere.
   */
  deviceTag(bytes: Uint8Array): Uint8Array
}

export interface PinRequest {
  readonly slot: number
  /** The card's PAN, 13 to 19 digits, bound into the block (ISO 9564-1 format 0): fixed before the first digit is typed. */
  readonly pan: string
  /** Shown with the prompt, in fen; absent for enquiries. */
  readonly amountFen?: number
  /** Prompts are a fixed table of the secure element: `enter` 请输入密码, `again` 密码错, 请重新输入. */
  readonly prompt: 'enter' | 'again'
  readonly locale: 'zh' | 'en'
  readonly bypass: boolean
  readonly timeoutMs: number
}

export type PinResult =
  | { readonly kind: 'entered'; readonly block: Uint8Array }
  | { readonly kind: 'bypassed' | 'timeout' | 'cancelled' | 'busy' | 'noKey' }
  /** Too many PIN operations: try again after `waitMs`. */
  | { readonly kind: 'tooOften'; readonly waitMs: number }

export interface PinChangeRequest {
  readonly slot: number
  /** As in `PinRequest`: bound into both blocks. */
  readonly pan: string
  /** The old PIN was wrong: its prompt says so. */
  readonly again: boolean
  readonly locale: 'zh' | 'en'
  /** For all PINs together. */
  readonly timeoutMs: number
}

export type PinChangeResult =
  | { readonly kind: 'entered'; readonly oldBlock: Uint8Array; readonly newBlock: Uint8Array }
  /** `different`: the new PIN and its repetition differed three times. */
  | { readonly kind: 'different' | 'timeout' | 'cancelled' | 'busy' | 'noKey' }
  /** Too many PIN operations, of which a change is two: try again after `waitMs`. */
  | { readonly kind: 'tooOften'; readonly waitMs: number }

export type MacAlgorithm = 'cup-ecb' | 'x9.9' | 'x9.19' | 'cbc-mac' | 'cmac'
export type MacResult = { readonly kind: 'mac'; readonly mac: Uint8Array } | { readonly kind: 'noKey' }
export type TrackResult = { readonly kind: 'track'; readonly digits: string } | { readonly kind: 'noKey' }
/** Sign-on kinds of field 60.3 and their key blocks: 24, 40 and 60 bytes. */
export type SignOnKind = '001' | '003' | '004'
export type LoadResult =
  | { readonly kind: 'loaded'; readonly version: number }
  | { readonly kind: 'noKey' | 'wrongLength' | 'wrongCheckValue' | 'weakKey' | 'storageFailed' }

export interface SlotState {
  /** Check values of 6 hex digits; absent where no key is loaded. */
  readonly masterKey?: string
  readonly pinKey?: string
  readonly macKey?: string
  readonly trackKey?: string
  /** Counts loads of working keys; 0 before the first. */
  readonly version: number
}
