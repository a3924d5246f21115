import type { CallKind } from '../contract.ts'
import type { Device } from '../device.ts'
import type { Style } from '../display.ts'
import type { DownTopic, UpTopic } from '../inbox.ts'
import type { Key } from '../keypad.ts'
import type { Stripe } from '../reader.ts'

/**
 * What the conformance suite works on: a device, and the rig around it, which is a person's hands and eyes, a host
 * at the other end of the line, and time. On an emulated device the rig is code; on a real one it may be a robot or
 * somebody with a list.
 *
 * Before the run the device holds the test key (`keys.ts`) in master slot 1, newly loaded, and nothing in slot 9. It has a
 * certificate of the rig's trust root, nobody has made its injection passwords, and its flash holds nothing that is needed. Not for a device with production keys: the suite loads, prints, erases.
 */
export interface Port {
  readonly device: Device
  readonly rig: Rig
  /** Where the suite runs in the device's own engine and the rig starts it again; absent: in the rig's program. */
  readonly life?: Life
}

/**
 * The rig as the suite finds it in the engine of a port: `device.rig`, a thirteenth peripheral that only a rig installs.
 * Arguments and results are what JSON has; bytes are hexadecimal text, and what would be undefined is null. `rig.ts` makes
 * a `Rig` of it.
 */
// biome-ignore format: one row a subject
export const rigCalls = {
  press: 'instant', swipe: 'instant', swipeBadly: 'instant', paperOut: 'instant', paperIn: 'instant', cable: 'instant',
  pass: 'waits', screen: 'instant', paper: 'instant', giver: 'instant', given: 'instant',
  hostAnswer: 'instant', hostReceived: 'instant', hostSend: 'instant', hostClose: 'instant', hostOpen: 'instant',
  serviceThere: 'instant', serviceSend: 'instant', serviceReceived: 'instant', serviceObjects: 'instant',
  capabilities: 'instant', heap: 'waits', stopwatch: 'instant',
  resume: 'instant', begin: 'instant', expect: 'instant', note: 'instant', cut: 'instant', power: 'instant',
  report: 'instant', facts: 'instant', done: 'waits',
} as const satisfies { readonly [call: string]: CallKind }

/** What a port may lack. Where it does, vectors that need it are reported as declared absent. */
export type Capability = (typeof capabilities)[number]

// biome-ignore format: one row a capability
export const capabilities = [
  'injection',    // an identity, and the rig's station at the service socket: `secure.inject`
  'renewal',      // an identity, and the rig's host for keys: `secure.renewMaster`
  'inbox',        // a download service
  'secondSource', // its second source: `inbox.fetch`
  'slots',        // a program chip
  'life',         // the suite runs in the device's own engine, and is started again where its run has ended
  'cuts',         // the rig can cut the power inside an operation of a flash chip
  'heap',         // the rig can tell what the heap holds
] as const

/**
 * How a run of the program ends: `crash` by itself, `restart` by `info.restart`, `power` by the rig. `silence`: it neither ended
 * nor asked for anything, and the rig took the power.
 */
export type Ending = 'crash' | 'restart' | 'power' | 'silence'

/** What the rig knows of the runs before this one. */
export interface Resume {
  /** Vectors whose id begins so are wanted. */
  readonly only: string
  /** The vector that ran when the last run ended, and in which of its stages; null at the first start. */
  readonly vector: string | null
  readonly stage: number
  /** What was told by `expect` in that stage; null: the vector did not mean to end the run. */
  readonly expected: Ending | null
  readonly ended: Ending | null
  readonly why: string
  /** Milliseconds of the device's time from that end to this start, and crashes in a row. */
  readonly restMs: number
  readonly crashes: number
  /** What the run before has noted. */
  readonly note: number
}

/** For vectors that last over several runs of the program. Each run begins the vector from its first line. */
export interface Life {
  /** How many runs of this vector have ended as they should. */
  readonly stage: number
  /** Of the last of them: milliseconds from the end to the start, crashes in a row, and what was noted. */
  readonly restMs: number
  readonly crashes: number
  readonly note: number
  /**
   * `act` must end this run so; the next one finds this line done and goes on behind it. Throws Mismatch where the run goes
   * on, unless what `act` gave is a `word` that the contract has instead.
   */
  ends(ending: Ending, what: string, act: () => unknown, word?: (result: unknown) => boolean): Promise<void>
  /** As `ends`, but the crash before it counts: it may be one of several in a row. */
  endsInARow(what: string, act: () => unknown): Promise<void>
  /** As `ends`, by a crash, for a run that asks the device for nothing from here on. */
  endsInSilence(what: string): Promise<void>
  /** Kept for the next run, by the rig. */
  keep(note: number): void
  /** Power goes inside the `operation`th program or erase of `chip` from now (0: the next), and comes back. */
  cut(chip: 'flash' | 'slots', operation: number): void
  /** Power goes now, and comes back. */
  power(): void
  /** Fulfils or rejects `application.running`. */
  settle(how: 'fulfil' | 'reject'): void
}

export interface Rig {
  press(key: Key): void
  swipe(stripe: Stripe): void
  swipeBadly(): void
  /** Runs the paper out after `lines` more lines (0: now). */
  paperOut(lines: number): void
  paperIn(): void
  /** Pulls or plugs the network cable. */
  cable(plugged: boolean): void
  /** Lets `ms` of the device's time pass, and all that follows from it happen; 0: only the latter. */
  pass(ms: number): Promise<void>
  /** The screen as the person sees it now. */
  screen(): Shown
  /** What has come out of the printer since the last call. */
  paper(): readonly Printed[]
  /** Who gives keys from now on, at the service socket and on the network; forgets what was given. */
  giver(kind: GiverKind): void
  /** The key that was given last, as the station's list has it; undefined: none. */
  given(): { readonly slot: number; readonly checkValue: string } | undefined
  readonly host: RigHost
  /** What this port has. */
  readonly capabilities: readonly Capability[]
  /** Heap of the program, in bytes, where the rig can tell: in use, the most ever, and the limit. */
  heap?(): Promise<HeapBytes>
  /** Where the device has an inbox; it knows the rig's service from the start, which is away. */
  readonly service?: RigService
}

/**
 * `none`: nothing is in the service socket, and the network is the rig's host. `silent`: takes the call and says nothing.
 * `gives`: station and host with certificates of the device's trust root, which load a fresh key into `LOADED_SLOT`.
 * `refuses`: they refuse with `notExpected`. `foreign`: they answer with what is no message. `stranger`: their certificates
 * are of another trust root.
 */
export type GiverKind = 'none' | 'silent' | 'gives' | 'refuses' | 'foreign' | 'stranger'

export interface HeapBytes {
  readonly used: number
  readonly peak: number
  readonly limit: number
}

/** Rows as text without trailing blanks, and the runs of cells [from, to) whose style is not normal. */
export interface Shown {
  readonly rows: readonly {
    readonly text: string
    readonly runs: readonly { readonly from: number; readonly to: number; readonly style: Style }[]
  }[]
  /** The secure element owns the screen. */
  readonly secure: boolean
}

/** One line of paper; `tear` stands for the place where a feed has ended. */
export type Printed = { readonly text: string; readonly size: 'normal' | 'large' } | 'tear'

/** `silent`: nothing at all. `reset`: accepts, and hangs up once it has `afterBytes`. */
export type HostAnswer = 'accept' | 'refuse' | 'silent' | { readonly reset: number }

/** The other end of the line. */
export interface RigHost {
  /** What it does with the next connections. */
  answer(how: HostAnswer): void
  /** All bytes that it received since the last call. */
  received(): Uint8Array
  /** Sends on the open connection, as one piece. */
  send(bytes: Uint8Array): void
  close(): void
  /** Connections that are open now. */
  open(): number
}

/** The download service, as the device's connection reaches it. */
export interface RigService {
  /** It is there, or away: connections are taken, or ended and refused. */
  there(isThere: boolean): void
  send(topic: DownTopic, bytes: Uint8Array): void
  /** All messages since the last call. */
  received(): readonly { readonly topic: UpTopic; readonly bytes: Uint8Array }[]
  /** What the second source answers with; undefined: nothing, ever. Absent: the device has none. */
  objects?(bytes: Uint8Array | undefined): void
}
