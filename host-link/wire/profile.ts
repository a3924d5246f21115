/** MAC of field 64. `cup-ecb` gives 8 hex characters, the others 8 bytes. */
export type MacAlgorithm = 'cup-ecb' | 'x9.9' | 'x9.19' | 'cbc-mac' | 'cmac'

/** What differs between acquirers: data, no code. */
export interface AcquirerProfile {
  readonly name: string
  /** Application header of a request, twelve digits; nibble 6 (processing requirement) is 0. */
  readonly headerTemplate: string
  /** 门店编号: the element and tag that carry the store number. */
  readonly storeNumber: { readonly field: 57; readonly tag: string } | undefined
  /** Field 60.3 of a sign-on: 001 single-length keys, 003 double, 004 with a track key. */
  readonly signOn: '001' | '003' | '004'
  readonly mac: { readonly cup: MacAlgorithm; readonly cbor: MacAlgorithm }
  /** 磁道加密: tracks leave under the track key; needs sign-on 004. */
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
  signOn: '003',
  mac: { cup: 'cup-ecb', cbor: 'cmac' },
  trackEncryption: false,
  unauthenticatedDecline: 'refuse',
  inquiry: { mti: '0820', type: '00', network: '801', booked: '00', unknown: '25' },
}

/** Profiles by name: `standard`, and `mall` 集中收银, which carries the store number. */
export const profiles: { readonly [name: string]: AcquirerProfile | undefined } = {
  standard,
  mall: { ...standard, name: 'mall', storeNumber: { field: 57, tag: '01' } },
}

/** The profile of this name. Throws a RangeError where there is none. */
export function profileNamed(name: string): AcquirerProfile {
  const profile = Object.keys(profiles).includes(name) ? profiles[name] : undefined
  if (!profile) throw new RangeError(`profile: one of ${Object.keys(profiles).join(', ')}`)
  return profile
}
