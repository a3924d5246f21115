import {
  type DownTopic,
  FETCH_BYTES_MAX,
  type FetchResult,
  INBOX_BYTES_MAX,
  type Inbox,
  type InboxResult,
} from '../../terminal/device/inbox.ts'
import type { Body } from './body.ts'
import { type Bus, checkLength, makeWait } from './bus.ts'
import type { InboxConnection, InboxPort } from './ports.ts'

/** What may lie unread. */
export const INBOX_UNREAD_BYTES_MAX = 131_072
export const INBOX_UNREAD_MAX = 256
const HASH_BYTES = 32
const nothing = new Uint8Array(0)

/** The inbox of one stretch of power. */
export interface InboxUnit {
  readonly inbox: Inbox
  /** The power is there: connects, where there is a line. */
  start(): void
  cable(plugged: boolean): void
  /** The power is gone: the connection goes with it. */
  drop(): void
}

type Told = Extract<InboxResult, { kind: 'message' | 'online' | 'offline' }>

/** Without a `port` a device that has no download service. */
export function makeInbox(bus: Bus, body: Body, port?: InboxPort): InboxUnit {
  const waiting = makeWait<InboxResult>(bus)
  const fetching = makeWait<FetchResult>(bus)
  const unread = makeUnread()
  const busy = (): boolean => waiting.pending || fetching.pending
  let connection: InboxConnection | undefined
  let online = false
  /** Counts connections, so that a late event of one that was closed is told from one of the present. */
  let turn = 0

  function tell(event: Told): void {
    if (!waiting.settle(event)) unread.push(event)
  }
  function become(now: boolean): void {
    if (online === now) return
    online = now
    const kind = now ? 'online' : 'offline'
    bus.observer.inbox?.(kind, undefined, nothing)
    tell({ kind })
  }
  function arrived(topic: DownTopic, bytes: Uint8Array): void {
    if (!online || bytes.length === 0 || bytes.length > INBOX_BYTES_MAX) return
    const copy = bytes.slice()
    bus.observer.inbox?.('in', topic, copy)
    tell({ kind: 'message', topic, bytes: copy })
  }
  function connect(): void {
    if (port === undefined || connection !== undefined || !body.plugged || !bus.alive) return
    const own = ++turn
    const mine = (then: () => void) => {
      if (own === turn && bus.alive) then()
    }
    connection = port.open({
      online: () => mine(() => become(true)),
      offline: () => mine(() => become(false)),
      message: (topic, bytes) => mine(() => arrived(topic, bytes)),
    })
  }
  function disconnect(): void {
    turn++
    connection?.close()
    connection = undefined
  }

  const inbox: Inbox = {
    state() {
      if (port === undefined) return 'none'
      return online ? 'online' : 'offline'
    },
    publish(topic, bytes, quality) {
      checkLength('inbox: message bytes', bytes.length, 1, INBOX_BYTES_MAX)
      if (!online || connection === undefined) return 'offline'
      const copy = bytes.slice()
      const taken = connection.publish(topic, copy, quality)
      if (taken === 'queued') bus.observer.inbox?.('out', topic, copy)
      return taken
    },
    next(timeoutMs) {
      bus.show()
      if (busy()) return Promise.resolve({ kind: 'busy' })
      const told = unread.shift()
      if (told !== undefined) return Promise.resolve(told)
      if (port === undefined) return Promise.resolve({ kind: 'none' })
      return waiting.begin(timeoutMs, { kind: 'timeout' })
    },
    cancel() {
      waiting.settle({ kind: 'cancelled' })
      fetching.settle({ kind: 'cancelled' })
    },
    fetch(object, offset, length, timeoutMs) {
      bus.show()
      checkLength('inbox: object hash bytes', object.length, HASH_BYTES, HASH_BYTES)
      checkLength('inbox: offset', offset, 0, 0xffff_ffff)
      checkLength('inbox: fetched bytes', length, 1, FETCH_BYTES_MAX)
      if (busy()) return Promise.resolve({ kind: 'busy' })
      if (port?.fetch === undefined) return Promise.resolve({ kind: 'none' })
      if (!body.plugged) return Promise.resolve({ kind: 'failed' })
      const result = fetching.begin(timeoutMs, { kind: 'timeout' })
      if (!fetching.pending) return result // 0 ms: no server answers at once
      let over = false
      const ended = (bytes: Uint8Array | undefined): void => {
        if (over || !bus.alive) return
        const good = bytes?.length === length
        fetching.settle(good ? { kind: 'bytes', bytes: bytes.slice() } : { kind: 'failed' })
      }
      port.fetch(object.slice(), offset, length).then(ended, () => ended(undefined))
      return result.then((got) => {
        over = true // what comes now is no answer to the next question
        return got
      })
    },
  }
  return {
    inbox,
    start: connect,
    cable(plugged) {
      if (plugged || !bus.alive) return connect()
      disconnect()
      become(false)
      fetching.settle({ kind: 'failed' })
    },
    drop: disconnect,
  }
}

/** What nobody has waited for yet. Of comings and goings the last two are kept, of messages what there is room for. */
function makeUnread() {
  const queue: Told[] = []
  let bytes = 0
  return {
    push(event: Told): void {
      if (event.kind === 'message') {
        if (bytes + event.bytes.length > INBOX_UNREAD_BYTES_MAX || queue.length >= INBOX_UNREAD_MAX) return
        bytes += event.bytes.length
      } else if (queue.at(-1)?.kind !== 'message' && queue.at(-2)?.kind === event.kind) {
        queue.pop() // offline, online, offline: the last offline adds nothing to the first
        return
      }
      queue.push(event)
    },
    shift(): Told | undefined {
      const event = queue.shift()
      if (event?.kind === 'message') bytes -= event.bytes.length
      return event
    },
  }
}
