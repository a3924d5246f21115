import { type DownTopic, INBOX_BYTES_MAX, type UpTopic } from '../../terminal/device/inbox.ts'
import { encodeCbor } from '../wire/cbor.ts'
import type { InboxTopics } from './inbox-topics.ts'
import type { MqttClientLike, MqttConnect, MqttGrant } from './mqtt-like.ts'
import { makePacketGuard } from './packet-guard.ts'

/** Longest wait for the broker to take a connection. */
export const CONNECT_MS = 15_000
/** What may be on its way: not yet acknowledged, or not yet taken by the socket. */
export const ON_WAY_BYTES_MAX = 65_536
export const ON_WAY_MAX = 32
/** A larger packet ends the connection before it fills the memory; a message beyond the inbox's own limit is only dropped. */
export const PACKET_BYTES_MAX = 262_144
const DOWN = ['want', 'blk', 'ack'] as const satisfies readonly DownTopic[]

/** One connection to the broker, from its first attempt to its end. */
export interface MqttLine {
  publish(topic: UpTopic, bytes: Uint8Array, quality: 0 | 1): 'queued' | 'offline' | 'full'
  /** At once, as when the power goes: the broker publishes the will. */
  close(): void
}
export interface MqttLineEvents {
  /** The broker has taken connection and subscriptions: what is asked now can be answered. */
  up(): void
  message(topic: DownTopic, bytes: Uint8Array): void
  /** It is over, or never came to be; once, and the last event. */
  down(): void
}
export interface MqttLineOptions {
  readonly connect: MqttConnect
  readonly url: string
  readonly serial: string
  readonly password: Uint8Array
  readonly ca?: string
  readonly keepaliveSeconds?: number
}

/** `epoch` says in presence and will which connection of the terminal this is. */
export function openMqttLine(
  options: MqttLineOptions,
  topics: InboxTopics,
  epoch: number,
  events: MqttLineEvents,
): MqttLine {
  const client = connectAs(options, { topic: topics.on, payload: presence(false, epoch) })
  const within = makePacketGuard(PACKET_BYTES_MAX)
  let isUp = false
  let over = false
  let onWay = 0
  let onWayBytes = 0

  function stop(): void {
    over = true
    isUp = false
    client.end(true)
  }
  function down(): void {
    if (over) return
    stop()
    events.down()
  }
  function send(topic: string, bytes: Uint8Array, how: { qos: 0 | 1; retain?: boolean }): void {
    onWay++
    onWayBytes += bytes.length
    client.publish(topic, bytes, how, () => {
      onWay--
      onWayBytes -= bytes.length
    })
  }
  function subscribed(error: Error | null, granted: readonly MqttGrant[] = []): void {
    if (over) return
    const isGranted = granted.length === DOWN.length && granted.every(({ qos }) => qos <= 1)
    if (error !== null || !isGranted) {
      down() // MQTT 3.1.1, 3.9.3: 0x80 is a refusal
      return
    }
    isUp = true
    send(topics.on, presence(true, epoch), { qos: 1, retain: true })
    events.up()
  }

  client.on('error', down) // some errors of the client leave its stream open
  client.on('close', down)
  client.stream.on('data', (chunk) => {
    if (!within(chunk)) down()
  })
  client.on('connect', () => {
    if (over) return
    const filters = DOWN.map((topic) => [topics.down(topic), { qos: topic === 'blk' ? 0 : 1 }] as const)
    client.subscribe(Object.fromEntries(filters), subscribed)
  })
  client.on('message', (name, bytes) => {
    const topic = DOWN.find((each) => topics.down(each) === name)
    if (over || topic === undefined || bytes.length === 0 || bytes.length > INBOX_BYTES_MAX) return
    events.message(topic, Uint8Array.from(bytes))
  })
  return {
    publish(topic, bytes, quality) {
      if (!isUp) return 'offline'
      if (onWay >= ON_WAY_MAX || onWayBytes + bytes.length > ON_WAY_BYTES_MAX) return 'full'
      send(topics.up(topic), bytes, { qos: quality })
      return 'queued'
    },
    close() {
      if (!over) stop()
    },
  }
}

function connectAs(
  { connect, url, serial, password, ca, keepaliveSeconds = 120 }: MqttLineOptions,
  will: { readonly topic: string; readonly payload: Uint8Array },
): MqttClientLike {
  return connect(url, {
    clientId: serial,
    username: serial,
    password,
    protocolVersion: 4,
    clean: true,
    keepalive: keepaliveSeconds,
    // Else whoever sends now and then never asks, and never learns that nobody is there.
    reschedulePings: false,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    queueQoSZero: false,
    resubscribe: false,
    timerVariant: 'native',
    will: { ...will, qos: 1, retain: true },
    ...(ca === undefined ? {} : { ca }),
  })
}

function presence(online: boolean, epoch: number): Uint8Array {
  return encodeCbor(
    new Map([
      [0, online ? 1 : 0],
      [1, epoch],
    ]),
  )
}
