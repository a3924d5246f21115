import { DOWNLOAD_STATES, type DownloadState } from './codes.ts'
import { DOCUMENT_TYPE, document, HASH_BYTES, type Head, SERIAL_CHARACTERS_MAX } from './head.ts'
import {
  ascii,
  binary,
  byNumber,
  flag,
  list,
  named,
  orNull,
  readShape,
  record,
  row,
  type Shape,
  whole,
  writeShape,
} from './shape.ts'

/**
 * 状态报告: what a terminal really runs and has, signed by its report key. `seq` rises within `epoch`; `created` is by the
 * terminal's clock, 0 where it has none, and `expires` is 0: a report is history.
 */
export interface Report extends Head {
  readonly serial: string
  /** Counts the starts that reported. */
  readonly epoch: number
  /** Of its last hello. */
  readonly nonce: Uint8Array
  readonly running: Running
  readonly download: Download
  readonly last: LastEnd | null
  readonly parameters: ParameterState
  readonly batch: BatchState
  /** Check values of each key slot that has a key, as in `SlotState`: master, PIN, MAC, track key; '' where none. */
  readonly checkValues: ReadonlyMap<number, readonly string[]>
  readonly comms: Comms
  readonly health: Health
  readonly commandResults: readonly CommandResult[]
  readonly device: { readonly maker: string; readonly model: string; readonly runtime: string }
}
export interface Running {
  readonly place: Place
  readonly version: string
  /** SHA-256 of the program. */
  readonly program: Uint8Array
  /** SHA-256 of its manifest; zeros for the factory's. */
  readonly release: Uint8Array
  readonly counter: number
  /** On trial: not confirmed. */
  readonly trial: boolean
}
export interface Download {
  readonly state: DownloadState
  /** SHA-256 of the manifest; null where there is none. */
  readonly release: Uint8Array | null
  readonly doneBytes: number
  readonly size: number
  /** As in `CODE`. */
  readonly code: number
  /** Bits of `WAITING`. */
  readonly waiting: number
}
/** How the last one ended. */
export interface LastEnd {
  readonly release: Uint8Array
  /** confirmed, failed, reverted, superseded or expired. */
  readonly end: DownloadState
  readonly code: number
  /** Of the deployment, as in `ProgramOrder`. */
  readonly order: number
}
export interface ParameterState {
  /** `seq` of the set in force; 0: none. */
  readonly pseq: number
  /** SHA-256 of that set's envelope; null: none. */
  readonly hash: Uint8Array | null
  /** Names of parameters that were changed here. */
  readonly drift: readonly string[]
  /** Why the set `refused` was not taken, as in `CODE`. */
  readonly code: number
  /** SHA-256 of that set's envelope: of no other set does `code` say anything. Null: none was refused. */
  readonly refused: Uint8Array | null
}
export interface BatchState {
  readonly number: number
  readonly count: number
  /** A settlement is not finished. */
  readonly frozen: boolean
  /** Reversals, advices and the like that wait for the line. */
  readonly owed: number
}
export interface Comms {
  /** Of the line, 0 to 4. */
  readonly quality: number
  readonly security: string
  /** Exchanges, of them without an answer; connections to the service, of them lost. */
  readonly counters: readonly number[]
}
export interface Health {
  /** 0 there, 1 low, 2 none, 3 a fault. */
  readonly paper: number
  /** Sectors out of use. */
  readonly flashRetired: number
  readonly starts: number
  readonly salesFailed: number
}
export interface CommandResult {
  readonly id: number
  /** As in `CODE`. */
  readonly code: number
  /** What it gave, up to 512 bytes. */
  readonly bytes: Uint8Array
}

/** Where a program runs from: that of the runtime, or a slot. */
const PLACES = ['factory', 'a', 'b'] as const
export type Place = (typeof PLACES)[number]
/** Longest report with its envelope. */
export const REPORT_BYTES_MAX = 8_192

const hash = binary(HASH_BYTES)
const count = whole(0xffff_ffff)
const code = whole(255)

const reportShape: Shape<Report> = document<Report>(DOCUMENT_TYPE.report, {
  serial: [6, ascii(SERIAL_CHARACTERS_MAX)],
  epoch: [7, whole()],
  nonce: [8, binary(8)],
  running: [
    9,
    record<Running>({
      place: [0, named(PLACES)],
      version: [1, ascii(16)],
      program: [2, hash],
      release: [3, hash],
      counter: [4, whole()],
      trial: [5, flag],
    }),
  ],
  download: [
    10,
    record<Download>({
      state: [0, named(DOWNLOAD_STATES)],
      release: [1, orNull(hash)],
      doneBytes: [2, count],
      size: [3, count],
      code: [4, code],
      waiting: [5, whole(127)],
    }),
  ],
  last: [
    11,
    orNull(
      row<LastEnd>({
        release: [0, hash],
        end: [1, named(DOWNLOAD_STATES)],
        code: [2, code],
        order: [3, whole()],
      }),
    ),
  ],
  parameters: [
    12,
    record<ParameterState>({
      pseq: [0, whole()],
      hash: [1, orNull(hash)],
      drift: [2, list(ascii(40), 16)],
      code: [3, code],
      refused: [4, orNull(hash)],
    }),
  ],
  batch: [
    13,
    row<BatchState>({ number: [0, count], count: [1, count], frozen: [2, flag], owed: [3, count] }),
  ],
  checkValues: [14, byNumber(list(ascii(8, 0), 4, 4), 10, 9)],
  comms: [
    15,
    row<Comms>({ quality: [0, whole(4)], security: [1, ascii(16)], counters: [2, list(count, 8)] }),
  ],
  health: [
    16,
    row<Health>({
      paper: [0, whole(3)],
      flashRetired: [1, count],
      starts: [2, count],
      salesFailed: [3, count],
    }),
  ],
  commandResults: [
    17,
    list(row<CommandResult>({ id: [0, whole()], code: [1, code], bytes: [2, binary(512, 0)] }), 8),
  ],
  device: [
    18,
    row<Report['device']>({ maker: [0, ascii(32)], model: [1, ascii(32)], runtime: [2, ascii(48)] }),
  ],
})

/** Throws a WireError. */
export const decodeReport = (payload: Uint8Array): Report =>
  readShape(reportShape, 'report', payload, REPORT_BYTES_MAX)
/** Throws a WireError for a report that would not be read. */
export const encodeReport = (report: Report): Uint8Array =>
  writeShape(reportShape, 'report', report, REPORT_BYTES_MAX)
