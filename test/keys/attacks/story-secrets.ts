import type { HostCard } from '../../../host-link/host/registry.ts'
import { aes } from '../../../keys/aes.ts'
import { cmac } from '../../../keys/cmac.ts'
import { tdes } from '../../../keys/tdes.ts'
import type { Secret } from '../../rig/leak.ts'

/** What nobody may find again, and what is in no title of a test. PINs of twelve digits: shorter ones are found everywhere by chance. */
export const CANARY = {
  pin: '739518264073',
  wrongPin: '918273645546',
  pan: '6222607315946820472',
  discretionary: '2906318475',
  passphrases: ['vK7-qTz9.mWx4_Rb2:hLp', 'Yd5+nGc8,sJf3!Qe6;uAo'],
  wrongPassphrase: 'Zt1=wNk0?vBm7~Xr4|yHi',
  passwords: ['60934871525', '48216097353'],
  components: [
    '8E4D17B960F25CA3D7913E0B6FC8427A5E90D3186BA7F42C09E5B1837D46CA2F',
    '47C2F9016E8BD35A21F70C9E84B6D53FA8137E62D94C05BB70E6F12948AD3C5D',
  ],
  /** Handed to the commands of `shuaka keys`. */
  commandKey: 'B3709E45C8FD261A5407D9E2831C6FBA',
  commandKbpk: '61F8A3D40C97B25E7D13E6490FB8C5A29D74206EB1C35F8A40E71926DB538CF4',
} as const

export const cards: readonly HostCard[] = [
  {
    name: 'canary',
    pan: CANARY.pan,
    track2: `${CANARY.pan}D3012201${CANARY.discretionary}`,
    pin: CANARY.pin,
    ...{ status: 'active', kind: 'bank', balanceFen: 1_000_000, points: 0 },
  },
]

/** Whole check values of the keys among the secrets: eight bytes of a TDES key, the block whose first five are shown of AES. */
export function checkValueSecrets(secrets: readonly Secret[]): readonly Secret[] {
  return secrets.flatMap(({ name, value }) => {
    if (typeof value === 'string' || /pass|identity/.test(name)) return []
    const zeros = new Uint8Array(16)
    if (value.length === 32)
      return [
        { name: `check value of ${name}`, value: cmac(aes(value), zeros).slice(0, 8) },
        { name: `check value of ${name}`, value: aes(value).encrypt(zeros).slice(0, 8) },
      ]
    return [{ name: `check value of ${name}`, value: tdes(value).encrypt(new Uint8Array(8)) }]
  })
}
