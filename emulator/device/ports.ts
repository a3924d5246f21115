import type { Credential } from '../../host-link/channel/channel-end.ts'
import type { MasterAlgorithm } from '../../keys/store/slot-report.ts'
import type { Icons, Style } from '../../terminal/device/display.ts'
import type { DownTopic, UpTopic } from '../../terminal/device/inbox.ts'
import type { Identity, Setup } from '../../terminal/device/info.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { LineSecurity } from '../../terminal/device/link.ts'
import type { Stripe } from '../../terminal/device/reader.ts'

/**
 * What the emulated device needs from whoever runs it (page, console, test, simulator), and what it gives to the
 * person in front of it. The application never sees this face; the operator never sees the device contract.
 */

/** Time: real in the page and the interactive console, virtual in scenarios and tests. */
export interface Scheduler {
  monotonicMs(): number
  /** Milliseconds since 1970 of the *local* wall clock (zone already added). */
  wallMs(): number
  /** Calls `then` once after `ms`; the result cancels it. Equal instants fire in the order they were asked for. */
  after(ms: number, then: () => void): () => void
}

/** A byte stream to the host, as the emulated link opens it. */
export interface Stream {
  send(bytes: Uint8Array): void
  close(): void
}
export interface StreamEvents {
  bytes(bytes: Uint8Array): void
  closed(): void
}
/** Opens the stream; rejects never: `undefined` is a refused connection. */
export type Dial = (events: StreamEvents) => Promise<Stream | undefined>

/** Where the secure element keeps its state over a power cut: the last saved bytes or, cut inside, those before. */
export interface SecureStorage {
  load(): Uint8Array | undefined
  save(bytes: Uint8Array): boolean
}

/** The way to the download service, as the emulated inbox uses it (`host-link/transport/mqtt-client.ts`). */
export interface InboxPort {
  /** Connects, and again by itself whenever that ends, until `close`. Events may come before this returns. */
  open(events: InboxEvents): InboxConnection
  /** The second source; absent: there is none. Undefined: not that many bytes, whatever the reason. Rejects never. */
  fetch?(object: Uint8Array, offset: number, length: number): Promise<Uint8Array | undefined>
}
export interface InboxEvents {
  online(): void
  offline(): void
  message(topic: DownTopic, bytes: Uint8Array): void
}
export interface InboxConnection {
  publish(topic: UpTopic, bytes: Uint8Array, quality: 0 | 1): 'queued' | 'offline' | 'full'
  /** At once and without a farewell: as when the power goes. No event comes after it. */
  close(): void
}

/** Two device models: `compact` 16 × 4 cells, 24-column paper; `standard` 24 × 10 cells, 32-column paper. */
export type Model = 'compact' | 'standard'

/** What the person at the device does. Each is instant; what it leads to shows through the observer. */
export interface Operator {
  press(key: Key): void
  /** A card through the reader; undefined tracks are blank. */
  swipe(stripe: Stripe): void
  /** A swipe that the head could not read. */
  swipeBadly(): void
  /** Runs the paper out after `lines` more lines (0: now). */
  paperOut(lines?: number): void
  paperIn(): void
  /** Pulls or plugs the network cable. Pulled: an open stream closes, `open` gives `noLine`. */
  cable(plugged: boolean): void
  /** Opens the case: keys and identity are gone at once, also without power, until the maker has closed it again. */
  tamper(): void
  /**
   * 送修: the maker closes a case that was opened, gives the device its identity anew and takes the injection passwords
   * away. Only without power, and nothing where the case was not opened.
   */
  service(): void
}

/** The picture on the screen: `rows` strings of exactly `columns` cells, and which cells are drawn how. */
export interface Picture {
  readonly columns: number
  readonly rows: readonly PictureRow[]
  readonly icons: Icons
  readonly quality: number
  /** True while the secure element owns screen and keypad (PIN entry). */
  readonly secure: boolean
  readonly lit: boolean
}
export interface PictureRow {
  /** Text with trailing blanks removed; a wide character counts once here and for two cells on the grid. */
  readonly text: string
  /** Runs of style by cell: [from, to) in cells. `normal` runs are left out. */
  readonly runs: readonly { readonly from: number; readonly to: number; readonly style: Style }[]
}

/** One line as it left the print head. */
export interface PaperLine {
  readonly text: string
  readonly align: 'left' | 'centre' | 'right'
  readonly size: 'normal' | 'large'
}

/** What the world sees of the device. Called synchronously, in order; must not call back into the device. */
export interface Observer {
  screen(picture: Picture): void
  /** A line came out of the printer. */
  paper(line: PaperLine): void
  /** The paper was fed to where it can be torn: a slip is complete. */
  slipEnd(): void
  /** Bytes on the line: `out` to the host, `in` from it, as handed over: of a channel what is inside. */
  wire(direction: 'out' | 'in' | 'open' | 'close', bytes: Uint8Array): void
  beep?(kind: 'key' | 'good' | 'bad'): void
  /** Messages to and from the download service, and its connection: `online` and `offline` have neither topic nor bytes. */
  inbox?(
    direction: 'out' | 'in' | 'online' | 'offline',
    topic: UpTopic | DownTopic | undefined,
    bytes: Uint8Array,
  ): void
}

export interface DeviceOptions {
  readonly model: Model
  readonly identity: Identity
  readonly setup: Setup
  readonly scheduler: Scheduler
  readonly dial: Dial
  /** `noise`: the device encrypts on the dialled stream, with `credential`; `tls`: the stream does. Absent: plain. */
  readonly security?: LineSecurity
  /**
   * Who this device is in a channel: its serial number with its key, from where it was made. Kept inside from the first
   * start on; afterwards only a certificate that ends later, for the same key, is taken.
   */
  readonly credential?: Credential
  /** Name of the host, as its certificate has it; absent: whoever has a host's certificate of the same root. */
  readonly hostId?: string
  readonly secureStorage: SecureStorage
  /** Master keys as they come from the injection station; loaded into an empty key store at the first start. */
  readonly masterKeys: readonly {
    readonly slot: number
    /** Absent: TDES. */
    readonly algorithm?: MasterAlgorithm
    readonly key: Uint8Array
    readonly checkValue: string
  }[]
  /** The service socket, where an injection station may be plugged in; absent: this device has none. */
  readonly station?: Dial
  /** The way to the download service; absent: this device has none. */
  readonly inbox?: InboxPort
  readonly observer: Observer
  /** `length` unpredictable bytes (in a simulation: from its seed). */
  random(length: number): Uint8Array
  /** GBK decoder of the host environment (`TextDecoder`): the emulated charset ROM is built from it. */
  gbk(bytes: Uint8Array): string
}
