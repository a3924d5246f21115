import type { ProvisioningKey } from '../../keys/provisioning-key.ts'
import { type AcquirerProfile, profileNamed } from '../wire/profile.ts'
import type { CardStatus, HostCard, HostTerminal } from './registry.ts'

/**
 * A provisioning file, checked: what terminal and acquirer have agreed on. Its keys are strings, for development only: a
 * terminal whose key comes from an injection station has none here.
 */
export interface Provision {
  readonly terminal: {
    readonly serial: string
    readonly terminalId: string
    readonly merchantId: string
    readonly merchantName: string
  }
  /** TMKs that the terminal has from the start; no two of one slot. */
  readonly keys: readonly ProvisioningKey[]
  /** `keySlot`: slot of the TMK that this host uses, 0 to 9. */
  readonly host: { readonly tpdu: string; readonly profile: string; readonly keySlot: number }
  readonly parameters: { readonly [name: string]: string | number | boolean }
  /** Stores of the mall; empty: any number of 4 to 8 digits. */
  readonly stores: readonly { readonly number: string; readonly name: string }[]
}

/** One card of a cards file, checked: the issuer's data, and a card of the emulator's wallet. */
export interface Card {
  /** Lower-case letters, digits and hyphens: names the account, and `card-<name>` in the page. */
  readonly name: string
  /** What the wallet shows; the name where the file has none. */
  readonly label: string
  readonly pan: string
  /** As on the stripe, with `=`. */
  readonly track2: string
  /** Absent: buys without PIN. */
  readonly pin?: string
  readonly balanceFen: number
  readonly status: CardStatus
  /** A bank's where the file does not say. */
  readonly kind: HostCard['kind']
  /** 积分, 0 where the file does not say. */
  readonly points: number
}

/** What the host knows of a provisioned terminal. Throws a RangeError for a profile nobody wrote. */
export function hostTerminal(provision: Provision): HostTerminal {
  return terminalUnder(profileNamed(provision.host.profile), provision)
}

/** The same under this profile, whatever its name. */
export function terminalUnder(
  profile: AcquirerProfile,
  { terminal, keys, host, parameters, stores }: Provision,
): HostTerminal {
  const key = keys.find(({ slot }) => slot === host.keySlot)
  return {
    terminalId: terminal.terminalId,
    merchantId: terminal.merchantId,
    serial: terminal.serial,
    masterKey: key?.key,
    ...(key && { masterAlgorithm: key.algorithm }),
    profile,
    storeNumberRequired: parameters.storeNumberRequired === true,
    storeNumbers: new Set(stores.map(({ number }) => number)),
  }
}

/** What the issuer knows of a card. */
export function hostCard({ name, pan, track2, pin, status, kind, balanceFen, points }: Card): HostCard {
  return { name, pan, track2: track2.replace('=', 'D'), pin, status, kind, balanceFen, points }
}
