import { binary, readShape, record, type Shape, whole } from '../wire/tms/shape.ts'

/** A piece of a log 日志 on its way from a terminal (`terminal/update/log-excerpt.ts`): the `length` is of the whole log. */
export interface LogPiece {
  /** Id of the command that asked for it. */
  readonly command: number
  readonly offset: number
  readonly length: number
  readonly bytes: Uint8Array
}

export const LOG_BYTES_MAX = 32_768
/** Pieces begin at multiples of it, and all but the last are as long. */
export const LOG_PIECE_BYTES = 4_096
const MESSAGE_BYTES_MAX = LOG_PIECE_BYTES + 64

const shape: Shape<LogPiece> = record<LogPiece>({
  command: [0, whole()],
  offset: [1, whole(LOG_BYTES_MAX)],
  length: [2, whole(LOG_BYTES_MAX, 1)],
  bytes: [3, binary(LOG_PIECE_BYTES, 1)],
})

/** Throws a WireError. */
export const decodeLogPiece = (bytes: Uint8Array): LogPiece =>
  readShape(shape, 'log', bytes, MESSAGE_BYTES_MAX)

/** Whether it is a whole piece at its place of a log of at most `bytesMax` bytes. */
export function isWholePiece({ offset, length, bytes }: LogPiece, bytesMax: number): boolean {
  return (
    length <= bytesMax &&
    offset % LOG_PIECE_BYTES === 0 &&
    bytes.length === Math.min(LOG_PIECE_BYTES, length - offset)
  )
}
