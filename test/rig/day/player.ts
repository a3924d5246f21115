import type { HostCard } from '../../../host-link/host/registry.ts'
import type { AuditedTill } from '../audit.ts'
import { heal } from '../audit.ts'
import * as errands from './errands.ts'
import { badLine, better, type Choose, misfortuneAt, oneOf } from './faults.ts'
import { BILLS, FLEET_CARDS, type Fleet, STORES } from './fleet.ts'
import { begin, type Errand, goOn, run, toIdle } from './person.ts'
import { type Deal, dealsOn, detailsOn, papersOn } from './slips.ts'

/**
 * A day at several tills of one host: customers come by chance, things go wrong by chance, and all that anybody at the tills knows is
 * on screens and slips. Errands overlap: one till waits for its host while another sells.
 */
export interface DayPlan {
  /** How many errands, over all tills. */
  readonly errands: number
  /** Of a hundred errands, how many have something go wrong. */
  readonly mishaps: number
}

/** What was done. */
export interface Diary {
  /** For the message of a failed run. */
  readonly lines: string[]
  /** Names of errands that were begun. */
  readonly names: Set<string>
}

export async function playDay(fleet: Fleet, choose: Choose, plan: DayPlan): Promise<Diary> {
  const diary: Diary = { lines: [], names: new Set() }
  const open = new Map<AuditedTill, Errand>()
  for (let count = 0; count < plan.errands; count++) {
    const till = oneOf(choose, ...fleet.tills)
    const waiting = open.get(till)
    open.delete(till)
    if (waiting !== undefined) await goOn(till, waiting)
    await back(till, choose)
    const errand = chosen(fleet, till, choose)
    const mishap = choose(100) < plan.mishaps
    if (errand.name === 'settlement' && !(await counted(till))) continue
    const what = mishap ? wrong(till, choose) : ''
    diary.names.add(errand.name)
    diary.lines.push(`${count} at ${till.setup.terminalId}: ${told(errand)}${what && `, ${what}`}`)
    if (choose(3) === 0) {
      await begin(till, errand)
      open.set(till, errand)
      if (mishap && choose(2) === 0) better(till)
    } else {
      await run(till, errand)
      if (mishap) better(till)
    }
    await fleet.time.advance(choose(choose(8) === 0 ? 400_000 : 20_000))
  }
  for (const [till, errand] of open) await goOn(till, errand)
  return diary
}

function wrong(till: AuditedTill, choose: Choose): string {
  if (choose(2) === 0) return misfortuneAt(till, choose)
  const badness = oneOf(choose, 15, 40, 80)
  till.network.fate = badLine(choose, badness)
  return `${badness} % of frames bad`
}

function told({ name, cards = [], amount, trace, reference }: Errand): string {
  return [name, ...cards.map((card) => card.name), amount, trace, reference]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** Longer than a mishap takes to come. */
const MISHAP_MS = 45_000
/** Longer than the idle screen stands without a look at the paper. */
const REFRESH_MS = 25_000

/** Somebody finds the terminal dark, or showing something, and gets it back to idle. */
async function back(till: AuditedTill, choose: Choose): Promise<void> {
  till.chip.cut(undefined)
  if (till.machine.state === 'off') {
    await till.time.advance(choose(30_000))
    till.machine.powerOn()
  }
  if (till.picture()?.icons.paperOut) {
    till.machine.operator.paperIn()
    await till.time.advance(REFRESH_MS) // the slip that waited for paper is offered before anybody is served
  }
  await toIdle(till)
}

const known = (till: AuditedTill): Deal[] => [...dealsOn(papersOn(till.paper)).values()]

/** The next customer. What was sold before is known from slips; now and then it is the wrong one. */
function chosen(fleet: Fleet, till: AuditedTill, choose: Choose): Errand {
  const [bank1, bank2, bank3, member1, member2, unsold1, unsold2] = FLEET_CARDS as readonly HostCard[] & {
    readonly [at in 0 | 1 | 2 | 3 | 4 | 5 | 6]: HostCard
  }
  const buyer = oneOf(choose, bank1, bank2, bank3, member1, member2)
  const member = oneOf(choose, member1, member2, unsold1)
  const store = oneOf(choose, ...STORES)
  const amount = oneOf(choose, 1 + choose(900), 1_000 + choose(30_000), 10_000 + choose(60_000))
  const here = known(till)
  const all = fleet.tills.flatMap(known)
  const pins = pinsOf(all, member2)
  const bill = oneOf(choose, ...BILLS)
  const with_ = (errand: Errand): Errand =>
    errand.cards?.[0]?.name === member2.name && errand.pin === undefined
      ? { ...errand, pin: pins.now }
      : errand
  const cardOf = ({ card }: Deal): HostCard | undefined =>
    FLEET_CARDS.find(({ pan }) => pan.slice(0, 6) + pan.slice(-4) === card)

  switch (choose(24)) {
    case 0:
    case 1: {
      const originals = here.filter(errands.voidable)
      if (originals.length === 0) return with_(errands.sale(buyer, amount, store))
      const type = oneOf(choose, ...new Set(originals.map((original) => original.type))) // also the rare ones
      return errands.voiding(
        oneOf(choose, ...originals.filter((original) => original.type === type).slice(-8)),
      )
    }
    case 2:
    case 3: {
      const originals = all.filter(errands.refundable)
      const original = originals.length > 0 ? oneOf(choose, ...originals) : undefined
      const card = original && cardOf(original)
      if (original === undefined || card === undefined) return with_(errands.sale(buyer, amount, store))
      return errands.refund(
        original,
        card,
        oneOf(choose, original.fen, 1 + choose(original.fen), original.fen + 1),
      )
    }
    case 4:
    case 5:
      return with_(errands.preauth(buyer, amount, store))
    case 6:
    case 7: {
      const holds = all.filter(({ type, authCode }) => type === '预授权' && authCode !== '')
      const hold = holds.length > 0 ? oneOf(choose, ...holds.slice(-5)) : undefined
      const card = hold && cardOf(hold)
      if (hold === undefined || card === undefined) return with_(errands.preauth(buyer, amount, store))
      const final = oneOf(
        choose,
        hold.fen,
        Math.max(1, hold.fen >> 1),
        Math.floor(hold.fen * 1.15),
        hold.fen * 2,
      )
      const how = oneOf(choose, '2', '3', '4')
      const typed = how === '4' && final <= hold.fen ? hold.fen : final // 撤销 frees all of a hold or nothing
      return with_(errands.completing(hold, card, typed, how))
    }
    case 8:
      return errands.topUp(member, oneOf(choose, amount, 120_000))
    case 9:
      return with_(errands.accountTopUp(buyer, member1, 1 + choose(20_000)))
    case 10:
      return errands.activation(oneOf(choose, unsold1, unsold2), 1 + choose(20_000))
    case 11:
      return choose(3) === 0
        ? errands.pinChange(member2, pins.now, pins.next)
        : with_(
            errands.transfer(
              oneOf(choose, member1, member2),
              oneOf(choose, member1, member2),
              1 + choose(5_000),
            ),
          )
    case 12:
      return with_(errands.pointsSale(oneOf(choose, member1, member2), 1 + choose(3_000), store))
    case 13:
    case 14:
      return errands.cashSale(amount, store, choose(2) === 0 ? undefined : amount + choose(5_000))
    case 15:
      return with_(
        errands.payBill(bill.biller === '01' ? '1' : '2', bill.customer, choose(2) === 0 ? buyer : undefined),
      )
    case 16:
      return with_(
        errands.instalment(
          oneOf(choose, bank1, bank2),
          50_000 + choose(90_000),
          store,
          oneOf(choose, '1', '2'),
          '1',
        ),
      )
    case 17:
      return oneOf(
        choose,
        errands.settlement(),
        errands.detail(),
        errands.totals(),
        errands.reprintLast(),
        errands.signOn(),
      )
    case 18:
      return oneOf(choose, with_(errands.balance(buyer)), with_(errands.pointsEnquiry(member1)))
    default:
      return with_(errands.sale(buyer, amount, store))
  }
}

/** The card whose PIN is changed to and fro: as often as slips say. */
function pinsOf(deals: readonly Deal[], card: HostCard): { readonly now: string; readonly next: string } {
  const changes = deals.filter(({ type }) => type === '修改密码').length
  const pins = [card.pin ?? '', '271828'] as const
  return changes % 2 === 0 ? { now: pins[0], next: pins[1] } : { now: pins[1], next: pins[0] }
}

/** Everything is good again. */
export async function healed(till: AuditedTill): Promise<void> {
  better(till)
  await till.time.advance(MISHAP_MS) // what was to go wrong has gone wrong
  await heal(till)
  await settledDown(till)
}

/** The evening: counted and settled, and waited for where the terminal says that the settlement is not over. */
export async function closeTill(till: AuditedTill): Promise<void> {
  await counted(till)
  await run(till, errands.settlement())
  await settledDown(till)
}

/** Waits where the terminal says that a settlement is not over: until then it sells nothing. */
export async function settledDown(till: AuditedTill): Promise<void> {
  for (let minute = 0; minute < 60 && /结算未完成/.test(till.screen()); minute++) {
    await till.time.advance(60_000)
    await toIdle(till)
  }
}

/**
 * What a careful cashier does before settling: sends what waits, prints the detail list, and has every slip printed that is
 * missing or was printed before the host had answered. False: some are still missing, so it is not settled now.
 */
async function counted(till: AuditedTill): Promise<boolean> {
  await run(till, errands.sendOwed())
  await run(till, errands.detail())
  for (const trace of incomplete(till)) await run(till, errands.reprint(trace))
  return incomplete(till).length === 0
}

function incomplete(till: AuditedTill): number[] {
  const papers = papersOn(till.paper)
  const deals = dealsOn(papers)
  const [key = '', vouchers = new Map<number, number>()] = [...detailsOn(papers)].pop() ?? []
  const queued = [...deals]
    .filter(([of, { at }]) => of.startsWith(`${key}/`) && at === '')
    .map(([, { trace }]) => trace)
  const missing = [...vouchers.keys()].filter((trace) => !deals.has(`${key}/${trace}`))
  return [...new Set([...missing, ...queued])]
}
