import type { MessagePort } from 'node:worker_threads'
import type { Credential } from '../../host-link/channel/channel-end.ts'
import type { Acquirer } from '../../host-link/host/acquirer.ts'
import type { HostChannel } from '../../host-link/host/channel-connection.ts'
import type { HostCard, HostTerminal } from '../../host-link/host/registry.ts'
import type { Setup } from '../../terminal/device/info.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { Model, PaperLine, Picture } from '../device/ports.ts'

/**
 * What the console and its worker say to each other. The worker holds the whole terminal: the application needs a
 * thread of its own, with a deeper stack than Node's main thread has.
 */

/** Everything that a terminal at the console is made of; plain data, so that it can be handed to the worker. */
export interface TerminalSetup {
  readonly model: Model
  readonly locale: 'zh' | 'en'
  readonly serial: string
  readonly setup: Setup
  readonly masterKeys: readonly {
    readonly slot: number
    /** Absent: TDES. */
    readonly algorithm?: 'TDES' | 'SM4'
    readonly key: Uint8Array
    readonly checkValue: string
  }[]
  /** Cards that can be swiped by name. */
  readonly wallet: readonly WalletCard[]
  readonly host: HostSetup
  /** Who the terminal is in a channel; absent: nobody. */
  readonly credential?: Credential
  /** Whether its line to the host is inside a channel. */
  readonly security?: 'plain' | 'noise'
  /** The host's name in its certificate; absent: any host of the root. */
  readonly hostId?: string
  /** Its download service; absent: it has none. */
  readonly tms?: TmsAddress
  /** What is in the service socket: an injection station at this address; absent: nothing. */
  readonly station?: StationAddress
  /** Folder of flash.bin and secure.bin, locked by the caller; absent: everything is gone at the end. */
  readonly flashFolder?: string
  /** `v8` runs the application without limits beside the emulator: to debug it. */
  readonly engine: 'quickjs' | 'v8'
  /** Text of the terminal's bundle, for `quickjs`. */
  readonly bundle: string
}

export interface WalletCard {
  readonly name: string
  /** With sentinels, as a reader gives it. */
  readonly track2: string
}

/** 下载服务, as `mqttInbox` reaches it. */
export interface TmsAddress {
  readonly url: string
  readonly tenant: string
  readonly password: Uint8Array
  /** PEM of who may have signed the certificates of broker and second source; absent: whom this system believes. */
  readonly ca?: string
  /** Base address of the second source. */
  readonly objects?: string
}

/** Where an injection station listens: a socket, or a serial port of this machine. */
export type StationAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'ws'; readonly url: string }
  | {
      readonly kind: 'serial'
      readonly path: string
      /** In a worker: the bridge to the thread that may open it (`serial-bridge.ts`). */
      readonly bridge?: MessagePort
    }

/** A host inside this process that forgets everything at the end, or one on the network. */
export type HostSetup =
  | {
      readonly kind: 'embedded'
      readonly terminals: readonly HostTerminal[]
      readonly cards: readonly HostCard[]
      /** 收单规则. */
      readonly acquirer: Acquirer
      /** The channel that it speaks; absent: none. */
      readonly channel?: HostChannel
    }
  | {
      readonly kind: 'tcp'
      readonly host: string
      readonly port: number
      /** Inside TLS. `ca`: PEM of who may have signed the host's certificate; absent: whom this system believes. */
      readonly tls?: { readonly ca?: string }
    }

/** What the worker is started for. */
export interface Job {
  readonly terminal: TerminalSetup
  /** Text of a scenario to play; absent: a person sits at the console. */
  readonly scenario?: { readonly text: string; readonly file: string }
}

export type ToWorker =
  | { readonly kind: 'press'; readonly key: Key }
  | { readonly kind: 'swipe'; readonly index: number }
  | { readonly kind: 'power'; readonly on: boolean }
  | { readonly kind: 'cable'; readonly plugged: boolean }
  | { readonly kind: 'paper'; readonly present: boolean }
  /** Opens the case. */
  | { readonly kind: 'tamper' }
  /** The maker closes it again, while there is no power. */
  | { readonly kind: 'service' }
  | { readonly kind: 'quit' }

export type FromWorker =
  | { readonly kind: 'screen'; readonly picture: Picture }
  | { readonly kind: 'paper'; readonly line: PaperLine }
  | { readonly kind: 'slipEnd' }
  /** The application ended by itself: one line for a person. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** The scenario is over; `report` is what to print. */
  | { readonly kind: 'played'; readonly passed: boolean; readonly report: string }
  /** There is no terminal: one sentence. */
  | { readonly kind: 'failed'; readonly why: string }
