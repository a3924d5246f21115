/** What a server does with one client's bytes; the host's `Connection` is one. */
export interface StreamHandler {
  /** Gives the bytes to send back, in order. Never rejects. */
  receive(chunk: Uint8Array): Promise<Uint8Array[]>
  /** Set when the stream is to be closed. */
  readonly ended: string | undefined
  /** The stream is closed, whoever closed it. */
  closed?(): void
}

/** One client's stream as a server sees it, whatever carries it. */
export interface ServedStream {
  pause(): void
  resume(): void
  /** Resolves when the bytes were handed to the system, which takes no more of a client that does not read. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
}

/**
 * Feeds a handler chunk by chunk: while it works on one, no more is read, so that a client that sends faster than it is
 * answered fills its own buffers and not ours.
 */
export function served(handler: StreamHandler, stream: ServedStream): Served {
  const waiting: Uint8Array[] = []
  let busy = false
  let idle = Promise.resolve()
  const work = async () => {
    for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
      for (const bytes of await handler.receive(chunk)) await stream.write(bytes)
      if (handler.ended !== undefined) {
        waiting.length = 0
        stream.end()
      }
    }
  }
  return {
    isBusy: () => busy,
    take(chunk) {
      waiting.push(chunk) // what was on its way when reading was paused
      if (busy) return
      busy = true
      stream.pause()
      idle = work()
        .catch(() => stream.end())
        .finally(() => {
          busy = false
          stream.resume()
        })
    },
    whenIdle: () => idle,
  }
}

export interface Served {
  /** Whether a chunk is worked on, and the client not read meanwhile. */
  isBusy(): boolean
  /** For each chunk that arrives. */
  take(chunk: Uint8Array): void
  /** Resolves when what was taken is answered. */
  whenIdle(): Promise<void>
}
