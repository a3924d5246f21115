import type { ProvisioningKey } from '../../keys/provisioning-key.ts'
import { profileNamed } from '../wire/profile.ts'
import type { CardStatus, HostCard, HostTerminal } from './registry.ts'

/** A provisioning file, checked: a terminal as it leaves the injection station. For development only. */
export interface Provision {
  readonly terminal: {
    readonly serial: string
    readonly terminalId: string
    readonly merchantId: string
    readonly merchantName: string
  }
  /** At least one; the first is the TMK that the host uses. */
  readonly keys: readonly [ProvisioningKey, ...ProvisioningKey[]]
  readonly host: { readonly tpdu: string; readonly profile: string }
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
export function hostTerminal({ terminal, keys, host, parameters, stores }: Provision): HostTerminal {
  return {
    terminalId: terminal.terminalId,
    merchantId: terminal.merchantId,
    serial: terminal.serial,
    masterKey: keys[0].key,
    profile: profileNamed(host.profile),
    storeNumberRequired: parameters.storeNumberRequired === true,
    storeNumbers: new Set(stores.map(({ number }) => number)),
  }
}

/** What the issuer knows of a card. */
export function hostCard({ name, pan, track2, pin, status, kind, balanceFen, points }: Card): HostCard {
  return { name, pan, track2: track2.replace('=', 'D'), pin, status, kind, balanceFen, points }
}
