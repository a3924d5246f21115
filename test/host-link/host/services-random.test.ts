import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../../../host-link/wire/message.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import { type Rig, same, type TestTerminal } from './rig.ts'
import {
  BILLS,
  balance,
  confirmation,
  moved,
  naming,
  pinChange,
  request,
  reversalOf,
  SERVICE_CARDS,
  SERVICE_PIN,
  serviceRig,
  signedOn,
  verification,
  voidOf,
} from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

/** What may be done: which of the services, with which cards, for how much, and what becomes of the message. */
interface Step {
  readonly what: (typeof SERVICES)[number]
  readonly from: (typeof MEMBERS)[number]
  readonly to: (typeof MEMBERS)[number]
  readonly amount: number
  readonly bill: number
  /** `twice`: doubled on the line. `undone`: the answer is lost, it is reversed. `late`: it comes after its reversal. */
  readonly fate: 'once' | 'twice' | 'undone' | 'late'
}
const SERVICES = [
  ...(['sale', 'topUp', 'topUpVoid', 'accountTopUp', 'transfer'] as const),
  ...(['activation', 'billPayment', 'billCash', 'pinChange'] as const),
]
const MEMBERS = ['anna', 'bao', 'unsold'] as const

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...SERVICES),
  from: fc.constantFrom(...MEMBERS),
  to: fc.constantFrom(...MEMBERS),
  amount: fc.oneof(fc.integer({ min: 0, max: 9_000 }), fc.constantFrom(20_000, 99_999)),
  bill: fc.integer({ min: 0, max: BILLS.length - 1 }),
  fate: fc.constantFrom('once', 'once', 'twice', 'undone', 'late'),
})

/** What the day should have done, counted from the requests and their codes alone. */
interface Oracle {
  readonly balances: Map<string, number>
  /** Cash that came in for cards, and what left them to merchants and billers. */
  cashIn: number
  spent: number
  readonly paid: Set<number>
  readonly pins: Map<string, string>
  readonly topUps: {
    readonly topUp: Message
    readonly answer: Message
    readonly card: string
    readonly fen: number
  }[]
}

const fresh = freshStores()
const RUNS = { memory: 100, sqlite: 4, postgres: 2 }

test.each(STORE_KINDS)(
  'random services, doubled, reversed and late, %s books: every balance and their sum are what the answers said',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const rig = serviceRig(fresh(kind))
        const terminal = await signedOn(rig)
        const oracle: Oracle = {
          balances: new Map(SERVICE_CARDS.map(({ name, balanceFen }) => [name, balanceFen])),
          cashIn: 0,
          spent: 0,
          paid: new Set(),
          pins: new Map(),
          topUps: [],
        }
        for (const one of steps) await taken(terminal, oracle, one)
        await compared(rig, oracle)
      }),
      { numRuns: RUNS[kind] * BUDGET },
    )
  },
)

async function taken(terminal: TestTerminal, oracle: Oracle, one: Step): Promise<void> {
  const message = await messageOf(terminal, oracle, one)
  if (!message) return
  const reversible = one.what !== 'pinChange'
  if (one.fate === 'late' && reversible) {
    expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('00')
    expect(await codeOf(terminal, message)).toBe('68')
    return
  }
  const [frame] = await terminal.exchange(message)
  if (!frame) return expect.fail('no answer')
  if (one.fate === 'twice') {
    const [again] = await terminal.exchange(message)
    expect(again && same(again, frame)).toBe(true)
  }
  const answer = terminal.opened(frame).message
  if (one.fate === 'undone' && reversible) {
    for (let time = 0; time < 2; time++)
      expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('00')
    return
  }
  if (answer.fields[39] === '00') await counted(terminal, oracle, one, message, answer)
}

async function messageOf(terminal: TestTerminal, oracle: Oracle, one: Step): Promise<Message | undefined> {
  const { what, from, to, amount } = one
  const pin = oracle.pins.get(from) ?? SERVICE_PIN
  switch (what) {
    case 'sale':
      return request(terminal, what, { card: from, pin, amount, tags: { storeNumber: '0012' } })
    case 'topUp': {
      const verify = verification(terminal, from)
      await terminal.ask(verify)
      return request(terminal, what, { card: from, amount, more: naming(verify) })
    }
    case 'topUpVoid': {
      const last = oracle.topUps.at(-1)
      return last && voidOf(terminal, what, last.topUp, last.answer)
    }
    case 'accountTopUp':
    case 'transfer':
      return moved(terminal, what, { from, to, amount, pin })
    case 'activation':
      return request(terminal, what, { card: from, amount })
    case 'billPayment':
    case 'billCash': {
      const bill = BILLS[one.bill]
      if (!bill) return undefined
      const tags = { biller: bill.biller, customer: bill.customer, bill: bill.bill }
      const card = what === 'billPayment' ? { card: from, pin } : {}
      return request(terminal, what, { ...card, amount: bill.amountFen, tags })
    }
    case 'pinChange':
      return pinChange(terminal, from, pin, String(1_000 + amount))
  }
}

async function counted(
  terminal: TestTerminal,
  oracle: Oracle,
  { what, from, to, amount, bill }: Step,
  message: Message,
  answer: Message,
): Promise<void> {
  const add = (name: string, fen: number) => oracle.balances.set(name, (oracle.balances.get(name) ?? 0) + fen)
  const billFen = BILLS[bill]?.amountFen ?? 0
  switch (what) {
    case 'sale':
      add(from, -amount)
      oracle.spent += amount
      break
    case 'topUp':
      add(from, amount)
      oracle.cashIn += amount
      oracle.topUps.push({ topUp: message, answer, card: from, fen: amount })
      expect(await codeOf(terminal, confirmation(terminal, message))).toBe('00')
      break
    case 'topUpVoid': {
      const last = oracle.topUps.pop() // each is voided once: the next void goes to the one before
      if (!last) return expect.fail('a void of nothing')
      add(last.card, -last.fen)
      oracle.cashIn -= last.fen
      break
    }
    case 'accountTopUp':
    case 'transfer':
      add(from, -amount)
      add(to, amount)
      break
    case 'activation':
      expect(from).toBe('unsold')
      add(from, amount)
      oracle.cashIn += amount
      break
    case 'billPayment':
      add(from, -billFen)
      oracle.spent += billFen
      paidOnce(oracle, bill)
      break
    case 'billCash':
      paidOnce(oracle, bill)
      break
    case 'pinChange':
      oracle.pins.set(from, String(1_000 + amount))
      break
  }
}

function paidOnce({ paid }: Oracle, bill: number): void {
  expect(paid.has(bill), 'a bill paid twice').toBe(false)
  paid.add(bill)
}

async function compared(rig: Rig, oracle: Oracle): Promise<void> {
  let sum = 0
  for (const { name } of SERVICE_CARDS) {
    const held = await balance(rig, name)
    expect(held, name).toBe(oracle.balances.get(name))
    expect(held, name).toBeGreaterThanOrEqual(0)
    sum += held
  }
  const opening = SERVICE_CARDS.reduce((total, { balanceFen }) => total + balanceFen, 0)
  expect(sum).toBe(opening + oracle.cashIn - oracle.spent)
}

async function codeOf(terminal: TestTerminal, message: Message): Promise<unknown> {
  return (await terminal.ask(message)).fields[39]
}
