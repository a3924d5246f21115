import type { KeyAlgorithm } from './key-slot.ts'
import type { LoadFault } from './load-working-keys.ts'

/** `slot`: no such number. `usage`: that slot's key is not for this. `empty`: no key there. */
export type SlotFault = 'slot' | 'usage' | 'empty' | 'tampered'
/** `algorithm`: not with a key of this size, or bound to another. `data`: too long, or one block (see `mac`). */
export type MacFault = SlotFault | 'algorithm' | 'data'
export type Refused<Why extends string> = { readonly kind: 'refused'; readonly why: Why }

export type LoadMasterResult =
  | { readonly kind: 'ok' }
  | Refused<'slot' | 'usage' | 'length' | 'checkValue' | 'weakKey' | 'duplicateKey' | 'tampered'>
/** `transaction`: it belongs to another key already. */
export type StageResult =
  | { readonly kind: 'ok' }
  | Refused<'slot' | 'usage' | 'length' | 'weakKey' | 'duplicateKey' | 'transaction' | 'tampered'>
export type ProveResult = { readonly kind: 'ok'; readonly mac: Uint8Array } | Refused<'unknown'>
export type CommitResult = { readonly kind: 'ok'; readonly slot: number } | Refused<'unknown'>
export type LoadWorkingKeysResult =
  | { readonly kind: 'ok'; readonly version: number }
  | Refused<SlotFault | LoadFault>
export type MacResult =
  | { readonly kind: 'ok'; readonly mac: Uint8Array; readonly version: number }
  | Refused<MacFault>
/** `version` tells which keys the MAC belongs to. `mac`: it is wrong. */
export type VerifyMacResult = { readonly kind: 'ok'; readonly version: number } | Refused<MacFault | 'mac'>
/** `algorithm` goes to field 53.2: `6` for TDES, `0` for DES. A block under SM4 has 16 bytes. */
export type PinBlockResult =
  | { readonly kind: 'ok'; readonly block: Uint8Array; readonly algorithm: KeyAlgorithm }
  | Refused<SlotFault | 'pin' | 'pan'>
/** `zeros`: the block that would be encrypted is all zeros, and its encryption the key's whole check value. */
export type TrackResult =
  | { readonly kind: 'ok'; readonly track: string }
  | Refused<SlotFault | 'track' | 'zeros'>
/** `version` counts loads of working keys under that number; 0 before the first. */
export type CheckValueResult =
  | {
      readonly kind: 'ok'
      readonly checkValue: Uint8Array
      readonly algorithm: KeyAlgorithm
      readonly version: number
    }
  | Refused<'slot' | 'empty' | 'tampered'>
