import { HASH_BYTES, SERIAL_CHARACTERS_MAX } from './head.ts'
import { BLOCK_BYTES_MAX, blockBytes, NONCE_BYTES, ORDER_BYTES_MAX } from './order.ts'
import { REPORT_BYTES_MAX } from './report.ts'
import { ROOT_BYTES_MAX } from './root.ts'
import {
  ascii,
  binary,
  either,
  list,
  orNull,
  readShape,
  record,
  type Shape,
  where,
  whole,
  writeShape,
} from './shape.ts'

/**
 * The messages between terminal and service. Nothing in them is signed; what matters is inside a signed document or is
 * checked against a hash. Topics: `up/hello` → `dn/want`; `up/get` → `dn/blk`; `up/state` (a report's envelope) → `dn/ack`.
 */

/** 问候: here I am. Answered by a `Want`. */
export interface Hello {
  /** 8 random bytes: the order repeats them. */
  readonly nonce: Uint8Array
  readonly serial: string
  readonly epoch: number
  readonly maker: string
  readonly model: string
  /** Largest block that it takes: power of two, 1,024 to 32,768. */
  readonly blockMax: number
  /** Envelope of a report; null: it follows. */
  readonly report: Uint8Array | null
  readonly rootVersion: number
  /** Ed25519 public key of its reports. */
  readonly reportKey: Uint8Array
}

/**
 * 应答: the roots that follow the terminal's own, as many as fit, and its order. The roots come with the order because
 * an order whose director has new keys can only be checked with them.
 */
export interface Want {
  readonly roots: readonly Uint8Array[]
  /** Envelope; null where more roots are to come: say hello again. */
  readonly order: Uint8Array | null
}

/** Asks for blocks of an object: the `first` and, of the 64 from there on, those whose bit is set. */
export interface Get {
  readonly object: Uint8Array
  readonly blockBytes: number
  readonly first: number
  /** 1 to 8 bytes, the least significant bit of the first is block `first`. */
  readonly bitmap: Uint8Array
  readonly request: number
}

export type Block = BlockBytes | BlockRefusal
export interface BlockBytes {
  /** First 8 bytes of the object's hash. */
  readonly object: Uint8Array
  readonly request: number
  readonly offset: number
  readonly bytes: Uint8Array
}
export interface BlockRefusal {
  readonly object: Uint8Array
  readonly request: number
  /** As in `BLOCK_ERROR`. */
  readonly error: number
  /** To wait before asking again; 0: as usual. */
  readonly seconds: number
}
export const BLOCK_ERROR = { unknownObject: 1, tooMany: 2, notYours: 3, later: 4 } as const

/** The report of this epoch and seq is kept. */
export interface Ack {
  readonly epoch: number
  readonly seq: number
}

/** Longest message either way. */
export const TALK_BYTES_MAX = 33_792
export const OBJECT_NAME_BYTES = 8
/** Roots in one `Want`, and their bytes over the whole of a hello's answers. */
export const ROOT_STEPS_MAX = 16
export const ROOT_STEPS_BYTES_MAX = 65_536

const request = whole(0xffff_ffff)
const objectName = binary(OBJECT_NAME_BYTES)

const helloShape: Shape<Hello> = record<Hello>({
  nonce: [0, binary(NONCE_BYTES)],
  serial: [1, ascii(SERIAL_CHARACTERS_MAX)],
  epoch: [2, whole()],
  maker: [3, ascii(32)],
  model: [4, ascii(32)],
  blockMax: [5, blockBytes],
  report: [6, orNull(binary(REPORT_BYTES_MAX, 1))],
  rootVersion: [7, whole()],
  reportKey: [8, binary(32)],
})
const wantShape: Shape<Want> = record<Want>({
  roots: [0, list(binary(ROOT_BYTES_MAX, 1), ROOT_STEPS_MAX)],
  order: [1, orNull(binary(ORDER_BYTES_MAX, 1))],
})
const getShape: Shape<Get> = record<Get>({
  object: [0, binary(HASH_BYTES)],
  blockBytes: [1, blockBytes],
  first: [2, whole(0xffff_ffff)],
  bitmap: [3, where(binary(8, 1), (bits) => bits.some((byte) => byte !== 0), 'a bit')],
  request: [4, request],
})
const blockShape: Shape<Block> = either(
  record<BlockBytes>({
    object: [0, objectName],
    request: [1, request],
    offset: [2, whole(0xffff_ffff)],
    bytes: [3, binary(BLOCK_BYTES_MAX, 1)],
  }),
  record<BlockRefusal>({
    object: [0, objectName],
    request: [1, request],
    error: [4, whole(4, 1)],
    seconds: [5, whole(86_400)],
  }),
)
const ackShape: Shape<Ack> = record<Ack>({ epoch: [0, whole()], seq: [1, whole()] })

// Each throws a WireError.
export const decodeHello = (bytes: Uint8Array): Hello => readShape(helloShape, 'hello', bytes, TALK_BYTES_MAX)
export const encodeHello = (hello: Hello): Uint8Array =>
  writeShape(helloShape, 'hello', hello, TALK_BYTES_MAX)
export const decodeWant = (bytes: Uint8Array): Want => readShape(wantShape, 'want', bytes, TALK_BYTES_MAX)
export const encodeWant = (want: Want): Uint8Array => writeShape(wantShape, 'want', want, TALK_BYTES_MAX)
export const decodeGet = (bytes: Uint8Array): Get => readShape(getShape, 'get', bytes, TALK_BYTES_MAX)
export const encodeGet = (get: Get): Uint8Array => writeShape(getShape, 'get', get, TALK_BYTES_MAX)
export const decodeBlock = (bytes: Uint8Array): Block => readShape(blockShape, 'block', bytes, TALK_BYTES_MAX)
export const encodeBlock = (block: Block): Uint8Array =>
  writeShape(blockShape, 'block', block, TALK_BYTES_MAX)
export const decodeAck = (bytes: Uint8Array): Ack => readShape(ackShape, 'ack', bytes, TALK_BYTES_MAX)
export const encodeAck = (ack: Ack): Uint8Array => writeShape(ackShape, 'ack', ack, TALK_BYTES_MAX)
