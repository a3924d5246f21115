import type { InboxConnection, InboxEvents, InboxPort, Scheduler } from '../../emulator/device/ports.ts'
import { type HttpGet, httpObjects, RANGE_MS } from './http-objects.ts'
import { type InboxTopics, inboxTopics } from './inbox-topics.ts'
import type { MqttConnect } from './mqtt-like.ts'
import { openMqttLine } from './mqtt-line.ts'

/** Wait before the first new attempt, doubled with each further one up to the longest: full jitter, 0 to all of it. */
export const BACK_OFF_MS = 1_000
export const BACK_OFF_MS_MAX = 300_000
/** A connection that was online this long counts: the next attempt after it is a first one. */
export const STEADY_MS = 30_000
export const KEEPALIVE_SECONDS = 120

export interface MqttInboxOptions {
  /** `connectMqtt` of `mqtt-node.ts`, or the page's. */
  readonly connect: MqttConnect
  /** mqtt:, mqtts:, ws: or wss:; in a browser the latter two. */
  readonly url: string
  readonly tenant: string
  /** User name and client id as well. */
  readonly serial: string
  readonly password: Uint8Array
  /** PEM of who may have signed the broker's certificate; absent: whom this system believes. `get` has the second source's. */
  readonly ca?: string
  /** Base address of the second source, without a slash at its end; absent: there is none. */
  readonly objects?: string
  /** How it is asked; absent: by `fetch`, which knows nothing of `ca`. */
  readonly get?: HttpGet
  readonly scheduler: Pick<Scheduler, 'after' | 'monotonicMs'>
  /** Milliseconds since 1970, from which connection epochs are made: larger at the next start than at this one. */
  now(): number
  random(length: number): Uint8Array
  /** 120 when not given. */
  readonly keepaliveSeconds?: number
}

/**
 * The way to the download service over MQTT 3.1.1. Every connection is a client of its own with a clean session, and the
 * next attempt is ours: so nothing of an old connection is ever sent again, a refusal is retried like any other end, and
 * the will carries the epoch of its own connection. Throws RangeError for a tenant or serial number that is no topic.
 */
export function mqttInbox(options: MqttInboxOptions): InboxPort {
  const topics = inboxTopics(options.tenant, options.serial)
  const { objects, get } = options
  let epoch = 0
  const nextEpoch = (): number => {
    epoch = Math.max(epoch + 1, Math.floor(options.now()))
    return epoch
  }
  return {
    open: (events) => keepOpen(options, topics, nextEpoch, events),
    ...(objects === undefined ? {} : { fetch: httpObjects(objects, RANGE_MS, get) }),
  }
}

function keepOpen(
  options: MqttInboxOptions,
  topics: InboxTopics,
  nextEpoch: () => number,
  events: InboxEvents,
): InboxConnection {
  const { scheduler } = options
  let closed = false
  let attempts = 0
  let disarm: (() => void) | undefined
  let upAtMs: number | undefined
  let line = connect()

  function connect(): ReturnType<typeof openMqttLine> {
    return openMqttLine(options, topics, nextEpoch(), {
      up() {
        upAtMs = scheduler.monotonicMs()
        events.online()
      },
      message: (topic, bytes) => events.message(topic, bytes),
      down,
    })
  }
  function down(): void {
    if (closed) return
    if (upAtMs !== undefined) {
      if (scheduler.monotonicMs() - upAtMs >= STEADY_MS) attempts = 0
      upAtMs = undefined
      events.offline()
    }
    const longestMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** attempts)
    if (longestMs < BACK_OFF_MS_MAX) attempts++
    disarm = scheduler.after(Math.floor(longestMs * fraction(options.random)), () => {
      line = connect()
    })
  }
  return {
    publish: (topic, bytes, quality) => (closed ? 'offline' : line.publish(topic, bytes, quality)),
    close() {
      closed = true
      disarm?.()
      line.close()
    },
  }
}

/** From 0 to just below 1. */
function fraction(random: (length: number) => Uint8Array): number {
  return random(4).reduce((value, byte) => value * 256 + byte, 0) / 2 ** 32
}
