import { setTimeout as later } from 'node:timers/promises'
import { fetchObject } from '../../host-link/tms/node/simulated-fetch.ts'
import { type Line, type LineEvents, openLine } from '../../host-link/tms/node/simulated-line.ts'
import { RECONNECT_MS, RECONNECT_MS_MAX } from '../../host-link/tms/node/simulated-terminal.ts'
import { type InboxTopics, inboxTopics } from '../../host-link/transport/inbox-topics.ts'
import { type GeneratorOptions, serialOf } from './talk.ts'

/** A client of a bare broker, in the place of a terminal. */
export interface BareClient {
  online(): boolean
  readonly counts: {
    reconnects: number
    doubleBytes: number
    wrong: number
    later: number
    timeouts: number
  }
}

type Heard = Pick<LineEvents, 'message'> & { readonly up?: () => void }

/** Counts what is pushed to it. `done`: all of it is here. */
export function countingClient(options: GeneratorOptions, number: number, done: () => void): BareClient {
  let bytes = 0
  return client(options, number, () => ({
    message(_, payload) {
      const before = bytes
      bytes += payload.length
      if (bytes >= options.bytes && before < options.bytes) done()
    },
  }))
}

/** Told to begin, asks for `bytes` in windows as a terminal does, and believes whatever comes. */
export function askingClient(
  options: GeneratorOptions,
  number: number,
  begins: () => void,
  done: () => void,
): BareClient {
  const { blockBytes, windowBytes, timeoutMs, bytes } = options
  let fetching: ReturnType<typeof fetchObject> | undefined
  let told = false
  const made = client(options, number, (line, topics) => {
    const wanted = {
      ...{ hash: new Uint8Array(32), size: bytes, keep: false, isRight: () => true },
      ...{ progress: () => {}, refused: () => {}, done },
    }
    const send = (payload: Uint8Array) => line().publish(topics.up('get'), payload, 0)
    const go = () => {
      begins()
      fetching = fetchObject({ blockBytes, windowBytes, timeoutMs, send }, wanted, made.counts)
    }
    return {
      up: () => fetching?.again(),
      message(topic, payload) {
        if (topic.endsWith('/blk')) fetching?.take(payload)
        if (!topic.endsWith('/want') || told) return
        told = true
        if (options.spreadMs === 0) go()
        else void later(Math.random() * options.spreadMs).then(go)
      },
    }
  })
  return made
}

/** Connected for good: what is lost comes back as a terminal does. */
function client(
  options: GeneratorOptions,
  number: number,
  heard: (line: () => Line, topics: InboxTopics) => Heard,
): BareClient {
  const counts = { reconnects: 0, doubleBytes: 0, wrong: 0, later: 0, timeouts: 0 }
  const serial = serialOf(number)
  const topics = inboxTopics(options.tenant, serial)
  const { host, port, password, quality } = options
  let online = false
  let tries = 0
  let line: Line
  const { up, message } = heard(() => line, topics)
  const open = (): void => {
    line = openLine(
      {
        ...{ ...quality, host, port, password, random: Math.random, clientId: serial, username: serial },
        will: { topic: topics.on, payload: Uint8Array.of(0) },
        filter: topics.down('blk').replace(/blk$/, '#'),
      },
      {
        up() {
          online = true
          tries = 0
          line.publish(topics.on, Uint8Array.of(1), 1)
          up?.()
        },
        message,
        down() {
          online = false
          counts.reconnects++
          later(Math.random() * Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** tries++)).then(open)
        },
      },
    )
  }
  open()
  return { online: () => online, counts }
}
