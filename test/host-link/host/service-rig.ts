import { type Acquirer, PLAIN_ACQUIRER } from '../../../host-link/host/acquirer.ts'
import type { HostOptions } from '../../../host-link/host/host.ts'
import type { Account } from '../../../host-link/host/ledger.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Store } from '../../../host-link/host/store.ts'
import { identity62, serviceRequest62, target62 } from '../../../host-link/wire/by-use.ts'
import { bytesOfText } from '../../../host-link/wire/bytes.ts'
import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { parseBalance54 } from '../../../host-link/wire/subfields.ts'
import { type TagName, tags57 } from '../../../host-link/wire/tags.ts'
import { type TransactionName, transactionNamed } from '../../../host-link/wire/transaction.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { CARDS, makeRig, type Rig, six, type TestTerminal } from './rig.ts'

/** 一卡通 member cards and bank cards as the services need them. All PINs are 888888. */
export const SERVICE_PIN = '888888'
const card = (name: string, pan: string, more: Partial<HostCard>): HostCard => {
  const bank = CARDS[0]
  if (!bank) throw new Error('no card')
  return { ...bank, points: 0, name, pan, track2: `${pan}D35121010000000000`, pin: SERVICE_PIN, ...more }
}
const member = (name: string, pan: string, more: Partial<HostCard> = {}) =>
  card(name, pan, { kind: 'member', balanceFen: 20_000, ...more })

export const SERVICE_CARDS: readonly HostCard[] = [
  member('anna', '9901100000000000017', {}),
  member('bao', '9901100000000000025', { balanceFen: 5_000 }),
  member('unsold', '9901100000000000033', { balanceFen: 0, status: 'inactive' }),
  member('gone', '9901100000000000041', { status: 'lost' }),
  member('old', '9901100000000000058', { track2: '9901100000000000058D26101010000000000' }),
  member('signs', '9901100000000000066', { pin: undefined }),
  card('bank', '6222600000000000016', { kind: 'bank', balanceFen: 1_000_000 }),
]
export const LIMIT = 100_000

export const BILLS: Acquirer['bills'] = [
  { biller: '02', customer: '10086', bill: 'W202611', text: 'WATER 11', amountFen: 8_050 },
  { biller: '02', customer: '10086', bill: 'W202612', text: 'WATER 12', amountFen: 7_000 },
  { biller: '03', customer: '10086', bill: 'E202611', text: 'POWER 11', amountFen: 4_000_000 },
]
export const ACQUIRER: Acquirer = { ...PLAIN_ACQUIRER, topUp: { limitFen: LIMIT }, bills: BILLS }

export function serviceRig(store?: Store, more: Partial<HostOptions> = {}): Rig {
  return makeRig({ cards: SERVICE_CARDS, acquirer: ACQUIRER, ...(store && { store }), ...more })
}

export async function signedOn(rig: Rig, id = '10000001'): Promise<TestTerminal> {
  const terminal = rig.terminal(id)
  await terminal.signOn()
  return terminal
}

const cardNamed = (name: string): HostCard => {
  const found = SERVICE_CARDS.find((one) => one.name === name)
  if (!found) throw new Error(`no card ${name}`)
  return found
}
export const panOf = (name: string) => asPan(cardNamed(name).pan)

export interface Asked {
  /** The card that is swiped; absent: 22 = 920, no card. */
  readonly card?: string
  readonly pin?: string
  readonly amount?: number
  readonly trace?: number
  readonly batch?: number
  readonly tags?: { readonly [Name in TagName]?: string }
  /** Replaces or adds elements, before the MAC. */
  readonly more?: Fields
}

/** A request of a row of `transactions` as the wire contract has it: codes, card, amount, tags. */
export function request(terminal: TestTerminal, name: TransactionName, asked: Asked = {}): Message {
  const row = transactionNamed(name)
  const trace = asked.trace ?? ++terminal.trace
  const batch = six(asked.batch ?? terminal.batch)
  const financial = row.processingCode !== undefined
  return terminal.signed({
    mti: row.mti,
    fields: {
      ...terminal.head(trace),
      ...(financial && { 3: row.processingCode ?? '', 25: row.condition ?? '', 49: '156' }),
      ...(financial && !asked.card && { 22: '920' }),
      ...(asked.card && swiped(terminal, asked.card, asked.pin)),
      ...(asked.amount !== undefined && { 4: String(asked.amount).padStart(12, '0') }),
      ...(financial && { 57: tags57({ operator: '01', ...asked.tags }) ?? '' }),
      60: `${row.type}${batch}${row.network}${financial ? '20' : ''}`,
      ...asked.more,
    },
  })
}

function swiped(terminal: TestTerminal, name: string, pin: string | undefined): Fields {
  const { track2, pan } = cardNamed(name)
  if (pin === undefined) return { 22: '022', 35: track2, 53: '0600000000000000' }
  return { 22: '021', 26: '12', 35: track2, 52: terminal.pinBlock(pin, pan), 53: '2600000000000000' }
}

/** 充值账户验证. */
export function verification(terminal: TestTerminal, name: string, asked: Asked = {}): Message {
  return request(terminal, 'topUpVerify', {
    card: name,
    ...asked,
    more: { 48: '11', 62: identity62('99', ''), ...asked.more },
  })
}

/** Field 61 that names another request: its batch and trace. */
export function naming({ fields }: Message): Fields {
  return { 61: String(fields[60]).slice(2, 8) + String(fields[11]) }
}

/** 充值: verifies, then tops up; both messages. */
export async function toppedUp(terminal: TestTerminal, name: string, amount: number, asked: Asked = {}) {
  const verify = verification(terminal, name)
  const verified = await terminal.ask(verify)
  const topUp = request(terminal, 'topUp', {
    card: name,
    amount,
    ...asked,
    more: { ...naming(verify), ...asked.more },
  })
  return { verified, topUp, answer: await terminal.ask(topUp) }
}

/** 充值确认 of a top-up: no track, the card by its number. */
export function confirmation(terminal: TestTerminal, topUp: Message, more: Fields = {}): Message {
  const { 35: track, 36: _36, 37: _37, 53: _53, 61: _61, 62: _62, 64: _64, 22: _22, ...kept } = topUp.fields
  const fields = { ...kept, 2: String(track).split('D')[0] ?? '', 22: '012', ...more }
  return terminal.signed({ mti: '0220', fields })
}

export function moved(
  terminal: TestTerminal,
  name: 'transfer' | 'accountTopUp',
  { from, to, ...asked }: Asked & { readonly from: string; readonly to: string },
): Message {
  return request(terminal, name, {
    card: from,
    pin: SERVICE_PIN,
    ...asked,
    more: { 62: target62(panOf(to)), ...asked.more },
  })
}

export function pinChange(
  terminal: TestTerminal,
  name: string,
  pin: string,
  next: string,
  asked: Asked = {},
): Message {
  const { pan } = cardNamed(name)
  return request(terminal, 'pinChange', {
    card: name,
    pin,
    ...asked,
    more: { 62: terminal.pinBlock(next, pan), ...asked.more },
  })
}

export function service(terminal: TestTerminal, newest: number): Message {
  return request(terminal, 'serviceInfo', { more: { 62: serviceRequest62(newest) } })
}

export function inspection(terminal: TestTerminal, text: string, asked: Asked = {}): Message {
  return request(terminal, 'inspection', { ...asked, more: { 62: bytesOfText(text) } })
}

/** A void 撤销 of an approved request, without the card: by its reference. */
export function voidOf(
  terminal: TestTerminal,
  name: TransactionName,
  original: Message,
  answer: Message,
  asked: Asked = {},
): Message {
  const pan = String(original.fields[35]).split('D')[0] ?? ''
  return request(terminal, name, {
    amount: Number(original.fields[4]),
    ...asked,
    more: {
      2: pan,
      22: '012',
      37: answer.fields[37] ?? '',
      ...(answer.fields[38] !== undefined && { 38: answer.fields[38] }),
      ...naming(original),
      ...asked.more,
    },
  })
}

/** 0400 of a request, as the wire contract has it. */
export function reversalOf(terminal: TestTerminal, original: Message, more: Fields = {}): Message {
  const {
    14: _14,
    26: _26,
    35: track,
    36: _36,
    37: _37,
    38: _38,
    52: _52,
    53: _53,
    62: _62,
    64: _64,
    ...kept
  } = original.fields
  const pan = track === undefined ? undefined : String(track).split('D')[0]
  return terminal.signed({
    mti: '0400',
    fields: { ...kept, ...(pan !== undefined && { 2: pan }), 39: '98', ...more },
  })
}

export async function accountOf(rig: Rig, name: string): Promise<Account> {
  const account = await rig.books((books) => books.account(name))
  if (!account) throw new Error(`no account ${name}`)
  return account
}

export async function balance(rig: Rig, name: string): Promise<number> {
  return (await accountOf(rig, name)).balanceFen
}

export async function code(terminal: TestTerminal, message: Message): Promise<unknown> {
  return (await terminal.ask(message)).fields[39]
}

/** Fen in field 54 of an answer. */
export function told({ fields }: Message): number {
  return parseBalance54(String(fields[54])).amount
}
