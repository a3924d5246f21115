import { createHost, type Host, type HostOptions } from '../../../host-link/host/host.ts'
import type { Totals } from '../../../host-link/host/ledger.ts'
import { memoryStore } from '../../../host-link/host/memory-store.ts'
import type { HostCard, HostTerminal } from '../../../host-link/host/registry.ts'
import type { Books, Store } from '../../../host-link/host/store.ts'
import { decodeMessage, encodeMessage, macInput, receivedMacInput } from '../../../host-link/wire/dialect.ts'
import { decodeCupFrameBody, encodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { encodeFrame, FrameDecoder } from '../../../host-link/wire/frame.ts'
import type { Dialect, Fields, FieldValue, Message } from '../../../host-link/wire/message.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { cupMac } from '../../../keys/cup-mac.ts'
import { type MacAlgorithm, macOf } from '../../../keys/mac.ts'
import { clearPinBlock } from '../../../keys/pin-block.ts'
import type { MasterAlgorithm } from '../../../keys/store/slot-report.ts'
import { tdes } from '../../../keys/tdes.ts'
import {
  kindAlgorithm,
  openWorkingKeys,
  type WorkingKeyKind,
  type WorkingKeys,
} from '../../../keys/working-keys.ts'

export const MERCHANT = '898320153110001'
export const PAN = '6222600001234567890'
export const PIN = '123456'
export const TRACK = `${PAN}D30122010000000000`
export const TMK = Uint8Array.from({ length: 16 }, (_, at) => 0x13 + 11 * at)

const card = (name: string, more: Partial<HostCard>): HostCard => ({
  name,
  pan: PAN,
  track2: TRACK,
  pin: PIN,
  status: 'active',
  kind: 'bank',
  balanceFen: 1_000_000,
  points: 0,
  ...more,
})
const numbered = (name: string, pan: string, expiry: string, more: Partial<HostCard> = {}) =>
  card(name, { pan, track2: `${pan}D${expiry}1010000000000`, ...more })

export const CARDS: readonly HostCard[] = [
  card('bank', {}),
  numbered('expired', '6222600000000000011', '2610'),
  numbered('edge', '6222600000000000012', '2611'),
  numbered('poor', '6222600000000000013', '3012', { balanceFen: 100 }),
  numbered('lost', '6222600000000000014', '3012', { status: 'lost' }),
  numbered('stolen', '6222600000000000015', '3012', { status: 'stolen' }),
  numbered('signs', '6222600000000000016', '3012', { pin: undefined }),
]
export const trackOf = (name: string): string => CARDS.find((one) => one.name === name)?.track2 ?? ''

/** A terminal whose master key is in its provisioning file. */
export type KeyedTerminal = HostTerminal & { readonly masterKey: Uint8Array }

export function terminalNumbered(terminalId: string, more: Partial<KeyedTerminal> = {}): KeyedTerminal {
  return {
    terminalId,
    merchantId: MERCHANT,
    serial: `SK${terminalId}`,
    masterKey: TMK.map((byte, at) => byte ^ (at === 3 ? 2 * Number(terminalId.slice(-2)) : 0)),
    profile: profileNamed('mall'),
    storeNumberRequired: true,
    storeNumbers: new Set(['0012', '0013', '00000014']),
    ...more,
  }
}

export interface Rig {
  readonly store: Store
  readonly host: Host
  readonly clock: { date: string; time: string }
  /** Another host on the same books, as after a restart. */
  restarted(): Rig
  terminal(id?: string, dialect?: Dialect): TestTerminal
  books<Result>(read: (books: Books) => Result): Promise<Result>
}

export function makeRig(more: Partial<HostOptions> = {}): Rig {
  const clock = { date: '20261121', time: '220452' }
  const store = more.store ?? memoryStore()
  const random = seeded(more.store ? Date.now() : 7)
  const terminals = more.terminals ?? ['10000001', '10000002'].map((id) => terminalNumbered(id))
  const host = createHost({
    store,
    terminals,
    cards: CARDS,
    clock: { now: () => ({ ...clock }) },
    random,
    secret: new Uint8Array(32).fill(7),
    ...more,
  })
  return {
    store,
    host,
    clock,
    restarted: () => makeRig({ ...more, terminals, store }),
    terminal(id = '10000001', dialect = 'cup') {
      const known = terminals.find((one) => one.terminalId === id) ?? terminalNumbered(id)
      return new TestTerminal(host, known, dialect)
    },
    books: (read) => store.transact((books) => ({ result: read(books) })),
  }
}

/** A small generator: reproducible, and good enough for keys that nobody attacks. */
export function seeded(seed: number): (bytes: number) => Uint8Array {
  let state = seed >>> 0 || 1
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 3) & 0xff
    })
}

export interface SaleOptions {
  readonly amount?: number
  readonly trace?: number
  readonly batch?: number
  readonly store?: string | undefined
  readonly pin?: string | undefined
  readonly track?: string
  readonly more?: Fields
}

/** A terminal in a test: builds real frames under real keys, and checks the MAC of what comes back. */
export class TestTerminal {
  trace = 0
  batch = 1
  keys: WorkingKeys | undefined
  /** Of `keys`. */
  private cipher: MasterAlgorithm = 'TDES'
  private readonly host: Host
  readonly terminal: HostTerminal
  readonly dialect: Dialect

  constructor(host: Host, terminal: HostTerminal, dialect: Dialect) {
    this.host = host
    this.terminal = terminal
    this.dialect = dialect
  }

  async signOn(network: WorkingKeyKind = '003', more: Fields = {}): Promise<Fields> {
    const { fields } = await this.ask(this.signOnMessage(network, more))
    if (fields[62]) this.adopt(fields, network)
    return fields
  }

  signOnMessage(network: WorkingKeyKind = '003', more: Fields = {}): Message {
    const fields = { ...this.head(++this.trace), 60: `00${six(this.batch)}${network}`, 63: '01 ', ...more }
    return { mti: '0800', fields }
  }

  /** Takes keys and batch from a sign-on's answer. */
  adopt(fields: Fields, network: WorkingKeyKind = '003'): void {
    const block = fields[62]
    if (!(block instanceof Uint8Array)) throw new Error('no key block')
    const { masterKey } = this.terminal
    if (masterKey === undefined) throw new Error('no master key')
    const cipher = kindAlgorithm(network)
    const opened = openWorkingKeys(network, block, cipherOf(cipher, masterKey))
    if (opened.kind !== 'opened') throw new Error(opened.why)
    this.keys = opened.keys
    this.cipher = cipher
    this.batch = Number(String(fields[60]).slice(2, 8))
  }

  saleMessage(options: SaleOptions = {}): Message {
    const { amount = 8880, track = TRACK, pin = PIN, store = '0012' } = options
    const noStore = 'store' in options && options.store === undefined
    const trace = options.trace ?? ++this.trace
    return this.signed({
      mti: '0200',
      fields: {
        3: '000000',
        4: String(amount).padStart(12, '0'),
        ...this.card(trace, track, 'pin' in options ? options.pin : pin),
        ...(!noStore && { 57: `01${String(store.length).padStart(3, '0')}${store}` }),
        60: `22${six(options.batch ?? this.batch)}000`,
        ...options.more,
      },
    })
  }

  balanceMessage({ track = TRACK, pin = PIN, trace }: SaleOptions = {}): Message {
    return this.signed({
      mti: '0200',
      fields: { 3: '310000', ...this.card(trace ?? ++this.trace, track, pin), 60: `01${six(this.batch)}000` },
    })
  }

  reversalOf({ fields }: Message, more: Fields = {}): Message {
    const { 26: _26, 35: _35, 52: _52, 53: _53, 64: _64, ...kept } = fields
    return this.signed({ mti: '0400', fields: { ...kept, 39: '98', ...more } })
  }

  settlementMessage(debit: number, count: number, { batch = this.batch, trace }: SaleOptions = {}): Message {
    const group = (fen: number, n: number) =>
      `${String(fen).padStart(12, '0')}${String(n).padStart(3, '0')}${'0'.repeat(16)}`
    return this.signed({
      mti: '0500',
      fields: {
        ...this.head(trace ?? ++this.trace),
        48: group(debit, count) + group(0, 0),
        49: '156',
        60: `00${six(batch)}201`,
        63: '01 ',
      },
    })
  }

  inquiryMessage(batch: number, trace: number): Message {
    return this.signed({
      mti: '0820',
      fields: { ...this.head(++this.trace), 60: `00${six(this.batch)}801`, 61: six(batch) + six(trace) },
    })
  }

  /** The answer to a message, on a connection of its own. */
  async ask(message: Message): Promise<Message> {
    const [frame] = await this.exchange(message)
    if (!frame) throw new Error('no answer')
    return this.opened(frame).message
  }

  /** Frames that come back for a message, on a connection of its own. */
  exchange(message: Message): Promise<Uint8Array[]> {
    return this.host.connection().receive(this.frame(message))
  }

  frame(message: Message): Uint8Array {
    const bytes = encodeMessage(this.dialect, message)
    const envelope = { tpdu: '6000030000', header: '603100310000' }
    return encodeFrame(this.dialect === 'cup' ? encodeCupFrameBody(envelope, bytes) : bytes)
  }

  opened(frame: Uint8Array): { message: Message; tpdu: string; header: string; macRight: boolean } {
    const [body] = new FrameDecoder().push(frame)
    if (!body) throw new Error('half a frame')
    const parts =
      this.dialect === 'cup'
        ? decodeCupFrameBody(body)
        : { envelope: { tpdu: '', header: '' }, message: body }
    const message = decodeMessage(this.dialect, parts.message)
    const mac = message.fields[64]
    const macRight =
      mac instanceof Uint8Array &&
      this.keys !== undefined &&
      same(mac, this.mac(receivedMacInput(message, this.dialect, parts.message)))
    return { message, ...parts.envelope, macRight }
  }

  signed({ mti, fields }: Message): Message {
    const { 64: _64, ...rest } = fields
    return { mti, fields: { ...rest, 64: this.mac(macInput({ mti, fields: rest }, this.dialect)) } }
  }

  private mac(bytes: Uint8Array): Uint8Array {
    const key = this.keys?.mak ?? Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const algorithm: MacAlgorithm = this.terminal.profile.mac[this.dialect]
    const { cipher } = this
    return algorithm === 'cup-ecb'
      ? cupMac(cipherOf(cipher, key), bytes)
      : macOf(algorithm, key, bytes, cipher)
  }

  head(trace: number): Fields {
    return { 11: six(trace), 41: this.terminal.terminalId, 42: this.terminal.merchantId }
  }

  private card(trace: number, track: string, pin: string | undefined): Fields {
    const block = pin === undefined ? undefined : this.pinBlock(pin, track.split('D')[0] ?? '')
    return {
      ...this.head(trace),
      22: block ? '021' : '022',
      25: '00',
      35: track,
      49: '156',
      53: block ? '2600000000000000' : '0600000000000000',
      ...(block && { 26: '12', 52: block }),
    }
  }

  pinBlock(pin: string, pan: string): Uint8Array {
    const key = this.keys?.pik ?? Uint8Array.from({ length: 16 }, (_, at) => at + 1)
    return tdes(key).encrypt(clearPinBlock(Uint8Array.from(pin, Number), asPan(pan)))
  }
}

export function six(value: number): string {
  return String(value).padStart(6, '0')
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** How many entries the books have under small traces; sequences do not tell, for a store may leave gaps. */
export function entriesIn(books: Books): number {
  const traces = Array.from({ length: 16 }, (_, at) => at + 1)
  const count = (id: string, batch: number) =>
    traces.reduce((sum, trace) => sum + books.underTrace(id, batch, trace).length, 0)
  return ['10000001', '10000002'].reduce((sum, id) => sum + count(id, 1) + count(id, 2), 0)
}

/** Everything that can be read of the books: to show that something changed nothing. */
export async function snapshot(rig: Rig): Promise<unknown> {
  return rig.books((books) => ({
    entries: entriesIn(books),
    accounts: CARDS.map(({ name }) => books.account(name)),
    batches: ['10000001', '10000002'].map((id) => [1, 2, 3].map((number) => books.batch(id, number))),
    totals: ['10000001', '10000002'].map((id) => [1, 2, 3].map((number) => books.totals(id, number))),
  }))
}

/** Balance of `bank`, or another card, before its first sale. */
export const OPENING = 1_000_000

export async function balanceOf(rig: Rig, name = 'bank'): Promise<number | undefined> {
  return (await rig.books((books) => books.account(name)))?.balanceFen
}

export function totalsOf(rig: Rig, batch = 1): Promise<Totals> {
  return rig.books((books) => books.totals('10000001', batch))
}

/** Field 39 of the answer. */
export async function codeOf(terminal: TestTerminal, message: Message): Promise<FieldValue | undefined> {
  return (await terminal.ask(message)).fields[39]
}

/** The answer's frame. */
export async function frameOf(terminal: TestTerminal, message: Message): Promise<Uint8Array> {
  return (await terminal.exchange(message))[0] ?? new Uint8Array()
}
