import { decodeMessage, dialectOf, encodeMessage } from '../../host-link/wire/dialect.ts'
import { decodeCupFrameBody, encodeCupFrameBody } from '../../host-link/wire/envelope.ts'
import { encodeFrame, FrameDecoder } from '../../host-link/wire/frame.ts'
import { type Message, WireError } from '../../host-link/wire/message.ts'
import type { Pos } from '../pos.ts'
import { watchCancelKey } from '../screen/cancel-key.ts'

/** An open line to the host: messages out, messages in. Closed by whoever opened it. */
export interface Line {
  readonly frames: FrameDecoder
  /** Frame bodies that arrived together and have not been looked at. */
  readonly waiting: Uint8Array[]
}

/** A message as it arrived, with the bytes that its MAC covers. */
export interface Received {
  readonly kind: 'message'
  readonly message: Message
  readonly bytes: Uint8Array
  /** Header of the `cup` dialect, which may ask something of us; empty in the `cbor` dialect. */
  readonly header: string
}

/** Opens a line; undefined where the host cannot be reached. */
export async function openLine(pos: Pos): Promise<Line | undefined> {
  const opened = await pos.device.link.open(pos.parameters.connectTimeoutSeconds * 1000)
  return opened.kind === 'open' ? { frames: new FrameDecoder(), waiting: [] } : undefined
}

/** Hands a message to the line. False: the line broke, and nobody knows how much of it left. */
export async function sendMessage(pos: Pos, message: Message): Promise<boolean> {
  const { dialect, tpdu } = pos.setup
  const bytes = encodeMessage(dialect, message)
  const body =
    dialect === 'cup' ? encodeCupFrameBody({ tpdu, header: pos.profile.headerTemplate }, bytes) : bytes
  return (await pos.device.link.send(encodeFrame(body))).kind === 'sent'
}

/**
 * The next message that can be read, until `deadlineMs` of the monotonic clock. What cannot be read is passed over
 * (and counted): a garbled answer is no answer. With `cancellable` the operator's red key ends the wait.
 */
export async function receiveMessage(
  pos: Pos,
  line: Line,
  deadlineMs: number,
  cancellable: boolean,
): Promise<Received | { readonly kind: 'timeout' | 'closed' | 'operator' }> {
  const cancelKey = cancellable ? watchCancelKey(pos) : undefined
  try {
    for (;;) {
      const body = line.waiting.shift()
      if (body !== undefined) {
        const received = readBody(pos, body)
        if (received !== undefined) return received
        continue
      }
      const leftMs = deadlineMs - pos.device.clock.monotonicMs()
      if (leftMs <= 0) return { kind: 'timeout' }
      const receiving = pos.device.link.receive(leftMs)
      const chunk = await (cancelKey ? Promise.race([receiving, cancelKey.pressed]) : receiving)
      if (chunk === 'cancel') {
        pos.device.link.cancel()
        await receiving
        return { kind: 'operator' }
      }
      if (chunk.kind !== 'bytes') return { kind: chunk.kind === 'timeout' ? 'timeout' : 'closed' }
      if (!takeChunk(pos, line, chunk.bytes)) return { kind: 'closed' }
    }
  } finally {
    await cancelKey?.stop()
  }
}

/** Frames that may wait to be looked at: a peer that sends more than this at once is no host. */
const WAITING_MAX = 128
/** Bytes cut into frames at a time: what one cut can make is bounded, whatever arrives at once. */
const CUT_BYTES = 256

/** False when the stream can no longer be cut into frames, or brings far more of them than anybody asked for. */
function takeChunk(pos: Pos, line: Line, bytes: Uint8Array): boolean {
  try {
    for (let at = 0; at < bytes.length; at += CUT_BYTES) {
      for (const body of line.frames.push(bytes.subarray(at, at + CUT_BYTES))) line.waiting.push(body)
      if (line.waiting.length > WAITING_MAX)
        throw new WireError('frame', at, `more than ${WAITING_MAX} at once`)
    }
    return true
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    pos.session.strangeFrames++
    line.waiting.length = 0
    pos.device.link.close()
    return false
  }
}

function readBody(pos: Pos, body: Uint8Array): Received | undefined {
  const { dialect } = pos.setup
  try {
    if (dialectOf(body) !== dialect) throw new WireError('frame', 0, `wants the ${dialect} dialect`)
    if (dialect === 'cbor')
      return { kind: 'message', message: decodeMessage(dialect, body), bytes: body, header: '' }
    const { envelope, message: bytes } = decodeCupFrameBody(body)
    return { kind: 'message', message: decodeMessage(dialect, bytes), bytes, header: envelope.header }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    pos.session.strangeFrames++
    return undefined
  }
}
