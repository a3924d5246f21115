import { expect } from 'vitest'
import { type Acquirer, PLAIN_ACQUIRER } from '../../host-link/host/acquirer.ts'
import { createHost } from '../../host-link/host/host.ts'
import type { Entry as HostEntry, Kind } from '../../host-link/host/ledger.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import type { HostCard } from '../../host-link/host/registry.ts'
import { profileNamed } from '../../host-link/wire/profile.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { fromHex } from '../../keys/hex.ts'
import { entryNameOf } from '../../terminal/host/entry-kind.ts'
import { decodeIntent, decodeOutcome, paidAmount } from '../../terminal/journal/body.ts'
import {
  type AuditedTill,
  converge,
  entriesOf,
  journalOf as journal,
  leaks,
  makeAuditedTill,
} from './audit.ts'
import { CARDS, MASTER_KEY, MERCHANT, TERMINAL, type Till, type TillOptions } from './till.ts'

/** Tills for 撤销, 退货, 预授权, 分期: a host with an acquirer's rules, what a cashier does, and the books of both. */

export const MEMBER = CARDS[0] as HostCard
export const SECOND = CARDS[1] as HostCard
const SUPERVISOR_PASSWORD = '123456'

export interface UndoOptions extends TillOptions {
  readonly acquirer?: Partial<Acquirer>
  /** In place of the rig's, by name. */
  readonly cards?: readonly HostCard[]
}

/** The programmes of the terminal's own table. */
export const PROGRAMMES: Acquirer['programmes'] = [
  {
    code: 'HOME01',
    name: '示例银行',
    prefixes: ['62226000'],
    terms: { '3': { ratePpm: 18_000 }, '6': { ratePpm: 36_000 }, '12': { ratePpm: 72_000 } },
    feeMode: '0',
    leastFen: 50_000,
  },
  {
    code: 'HOME02',
    name: '一卡通',
    prefixes: ['62226000', '990110'],
    terms: { '6': { ratePpm: 36_000 }, '12': { ratePpm: 72_000 } },
    feeMode: '1',
    leastFen: 50_000,
  },
]

/** A till with its auditor, not yet powered, with these rules at its host. */
export function makeUndoTill({ acquirer, cards = [], ...options }: UndoOptions = {}): Till {
  const store = memoryStore()
  let till: Till | undefined
  const profile = profileNamed(options.setup?.profile ?? 'mall')
  const host = createHost({
    store,
    terminals: [
      {
        terminalId: TERMINAL,
        merchantId: MERCHANT,
        serial: 'SK000001',
        masterKey: fromHex(MASTER_KEY),
        profile,
        storeNumberRequired: options.setup?.parameters?.storeNumberRequired !== false,
        storeNumbers: new Set(['0012', '00345678']),
      },
    ],
    cards: CARDS.map((card) => cards.find(({ name }) => name === card.name) ?? card),
    clock: { now: () => hostTime(till?.time.wallMs() ?? 0) },
    random: counting(),
    secret: new Uint8Array(32).fill(7),
    acquirer: { ...PLAIN_ACQUIRER, programmes: PROGRAMMES, ...acquirer },
  })
  till = makeAuditedTill({ ...options, host, store })
  return till
}

/** The same, powered, signed on and idle. */
export async function undoTill(options: UndoOptions = {}): Promise<Till> {
  const till = makeUndoTill(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}

function hostTime(wallMs: number) {
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T')
  return { date: date.replaceAll('-', ''), time: time.slice(0, 8).replaceAll(':', '') }
}

function counting(): (length: number) => Uint8Array {
  let state = 0x1f123bb5
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}

/** Sells to the first card and goes back to idle; gives the trace. */
export async function sell(till: Till, amount = '8880', card: HostCard = MEMBER): Promise<number> {
  await till.order({ amount, card })
  await till.see(/交易成功|APPROVED/)
  await till.toIdle()
  return lastTrace(till)
}

/** Trace of the youngest entry in the journal. */
export function lastTrace(till: Till): number {
  const entries = entriesOf(till)
  return entries[entries.length - 1]?.trace ?? 0
}

/** From idle through the supervisor's password: `5` `1` is 消费撤销. */
export async function supervised(till: Till, ...keys: Parameters<Till['press']>): Promise<void> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press(...keys)
  await till.see(/请主管输入密码|Supervisor/)
  await answer(till, SUPERVISOR_PASSWORD)
}

/** Types and enters. */
export async function answer(till: Till, digits: string): Promise<void> {
  await till.type(digits)
  await till.press('enter')
}

/** 门店编号 where it is asked. */
export async function store(till: Till): Promise<void> {
  await till.see(/请输入门店编号|Store number/)
  await answer(till, '0012')
}

/** From idle to the page that shows the original of a void. */
export async function toOriginal(
  till: Till,
  trace: number,
  keys: readonly Parameters<Till['press']>[0][] = ['5', '1'],
): Promise<void> {
  await supervised(till, ...keys)
  await till.see(/请输入原凭证号|Orig\. voucher/)
  await answer(till, String(trace))
}

/** 消费撤销, or the void behind other keys, up to the key that sends it. */
export async function voidIt(
  till: Till,
  trace: number,
  keys: readonly Parameters<Till['press']>[0][] = ['5', '1'],
): Promise<void> {
  await toOriginal(till, trace, keys)
  await till.see(/确认撤销|Enter=void/)
  await till.press('enter')
}

/** Reference number and date MMDD as the slip of this trace shows them. */
export function slipOf(till: Till, trace: number): { reference: string; date: string; authCode: string } {
  const outcome = entriesOf(till).find((entry) => entry.trace === trace)?.outcome
  if (outcome === undefined) throw new Error(`no outcome of ${trace}`)
  return decodeOutcome(outcome)
}

export interface RefundOrder {
  readonly reference: string
  readonly date: string
  readonly amount: string
  readonly card?: HostCard
}

/** 退货 from idle through the key that books it. */
export async function refundIt(till: Till, order: RefundOrder): Promise<void> {
  await toRefund(till, order)
  await till.press('enter')
}

/** 退货 from idle to its last question. */
export async function toRefund(
  till: Till,
  { reference, date, amount, card = MEMBER }: RefundOrder,
): Promise<void> {
  await supervised(till, '5', '2')
  await store(till)
  await till.see(/请输入原参考号|Orig\. ref/)
  await answer(till, reference)
  await till.see(/原交易日期|Orig\. date/)
  await answer(till, date)
  await till.see(/请输入金额|Enter amount|RMB 0\.00/)
  await answer(till, amount)
  await till.see(/请刷卡|Swipe card/)
  await till.swipe(card)
  await till.see(/确认退货|Enter=pay/)
}

/** The host's entry under a key; undefined where it has none. */
export function booked(till: Till, kind: Kind, trace: number, batch = 1): Promise<HostEntry | undefined> {
  return till.store.transact((books) => ({
    result: books.entry({ terminalId: TERMINAL, batch, trace, kind }),
  }))
}

/** What the terminal's journal and the host's books say differently. Empty: they agree. */
export async function disagreements(till: Till): Promise<string[]> {
  const wrong: string[] = []
  let moved = 0
  for (const entry of entriesOf(till)) {
    const { trace, batch, state } = entry
    const name = entryNameOf(entry.kind)
    const what = `${batch}/${trace} ${name} ${state}`
    const there = await booked(till, name, trace, batch)
    const reversal = await booked(till, 'reversal', trace, batch)
    moved += (there?.effectFen ?? 0) + (reversal?.effectFen ?? 0)
    if (state === 'approved') {
      const paid = paidAmount(
        decodeIntent(entry.intent),
        decodeOutcome(entry.outcome ?? new Uint8Array([0xa0])),
      )
      const { settles } = transactions[name]
      const settled = settles === 'debit' ? paid : settles === 'credit' ? -paid : 0
      if (there?.code !== '00') wrong.push(`${what}, host ${there?.code ?? 'has none'}`)
      else if (there.settleFen !== settled) wrong.push(`${what}: ${settled}, host ${there.settleFen}`)
      if (reversal !== undefined) wrong.push(`${what}, and reversed at the host`)
    } else if (state === 'declined') {
      if (there !== undefined && there.effectFen !== 0) wrong.push(`${what}, host moved ${there.effectFen}`)
    } else if (state === 'undone') {
      if (reversal === undefined) wrong.push(`${what}, host has no reversal`)
      if ((there?.effectFen ?? 0) + (reversal?.effectFen ?? 0) !== 0) wrong.push(`${what}, host still has it`)
    } else wrong.push(what)
  }
  if (wrong.length > 0 || journal(till).batch() > 1) return wrong // what a closed batch moved is not in the journal any more
  let cards = 0
  for (const { name, balanceFen } of till.cards) cards += (await till.balance(name)) - balanceFen
  if (cards !== moved) wrong.push(`cards moved by ${cards}, the journal's entries by ${moved}`)
  return wrong
}

/** Books agree, no invariant was broken at any instant, nothing leaked, nothing stopped, no key with two contents. */
export async function expectAgreed(till: Till, label = ''): Promise<void> {
  expect(await disagreements(till), label).toEqual([])
  if ('violations' in till) expect((till as AuditedTill).violations, label).toEqual([])
  expect(till.stops, label).toEqual([])
  expect(leaks(till), label).toEqual([])
  expect(till.host.alarms().conflict ?? 0, label).toBe(0)
}

/** Lets the terminal finish by itself, then compares. */
export async function settled(till: Till, label = ''): Promise<void> {
  await converge(till)
  await expectAgreed(till, label)
}

/** `2 sale approved` and so on, oldest first. */
export function journalOf(till: Till): string[] {
  return entriesOf(till).map(({ trace, kind, state }) => `${trace} ${entryNameOf(kind)} ${state}`)
}

/** 预授权 to its end; gives what completion and void ask for. */
export async function authorise(
  till: Till,
  amount: string,
  card: HostCard = MEMBER,
): Promise<{ readonly authCode: string; readonly date: string }> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press('6', '1')
  await store(till)
  await till.see(/请输入金额|Enter amount|RMB 0\.00/)
  await answer(till, amount)
  await till.see(/请刷卡|Swipe card/)
  await till.swipe(card)
  await till.pin(card.pin ?? '')
  await till.see(/交易成功|APPROVED/)
  await till.toIdle()
  return slipOf(till, lastTrace(till))
}

/** 完成请求 (`6` `2`), 完成通知 (`6` `3`) or 预授权撤销 (`6` `4`) up to the PIN, or to the key that books it. */
export async function complete(
  till: Till,
  keys: readonly Parameters<Till['press']>[0][],
  { authCode, date }: { readonly authCode: string; readonly date: string },
  amount: string,
  pin?: string,
): Promise<void> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press(...keys)
  await till.time.advance(500)
  if (/请主管输入密码|Supervisor/.test(till.screen())) await answer(till, SUPERVISOR_PASSWORD)
  await store(till)
  await till.see(/请输入预授权码|Auth code/)
  await answer(till, authCode)
  await till.see(/原交易日期|Orig\. date/)
  await answer(till, date)
  await till.see(/请输入金额|Enter amount|RMB 0\.00/)
  await answer(till, amount)
  await till.see(/请刷卡|Swipe/)
  await till.swipe(MEMBER)
  if (pin !== undefined) return till.pin(pin)
  await till.see(/确认接受|Enter=OK/)
  await till.press('enter')
}

/** 分期消费 from idle to the choice of a term: the quote comes next. */
export async function quoteOf(
  till: Till,
  order: {
    readonly amount: string
    readonly programme: '1' | '2'
    readonly term: '1' | '2' | '3'
    readonly card?: HostCard
  },
): Promise<void> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press('8', '4', '1')
  await store(till)
  await till.see(/请输入金额|Enter amount|RMB 0\.00/)
  await answer(till, order.amount)
  await till.see(/请刷卡|Swipe/)
  await till.swipe(order.card ?? MEMBER)
  await till.see(/1 (示例银行|Demo Bank|一卡通|Member card)/)
  await till.press(order.programme)
  await till.see(/(3|6)(期| terms)/)
  await till.press(order.term)
}

/** 结算 to its end. */
export async function settle(till: Till): Promise<void> {
  await till.see(/1 ?(消费|Sale)/)
  await till.press('9')
  await till.time.advance(1_000)
  await till.press('enter')
  await till.time.advance(200_000)
  await till.toIdle()
}
