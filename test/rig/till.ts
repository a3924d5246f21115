import { setImmediate } from 'node:timers/promises'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import type { DeviceOptions, Model, PaperLine, Picture } from '../../emulator/device/ports.ts'
import type { Engine } from '../../emulator/engine.ts'
import { type Machine, makeMachine } from '../../emulator/machine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { makeVirtualTime, type VirtualTime } from '../../emulator/virtual-time.ts'
import { type Acquirer, PLAIN_ACQUIRER } from '../../host-link/host/acquirer.ts'
import { createHost, type Host, type HostOptions } from '../../host-link/host/host.ts'
import type { TransactionKey } from '../../host-link/host/ledger.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import type { HostCard } from '../../host-link/host/registry.ts'
import type { Store } from '../../host-link/host/store.ts'
import { profileNamed } from '../../host-link/wire/profile.ts'
import type { Setup } from '../../terminal/device/info.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import { startWhole } from '../../terminal/whole.ts'
import { type HostEnd, makeNetwork, type Network, type Passing } from './network.ts'
import { type Body, type BodyGiven, copyOf } from './till-body.ts'

/**
 * A till: an emulated terminal, a person in front of it, a network with fates, and the reference host with its books,
 * all in one process and in virtual time. The real application, keys, codecs and rules; nothing stands in for them.
 */
export const TERMINAL = '10000001'
export const MERCHANT = '898320153110001'
export const WALL_MS = Date.UTC(2026, 10, 21, 9, 5, 0)
export const MASTER_KEY = '7CA23D5B94E6108F2B4C6D8EA1F3957D'
/** First three bytes of zeros under it, by OpenSSL's des-ede-ecb. */
const CHECK_VALUE = 'FB4529'

export const CARDS: readonly HostCard[] = [
  {
    name: 'member',
    pan: '6222600001234567890',
    track2: '6222600001234567890D30122010000000000',
    pin: '123456',
    status: 'active',
    kind: 'bank',
    balanceFen: 10_000_000,
    points: 0,
  },
  {
    name: 'second',
    pan: '6222600009876543210',
    track2: '6222600009876543210D30121010000000000',
    pin: '654321',
    status: 'active',
    kind: 'bank',
    balanceFen: 5_000_000,
    points: 0,
  },
  {
    name: 'poor',
    pan: '6222600005555555550',
    track2: '6222600005555555550D30121010000000000',
    pin: '111111',
    status: 'active',
    kind: 'bank',
    balanceFen: 100,
    points: 0,
  },
]

export interface TillOptions {
  readonly model?: Model
  readonly setup?: Partial<Setup>
  readonly engine?: Engine
  /** Chip for downloaded programs; absent: a terminal that takes none. */
  readonly programChip?: FlashChip
  /** Sectors of the flash chip; fewer make a full journal quickly. */
  readonly sectorCount?: number
  readonly image?: Uint8Array
  /** A host with its books, of another till: the terminal is new, the books are not. */
  readonly host?: Host
  readonly store?: Store
  /** What the terminal's clock says at the start; the host's is `WALL_MS` whatever this is. */
  readonly clockMs?: number
  /** 收单规则 of a host that this till makes; cards beside those of the rig; texts as GBK bytes. */
  readonly acquirer?: Partial<Acquirer>
  readonly moreCards?: readonly HostCard[]
  readonly gbk?: (text: string) => string
  /** Shared by the tills of one host: what happens at one is then in order with what happens at the others. */
  readonly time?: VirtualTime
  /** Of the device, instead of what this till would give it. */
  readonly device?: Partial<DeviceOptions>
  /** Sees what leaves the terminal at the instant it does. */
  readonly watch?: Watch
  /** What else the host that this till makes is given: a channel, another secret. */
  readonly hostOptions?: Partial<HostOptions>
  /** Another machine than an emulated one, under the same host, hands and eyes. */
  readonly body?: (given: BodyGiven) => Body
}

/** What an auditor looks over the shoulder for: the picture, the paper and the line, as things happen. */
export interface Watch {
  screen(text: string): void
  paper(line: PaperLine): void
  frame(passing: Passing): void
}

export interface Till {
  readonly machine: Machine
  readonly chip: FlashChip
  readonly time: VirtualTime
  readonly network: Network
  readonly host: Host
  readonly store: Store
  readonly setup: Setup
  readonly cards: readonly HostCard[]
  /** Text of the screen, rows joined with newlines. */
  screen(): string
  picture(): Picture | undefined
  /** All lines that ever came out of the printer. */
  readonly paper: PaperLine[]
  /** Every text that was ever on the screen, in order, without repeats in a row. */
  readonly screens: string[]
  /** Bytes on the line: direction and hex, in order. */
  readonly wire: string[]
  /** Why the application stopped, each time it did. */
  readonly stops: string[]
  /** Lets time pass until the screen shows `pattern`; throws with the screen after `ms`. */
  see(pattern: RegExp, ms?: number): Promise<void>
  press(...keys: Key[]): Promise<void>
  /** Each digit as a key. */
  type(digits: string): Promise<void>
  swipe(card: HostCard | string): Promise<void>
  /** Waits for the secure element, then types the PIN and enter. */
  pin(digits: string): Promise<void>
  /** From idle to the PIN's enter key: 消费 with store 0012 where the set-up asks for one. */
  order(order?: { amount?: string; card?: HostCard; pin?: string; store?: string }): Promise<void>
  /** Goes back to idle, answering every question with enter or cancel, for at most two virtual hours. */
  toIdle(answer?: 'enter' | 'cancel'): Promise<void>
  /** What the host's books say of a trace, whatever its kind: net effect on the card in fen (0: nothing, or given back). */
  net(trace: number, batch?: number): Promise<number>
  /** Balance of a card in the host's books. */
  balance(name: string): Promise<number>
  hasTombstone(trace: number, batch?: number): Promise<boolean>
  /** A flash chip like ours with the same bits: for reading the journal apart from the running terminal. */
  copyOfChip(): FlashChip
}

export function makeTill(options: TillOptions = {}): Till {
  const time =
    options.time ??
    makeVirtualTime({
      wallMs: options.clockMs ?? WALL_MS,
      async settle() {
        await body?.quiet()
        await setImmediate()
      },
    })
  const random = counting()
  const setup: Setup = {
    terminalId: TERMINAL,
    merchantId: MERCHANT,
    merchantName: '示例家居广场',
    tpdu: '6000030000',
    profile: 'mall',
    dialect: 'cup',
    keySlot: 1,
    parameters: { storeNumberRequired: true },
    stores: [
      { number: '0012', name: '示例灯饰' },
      { number: '00345678', name: '示例家具' },
    ],
    ...options.setup,
  }
  const store = options.store ?? memoryStore()
  const cards = [...CARDS, ...(options.moreCards ?? [])]
  const host =
    options.host ??
    createHost({
      store,
      terminals: [
        {
          terminalId: TERMINAL,
          merchantId: MERCHANT,
          serial: 'SK000001',
          masterKey: hex(MASTER_KEY),
          profile: profileNamed(setup.profile),
          storeNumberRequired: setup.parameters.storeNumberRequired === true,
          storeNumbers: new Set(setup.stores.map(({ number }) => number)),
        },
      ],
      cards,
      clock: { now: () => hostTime(time.wallMs() - (options.clockMs ?? WALL_MS) + WALL_MS) },
      random,
      ...(options.acquirer === undefined ? {} : { acquirer: { ...PLAIN_ACQUIRER, ...options.acquirer } }),
      ...(options.gbk === undefined ? {} : { gbk: options.gbk }),
      secret: new Uint8Array(32).fill(7),
      ...options.hostOptions,
    })
  const accept = (): HostEnd => {
    const connection = host.connection()
    return {
      async receive(chunk) {
        const answers = await connection.receive(chunk)
        return connection.ended === undefined ? answers : undefined
      },
    }
  }
  const network = makeNetwork(time, accept, options.watch?.frame)
  const chip = makeFlashChip({
    geometry: { sectorBytes: 4096, sectorCount: options.sectorCount ?? 64, unitBytes: 4 },
    ...(options.image === undefined ? {} : { image: options.image }),
  })
  const seen = witness(options.watch)
  let saved: Uint8Array | undefined
  const body = options.body?.({
    ...{ model: options.model ?? 'standard', setup, time, random, observer: seen.observer },
    dial: (events) => network.dial(events),
    onStopped: (why) => void seen.stops.push(why),
  })
  const machine =
    body?.machine ??
    makeMachine({
      chip,
      engine: options.engine ?? v8Engine(startWhole),
      ...(options.programChip === undefined ? {} : { programChip: options.programChip }),
      onStopped: (why) => seen.stops.push(why),
      options: {
        model: options.model ?? 'standard',
        identity: { maker: 'Shuaka', model: 'test', serial: 'SK000001', runtime: 'test' },
        setup,
        scheduler: time,
        dial: (events) => network.dial(events),
        secureStorage: {
          load: () => saved,
          save(bytes) {
            saved = bytes.slice()
            return true
          },
        },
        masterKeys: [{ slot: 1, key: hex(MASTER_KEY), checkValue: CHECK_VALUE }],
        observer: seen.observer,
        random,
        gbk: (bytes) => new TextDecoder('gbk').decode(bytes),
        ...options.device,
      },
    })
  return {
    machine,
    chip,
    time,
    network,
    host,
    store,
    setup,
    cards,
    ...seen.face,
    ...person(time, machine, seen),
    ...books(store, setup.terminalId),
    copyOfChip: () => copyOf(chip, body),
  }
}

function witness(watch: Watch | undefined) {
  let picture: Picture | undefined
  const paper: PaperLine[] = []
  const screens: string[] = []
  const wire: string[] = []
  const stops: string[] = []
  const screen = (): string => (picture?.rows ?? []).map(({ text }) => text).join('\n')
  return {
    stops,
    screen,
    secure: () => picture?.secure ?? false,
    observer: {
      screen(next: Picture) {
        picture = next
        if (screens[screens.length - 1] === screen()) return
        screens.push(screen())
        watch?.screen(screen())
      },
      paper(line: PaperLine) {
        paper.push(line)
        watch?.paper(line)
      },
      slipEnd: () => undefined,
      wire(direction: string, bytes: Uint8Array) {
        wire.push(`${direction} ${Buffer.from(bytes).toString('hex')}`)
      },
    },
    face: { screen, picture: () => picture, paper, screens, wire, stops },
  }
}

function person(time: VirtualTime, machine: Machine, seen: ReturnType<typeof witness>) {
  const HAND_MS = 50
  async function see(pattern: RegExp, ms = 10_000): Promise<void> {
    if (await time.runUntil(() => pattern.test(seen.screen()), ms)) return
    throw new Error(`no ${pattern} in ${ms} ms; the screen shows\n${seen.screen()}\n${seen.stops.join('\n')}`)
  }
  async function press(...keys: Key[]): Promise<void> {
    for (const key of keys) {
      await time.advance(HAND_MS)
      machine.operator.press(key)
    }
    await time.advance(HAND_MS)
  }
  const type = (digits: string): Promise<void> => press(...(digits.split('') as Key[]))
  async function swipe(card: HostCard | string): Promise<void> {
    await time.advance(HAND_MS)
    machine.operator.swipe({ track2: typeof card === 'string' ? card : `;${card.track2.replace('D', '=')}?` })
    await time.advance(HAND_MS)
  }
  async function pin(digits: string): Promise<void> {
    if (!(await time.runUntil(() => seen.secure(), 10_000)))
      throw new Error(`nobody asks for a PIN:\n${seen.screen()}`)
    await type(digits)
    machine.operator.press('enter')
  }
  const idle = /1 ?(消费|Sale)/
  return {
    see,
    press,
    type,
    swipe,
    pin,
    async order({ amount = '8880', card = CARDS[0] as HostCard, pin: digits = '', store = '0012' } = {}) {
      await see(idle)
      await press('1')
      if (await time.runUntil(() => /门店编号|Store number/.test(seen.screen()), 3_000)) {
        await type(store)
        await press('enter')
      }
      await see(/请输入金额|Enter amount|RMB 0\.00/)
      await type(amount)
      await press('enter')
      await see(/请刷卡|Swipe card/)
      await swipe(card)
      await pin(digits === '' ? (card.pin ?? '') : digits)
    },
    async toIdle(answer: 'enter' | 'cancel' = 'enter') {
      for (let look = 0; look < 720; look++) {
        if (await time.runUntil(() => idle.test(seen.screen()), 10_000)) return
        machine.operator.press(answer)
      }
      throw new Error(`not idle after two hours:\n${seen.screen()}\n${seen.stops.join('\n')}`)
    },
  }
}

function books(store: Store, terminalId: string) {
  const entry = (key: TransactionKey) => store.transact((ledger) => ({ result: ledger.entry(key) }))
  const key = (trace: number, batch: number, kind: TransactionKey['kind']) => ({
    terminalId,
    batch,
    trace,
    kind,
  })
  return {
    async net(trace: number, batch = 1) {
      const entries = await store.transact((ledger) => ({
        result: ledger.underTrace(TERMINAL, batch, trace),
      }))
      return entries.reduce((sum, { effectFen }) => sum + effectFen, 0)
    },
    async hasTombstone(trace: number, batch = 1) {
      const reversal = await entry(key(trace, batch, 'reversal'))
      return reversal !== undefined && reversal.original === undefined
    },
    balance: (name: string) =>
      store.transact((ledger) => ({ result: ledger.account(name)?.balanceFen ?? -1 })),
  }
}

function hostTime(wallMs: number) {
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T')
  return { date: date.replaceAll('-', ''), time: time.slice(0, 8).replaceAll(':', '') }
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

/** Different bytes for each call, the same in each run. */
function counting(): (length: number) => Uint8Array {
  let state = 0x2545f491
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}
