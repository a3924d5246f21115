import { decodeMessage, dialectOf, encodeMessage } from '../wire/dialect.ts'
import {
  buildHeader,
  decodeCupFrameBody,
  encodeCupFrameBody,
  parseHeader,
  swapTpdu,
} from '../wire/envelope.ts'
import { encodeFrame, FrameDecoder } from '../wire/frame.ts'
import { type Dialect, type Envelope, WireError } from '../wire/message.ts'
import type { AlarmBell } from './alarm.ts'
import { altered, type Fault, faultOf, type TestFaults } from './faults.ts'
import type { Answered } from './host.ts'
import type { Request } from './request.ts'
import { StoreStopped } from './store.ts'

/** Requests of one connection that are worked on at a time; the next wait for these. */
export const IN_FLIGHT_MAX = 16
/** Bytes that one `receive` takes. What a peer can make us hold is this and one frame. */
export const CHUNK_BYTES_MAX = 256 * 1024
/**
 * Requests of one connection whose MAC is wrong. The answer to the last closes it, for MACs are not to be tried out here;
 * what was worked on beside that one is still answered.
 */
export const WRONG_MACS_MAX = 8

/**
 * One client's byte stream. Both dialects are understood; the first frame decides which one it is. What is no frame or
 * no message ends the connection, for whoever sent it will not make sense of an answer either.
 */
export interface Connection {
  /**
   * Takes what arrived, in any chunks, and gives the frames to send, in order, once what they answer is durable.
   * Never rejects. Wait for it before the next call: that is the back-pressure.
   */
  receive(chunk: Uint8Array): Promise<Uint8Array[]>
  /** Set when the connection is to be closed after what `receive` gave was sent: why, for a log. */
  readonly ended: string | undefined
  /** The stream is closed: what was kept secret for it is wiped. */
  closed?(): void
}

export interface Desk {
  answer(request: Request): Promise<Answered | undefined>
  readonly bell: AlarmBell
  readonly faults: TestFaults | undefined
  /** Inside a channel: whether a request may be of the device that was authenticated there. */
  readonly isOwn?: (request: Request) => boolean
}

export function connection(desk: Desk): Connection {
  const decoder = new FrameDecoder()
  let dialect: Dialect | undefined
  let wrongMacs = 0
  let ended: string | undefined
  const end = (why: string): undefined => {
    ended ??= why
  }

  const answerFrame = async (body: Uint8Array): Promise<Uint8Array[]> => {
    const spoken = dialectOf(body)
    dialect ??= spoken
    if (!spoken || spoken !== dialect) {
      desk.bell.ring('badFrame')
      end('a frame in no dialect of this connection')
      return []
    }
    try {
      const { request, envelope } = opened(body, spoken)
      return await answered(desk, request, envelope, end, () => {
        if (++wrongMacs >= WRONG_MACS_MAX) end('too many requests with a wrong MAC')
      })
    } catch (error) {
      end(reasonOf(desk.bell, error))
      return []
    }
  }

  return {
    get ended() {
      return ended
    },
    async receive(chunk) {
      if (ended !== undefined) return []
      if (chunk.length > CHUNK_BYTES_MAX) {
        end('more bytes at once than a connection may hold')
        return []
      }
      const bodies = framesOf(decoder, chunk, desk.bell, end)
      const frames: Uint8Array[] = []
      for (let at = 0; at < bodies.length && ended === undefined; at += IN_FLIGHT_MAX) {
        const group = await Promise.all(bodies.slice(at, at + IN_FLIGHT_MAX).map(answerFrame))
        for (const some of group) frames.push(...some)
      }
      if (decoder.failure) end(decoder.failure.message)
      return frames
    },
  }
}

function framesOf(
  decoder: FrameDecoder,
  chunk: Uint8Array,
  bell: AlarmBell,
  end: (why: string) => void,
): Uint8Array[] {
  try {
    const bodies = decoder.push(chunk)
    if (bodies.length > 0 || !decoder.failure) return bodies // a bad length after good frames: at the next call
    throw decoder.failure
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    bell.ring('badFrame')
    end(error.message)
    return []
  }
}

function opened(body: Uint8Array, dialect: Dialect): { request: Request; envelope: Envelope | undefined } {
  if (dialect === 'cbor')
    return { request: { dialect, message: decodeMessage(dialect, body), bytes: body }, envelope: undefined }
  const { envelope, message } = decodeCupFrameBody(body)
  return { request: { dialect, message: decodeMessage(dialect, message), bytes: message }, envelope }
}

async function answered(
  desk: Desk,
  request: Request,
  envelope: Envelope | undefined,
  end: (why: string) => void,
  wrongMac: () => void,
): Promise<Uint8Array[]> {
  if (desk.isOwn?.(request) === false) {
    desk.bell.ring('foreignTerminal')
    end('a terminal number of another device')
    return []
  }
  const asked = faultOf(desk.faults, request.message)
  if (asked === 'lostBefore') return []
  const done = await desk.answer(request)
  if (!done) {
    desk.bell.ring('badMessage')
    end('a message that is no request')
    return []
  }
  if (done.reply.wrongMac) wrongMac()
  const fault = done.reply.repeated ? undefined : asked
  if (fault === 'lostAfter') return []
  if (fault === 'late') await desk.faults?.delay(desk.faults.lateMs)
  return faulty(framed({ ...done, reply: altered(done.reply, fault) }, envelope), fault, end)
}

function faulty(frame: Uint8Array, fault: Fault | undefined, end: (why: string) => void): Uint8Array[] {
  if (fault === 'twice') return [frame, frame]
  if (fault !== 'midFrame') return [frame]
  end('test mode: closed inside an answer')
  return [frame.slice(0, frame.length >> 1)]
}

function framed({ reply, request }: Answered, envelope: Envelope | undefined): Uint8Array {
  const message = encodeMessage(request.dialect, reply.answer)
  return encodeFrame(envelope ? encodeCupFrameBody(returned(envelope, reply.requirement), message) : message)
}

/** TPDU addresses changed over; of the header class, version and state stay, nibble 6 is what we ask for. */
function returned({ tpdu, header }: Envelope, requirement: string): Envelope {
  return { tpdu: swapTpdu(tpdu), header: buildHeader({ ...parseHeader(header), requirement }) }
}

/** Why the connection ends. Our own faults end it too: half an answer is worse than none, and a crash is worst. */
function reasonOf(bell: AlarmBell, error: unknown): string {
  if (error instanceof WireError) {
    bell.ring('badMessage')
    return error.message
  }
  if (error instanceof StoreStopped) return 'the books cannot be written'
  bell.ring('internal')
  return error instanceof Error ? `internal: ${error.message}` : 'internal'
}
