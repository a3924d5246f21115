/**
 * 安全模块: the secure element. Keys and PIN digits live here and never come out. Keys are addressed by slot: a
 * master slot 0–9 has one TMK 主密钥 and under it one PIK, one MAK and one TDK, each bound to its single use.
 *
 * All but `enterPin`, `changePin`, `inject` and `renewMaster` are instant (a port may take up to 50 ms). One of the four at
 * a time: another is `busy`.
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
  /**
   * 密钥注入: takes master keys from the injection station at the service socket, on screens of its own. Two people type a
   * password each of 7 to 12 digits, at the first time made by them and typed twice, which must differ; five wrong pairs in
   * a row lock it for 15 minutes, also over a restart. The menu key at the first of them makes a new pair instead, once the
   * old one was right, and ends as `cancelled`. Then it talks to the station, and shows what came of it until a key.
   * Ends after 60 s with neither key nor message, after 15 minutes in all, by cancel, and by anything from the station
   * that does not belong here. A key that is not wholly loaded leaves the old one as it was.
   */
  inject(request: InjectRequest): Promise<InjectResult>
  /**
   * 远程密钥下载: asks the host, through a channel that both ends prove themselves in, for a new master key of `slot`. Waits
   * up to `timeoutMs` in all. Whatever cuts it short, the slot has the old key with all under it, or the new one alone.
   */
  renewMaster(slot: number, timeoutMs: number): Promise<RenewResult>
  /** Ends a pending `enterPin`, `changePin`, `inject` or `renewMaster`; what was typed is wiped. Instant. */
  cancel(): void
  /**
   * MAC over `bytes` (0–4096) with the MAK of `slot`: 8 bytes; for `cup-ecb` the 8 upper-case hex characters. `noKey`
   * also where the algorithm does not fit the key, and for `x9.9`, `x9.19` and `cbc-mac` over one block or less (8 bytes,
   * under SM4 16), whose MAC would be the block's bare encryption: for zeros the key's own check value.
   */
  mac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array): MacResult
  /**
   * Whether `mac` (8 bytes) is right, compared in constant time inside. After a sign-on the previous MAK is taken as
   * well until the first message under the new one (rule P13).
   */
  verifyMac(slot: number, algorithm: MacAlgorithm, bytes: Uint8Array, mac: Uint8Array): boolean
  /** Encrypts a track's 17 (SM4: 33) to 104 digits (`0`–`9`, `D`) in place under the TDK of `slot` (docs/wire.md): same length. */
  encryptTrack(slot: number, digits: string): TrackResult
  /**
   * Loads working keys from a sign-on reply's key block. All or none: each key is checked by its check value
   * before any is replaced, and the change survives a power cut as old or new. With a `proof` the new MAK must make that
   * MAC too, and is for that algorithm alone. One of the last 32 blocks that is not the current one is `replayed` (K05).
   */
  loadWorkingKeys(slot: number, kind: SignOnKind, block: Uint8Array, proof?: LoadProof): LoadResult
  /** Which keys `slot` has, with check values of 3 bytes as 6 hex digits. */
  slot(slot: number): SlotState
  /** `length` random bytes, 1–64. */
  random(length: number): Uint8Array
  /**
   * A 16-byte tag over `bytes` (0–256) under a secret of this device that never leaves it: for operators'
   * passwords, so that a copied flash chip cannot be searched elsewhere.
   */
  deviceTag(bytes: Uint8Array): Uint8Array
  /** SHA-256 over `bytes` (0–65,536). */
  hash(bytes: Uint8Array): Uint8Array
  /**
   * Whether `signature` (64 bytes) is the Ed25519 signature of `message` (0–65,536) by `key` (32 bytes). False for any other
   * size, for S ≥ L (a second signature of the same message, RFC 8032 5.1.7) and for keys of small order or not in
   * their one encoding.
   */
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The Ed25519 signature, 64 bytes, of `message` (0–65,536) by this device's report key, which signs 状态报告 alone. */
  sign(message: Uint8Array): Uint8Array
  /** Public half of the report key, 32 bytes. Once the case was opened it is another than the one known before. */
  reportKey(): Uint8Array
  /** 下限: the floor `index` (0–7) as raised last under `scope` (4 bytes); 0 where none was, or one of another scope. */
  floor(index: number, scope: Uint8Array): number
  /**
   * Raises the floor `index` to `value` (0 to 2^48 − 1) durably; where it is as high already under this scope it stays. Under
   * another scope it begins anew: with new keys numbers begin anew. It stays when the case is opened. `storage`: could
   * not be saved, and is as it was.
   */
  raiseFloor(index: number, value: number, scope: Uint8Array): 'raised' | 'storage'
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
/** Sign-on kinds of field 60.3 and their key blocks: 24, 40 and 60 bytes; `006` is SM4, 60 bytes, which no profile of ours asks for. */
export type SignOnKind = '001' | '003' | '004' | '006'
/** MAC (8 bytes) of the sign-on answer itself over `bytes`, as in `verifyMac`, by the MAK that it brings. */
export interface LoadProof {
  readonly algorithm: MacAlgorithm
  readonly bytes: Uint8Array
  readonly mac: Uint8Array
}
export type LoadResult =
  | { readonly kind: 'loaded'; readonly version: number }
  | { readonly kind: 'noKey' | 'wrongLength' | 'wrongCheckValue' | 'weakKey' | 'storageFailed' }
  /** An earlier block once more; or its MAK does not make the MAC of its answer. */
  | { readonly kind: 'replayed' | 'wrongProof' }

export interface InjectRequest {
  readonly locale: 'zh' | 'en'
}

export type InjectResult =
  /** Slots that have a new master key, with its check value of 6 hex digits. The keys under it are gone. */
  | {
      readonly kind: 'loaded'
      readonly slots: readonly { readonly slot: number; readonly checkValue: string }[]
    }
  /** `noIdentity`: this device has no certificate to show. `noStation`: nothing at the service socket. */
  | { readonly kind: 'cancelled' | 'timeout' | 'busy' | 'noIdentity' | 'noStation' }
  /** Five wrong pairs of passwords: try again after `waitMs`. */
  | { readonly kind: 'locked'; readonly waitMs: number }
  /** `refused`: by the station, which says why. `failed`: here or on the cable. `why` is a word of the load protocol. */
  | { readonly kind: 'refused' | 'failed'; readonly why: string }

export type RenewResult =
  /** The new key is in the slot, the keys under the old one are gone: sign on. */
  | { readonly kind: 'renewed'; readonly checkValue: string }
  | { readonly kind: 'noIdentity' | 'noLine' | 'timeout' | 'cancelled' | 'busy' }
  /** `refused`: by the host, which says why (`notExpected`: nobody has ordered a new key). `failed`: here or on the line. */
  | { readonly kind: 'refused' | 'failed'; readonly why: string }

export interface SlotState {
  /** Check values of 6 hex digits; absent where no key is loaded. */
  readonly masterKey?: string
  /** Of a new master key that is there but not yet in force: its giver has not confirmed it. */
  readonly staged?: string
  /** The case was opened: keys and identity of this device are gone, until its maker has seen it. Absent: it was not. */
  readonly tampered?: true
  /** What the secure element keeps was damaged: no password is right any more, and only its maker can help. */
  readonly damaged?: true
  readonly pinKey?: string
  readonly macKey?: string
  readonly trackKey?: string
  /** Counts loads of working keys; 0 before the first. */
  readonly version: number
}
