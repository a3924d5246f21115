import { type Acquirer, PLAIN_ACQUIRER } from '../../../host-link/host/acquirer.ts'
import type { HostOptions } from '../../../host-link/host/host.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import { instalment62 } from '../../../host-link/wire/instalment.ts'
import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { parseSettlement48, settlement48 } from '../../../host-link/wire/settlement.ts'
import { type TransactionName, transactionNamed } from '../../../host-link/wire/transaction.ts'
import { asFen } from '../../../host-link/wire/values.ts'
import { CARDS, makeRig, type Rig, six, type TestTerminal, terminalNumbered } from './rig.ts'

/** A member card with points, and the bank cards of `rig.ts`; PIN 123456. */
const member: HostCard = {
  ...(CARDS[0] as HostCard),
  name: 'member',
  pan: '9901100000000000017',
  track2: '9901100000000000017D35121010000000000',
  kind: 'member',
  balanceFen: 500_000,
  points: 3_000,
}
const typed: HostCard = {
  ...member,
  name: 'other',
  pan: '9901100000000000025',
  track2: '9901100000000000025D35121010000000000',
}
const inactive: HostCard = {
  ...member,
  name: 'inactive',
  pan: '9901100000000000033',
  track2: '9901100000000000033D35121010000000000',
  status: 'inactive',
}
export const MONEY_CARDS: readonly HostCard[] = [...CARDS, member, typed, inactive]

const everywhere = { prefixes: ['990110'], stores: [], from: '20261101', to: '20261231' }

export const ACQUIRER: Acquirer = {
  ...PLAIN_ACQUIRER,
  offers: [
    {
      name: 'FIVE',
      payer: 'M',
      kind: 'discount',
      percent: 5,
      capFen: 2_000,
      leastFen: 10_000,
      ...everywhere,
    },
    {
      name: 'BACK',
      payer: 'S',
      kind: 'cashBack',
      fen: 300,
      leastFen: 10_000,
      ...everywhere,
      stores: ['0013'],
    },
  ],
  pointsPerYuan: { member: 1, bank: 0 },
  programmes: [
    {
      ...{ code: 'HOME01', name: 'HOME', prefixes: ['622260'], feeMode: '0', leastFen: 10_000 },
      terms: { '3': { ratePpm: 18_000 }, '7': { ratePpm: 33_333 } },
    },
    {
      ...{ code: 'HOME02', name: 'HOME', prefixes: [], feeMode: '1', leastFen: 10_000 },
      terms: { '7': { ratePpm: 33_333 } },
    },
  ],
  messages: [
    { number: 4, date: '20261101', text: 'A' },
    { number: 9, date: '20261101', text: 'B', terminal: '10000009' },
  ],
}

export function moneyRig(more: Partial<HostOptions> = {}): Rig {
  const shop = terminalNumbered('10000003', {
    merchantId: '898320153110009',
    profile: profileNamed('standard'),
    storeNumberRequired: false,
  })
  const mall = (id: string) => terminalNumbered(id, { storeNumberRequired: false })
  const terminals = [mall('10000001'), mall('10000002'), shop]
  return makeRig({ cards: MONEY_CARDS, acquirer: ACQUIRER, terminals, ...more })
}

export async function signedOn(rig: Rig, id = '10000001'): Promise<TestTerminal> {
  const terminal = rig.terminal(id)
  await terminal.signOn()
  return terminal
}

const cardNamed = (name: string): HostCard => {
  const found = MONEY_CARDS.find((card) => card.name === name)
  if (!found) throw new Error(`no card ${name}`)
  return found
}
export const panNamed = (name: string): string => cardNamed(name).pan

export interface Ask {
  /** Swiped card. */
  readonly card?: string
  /** Card of which only the number is given: 012. */
  readonly numbered?: string
  /** `undefined`: no PIN. */
  readonly pin?: string | undefined
  readonly amount?: number
  readonly trace?: number
  readonly batch?: number
  readonly store?: string
  /** The answer to what a void, refund or completion refers to; its reference, authorisation, date, batch and trace. */
  readonly of?: Fields
  readonly more?: Fields
}

/** How field 61 names the original. */
const DATED: readonly TransactionName[] = ['refund', 'preauthVoid', 'completion', 'completionAdvice']
const REFERENCED: readonly TransactionName[] = [
  ...(['voidSale', 'refund', 'completionVoid', 'instalmentVoid', 'pointsVoid', 'cashVoid'] as const),
]

/** A request of a row of `transactions`, as the wire contract has it. */
export function request(terminal: TestTerminal, name: TransactionName, ask: Ask = {}): Message {
  const row = transactionNamed(name)
  const trace = ask.trace ?? ++terminal.trace
  const batch = six(ask.batch ?? terminal.batch)
  const points = row.condition === '65' ? '200048' : ''
  return terminal.signed({
    mti: row.mti,
    fields: {
      ...terminal.head(trace),
      3: row.processingCode ?? '',
      25: row.condition ?? '',
      49: '156',
      60: `${row.type}${batch}000${points === '' ? '' : '200048'}`,
      ...(ask.amount !== undefined && { 4: String(ask.amount).padStart(12, '0') }),
      ...cardFields(terminal, ask),
      ...(ask.store !== undefined && { 57: `01${String(ask.store.length).padStart(3, '0')}${ask.store}` }),
      ...(ask.of && originalFields(name, ask.of)),
      ...ask.more,
    },
  })
}

function cardFields(terminal: TestTerminal, ask: Ask): Fields {
  if (ask.numbered !== undefined)
    return {
      2: panNamed(ask.numbered),
      14: cardNamed(ask.numbered).track2.split('D')[1]?.slice(0, 4) ?? '',
      22: '012',
    }
  if (ask.card === undefined) return { 22: '920' }
  const { track2, pan } = cardNamed(ask.card)
  const pin = 'pin' in ask ? ask.pin : '123456'
  if (pin === undefined) return { 22: '022', 35: track2, 53: '0600000000000000' }
  return { 22: '021', 26: '12', 35: track2, 52: terminal.pinBlock(pin, pan), 53: '2600000000000000' }
}

function originalFields(name: TransactionName, of: Fields): Fields {
  const batch = String(of[60]).slice(2, 8)
  const dated = `000000000000${of[13]}`
  const numbered = `${batch}${of[11]}${name === 'completionVoid' ? of[13] : ''}`
  return {
    ...(REFERENCED.includes(name) && { 37: of[37] ?? '' }),
    ...(name !== 'refund' && name !== 'cashVoid' && of[38] !== undefined && { 38: of[38] }),
    61: DATED.includes(name) ? dated : numbered,
    ...(name === 'refund' && { 63: '000' }),
  }
}

/** 0400 of a request, as the wire contract has it. */
export function reversalOf(terminal: TestTerminal, { fields }: Message): Message {
  const {
    14: _14,
    26: _26,
    35: _35,
    36: _36,
    37: _37,
    38: _38,
    52: _52,
    53: _53,
    62: _62,
    64: _64,
    ...kept
  } = fields
  return terminal.signed({ mti: '0400', fields: { ...kept, 39: '98' } })
}

export const plan = (
  terms: number,
  feeMode: '0' | '1' = '0',
  programme = feeMode === '0' ? 'HOME01' : 'HOME02',
) => ({
  62: instalment62({ terms, programme, feeMode }),
})

/** Code and answer of a request. */
export async function asked(
  terminal: TestTerminal,
  name: TransactionName,
  ask: Ask = {},
): Promise<{ readonly code: unknown; readonly fields: Fields; readonly message: Message }> {
  const message = request(terminal, name, ask)
  const { fields } = await terminal.ask(message)
  return { code: fields[39], fields, message }
}

/** What one card has: balance and points. */
export async function holds(rig: Rig, name = 'bank'): Promise<readonly [fen: number, points: number]> {
  const account = await rig.books((books) => books.account(name))
  return [account?.balanceFen ?? Number.NaN, account?.points ?? Number.NaN]
}

/** Answer of a settlement by the totals given, domestic: debit, count, credit, count. */
export async function settled(
  terminal: TestTerminal,
  [debit, debitCount, credit, creditCount]: readonly [number, number, number, number],
  batch = terminal.batch,
): Promise<{ readonly code: unknown; readonly answer: number; readonly totals: readonly number[] }> {
  const totals = { debit: asFen(debit), debitCount, credit: asFen(credit), creditCount, answer: 0 }
  const none = { debit: asFen(0), debitCount: 0, credit: asFen(0), creditCount: 0, answer: 0 }
  const digits = terminal.terminal.profile.settlementCountDigits
  const { fields } = await terminal.ask(
    terminal.signed({
      mti: '0500',
      fields: {
        ...terminal.head(++terminal.trace),
        ...{ 48: settlement48(totals, none, digits), 49: '156', 60: `00${six(batch)}201`, 63: '01 ' },
      },
    }),
  )
  const { domestic } = parseSettlement48(String(fields[48]))
  const own = [domestic.debit, domestic.debitCount, domestic.credit, domestic.creditCount]
  return { code: fields[39], answer: domestic.answer, totals: own }
}

/** Totals of a batch as the host counts them, in the order of a settlement. */
export async function counted(
  rig: Rig,
  id = '10000001',
  batch = 1,
): Promise<[number, number, number, number]> {
  const totals = await rig.books((books) => books.totals(id, batch))
  return [totals.debitFen, totals.debitCount, totals.creditFen, totals.creditCount]
}
