/** What is used of the package `mqtt`, in Node or as it is built for browsers. */
export interface MqttClientLike {
  on(event: 'connect' | 'close', then: () => void): unknown
  on(event: 'error', then: (error: Error) => void): unknown
  on(event: 'message', then: (topic: string, bytes: Uint8Array) => void): unknown
  subscribe(topics: MqttFilters, then: (error: Error | null, granted?: readonly MqttGrant[]) => void): unknown
  publish(
    topic: string,
    bytes: Uint8Array,
    options: { readonly qos: 0 | 1; readonly retain?: boolean },
    then: (error?: Error | null) => void,
  ): unknown
  /** `true`: at once, without DISCONNECT. */
  end(force: true): unknown
  readonly stream: { on(event: 'data', then: (chunk: Uint8Array) => void): unknown }
}
export type MqttFilters = { [filter: string]: { qos: 0 | 1 } }
export interface MqttGrant {
  readonly qos: number
}

/** Of the options of `mqtt.connect`, those that are used here. */
export interface MqttOptions {
  readonly clientId: string
  readonly username: string
  readonly password: Uint8Array
  readonly protocolVersion: 4
  readonly clean: true
  /** Seconds. */
  readonly keepalive: number
  readonly reschedulePings: false
  readonly reconnectPeriod: 0
  readonly connectTimeout: number
  readonly queueQoSZero: false
  readonly resubscribe: false
  readonly timerVariant: 'native'
  readonly will: MqttWill
  /** PEM. */
  readonly ca?: string
}
export interface MqttWill {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 1
  readonly retain: true
}

/** Begins a connection; what comes of it is told by events. */
export type MqttConnect = (url: string, options: MqttOptions) => MqttClientLike
