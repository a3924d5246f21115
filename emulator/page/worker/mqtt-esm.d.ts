/** The package `mqtt` as it is built for browsers; its own types want those of Node. */
declare module 'mqtt/dist/mqtt.esm' {
  import type { MqttClientLike } from '../../../host-link/transport/mqtt-like.ts'

  const mqtt: { connect(url: string, options: object): MqttClientLike }
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default mqtt
}
