import { loadStoreOf } from '../../../emulator/device/load-store.ts'
import { HostKeys, type RandomBytes } from '../../../keys/host-keys.ts'
import {
  type Giver,
  type GiverBook,
  type GiverOver,
  makeGiver,
  type Offer,
  standing,
} from '../../../keys/load/giver.ts'
import { type LoadOver, type LoadSession, type LoadStore, makeLoader } from '../../../keys/load/loader.ts'
import { keySlot } from '../../../keys/store/key-slot.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { hex } from '../vectors.ts'

/** The power went: before a write, nothing of it is there; after it, all. */
export class PowerCut extends Error {}

/** One thing that goes wrong at the nth write. */
export interface Fault {
  readonly write: number
  readonly when: 'before' | 'after' | 'fails'
}

/** Repeats nothing for a long time: xorshift32. */
export function source(seed: number): RandomBytes {
  let state = seed
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    })
}

/** A terminal whose key store is one record, written whole: `fault` strikes at a write. */
export class Terminal {
  store: KeyStore
  record: Uint8Array
  writes = 0
  fault: Fault | undefined
  /** The slot of a remote loading; undefined: an injection. */
  readonly only: number | undefined

  constructor(store: KeyStore, only?: number) {
    this.store = store
    this.record = store.serialize()
    this.only = only
  }

  /** Changes the store durably, or not at all. */
  change(act: (store: KeyStore) => boolean): boolean {
    const before = this.store.serialize()
    if (act(this.store) && this.#saved()) return true
    this.store = restored(before)
    return false
  }

  loads(): LoadStore {
    return loadStoreOf(
      () => this.store,
      (act) => this.change(act),
      this.only,
    )
  }

  reboot(): void {
    this.store = restored(this.record)
    this.fault = undefined
  }

  #saved(): boolean {
    const fault = this.writes++ === this.fault?.write ? this.fault.when : undefined
    if (fault === 'fails') return false
    if (fault === 'before') throw new PowerCut()
    this.record = this.store.serialize()
    if (fault === 'after') throw new PowerCut()
    return true
  }
}

export function restored(record: Uint8Array): KeyStore {
  const result = KeyStore.restore(record)
  if (result.kind !== 'ok') throw new Error('damaged')
  return result.store
}

interface Pending {
  readonly transaction: Uint8Array
  readonly key: string
  readonly proven: boolean
}
interface Page {
  /** The key that sign-ons are made under, as hex. */
  readonly current: string | undefined
  readonly pending: Pending | undefined
  readonly failures: readonly string[]
}

/** A giver's book as a station or host keeps it, each write whole: it gives one terminal one new key in slot 1. */
export class Book implements GiverBook {
  page: Page
  writes = 0
  fault: Fault | undefined
  #transactions = 0
  readonly #key: string
  readonly #algorithm: 'TDES' | 'SM4'

  constructor(key: string, current?: string, algorithm: 'TDES' | 'SM4' = 'TDES') {
    this.page = { current, pending: undefined, failures: [] }
    this.#key = key
    this.#algorithm = algorithm
  }

  async open(_: string, slots: Parameters<GiverBook['open']>[1]): Promise<Offer> {
    const { pending, current } = this.page
    if (pending?.proven && standing(slots, pending.transaction)) {
      return { kind: 'commit', transaction: pending.transaction }
    }
    if (!pending && current === this.#key) return { kind: 'refuse', code: 'alreadyLoaded' }
    const transaction = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, ++this.#transactions)
    this.#write({ ...this.page, pending: { transaction, key: this.#key, proven: false } })
    const key = { algorithm: this.#algorithm, key: hex(this.#key), keyVersion: '01' } as const
    return { kind: 'load', transaction, slot: 1, ...key }
  }
  async proven(): Promise<void> {
    const { pending } = this.page
    if (pending) this.#write({ ...this.page, current: pending.key, pending: { ...pending, proven: true } })
  }
  async confirmed(): Promise<void> {
    this.#write({ ...this.page, pending: undefined })
  }
  async failed(_: string, __: Uint8Array, code: string): Promise<void> {
    this.#write({ ...this.page, failures: [...this.page.failures, code] })
  }

  #write(page: Page): void {
    const fault = this.writes++ === this.fault?.write ? this.fault.when : undefined
    if (fault === 'before' || fault === 'fails') throw new PowerCut()
    this.page = page
    if (fault === 'after') throw new PowerCut()
  }
}

/** What the line makes of message n (0 is the terminal's first): other messages, none, or the line ends there. */
export type Line = (message: Uint8Array, n: number) => readonly Uint8Array[]

export interface Outcome {
  readonly terminal: LoadOver | undefined
  readonly giver: GiverOver | undefined
  /** Every message as it was sent. */
  readonly sent: readonly Uint8Array[]
}

let sessions = 0

/** What both ends of a fresh channel know. */
export function session(): LoadSession {
  const random = source(7_000_001 + ++sessions)
  return { handshakeHash: random(64), exportKey: random(32) }
}

/** One session of terminal and giver until both are quiet. A power cut anywhere ends it for both. */
export async function talk(
  terminal: Terminal,
  book: GiverBook,
  line: Line = (message) => [message],
  shared = session(),
): Promise<Outcome> {
  const giver: Giver = makeGiver(shared, 'SN1', book, source(99 + sessions))
  const sent: Uint8Array[] = []
  const over: { terminal: LoadOver | undefined; giver: GiverOver | undefined } = {
    terminal: undefined,
    giver: undefined,
  }
  try {
    const loader = makeLoader(shared, terminal.loads())
    const queue: { readonly to: 'giver' | 'terminal'; readonly message: Uint8Array }[] = []
    const send = (to: 'giver' | 'terminal', message: Uint8Array | undefined) => {
      if (message === undefined) return
      const passed = line(message, sent.length)
      sent.push(message)
      for (const each of passed) queue.push({ to, message: each })
    }
    send('giver', loader.start())
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.to === 'giver') {
        const step = await giver.receive(next.message)
        over.giver ??= step.over
        send('terminal', step.send)
      } else {
        const step = loader.receive(next.message)
        over.terminal ??= step.over
        send('giver', step.send)
      }
    }
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
  return { ...over, sent }
}

/** Whether a sign-on made under `key` loads into slot 1 of the terminal as it stands. */
export function signsOn(terminal: Terminal, key: string, algorithm: 'TDES' | 'SM4' = 'TDES'): boolean {
  const made = HostKeys.create(hex(key), algorithm)
  if (made.kind !== 'ok') throw new Error(made.why)
  const renewed = made.keys.renew(algorithm === 'SM4' ? '006' : '004', source(4242 + ++sessions), 16)
  if (renewed.kind !== 'ok') throw new Error(renewed.why)
  const kind = algorithm === 'SM4' ? '006' : '004'
  return terminal.change(
    (store) => store.loadWorkingKeys(keySlot('TMK', 1), kind, renewed.block).kind === 'ok',
  )
}
