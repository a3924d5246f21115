import { makeInput } from '../channel/frames.ts'
import { MAGIC } from '../channel/hello.ts'
import { FrameDecoder } from '../wire/frame.ts'

export interface FrameDeadline {
  /** For each chunk that arrives. */
  take(chunk: Uint8Array): void
  /** The stream is closed. */
  stop(): void
}

/**
 * Calls `late` when a frame is not whole `frameMs` after its first byte: a client that sends a byte now and then is
 * never silent, and would hold its connection for ever. Time in which the client was not read (`isBusy`) is not
 * held against it. A stream that begins a channel has as long for its handshake, and for each frame after it.
 */
export function frameDeadline(frameMs: number, isBusy: () => boolean, late: () => void): FrameDeadline {
  let count: Counter | undefined
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }
  const expire = () => {
    if (isBusy()) timer?.refresh()
    else late()
  }
  return {
    take(chunk) {
      if (chunk.length === 0) return
      count ??= chunk[0] === MAGIC[0] ? channelCounter() : plainCounter()
      const step = count(chunk)
      if (step !== 'begun') stop()
      if (step !== 'whole') timer ??= setTimeout(expire, frameMs)
    },
    stop,
  }
}

/** What a chunk leaves: all is whole; something began; or it did, after something that became whole. */
type Counter = (chunk: Uint8Array) => 'whole' | 'begun' | 'next'

function plainCounter(): Counter {
  const decoder = new FrameDecoder()
  return (chunk) => {
    if (decoder.failure) return 'whole' // no frames: whoever handles this stream ends it
    const whole = framesIn(decoder, chunk)
    if (decoder.pendingBytes === 0) return 'whole'
    return whole > 0 ? 'next' : 'begun'
  }
}

/** The client's messages 1 and 3 are its part of the handshake (docs/channel.md). */
const HANDSHAKE_FRAMES = 2

function channelCounter(): Counter {
  const input = makeInput()
  let frames = 0
  let dead = false
  return (chunk) => {
    if (dead) return 'whole'
    input.push(chunk)
    const before = frames
    for (let item = input.frame(); item.kind !== 'more'; item = input.frame()) {
      if (item.kind === 'frame') frames++
      if (item.kind !== 'bad') continue
      dead = true // whoever handles this stream ends it
      return 'whole'
    }
    if (frames < HANDSHAKE_FRAMES) return 'begun'
    if (input.pending === 0) return 'whole'
    return frames > before ? 'next' : 'begun'
  }
}

function framesIn(decoder: FrameDecoder, chunk: Uint8Array): number {
  try {
    return decoder.push(chunk).length
  } catch {
    return 0 // told in `decoder.failure`
  }
}
