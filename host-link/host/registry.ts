import type { MasterAlgorithm } from '../../keys/store/slot-report.ts'
import type { AcquirerProfile } from '../wire/profile.ts'
import type { CardKind } from './ledger.ts'

/** 终端: what the acquirer knows of a terminal, from its provisioning. */
export interface HostTerminal {
  /** 终端号, field 41: 8 characters. */
  readonly terminalId: string
  /** 商户号, field 42: 15 characters. */
  readonly merchantId: string
  /** Of the device; a sign-on that names another is refused. */
  readonly serial: string
  /** TMK 主密钥 of the provisioning file: 16 bytes; none: the books have it, once it is imported from the injection station. */
  readonly masterKey: Uint8Array | undefined
  /** Of `masterKey`; absent: TDES. */
  readonly masterAlgorithm?: MasterAlgorithm
  readonly profile: AcquirerProfile
  /** Whether a sale without 门店编号 store number is refused. */
  readonly storeNumberRequired: boolean
  /** Store numbers of the merchant; empty: every number of 4 to 8 digits is taken. */
  readonly storeNumbers: ReadonlySet<string>
}

export type CardStatus = 'active' | 'inactive' | 'lost' | 'stolen'

/** 卡: an issuer's card. */
export interface HostCard {
  /** Names the account in the books. */
  readonly name: string
  readonly pan: string
  /** Digits with `D` as the separator. */
  readonly track2: string
  /** Digits; absent: a card that buys without PIN. */
  readonly pin: string | undefined
  /** `inactive`: sold only when it is activated 售卡激活; what became of that is in the books. */
  readonly status: CardStatus
  /** 会员卡 of ours, which can be topped up, or a bank's 银行卡. */
  readonly kind: Exclude<CardKind, 'cash'>
  /** Balance and points 积分 when the account is opened in the books. */
  readonly balanceFen: number
  readonly points: number
}

/** Four digits YYMM of a card's track 2. */
export function expiryOf(track2: string): string {
  const after = track2.indexOf('D') + 1
  return track2.slice(after, after + 4)
}
