import { WireError } from './message.ts'

/** Longest frame body; a UnionPay POS message with every field full stays below 2,500 bytes. */
export const FRAME_BYTES_MAX = 4096

/** A frame: two bytes of length, big-endian, counting all that follows them, and the body (1 to 4096 bytes). */
export function encodeFrame(body: Uint8Array): Uint8Array {
  checkLength(body.length, 0)
  const frame = new Uint8Array(2 + body.length)
  frame[0] = body.length >> 8
  frame[1] = body.length & 0xff
  frame.set(body, 2)
  return frame
}

/**
 * Cuts a byte stream into frames, whatever chunks it arrives in. A length of 0 or over `FRAME_BYTES_MAX` kills the
 * stream, for nobody knows where its next frame starts.
 */
export class FrameDecoder {
  /** Why the stream is dead; set as soon as the bad length was read. */
  failure: WireError | undefined
  private high: number | undefined // first length byte, while the second is missing
  private body: Uint8Array | undefined
  private filled = 0
  private offset = 0

  /** Bytes taken in since the last complete frame, its length prefix included. */
  get pendingBytes(): number {
    return this.body ? 2 + this.filled : this.high === undefined ? 0 : 1
  }

  /**
   * Bodies of the frames that `chunk` completes. Throws the `WireError` of a bad length, with its offset in the
   * stream: at once, or, when this chunk completed good frames before it, at the next call.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.failure) throw this.failure
    const bodies: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (!this.body) {
        try {
          this.takeLengthByte(chunk[at++] as number)
        } catch (error) {
          if (!(error instanceof WireError)) throw error
          this.failure = error
          if (bodies.length === 0) throw error
          return bodies
        }
        continue
      }
      const part = chunk.subarray(at, at + this.body.length - this.filled)
      this.body.set(part, this.filled)
      this.filled += part.length
      this.offset += part.length
      at += part.length
      if (this.filled === this.body.length) {
        bodies.push(this.body)
        this.body = undefined
      }
    }
    return bodies
  }

  private takeLengthByte(byte: number): void {
    this.offset++
    if (this.high === undefined) {
      this.high = byte
      return
    }
    const length = this.high * 256 + byte
    checkLength(length, this.offset - 2)
    this.high = undefined
    this.body = new Uint8Array(length)
    this.filled = 0
  }
}

function checkLength(length: number, offset: number): void {
  if (length === 0 || length > FRAME_BYTES_MAX)
    throw new WireError('frame.length', offset, `wants 1 to ${FRAME_BYTES_MAX}, got ${length}`)
}
