import type { Setup } from '../../terminal/device/info.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { LineSecurity } from '../../terminal/device/link.ts'
import type { Stripe } from '../../terminal/device/reader.ts'
import type { ProgramStart } from '../boot.ts'
import type { Model, PaperLine, Picture } from '../device/ports.ts'

/**
 * What page and worker say to each other. The worker holds the terminal: its flash, its keys and its program; the
 * page holds what a person sees and touches. PIN digits pass through as keys and are kept by neither side.
 */

/** A terminal as it leaves the injection station, as the server hands it to the page (development only). */
export interface TerminalSetup {
  readonly serial: string
  readonly setup: Setup
  readonly masterKeys: readonly {
    readonly slot: number
    /** Absent: TDES. */
    readonly algorithm?: 'TDES' | 'SM4'
    /** Hex. */
    readonly key: string
    readonly checkValue: string
  }[]
  /** Who it is in a channel, hex; absent: it can neither be injected nor load keys remotely. */
  readonly credential?: {
    readonly secret: string
    readonly certificate: string
    readonly root: string
  }
  /** What protects its line to the host; absent: nothing. */
  readonly security?: Exclude<LineSecurity, 'tls'>
  /** The host's name in its certificate. */
  readonly hostId?: string
  /** 下载服务; absent: it has none. */
  readonly tms?: {
    /** Of the broker's WebSocket on the page's own server. */
    readonly path: string
    readonly tenant: string
    /** Hex. */
    readonly password: string
    /** Root document 1, hex. */
    readonly root: string
    /** Path of the second source on the page's own server, without a slash at its end. */
    readonly objectsPath?: string
    /** Path of what the page's server says and does about this terminal's downloads (`downloads.ts`). */
    readonly deskPath: string
  }
}

/** A key that the secure element holds: slot, usage, check value. `NEW`: beside the one in force, not confirmed. */
export interface KeyRow {
  readonly slot: number
  readonly usage: 'TMK' | 'NEW' | 'PIK' | 'MAK' | 'TDK'
  readonly checkValue: string
}

/** What the person at the page chose; each change is a restart of the terminal. */
export interface Choice {
  readonly model: Model
  readonly locale: 'zh' | 'en'
  readonly dialect: 'cup' | 'cbor'
}

export type ToWorker =
  /** Once, first. `hostUrl` is the WebSocket of the host. */
  | {
      readonly kind: 'begin'
      readonly terminal: TerminalSetup
      readonly choice: Choice
      readonly hostUrl: string
      /** The terminal's bundle. */
      readonly programUrl: string
      /** QuickJS in WebAssembly. */
      readonly engineUrl: string
    }
  | { readonly kind: 'press'; readonly key: Key }
  | { readonly kind: 'swipe'; readonly stripe: Stripe }
  | { readonly kind: 'swipeBadly' }
  | { readonly kind: 'paper'; readonly present: boolean }
  | { readonly kind: 'cable'; readonly plugged: boolean }
  | { readonly kind: 'power'; readonly on: boolean }
  /** Opens the case. */
  | { readonly kind: 'tamper' }
  /** The maker closes a case that was opened: power off, service, power on. */
  | { readonly kind: 'service' }
  /** WebSocket of the injection station that is plugged into the service socket; undefined: nothing is. */
  | { readonly kind: 'station'; readonly url: string | undefined }
  /** Another device model, language or dialect: power off, change, power on. Flash and keys stay. */
  | { readonly kind: 'choose'; readonly choice: Choice }
  /** Loads the program again and restarts with it. */
  | { readonly kind: 'reload' }
  /** As from the factory: flash and key store erased, then power on. */
  | { readonly kind: 'erase' }

export type FromWorker =
  | { readonly kind: 'screen'; readonly picture: Picture }
  | { readonly kind: 'paper'; readonly line: PaperLine }
  | {
      readonly kind: 'wire'
      readonly direction: 'out' | 'in' | 'open' | 'close'
      readonly bytes: Uint8Array
      /** Milliseconds since 1970 of the local wall clock. */
      readonly wallMs: number
    }
  | { readonly kind: 'beep'; readonly sound: 'key' | 'good' | 'bad' }
  | { readonly kind: 'power'; readonly on: boolean }
  /** The application ended by itself, or the machine had to end it: one line for a person. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** What the secure element holds, whenever that changes; `tampered`: its case was opened. */
  | { readonly kind: 'keys'; readonly rows: readonly KeyRow[]; readonly tampered: boolean }
  /** A program starts: `attempt` 1–3 on trial, else 0. */
  | ({ readonly kind: 'program' } & ProgramStart)
  /** Heap of the application in bytes. */
  | { readonly kind: 'memory'; readonly used: number; readonly peak: number }
  /** The worker cannot go on: no program, no storage. One line for a person. */
  | { readonly kind: 'failed'; readonly why: string }
