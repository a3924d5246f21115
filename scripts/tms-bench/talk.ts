import type { LineQuality } from '../../host-link/tms/node/simulated-line.ts'

/** What the processes of a bench say to one another. */

export interface GeneratorOptions {
  readonly host: string
  readonly port: number
  readonly tenant: string
  readonly password: string
  readonly director: string
  /** Serials `SIM0000000` and so on, from `from` to before `until`. */
  readonly from: number
  readonly until: number
  /** Every hundredth so many are frozen, so many slow: percent of all. */
  readonly frozenPercent: number
  readonly slowPercent: number
  readonly slowBytesPerSecond: number
  readonly quality: LineQuality
  readonly blockBytes: number
  readonly windowBytes: number
  readonly timeoutMs: number
  /** They begin over so many milliseconds. */
  readonly spreadMs: number
  /** `idle`: hears orders; `acts`: downloads and confirms; `counts`: counts what a bare broker pushes; `asks`: asks it for windows. */
  readonly mode: 'idle' | 'acts' | 'counts' | 'asks'
  /** Bytes that one is to get of a bare broker. */
  readonly bytes: number
}

export interface GeneratorState {
  readonly online: number
  /** Connections that were lost since the start. */
  readonly lost: number
  /** Times (Unix milliseconds) at which terminals had an order with a program, rising. */
  readonly toldMs: readonly number[]
  /** Times at which terminals that are neither slow nor frozen were complete, and slow ones. */
  readonly doneMs: readonly number[]
  readonly slowDoneMs: readonly number[]
  /** How long each of the former took, from its order on, and for the payload alone. */
  readonly wholeMs: readonly number[]
  readonly payloadMs: readonly number[]
  /** Downloads under way at the same time, at most; of several generators the sum of theirs. */
  readonly mostAtOnce: number
  /** Terminals that stopped reading in a payload, and those of them that were complete all the same. */
  readonly frozen: number
  readonly frozenDone: number
  readonly doubleBytes: number
  readonly wrong: number
  readonly later: number
  readonly timeouts: number
}

export const serialOf = (number: number): string => `SIM${String(number).padStart(7, '0')}`

export interface Bare {
  readonly bytes: number
  readonly blockBytes: number
  readonly asked?: boolean
}

export interface ServiceOptions {
  readonly database: string
  readonly tenant: string
  readonly broker:
    | { readonly kind: 'embedded'; readonly host: string; readonly port: number }
    | { readonly kind: 'address'; readonly url: string }
  readonly blockBytes?: number
  /** Only the broker, and this process pushing `bytes` to each of `terminals` when it is told to; `asked`: giving what they ask for. */
  readonly bare?: Bare & { readonly terminals: number }
}
