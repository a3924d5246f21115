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

/** The other end of the line. */
export interface RigHost {
  /** What it does with the next connections: accept, refuse, or nothing at all. */
  answer(how: 'accept' | 'refuse' | 'silent'): void
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
