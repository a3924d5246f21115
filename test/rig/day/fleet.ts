import { setImmediate } from 'node:timers/promises'
import { makeCharset } from '../../../emulator/device/charset.ts'
import { makeVirtualTime, type VirtualTime } from '../../../emulator/virtual-time.ts'
import { type Acquirer, PLAIN_ACQUIRER } from '../../../host-link/host/acquirer.ts'
import { createHost } from '../../../host-link/host/host.ts'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { fromHex } from '../../../keys/hex.ts'
import type { Setup } from '../../../terminal/device/info.ts'
import { type AuditedTill, makeAuditedTill } from '../audit.ts'
import { MASTER_KEY, MERCHANT, type TillOptions } from '../till.ts'
import { PROGRAMMES } from '../undo.ts'

/** Several terminals of one merchant, in one time and on one host: each a real till with its auditor. */
export interface Fleet {
  readonly time: VirtualTime
  readonly tills: readonly AuditedTill[]
  readonly store: Store
  readonly startedMs: number
}

const card = (name: string, pan: string, pin: string, more: Partial<HostCard> = {}): HostCard => ({
  ...{ name, pan, track2: `${pan}D35121010000000000`, pin, status: 'active', kind: 'bank' },
  ...{ balanceFen: 3_000_000, points: 0, ...more },
})
const member = { kind: 'member', balanceFen: 200_000, points: 50_000 } as const

/** No two with the same first six and last four digits: slips tell them apart by those. */
export const FLEET_CARDS: readonly HostCard[] = [
  card('bank 1', '6222600000000111100', '418036'),
  card('bank 2', '6222600000000222200', '520947'),
  card('bank 3', '6222600000000333300', '631858', { balanceFen: 20_000 }),
  card('member 1', '9901100000000000017', '804517', member),
  card('member 2', '9901100000000000025', '736204', member),
  card('unsold 1', '9901100000000000033', '592816', { ...member, status: 'inactive', balanceFen: 0 }),
  card('unsold 2', '9901100000000000041', '145729', { ...member, status: 'inactive', balanceFen: 0 }),
]

/** Bills of two billers, each to be paid once. */
export const BILLS = Array.from({ length: 12 }, (_, at) => ({
  ...{ biller: at % 2 === 0 ? '01' : '02', customer: String(3_201_000 + at), bill: `W2026${at}` },
  ...{ text: '11月', amountFen: 8_650 + at * 111 },
}))

/** Discounts and cash-backs that the stores pay for: what a slip says is then what the store gets. */
export const FLEET_ACQUIRER: Acquirer = {
  ...PLAIN_ACQUIRER,
  fees: [
    { card: 'any', ratePpm: 6_000, leastFen: 1 },
    { card: 'cash', ratePpm: 0, leastFen: 0 },
  ],
  offers: [
    {
      ...{ name: '会员九五折', payer: 'S', kind: 'discount', percent: 5, capFen: 2_000, leastFen: 10_000 },
      ...{ prefixes: ['990110'], stores: [], from: '20260101', to: '20361231' },
    },
    {
      ...{ name: '返现', payer: 'S', kind: 'cashBack', fen: 300, leastFen: 30_000 },
      ...{ prefixes: ['990110'], stores: ['0012'], from: '20260101', to: '20361231' },
    },
  ],
  pointsPerYuan: { member: 1, bank: 0 },
  programmes: PROGRAMMES,
  bills: BILLS,
}

export const STORES = ['0012', '00345678'] as const

// biome-ignore format: one row a terminal
const SETUPS: readonly { readonly terminalId: string; readonly profile: string; readonly dialect: Setup['dialect'] }[] = [
  { terminalId: '10000001', profile: 'mall',   dialect: 'cup'  },
  { terminalId: '10000002', profile: 'mall',   dialect: 'cbor' },
  { terminalId: '10000003', profile: 'member', dialect: 'cup'  },
]

export interface FleetOptions extends TillOptions {
  readonly count?: number
  readonly wallMs?: number
}

/** Not yet powered. */
export function makeFleet({
  count = 3,
  wallMs,
  store = memoryStore(),
  acquirer = {},
  ...options
}: FleetOptions = {}): Fleet {
  const time = makeVirtualTime({
    wallMs: wallMs ?? Date.UTC(2026, 10, 21, 9, 5, 0),
    // Twice: the books of a file commit one turn of the event loop later.
    settle: async () => {
      await setImmediate()
      await setImmediate()
    },
  })
  const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
  const setups = SETUPS.slice(0, count)
  const host = createHost({
    store,
    terminals: setups.map(({ terminalId, profile }) => ({
      ...{ terminalId, merchantId: MERCHANT, serial: 'SK000001', masterKey: fromHex(MASTER_KEY) },
      profile: profileNamed(profile),
      storeNumberRequired: profile === 'mall',
      storeNumbers: new Set(profile === 'mall' ? STORES : []),
    })),
    cards: FLEET_CARDS,
    clock: { now: () => hostTime(time.wallMs()) },
    random: seeded(),
    secret: new Uint8Array(32).fill(7),
    acquirer: { ...FLEET_ACQUIRER, ...acquirer },
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
  })
  store.nameStores(
    MERCHANT,
    STORES.map((number) => ({ number, name: `店${number}` })),
  )
  const tills = setups.map(({ terminalId, profile, dialect }) => {
    const mall = profile === 'mall'
    const till = makeAuditedTill({
      sectorCount: 24,
      ...options,
      ...{ time, store, host },
      setup: {
        ...{ terminalId, profile, dialect },
        ...(mall ? {} : { stores: [] }),
        ...options.setup,
        parameters: { storeNumberRequired: mall, ...options.setup?.parameters },
      },
    })
    return { ...till, cards: FLEET_CARDS }
  })
  return { time, tills, store, startedMs: time.wallMs() }
}

/** Powered, signed on and idle. */
export async function readyFleet(options: FleetOptions = {}): Promise<Fleet> {
  const fleet = makeFleet(options)
  for (const till of fleet.tills) {
    till.machine.powerOn()
    await till.toIdle()
  }
  return fleet
}

function hostTime(wallMs: number) {
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T')
  return { date: date.replaceAll('-', ''), time: time.slice(0, 8).replaceAll(':', '') }
}

/** Different bytes for each call, the same in each run. */
function seeded(): (length: number) => Uint8Array {
  let state = 0x3c4d5e6f
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}
