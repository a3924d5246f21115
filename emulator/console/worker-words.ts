import type { Acquirer } from '../../host-link/host/acquirer.ts'
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
    readonly key: Uint8Array
    readonly checkValue: string
  }[]
  /** Cards that can be swiped by name. */
  readonly wallet: readonly WalletCard[]
  readonly host: HostSetup
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

/** A host inside this process that forgets everything at the end, or one on the network. */
export type HostSetup =
  | {
      readonly kind: 'embedded'
      readonly terminals: readonly HostTerminal[]
      readonly cards: readonly HostCard[]
      /** 收单规则. */
      readonly acquirer: Acquirer
    }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

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
