import { DOCUMENT_TYPE, document, HASH_BYTES, type Head, SERIAL_CHARACTERS_MAX } from './head.ts'
import {
  ascii,
  binary,
  flag,
  list,
  orNull,
  readShape,
  record,
  row,
  type Shape,
  where,
  whole,
  writeShape,
} from './shape.ts'

/** 指令: what one terminal is to run and to do, in answer to its hello. `seq` is the order's number of that terminal, dseq. */
export interface Order extends Head {
  readonly serial: string
  /** Of the terminal's last hello. */
  readonly nonce: Uint8Array
  /** null: what runs is to stay. */
  readonly program: ProgramOrder | null
  readonly parameterSets: readonly ObjectName[]
  readonly policy: OrderPolicy
  /** In rising order of their ids, which rise from order to order: each is done once. */
  readonly commands: readonly Command[]
  readonly transfer: Transfer
}
/** An object by the SHA-256 of its bytes. */
export interface ObjectName {
  readonly hash: Uint8Array
  readonly size: number
}
export interface ProgramOrder extends ObjectName {
  /** Of the deployment: what failed under it is not tried again before another one. */
  readonly order: number
}
export interface OrderPolicy {
  /** Unix seconds before which nothing is activated; 0: at once. */
  readonly earliest: number
  /** Minutes of the terminal's day, 0–1439; both the same: any time. */
  readonly windowFrom: number
  readonly windowTo: number
  /** Unix seconds from which the merchant cannot defer; 0: none. */
  readonly deadline: number
  /** How often the merchant may. */
  readonly deferrals: number
  readonly allowOpenBatch: boolean
  /** At the deadline the terminal settles and updates by itself. */
  readonly automatic: boolean
}
export interface Command {
  readonly id: number
  /** As in `COMMAND`; a terminal answers one that it does not know with code `notForMe`. */
  readonly kind: number
  /** CBOR of its kind (`command.ts`); empty where it takes none. */
  readonly argument: Uint8Array
}
export interface Transfer {
  /** Power of two, 1,024 to 32,768. */
  readonly blockMax: number
  /** Bytes on their way at a time. */
  readonly windowMax: number
  /** 0 MQTT, 1 HTTPS, 2 both. */
  readonly source: number
}

/** Longest order with its envelope. */
export const ORDER_BYTES_MAX = 8_192
export const NONCE_BYTES = 8
export const BLOCK_BYTES_MIN = 1_024
export const BLOCK_BYTES_MAX = 32_768

const hash = binary(HASH_BYTES)
const size = whole(0xffff_ffff, 1)
const minute = whole(1_439)
/** Block sizes that are taken. */
export const blockBytes: Shape<number> = where(
  whole(BLOCK_BYTES_MAX, BLOCK_BYTES_MIN),
  (bytes) => (bytes & (bytes - 1)) === 0,
  'a power of two',
)

const orderShape: Shape<Order> = document<Order>(DOCUMENT_TYPE.director, {
  serial: [6, ascii(SERIAL_CHARACTERS_MAX)],
  nonce: [7, binary(NONCE_BYTES)],
  program: [8, orNull(row<ProgramOrder>({ hash: [0, hash], size: [1, size], order: [2, whole()] }))],
  parameterSets: [9, list(row<ObjectName>({ hash: [0, hash], size: [1, size] }), 3)],
  policy: [
    10,
    record<OrderPolicy>({
      earliest: [0, whole()],
      windowFrom: [1, minute],
      windowTo: [2, minute],
      deadline: [3, whole()],
      deferrals: [4, whole(99)],
      allowOpenBatch: [5, flag],
      automatic: [6, flag],
    }),
  ],
  commands: [
    11,
    where(
      list(row<Command>({ id: [0, whole()], kind: [1, whole(255)], argument: [2, binary(1_024, 0)] }), 8),
      (commands) => commands.every(({ id }, index) => id > (commands[index - 1]?.id ?? -1)),
      'rising ids',
    ),
  ],
  transfer: [
    12,
    row<Transfer>({
      blockMax: [0, blockBytes],
      windowMax: [1, whole(1_048_576, BLOCK_BYTES_MIN)],
      source: [2, whole(2)],
    }),
  ],
})

/** Throws a WireError. */
export const decodeOrder = (payload: Uint8Array): Order =>
  readShape(orderShape, 'order', payload, ORDER_BYTES_MAX)
/** Throws a WireError for an order that would not be read. */
export const encodeOrder = (order: Order): Uint8Array =>
  writeShape(orderShape, 'order', order, ORDER_BYTES_MAX)
