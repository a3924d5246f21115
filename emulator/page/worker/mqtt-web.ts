/// <reference path="./mqtt-esm.d.ts" />
import mqtt from 'mqtt/dist/mqtt.esm'
import type { MqttConnect } from '../../../host-link/transport/mqtt-like.ts'

/**
 * The package `mqtt` in a browser: ws: and wss:. It takes a password as text or as the bytes of its own `Buffer`, which it
 * keeps to itself.
 */
export const connectMqttWeb: MqttConnect = (url, { password, ...options }) =>
  mqtt.connect(url, { ...options, password: String.fromCharCode(...password) })
