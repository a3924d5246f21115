import { readFileSync } from 'node:fs'
import { clear } from '../../../../host-link/host/node/clearing.ts'
import { openClearing } from '../../../../host-link/host/node/clearing-open.ts'
import type { Store } from '../../../../host-link/host/store.ts'
import { bytesOfText } from '../../../../host-link/wire/bytes.ts'
import type { Fields, Message } from '../../../../host-link/wire/message.ts'
import { profileNamed } from '../../../../host-link/wire/profile.ts'
import { uploadEnd48 } from '../../../../host-link/wire/settlement.ts'
import { statusRecord } from '../../../../host-link/wire/status-record.ts'
import { tags57 } from '../../../../host-link/wire/tags.ts'
import type { TransactionName } from '../../../../host-link/wire/transaction.ts'
import { readAcquirer } from '../../../../scripts/acquirer.ts'
import { asked, MONEY_CARDS, moneyRig, plan, request, reversalOf, settled } from '../money-rig.ts'
import { MERCHANT, type Rig, seeded, six, type TestTerminal, terminalNumbered } from '../rig.ts'
import { inspection } from '../service-rig.ts'

const demo = (name: string): URL => new URL(`../../../../scripts/demo/${name}`, import.meta.url)
const STORES: readonly { readonly number: string; readonly name: string }[] = JSON.parse(
  readFileSync(demo('mall.json'), 'utf8'),
).stores
export const DEMO_ACQUIRER = readAcquirer(demo('acquirer.json').pathname)
export const SHOP = '898320153110009'
export const MERCHANTS = [
  { merchant: MERCHANT, name: '示例家居广场' },
  { merchant: SHOP, name: '示例小店' },
]
export { MERCHANT }

/** The day that has most, and the moment at which the page looks. */
export const DAY = '20261120'
export const NOW = { date: '20261121', time: '154210' }
export const HOSTILE = '<img src=x onerror="document.title=1"><b>粗</b>'

export interface DemoOptions {
  readonly store: Store
  /** Sales of the large day. */
  readonly sales: number
  /** Days before it with a fifth of its sales each. */
  readonly before: number
  readonly hostileStore?: string
}

/** Fills books by real requests to a real host: sales, voids, refunds, cash, points, instalments, and what goes wrong. */
export async function demoDays({ store, sales, before, hostileStore }: DemoOptions): Promise<Rig> {
  for (const one of STORES)
    store.nameStores(MERCHANT, [{ ...one, name: one.number === hostileStore ? HOSTILE : one.name }])
  const mall = (id: string) => terminalNumbered(id, { storeNumberRequired: false, storeNumbers: new Set() })
  const shop = { merchantId: SHOP, profile: profileNamed('standard'), storeNumberRequired: false }
  const rig = moneyRig({
    store,
    acquirer: DEMO_ACQUIRER,
    cards: MONEY_CARDS.map((card) => ({ ...card, ...(card.name !== 'poor' && { balanceFen: 900_000_000 }) })),
    terminals: [mall('10000001'), mall('10000002'), terminalNumbered('10000003', shop)],
  })
  const tills = [rig.terminal('10000001'), rig.terminal('10000003'), rig.terminal('10000002')] as const
  const chance = dice(11)
  const days = Array.from({ length: before + 2 }, (_, day) => String(Number(DAY) - before + day))
  for (const date of days) {
    rig.clock.date = date
    const count = date === DAY ? sales : Math.ceil(sales / 5)
    await oneDay(rig, tills, count, chance, date > DAY ? 15 : 21)
  }
  return rig
}

/** Clears dates as the command does. */
export async function clearDays(db: string, dates: readonly string[]): Promise<void> {
  const database = await openClearing(db)
  try {
    for (const date of dates) await clear(database, date, { acquirer: DEMO_ACQUIRER, now: NOW })
  } finally {
    await database.close()
  }
}

type Dice = (below: number) => number

function dice(seed: number): Dice {
  const random = seeded(seed)
  return (below) => random(3).reduce((sum, byte) => sum * 256 + byte, 0) % below
}

/** Busy at noon and after six. */
const BUSY = [10, 11, 11, 12, 12, 12, 13, 14, 15, 16, 17, 18, 18, 18, 19, 19, 19, 20, 20, 21]

type Tills = readonly [mall: TestTerminal, shop: TestTerminal, second: TestTerminal]

async function oneDay(rig: Rig, tills: Tills, count: number, chance: Dice, until: number): Promise<void> {
  const hours = BUSY.filter((hour) => hour < until)
  const at = Array.from(
    { length: count },
    () => (hours[chance(hours.length)] ?? 12) * 3600 + chance(3600),
  ).sort((a, b) => a - b)
  rig.clock.time = '090000'
  for (const till of tills) await till.signOn()
  await orphaned(tills[2])
  await reported(rig, tills[0])
  await remarkable(tills[0])
  for (const second of at) {
    rig.clock.time = `${two(second / 3600)}${two((second / 60) % 60)}${two(second % 60)}`
    await one(chance(12) === 0 ? tills[1] : tills[0], chance)
  }
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')

const good = (code: unknown): void => {
  if (code !== '00') throw new Error(`the host answered ${code}`)
}

/** One customer. */
async function one(till: TestTerminal, chance: Dice): Promise<void> {
  const isMall = till.terminal.merchantId === MERCHANT
  const store = STORES[Math.min(chance(STORES.length), chance(STORES.length))]?.number ?? '0008'
  const number = chance(60) === 0 ? undefined : chance(60) === 0 ? '7777' : store
  const tags = (more: object = {}): Fields =>
    isMall
      ? {
          57:
            tags57({
              ...(number !== undefined && { storeNumber: number }),
              operator: chance(3) === 0 ? '02' : '01',
              ...more,
            }) ?? '',
        }
      : {}
  const amount = 1_000 + chance(chance(4) === 0 ? 200_000 : 30_000)
  const card = isMall && chance(3) === 0 ? 'member' : 'bank'
  const ask = async (name: TransactionName, more: object) => {
    const answer = await asked(till, name, { more: tags(), ...more })
    good(answer.code)
    return answer
  }
  const what = chance(100)
  if (!isMall || what < 58) await ask('sale', { card, amount })
  else if (what < 70) await ask('cashSale', { amount })
  else if (what < 76) {
    const { fields } = await ask('sale', { card, amount })
    await ask('voidSale', { numbered: card, amount, of: fields, more: {} }) // a void names no store
  } else if (what < 81) {
    const { fields } = await ask('sale', { card: 'bank', amount })
    await ask('refund', {
      card: 'bank',
      pin: undefined,
      amount: Math.floor(amount / 2),
      of: fields,
      more: { ...tags({ approver: '02' }), 63: '000' },
    })
  } else if (what < 85) {
    const lost = request(till, 'sale', { card, amount, more: tags() })
    good((await till.ask(lost)).fields[39])
    good((await till.ask(reversalOf(till, lost))).fields[39])
  } else if (what < 89) await ask('pointsSale', { card: 'other', amount: 100 })
  else if (what < 93) await asked(till, 'sale', { card: 'poor', amount: 5_000, more: tags() })
  else if (what < 97) await asked(till, 'sale', { card: 'bank', pin: '111111', amount, more: tags() })
  else await ask('instalment', { card: 'bank', amount: 120_000 + amount, more: { ...tags(), ...plan(6) } })
}

/** A till that settles without its one sale: the host finds an orphan and gives it back. */
async function orphaned(till: TestTerminal): Promise<void> {
  const { code } = await asked(till, 'sale', { card: 'bank', amount: 6_600, store: '0013' })
  good(code)
  const batch = till.batch
  await settled(till, [0, 0, 0, 0])
  const end: Message = till.signed({
    mti: '0320',
    fields: { ...till.head(++till.trace), 60: `00${six(batch)}202`, 48: uploadEnd48(0) },
  })
  good((await till.ask(end)).fields[39])
}

/** What no day is without: a sale of no store, one of a store nobody knows, and one that mall and store give to. */
async function remarkable(till: TestTerminal): Promise<void> {
  good((await asked(till, 'sale', { card: 'bank', amount: 4_321 })).code)
  good((await asked(till, 'sale', { card: 'bank', amount: 1_234, store: '7777' })).code)
  good((await asked(till, 'sale', { card: 'member', amount: 60_000, store: '0008' })).code)
}

/** Status upload and inspection. */
async function reported(rig: Rig, till: TestTerminal): Promise<void> {
  const record = statusRecord({
    ...{ printer: rig.clock.date > DAY ? '1' : '0', reader: '0', keypad: '0', display: '0', line: '0' },
    device: 'SHUAKA-24 0.1.0 SK10000001'.padEnd(60),
    ...{ answerTimeout: '60', redials: '3', tips: '0', tipPercent: '00', manualEntry: '1' },
    ...{
      automaticSignOff: '0',
      retries: '3',
      masterKeyIndex: '1',
      functions: 'FFFFFF00',
      use: '012300450998',
    },
  })
  const { 11: _11, ...head } = till.head(0) // it has no trace
  const fields = { ...head, 60: `00${six(till.batch)}362`, 62: bytesOfText(record) }
  good((await till.ask({ mti: '0820', fields })).fields[39])
  good((await till.ask(inspection(till, 'E0042;printer=ok;reader=ok;paper=2 rolls;'))).fields[39])
}
