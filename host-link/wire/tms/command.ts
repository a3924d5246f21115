import { ascii, readShape, record, type Shape, text, whole, writeShape } from './shape.ts'

/** Kinds of commands: all that the service can tell a terminal to do. Never reuse a number. */
// biome-ignore format: one row a command
export const COMMAND = {
  message:    1, // 服务信息, for the merchant to read
  lock:       2, // 锁机: sells nothing, keeps what it owes
  unlock:     3,
  log:        4, // the last bytes of the log
  report:     5, // a report now
  inspection: 6, // 巡检: a check of all devices, with its plan's name
} as const

export interface MessageArgument {
  /** 服务信息 number, 1 to 9,999. */
  readonly number: number
  readonly zh: string
  readonly en: string
}
/** Why, as the merchant reads it. */
export interface LockArgument {
  readonly zh: string
  readonly en: string
}
export interface LogArgument {
  /** 1 to 32,768. */
  readonly bytes: number
}
export interface InspectionArgument {
  readonly plan: string
}

export const ARGUMENT_BYTES_MAX = 1_024

const messageShape: Shape<MessageArgument> = record<MessageArgument>({
  number: [0, whole(9_999, 1)],
  zh: [1, text(160)],
  en: [2, text(160)],
})
const lockShape: Shape<LockArgument> = record<LockArgument>({ zh: [0, text(60)], en: [1, text(60)] })
const logShape: Shape<LogArgument> = record<LogArgument>({ bytes: [0, whole(32_768, 1)] })
const inspectionShape: Shape<InspectionArgument> = record<InspectionArgument>({ plan: [0, ascii(32)] })

const reads =
  <T>(shape: Shape<T>) =>
  (argument: Uint8Array): T =>
    readShape(shape, 'argument', argument, ARGUMENT_BYTES_MAX)
const writes =
  <T>(shape: Shape<T>) =>
  (argument: T): Uint8Array =>
    writeShape(shape, 'argument', argument, ARGUMENT_BYTES_MAX)

// Each throws a WireError. The other kinds take no argument: empty bytes.
export const decodeMessageArgument = reads(messageShape)
export const encodeMessageArgument = writes(messageShape)
export const decodeLockArgument = reads(lockShape)
export const encodeLockArgument = writes(lockShape)
export const decodeLogArgument = reads(logShape)
export const encodeLogArgument = writes(logShape)
export const decodeInspectionArgument = reads(inspectionShape)
export const encodeInspectionArgument = writes(inspectionShape)
