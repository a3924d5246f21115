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
 * held against it.
 */
export function frameDeadline(frameMs: number, isBusy: () => boolean, late: () => void): FrameDeadline {
  const decoder = new FrameDecoder()
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
      if (decoder.failure) return // no frames: whoever handles this stream ends it
      const whole = framesIn(decoder, chunk)
      if (whole > 0 || decoder.pendingBytes === 0) stop()
      if (decoder.pendingBytes > 0) timer ??= setTimeout(expire, frameMs)
    },
    stop,
  }
}

function framesIn(decoder: FrameDecoder, chunk: Uint8Array): number {
  try {
    return decoder.push(chunk).length
  } catch {
    return 0 // told in `decoder.failure`
  }
}
