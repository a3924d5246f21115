import { connect, type IClientOptions } from 'mqtt'
import type { MqttClientLike, MqttConnect } from './mqtt-like.ts'

/** The package `mqtt` in Node: mqtt:, mqtts:, ws: and wss:. */
export const connectMqtt: MqttConnect = (url, { will, password, ...options }) => {
  const given: IClientOptions & { readonly minVersion: 'TLSv1.2' } = {
    ...options,
    password: Buffer.from(password),
    will: { ...will, payload: Buffer.from(will.payload) },
    minVersion: 'TLSv1.2', // goes on to tls.connect
    rejectUnauthorized: true,
  }
  const client = connect(url, given)
  return {
    on: client.on.bind(client) as MqttClientLike['on'],
    subscribe: (filters, then) => client.subscribe(filters, (error, granted) => then(error, granted)),
    publish: (topic, bytes, how, then) => client.publish(topic, Buffer.from(bytes), how, then),
    end: (force) => client.end(force),
    get stream() {
      return client.stream
    },
  }
}
