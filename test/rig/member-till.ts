import { makeCharset } from '../../emulator/device/charset.ts'
import { type Acquirer, PLAIN_ACQUIRER } from '../../host-link/host/acquirer.ts'
import { createHost } from '../../host-link/host/host.ts'
import type { Entry as HostEntry, Kind } from '../../host-link/host/ledger.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import type { HostCard } from '../../host-link/host/registry.ts'
import { profileNamed } from '../../host-link/wire/profile.ts'
import { fromHex } from '../../keys/hex.ts'
import { leaks, statesOf } from './audit.ts'
import { MASTER_KEY, MERCHANT, makeTill, TERMINAL, type Till, type TillOptions, WALL_MS } from './till.ts'

/** A till whose host has member cards 会员卡: one to top up, one to receive, one that is not sold yet; and a bank's card. */

const card = (name: string, pan: string, pin: string, more: Partial<HostCard> = {}): HostCard => ({
  name,
  pan,
  track2: `${pan}D35121010000000000`,
  pin,
  status: 'active',
  kind: 'member',
  balanceFen: 20_000,
  points: 5_000,
  ...more,
})
export const MEMBER = card('member', '9901100000000000017', '804517')
export const OTHER = card('other', '9901100000000000025', '736204')
export const UNSOLD = card('unsold', '9901100000000000033', '592816', { status: 'inactive', balanceFen: 0 })
export const BANK = card('bank', '6222600001234567890', '418036', { kind: 'bank', balanceFen: 1_000_000 })
export const MEMBER_CARDS: readonly HostCard[] = [MEMBER, OTHER, UNSOLD, BANK]

export interface MemberTill extends Till {
  /** The host's entry of this kind and trace. */
  booked(kind: Kind, trace: number, batch?: number): Promise<HostEntry | undefined>
  /** How many entries of this kind the host's books have, over the first 60 traces. */
  count(kind: Kind): Promise<number>
}

export interface MemberTillOptions extends TillOptions {
  readonly acquirer?: Partial<Acquirer>
}

export function makeMemberTill(options: MemberTillOptions = {}): MemberTill {
  const store = memoryStore()
  const now = { wallMs: () => WALL_MS }
  const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
  const host = createHost({
    store,
    terminals: [
      {
        terminalId: TERMINAL,
        merchantId: MERCHANT,
        serial: 'SK000001',
        masterKey: fromHex(MASTER_KEY),
        profile: profileNamed('mall'),
        storeNumberRequired: false,
        storeNumbers: new Set(),
      },
    ],
    cards: MEMBER_CARDS,
    clock: { now: () => hostTime(now.wallMs()) },
    random: seeded(),
    secret: new Uint8Array(32).fill(7),
    acquirer: { ...PLAIN_ACQUIRER, ...options.acquirer },
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
  })
  const setup = { stores: [], ...options.setup, parameters: { ...options.setup?.parameters } }
  const till = makeTill({ store, host, ...options, setup })
  now.wallMs = till.time.wallMs
  const booked = (kind: Kind, trace: number, batch = 1) =>
    store.transact((books) => ({ result: books.entry({ terminalId: TERMINAL, batch, trace, kind }) }))
  return {
    ...till,
    cards: MEMBER_CARDS,
    booked,
    async count(kind) {
      let count = 0
      for (let trace = 1; trace <= 60; trace++) if ((await booked(kind, trace)) !== undefined) count++
      return count
    },
  }
}

/** Powered, signed on and idle. */
export async function readyMemberTill(options: MemberTillOptions = {}): Promise<MemberTill> {
  const till = makeMemberTill(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}

/** From idle into 会员卡 and there to this digit. */
export async function choose(till: Till, digit: '1' | '2' | '3' | '4' | '5' | '6' | '7'): Promise<void> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press('7')
  await till.see(/现金充值|Cash top-up/)
  await till.press(digit)
}

/** Types an answer and enters it. */
export async function enter(till: Till, digits: string): Promise<void> {
  await till.type(digits)
  await till.press('enter')
}

/** 现金充值 to the enter key that says the cash is there. */
export async function payIn(till: Till, fen = '5000', member = MEMBER): Promise<void> {
  await choose(till, '1')
  await till.see(/请刷卡|Swipe card/)
  await till.swipe(member)
  await till.see(/可充|At most/)
  await enter(till, fen)
  await till.see(/现金已收到|Cash received/)
  await till.press('enter')
}

/** 修改密码 to the enter key of the last PIN. */
export async function changePin(till: Till, old = MEMBER.pin ?? '', fresh = '271828', again = fresh) {
  await choose(till, '4')
  await till.see(/请刷卡|Swipe card/)
  await till.swipe(MEMBER)
  for (const digits of [old, fresh, again]) await till.pin(digits)
}

/**
 * Whether both sides tell the same story: an entry that stands here stands there, and what every card gained or lost is what the
 * entries that stand say. Empty: they agree.
 */
export async function disagreements(till: MemberTill): Promise<string[]> {
  const wrong: string[] = []
  const moved = new Map(MEMBER_CARDS.map(({ name }) => [name, 0]))
  for (const state of statesOf(till)) {
    const [number = '', end] = state.split(' ')
    let stands = 0
    for (const kind of kinds) {
      const entry = await till.booked(kind, Number(number))
      if (entry?.code !== '00') continue
      const reversed = await till.booked('reversal', Number(number))
      if (reversed !== undefined) continue
      stands++
      for (const [account, effect] of [
        [entry.account, entry.effectFen],
        [entry.account2, entry.effect2Fen],
      ] as const)
        if (account !== undefined) moved.set(account, (moved.get(account) ?? 0) + (effect ?? 0))
    }
    if (stands !== (end === 'approved' ? 1 : 0)) wrong.push(`${state}, at the host ${stands} stand`)
  }
  for (const { name, balanceFen } of MEMBER_CARDS)
    if ((await till.balance(name)) - balanceFen !== moved.get(name)) wrong.push(`balance of ${name}`)
  return [...wrong, ...leaks(till), ...till.stops]
}
const kinds: readonly Kind[] = [
  'topUp',
  'accountTopUp',
  'activation',
  'pinChange',
  'transfer',
  'pointsSale',
  'sale',
  'voidSale',
]

function hostTime(wallMs: number) {
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T')
  return { date: date.replaceAll('-', ''), time: time.slice(0, 8).replaceAll(':', '') }
}

/** Different bytes for each call, the same in each run. */
function seeded(): (length: number) => Uint8Array {
  let state = 0x1a2b3c4d
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}
