import { connect, type Socket } from 'node:net'
import mqtt from 'mqtt-packet'

/** What a simulated line does to what passes over it. */
export interface LineQuality {
  /** Milliseconds there and back, half of it each way. */
  readonly roundTripMs?: number
  /** Of blocks, 0 to 1. They go at quality 0 and are lost; of other packets the line repeats them, a round trip later. */
  readonly loss?: number
  /** Bytes a second that are read; undefined: as fast as they come. */
  readonly bytesPerSecond?: number
}

export interface LineOptions extends LineQuality {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly username: string
  readonly password: string
  readonly will: { readonly topic: string; readonly payload: Uint8Array }
  readonly filter: string
  readonly random: () => number
}

export interface LineEvents {
  /** Subscribed: what is sent to it arrives. */
  readonly up: () => void
  readonly message: (topic: string, payload: Buffer) => void
  readonly down: () => void
}

export interface Line {
  publish(topic: string, payload: Uint8Array, qos: 0 | 1, retain?: boolean): void
  /** Reads nothing more, and stays connected. */
  freeze(): void
  close(): void
}

const KEEPALIVE_SECONDS = 300

/** One client of MQTT 3.1.1 over a socket of its own: some kilobytes, so that thousands of them fit in a process. */
export function openLine(options: LineOptions, events: LineEvents): Line {
  const { host, port, roundTripMs = 0, loss = 0, bytesPerSecond, random } = options
  const socket: Socket = connect({ host, port, noDelay: true })
  const parser = mqtt.parser({ protocolVersion: 4 })
  let messageId = 0
  let over = false
  let frozen = false
  const [up, down] = [oneWay(), oneWay()]
  const nextId = (): number => {
    messageId = (messageId % 65_535) + 1
    return messageId
  }
  const write = (packet: mqtt.Packet) => {
    if (!over && socket.writable) socket.write(mqtt.generate(packet))
  }
  const send = (packet: mqtt.Packet) => {
    if (roundTripMs === 0) write(packet)
    else up(delay(roundTripMs, loss, random), () => write(packet))
  }
  const end = () => {
    if (over) return
    over = true
    clearInterval(ping)
    socket.destroy()
    events.down()
  }
  const ping = setInterval(() => send({ cmd: 'pingreq' }), (KEEPALIVE_SECONDS * 1000) / 2)
  ping.unref()
  const take = (packet: mqtt.Packet) => {
    if (over) return
    if (packet.cmd === 'connack') {
      if (packet.returnCode === 0)
        send({ cmd: 'subscribe', messageId: nextId(), subscriptions: [{ topic: options.filter, qos: 1 }] })
      else end()
    }
    if (packet.cmd === 'suback') events.up()
    if (packet.cmd !== 'publish') return
    if (packet.qos === 1 && packet.messageId !== undefined)
      send({ cmd: 'puback', messageId: packet.messageId })
    events.message(
      packet.topic,
      Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload),
    )
  }
  parser.on('packet', (packet: mqtt.Packet) => {
    if (packet.cmd === 'publish' && packet.qos === 0 && loss > 0 && random() < loss) return
    if (roundTripMs === 0) take(packet)
    else
      down(delay(roundTripMs, packet.cmd === 'publish' && packet.qos === 0 ? 0 : loss, random), () =>
        take(packet),
      )
  })
  parser.on('error', end)
  socket.on('connect', () => {
    const { clientId, username, password, will } = options
    write({
      ...{
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        keepalive: KEEPALIVE_SECONDS,
      },
      ...{ clientId, username, password: Buffer.from(password) },
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    })
  })
  socket.on('data', (chunk) => {
    if (frozen) return
    if (bytesPerSecond === undefined) {
      parser.parse(chunk)
      return
    }
    // It is here when its last byte has come, and nothing after it is read before.
    socket.pause()
    const slowly = () => {
      if (over) return
      parser.parse(chunk)
      if (!frozen) socket.resume()
    }
    setTimeout(slowly, (chunk.length * 1000) / bytesPerSecond)
  })
  socket.on('error', end)
  socket.on('close', end)
  return {
    publish(topic, payload, qos, retain = false) {
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
      const packet = { cmd: 'publish' as const, topic, payload: bytes, qos, retain, dup: false }
      send(qos === 0 ? packet : { ...packet, messageId: nextId() })
    },
    freeze() {
      frozen = true
      socket.pause()
    },
    close: end,
  }
}

/** Nothing overtakes what was sent before it: TCP holds it back. */
function oneWay(): (ms: number, arrive: () => void) => void {
  const onTheWay: { readonly atMs: number; readonly arrive: () => void }[] = []
  let lastMs = 0
  const due = () => {
    while ((onTheWay[0]?.atMs ?? Number.POSITIVE_INFINITY) <= performance.now()) onTheWay.shift()?.arrive()
    if (onTheWay[0] !== undefined) setTimeout(due, onTheWay[0].atMs - performance.now())
  }
  return (ms, arrive) => {
    lastMs = Math.max(lastMs, performance.now() + ms)
    onTheWay.push({ atMs: lastMs, arrive })
    if (onTheWay.length === 1) setTimeout(due, ms)
  }
}

/** One way; what TCP has to send again comes a round trip later. */
function delay(roundTripMs: number, loss: number, random: () => number): number {
  return roundTripMs / 2 + (loss > 0 && random() < loss ? roundTripMs : 0)
}
