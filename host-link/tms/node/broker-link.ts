import mqtt from 'mqtt'
import { causeOf } from '../../host/node/host-error.ts'
import { TmsError } from './database.ts'

export type Receive = (topic: string, payload: Uint8Array) => void

/** A worker's way to its broker. */
export interface BrokerLink {
  /** Hears what terminals of exactly these shards say from now on. */
  listen(shards: readonly number[]): Promise<void>
  /** False: the link is down, nothing was sent. Quality 0 is lost where the terminal is not there. */
  publish(topic: string, payload: Uint8Array, quality: 0 | 1): boolean
  /** Bytes that were handed over and are not yet on their way. */
  buffered(): number
  /** Whether the broker tells anew, to who listens, which terminals are there. */
  readonly tellsPresence: boolean
  close(): Promise<void>
}

export interface LinkEvents {
  readonly receive: Receive
  /** The link is there again, and hears nothing before this is done: what was heard before may be out of date. */
  readonly renewed: () => Promise<void>
}

/** What all terminals of a shard send. */
export function shardFilter(tenant: string, shard: number): string {
  return `t/${tenant}/${String(shard).padStart(2, '0')}/+/up/#`
}

const CONNECT_MS = 10_000

/** The link to a broker of its own, by MQTT 3.1.1. Throws `TmsError` where it is not there at first; later it comes back by itself. */
export async function mqttLink(
  url: string,
  tenant: string,
  id: string,
  events: LinkEvents,
): Promise<BrokerLink> {
  let wanted: readonly number[] = []
  let first = true
  const client = mqtt.connect(url, {
    clientId: id,
    clean: true,
    resubscribe: false,
    reconnectPeriod: 500,
    connectTimeout: CONNECT_MS,
    keepalive: 30,
    queueQoSZero: false,
    protocolVersion: 4,
  })
  const subscribe = async (shards: readonly number[]) => {
    // One a packet: an aedes or mosquitto of any version takes so many at a time without a second thought.
    if (shards.length > 0)
      await client.subscribeAsync(
        shards.map((shard) => shardFilter(tenant, shard)),
        { qos: 1 },
      )
  }
  client.on('message', (topic, payload) => events.receive(topic, payload))
  client.on('error', () => {}) // it tries again; what waits is not lost, terminals ask again
  client.on('connect', () => {
    if (first) {
      first = false
      return
    }
    events
      .renewed()
      .then(() => subscribe(wanted))
      .catch(() => client.reconnect()) // the next connect asks again
  })
  await connected(client, url)
  return {
    tellsPresence: true,
    async listen(shards) {
      const gone = wanted.filter((shard) => !shards.includes(shard))
      const fresh = shards.filter((shard) => !wanted.includes(shard))
      wanted = shards
      if (!client.connected) return
      if (gone.length > 0) await client.unsubscribeAsync(gone.map((shard) => shardFilter(tenant, shard)))
      await subscribe(fresh)
    },
    publish(topic, payload, qos) {
      if (!client.connected) return false
      client.publish(topic, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength), { qos })
      return true
    },
    buffered: () => (client.connected ? client.stream.writableLength : 0),
    close: () => client.endAsync(true),
  }
}

async function connected(client: mqtt.MqttClient, url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('it does not answer')), CONNECT_MS)
    const fail = (error: Error) => {
      clearTimeout(timer)
      client.end(true)
      const { host } = new URL(url)
      reject(new TmsError(`${host}: the broker cannot be reached (${causeOf(error)})`))
    }
    client.once('error', fail)
    client.once('connect', () => {
      clearTimeout(timer)
      client.removeListener('error', fail)
      resolve()
    })
  })
}
