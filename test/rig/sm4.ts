import { setImmediate } from 'node:timers/promises'
import type { DeviceOptions } from '../../emulator/device/ports.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { makeVirtualTime } from '../../emulator/virtual-time.ts'
import { createHost, type HostOptions } from '../../host-link/host/host.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import type { HostCard } from '../../host-link/host/registry.ts'
import type { Dialect } from '../../host-link/wire/message.ts'
import { type AcquirerProfile, profileNamed, profiles } from '../../host-link/wire/profile.ts'
import { fromHex } from '../../keys/hex.ts'
import { startWhole } from '../../terminal/whole.ts'
import { CARDS, MASTER_KEY, MERCHANT, makeTill, TERMINAL, type Till, WALL_MS } from './till.ts'

/** An acquirer of 国密 SM4, as no profile of ours is: `mall` with sign-on 006 and encrypted tracks. */
export const SM4_PROFILE: AcquirerProfile = {
  ...profileNamed('mall'),
  name: 'sm4',
  signOn: '006',
  trackEncryption: true,
}
/** What a set-up may name where this acquirer exists. */
export const WITH_SM4 = { ...profiles, sm4: SM4_PROFILE }
/** First three bytes of zeros under the master key of tills, by OpenSSL's sm4-ecb. */
export const SM4_CHECK_VALUE = 'A8FE31'

/** A card without PIN, and one whose track is too short for a block of SM4. */
export const SIGNS: HostCard = {
  name: 'signs',
  pan: '6222600004444444440',
  track2: '6222600004444444440D30121010000000000',
  pin: undefined,
  status: 'active',
  kind: 'bank',
  balanceFen: 1_000_000,
  points: 0,
}
export const SHORT: HostCard = {
  ...SIGNS,
  name: 'short',
  pan: '6222600033333330',
  track2: '6222600033333330D301210100000000', // 32 digits
}

export interface Sm4TillOptions {
  readonly dialect?: Dialect
  readonly profile?: AcquirerProfile
  readonly parameters?: { readonly [name: string]: string | number | boolean }
  readonly device?: Partial<DeviceOptions>
  readonly hostOptions?: Partial<HostOptions>
}

/** A till with an SM4 master key at both ends and this acquirer; not yet powered. */
export function makeSm4Till({ profile = SM4_PROFILE, ...options }: Sm4TillOptions = {}): Till {
  const time = makeVirtualTime({ wallMs: WALL_MS, settle: async () => void (await setImmediate()) })
  const store = memoryStore()
  const host = createHost({
    store,
    terminals: [
      {
        terminalId: TERMINAL,
        merchantId: MERCHANT,
        serial: 'SK000001',
        masterKey: fromHex(MASTER_KEY),
        masterAlgorithm: 'SM4',
        profile,
        storeNumberRequired: true,
        storeNumbers: new Set(['0012', '00345678']),
      },
    ],
    cards: [...CARDS, SIGNS, SHORT],
    clock: { now: () => hostTime(time.wallMs()) },
    random: counting(),
    secret: new Uint8Array(32).fill(7),
    ...options.hostOptions,
  })
  return makeTill({
    ...{ time, store, host },
    engine: v8Engine((device) => startWhole(device, { ...profiles, sm4: profile })),
    setup: {
      profile: 'sm4',
      dialect: options.dialect ?? 'cup',
      parameters: { storeNumberRequired: true, ...options.parameters },
    },
    device: {
      masterKeys: [{ slot: 1, algorithm: 'SM4', key: fromHex(MASTER_KEY), checkValue: SM4_CHECK_VALUE }],
      ...options.device,
    },
  })
}

function hostTime(wallMs: number) {
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T')
  return { date: date.replaceAll('-', ''), time: time.slice(0, 8).replaceAll(':', '') }
}

function counting(): (length: number) => Uint8Array {
  let state = 0x6d2b79f5
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 3) & 255
    })
}
