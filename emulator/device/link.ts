import type { LineSecurity, Link, OpenResult, ReceiveResult } from '../../terminal/device/link.ts'
import type { Body } from './body.ts'
import { type Bus, makeWait } from './bus.ts'
import type { Dialler, Dialling } from './channel-stream.ts'
import type { Stream } from './ports.ts'

export const SEND_BYTES_MAX = 4096
/** What may lie unread before the link gives up on a host that will not stop. */
export const UNREAD_BYTES_MAX = 65_536
const FULL_QUALITY = 4
const nothing = new Uint8Array(0)

/** The network socket and the cable in it. */
export interface LinkUnit {
  readonly link: Link
  cable(plugged: boolean): void
  /** The power is gone: the stream goes with it. */
  drop(): void
}

/** One dialled connection. `stream` comes when the host has accepted; what outlives its call is `over`. */
interface Call {
  dialling: Dialling | undefined
  stream: Stream | undefined
  over: boolean
  readonly unread: Uint8Array[]
  unreadBytes: number
}

export interface LinkOptions {
  readonly bus: Bus
  readonly body: Body
  readonly dial: Dialler
  readonly security: LineSecurity
  /** Quality or cable have changed. */
  readonly changed: () => void
}

export function makeLink({ bus, body, dial, security, changed }: LinkOptions): LinkUnit {
  let call: Call | undefined
  const opening = makeWait<OpenResult>(bus)
  const receiving = makeWait<ReceiveResult>(bus)
  const busy = (): boolean => opening.pending || receiving.pending

  /** Ends `ended`, told to the host when it was open; unread bytes stay readable when `keepUnread`. */
  function end(ended: Call, keepUnread: boolean): void {
    if (!ended.over) {
      ended.over = true
      const { stream } = ended
      ended.stream = undefined
      ended.dialling?.cancel()
      if (stream !== undefined) {
        stream.close()
        bus.observer.wire('close', nothing)
      }
    }
    if (!keepUnread && call === ended) call = undefined
    if (ended.unread.length === 0 && call === ended) call = undefined
  }

  function arrived(from: Call, bytes: Uint8Array): void {
    if (from.over || !bus.alive || bytes.length === 0) return
    const copy = bytes.slice()
    bus.observer.wire('in', copy)
    if (receiving.settle({ kind: 'bytes', bytes: copy })) return
    from.unread.push(copy)
    from.unreadBytes += copy.length
    if (from.unreadBytes > UNREAD_BYTES_MAX) end(from, false)
  }

  function closed(from: Call): void {
    if (from.over || !bus.alive) return
    end(from, true)
    opening.settle({ kind: 'refused' }) // accepted and dropped before we had it
    receiving.settle({ kind: 'closed' })
  }

  function connect(next: Call): void {
    const settle = (result: OpenResult): void => {
      if (opening.settle(result)) return
      end(next, false)
    }
    next.dialling = dial({ bytes: (bytes) => arrived(next, bytes), closed: () => closed(next) })
    next.dialling.stream.then(
      (stream) => {
        if (next.over || !bus.alive) {
          stream?.close() // nobody waits for it any more
        } else if (stream === undefined) {
          next.over = true
          settle({ kind: 'refused' })
        } else {
          next.stream = stream
          bus.observer.wire('open', nothing)
          settle({ kind: 'open' })
        }
      },
      () => {
        if (next.over || !bus.alive) return
        next.over = true
        settle({ kind: 'refused' })
      },
    )
  }

  const link: Link = {
    open(timeoutMs) {
      bus.show()
      if (busy()) return Promise.resolve({ kind: 'busy' })
      if (call !== undefined) end(call, false)
      if (!body.plugged) return Promise.resolve({ kind: 'noLine' })
      const next: Call = { dialling: undefined, stream: undefined, over: false, unread: [], unreadBytes: 0 }
      const waiting = opening.begin(timeoutMs, { kind: 'timeout' })
      if (!opening.pending) return waiting // 0 ms: no host answers at once
      call = next
      connect(next)
      return waiting.then((result) => {
        if (result.kind !== 'open') end(next, false)
        return result
      })
    },
    send(bytes) {
      bus.show()
      if (bytes.length < 1 || bytes.length > SEND_BYTES_MAX) {
        throw new RangeError(`link: sends 1 to ${SEND_BYTES_MAX} bytes, got ${bytes.length}`)
      }
      const stream = call?.stream
      if (stream === undefined) return Promise.resolve({ kind: 'closed' })
      const copy = bytes.slice()
      bus.observer.wire('out', copy)
      stream.send(copy)
      return Promise.resolve({ kind: 'sent' })
    },
    receive(timeoutMs) {
      bus.show()
      if (busy()) return Promise.resolve({ kind: 'busy' })
      const bytes = call?.unread.shift()
      if (call !== undefined && bytes !== undefined) {
        call.unreadBytes -= bytes.length
        if (call.over) end(call, true)
        return Promise.resolve({ kind: 'bytes', bytes })
      }
      if (call?.stream === undefined) return Promise.resolve({ kind: 'closed' })
      return receiving.begin(timeoutMs, { kind: 'timeout' })
    },
    cancel() {
      opening.settle({ kind: 'cancelled' })
      receiving.settle({ kind: 'cancelled' })
    },
    close() {
      if (call !== undefined) end(call, false)
      opening.settle({ kind: 'cancelled' })
      receiving.settle({ kind: 'closed' })
    },
    quality: () => (body.plugged ? FULL_QUALITY : 0),
    security: () => security,
  }

  return {
    link,
    cable(plugged) {
      if (body.plugged === plugged) return
      body.plugged = plugged
      changed()
      if (plugged) return
      if (call !== undefined) end(call, true)
      opening.settle({ kind: 'noLine' })
      receiving.settle({ kind: 'closed' })
    },
    drop() {
      if (call !== undefined) end(call, false)
    },
  }
}
