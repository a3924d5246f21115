import type { ChannelEnd, Session } from '../../host-link/channel/channel-end.ts'
import type { Dial, Stream, StreamEvents } from './ports.ts'

/** A dialled stream with a channel in it. */
export interface ChannelLine {
  readonly session: Session
  send(payload: Uint8Array): void
  /** Closes the stream and wipes the keys; nothing is told any more. */
  close(): void
}

export interface ChannelLineEvents {
  /** A decrypted payload: one frame of the channel. */
  message(payload: Uint8Array): void
  /** The peer's bytes led to something: an answer of ours, a session, or the end of the channel. Noise does not. */
  progressed?(): void
  /** The peer closed, or the channel failed. */
  closed(): void
}

/** A channel that is being opened. */
export interface OpeningChannel {
  /** After the handshake; `undefined`: refused, failed or cancelled. Never rejects. */
  readonly line: Promise<ChannelLine | undefined>
  /** Gives up: for whoever does not want to wait longer. Afterwards it does nothing. */
  cancel(): void
}

/** Dials, and shakes hands as `end`, an initiator. */
export function openChannel(dial: Dial, end: ChannelEnd, events: ChannelLineEvents): OpeningChannel {
  let stream: Stream | undefined
  let over = false
  let opened = false
  /** What came before `dial` gave the stream to answer on. */
  const early: Uint8Array[] = []
  let settle: (line: ChannelLine | undefined) => void = () => {}
  const line = new Promise<ChannelLine | undefined>((resolve) => {
    settle = resolve
  })

  function finish(tell: boolean): void {
    if (over) return
    over = true
    end.close()
    stream?.close()
    settle(undefined)
    if (tell && opened) events.closed()
  }

  function take(chunk: Uint8Array): void {
    if (over) return
    if (stream === undefined) {
      early.push(chunk)
      return
    }
    const { send, messages, ended } = end.receive(chunk)
    if (send.length > 0 || messages.length > 0 || ended !== undefined || end.session !== undefined)
      events.progressed?.()
    for (const bytes of send) stream.send(bytes)
    if (!opened && end.session !== undefined) {
      opened = true
      settle({ session: end.session, send: sendPayload, close: () => finish(false) })
    }
    for (const message of messages) if (!over) events.message(message)
    if (ended !== undefined) finish(true)
  }

  function sendPayload(payload: Uint8Array): void {
    if (over || stream === undefined) return
    let sealed: Uint8Array
    try {
      sealed = end.seal(payload)
    } catch {
      finish(true) // the keys are used up
      return
    }
    stream.send(sealed)
  }

  dial({ bytes: take, closed: () => finish(true) }).then(
    (dialled) => {
      if (dialled === undefined || over) {
        dialled?.close()
        finish(false)
        return
      }
      stream = dialled
      const first = end.start()
      if (first.length === 0) return finish(false) // the random source has failed: nobody will answer to nothing
      stream.send(first)
      for (const chunk of early.splice(0)) take(chunk)
    },
    () => finish(false),
  )
  return { line, cancel: () => finish(false) }
}

/** A connection that is being opened: a plain stream, or one inside a channel. */
export interface Dialling {
  /** Rejects never: `undefined` is a refused connection, or a handshake that failed. */
  readonly stream: Promise<Stream | undefined>
  /** Gives up; afterwards it does nothing. */
  cancel(): void
}
export type Dialler = (events: StreamEvents) => Dialling

export function plainDialler(dial: Dial): Dialler {
  return (events) => ({ stream: dial(events), cancel() {} })
}

/** Each stream inside a channel of its own, whose initiator `endOf` makes. */
export function channelDialler(dial: Dial, endOf: () => ChannelEnd): Dialler {
  return (events) => {
    const { line, cancel } = openChannel(dial, endOf(), { message: events.bytes, closed: events.closed })
    return { stream: line, cancel }
  }
}
