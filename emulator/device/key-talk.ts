import type { ChannelEnd } from '../../host-link/channel/channel-end.ts'
import { toHex } from '../../keys/hex.ts'
import { type Loader, type LoadOver, type LoadStore, makeLoader } from '../../keys/load/loader.ts'
import type { FailCode, RefuseCode } from '../../keys/load/message.ts'
import type { Bus } from './bus.ts'
import { type ChannelLine, openChannel } from './channel-stream.ts'
import type { Dial, Stream } from './ports.ts'

/**
 * How a conversation about keys ended. `noPeer`: nobody answered the call. `line`: it broke. `identity`: the handshake
 * came to nothing, which says no more on purpose. `message`: something that does not belong here.
 */
export type TalkEnd =
  | { readonly kind: 'loaded'; readonly slot: number; readonly checkValue: string }
  | { readonly kind: 'refused'; readonly why: RefuseCode }
  | { readonly kind: 'failed'; readonly why: FailCode | 'line' | 'identity' | 'message' }
  | { readonly kind: 'noPeer' }

export interface TalkEvents {
  /** Both ends have proved who they are. */
  connected(): void
  /** A key has come. */
  loading(): void
  /** Once; never after `stop`. */
  over(end: TalkEnd): void
}
export interface Talk {
  /** Lets go of the line, also where it lingers; nothing is reported any more. */
  stop(): void
}
export type StartTalk = (events: TalkEvents) => Talk

export interface TalkOptions {
  readonly dial: Dial
  /** The terminal's end of a fresh channel, with its purpose. */
  readonly endOf: () => ChannelEnd
  /** The peer's name is not known: on a cable, where nobody may have listened, the hello is said again until it answers. */
  readonly unknownPeer: boolean
  readonly store: LoadStore
  readonly bus: Bus
}

/** How often the hello is said on a quiet cable. */
export const HELLO_MS = 2_000
/** How long a line stays open after our last word, for it to leave, and for the other end to say goodbye. */
export const LINGER_MS = 2_000

/** 密钥下载: one conversation with a station or host. Every change of keys is durable before the other end hears of it. */
export function keyTalk(options: TalkOptions): StartTalk {
  const { dial, bus, store } = options
  return (events) => {
    const end = options.endOf()
    let over = false
    let answered = false
    let stream: Stream | undefined
    let line: ChannelLine | undefined
    let loader: Loader | undefined

    function close(): void {
      over = true
      opening.cancel()
      line?.close()
    }
    function finish(told: TalkEnd, lingers = false): void {
      if (over) return
      over = true
      if (lingers) bus.after(LINGER_MS, close)
      else close()
      events.over(told)
    }
    function take(payload: Uint8Array): void {
      if (over) {
        close() // the goodbye, or what nobody asked for
        return
      }
      const step = loader?.receive(payload) ?? { over: { kind: 'ended' } as const } // before we have said anything
      if (step.send !== undefined) line?.send(step.send)
      if (step.over !== undefined) finish(endWords(step.over), step.send !== undefined)
      else events.loading()
    }
    /** Runs `act`, unless the power is gone, before or inside: a cut in a save must not reach the cable as an error. */
    function powered(act: () => void): void {
      if (!bus.alive) return
      try {
        act()
      } catch (error) {
        if (bus.alive) throw error
      }
    }
    function sayAgain(): void {
      if (over || answered || stream === undefined) return
      stream.send(end.start())
      bus.after(HELLO_MS, sayAgain)
    }
    const watched: Dial = async ({ bytes, closed }) => {
      stream = await dial({
        bytes: (chunk) => powered(() => bytes(chunk)),
        closed: () => powered(closed),
      })
      if (options.unknownPeer) bus.after(HELLO_MS, sayAgain)
      return stream
    }
    const opening = openChannel(watched, end, {
      message: take,
      progressed() {
        answered = true
      },
      closed: () => finish({ kind: 'failed', why: 'line' }),
    })
    void opening.line.then((opened) => {
      if (over || !bus.alive) {
        opened?.close()
        return
      }
      if (opened === undefined) {
        finish(
          stream === undefined ? { kind: 'noPeer' } : { kind: 'failed', why: answered ? 'identity' : 'line' },
        )
        return
      }
      line = opened
      loader = makeLoader(opened.session, store)
      events.connected()
      opened.send(loader.start())
    })
    return { stop: close }
  }
}

function endWords(over: LoadOver): TalkEnd {
  switch (over.kind) {
    case 'loaded':
      return { kind: 'loaded', slot: over.slot, checkValue: toHex(over.checkValue) }
    case 'refused':
      return { kind: 'refused', why: over.code }
    case 'failed':
      return { kind: 'failed', why: over.code }
    case 'ended':
      return { kind: 'failed', why: 'message' }
  }
}
