// Simulated terminals of a bench, in a process of their own: options as its first argument, its state whenever it is asked.
import { createHash } from 'node:crypto'
import { setTimeout as later } from 'node:timers/promises'
import { signerOf } from '../../host-link/tms/node/signers.ts'
import { openLine } from '../../host-link/tms/node/simulated-line.ts'
import {
  RECONNECT_MS,
  RECONNECT_MS_MAX,
  simulatedTerminal,
} from '../../host-link/tms/node/simulated-terminal.ts'
import { inboxTopics } from '../../host-link/transport/inbox-topics.ts'
import { type GeneratorOptions, type GeneratorState, serialOf } from './talk.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as GeneratorOptions
const toldMs: number[] = []
const doneMs: number[] = []
const slowDoneMs: number[] = []
const wholeMs: number[] = []
const payloadMs: number[] = []
const terminals: {
  online(): boolean
  counts: { reconnects: number; doubleBytes: number; wrong: number; later: number; timeouts: number }
}[] = []
const director = Uint8Array.from(Buffer.from(options.director, 'hex'))
/** One report key for all: making ten thousand is no part of what is measured. */
const reportSigner = signerOf(Uint8Array.from(createHash('sha256').update('report key of a bench').digest()))

function start(number: number): void {
  const serial = serialOf(number)
  const frozen = number % 100 < options.frozenPercent
  const slow = !frozen && number % 100 < options.frozenPercent + options.slowPercent
  const quality = slow ? { ...options.quality, bytesPerSecond: options.slowBytesPerSecond } : options.quality
  const own = { host: options.host, port: options.port, password: options.password, random: Math.random }
  if (options.mode === 'counts') {
    terminals.push(counting(serial, own))
    return
  }
  const ended = slow ? slowDoneMs : doneMs
  const from = { order: 0, payload: 0 }
  terminals.push(
    simulatedTerminal({
      ...own,
      ...{ tenant: options.tenant, serial, model: 'A8', quality, reportSigner, director },
      ...{ blockBytes: options.blockBytes, windowBytes: options.windowBytes },
      ...{ timeoutMs: slow ? Math.max(options.timeoutMs, 120_000) : options.timeoutMs, stepMs: 0 },
      ...{ freezes: frozen, idle: options.mode === 'idle' },
      told: ({ program }) => {
        if (program !== null) toldMs.push(Date.now())
      },
      begins: () => {
        if (from.order === 0) from.order = Date.now()
      },
      fetches: () => {
        from.payload = Date.now()
      },
      ended() {
        ended.push(Date.now())
        wholeMs.push(Date.now() - from.order)
        payloadMs.push(Date.now() - from.payload)
      },
      spreadMs: options.spreadMs,
    }),
  )
}

/** A subscriber of a bare broker. */
function counting(
  serial: string,
  own: { host: string; port: number; password: string; random: () => number },
) {
  const counts = { reconnects: 0, doubleBytes: 0, wrong: 0, later: 0, timeouts: 0 }
  const topics = inboxTopics(options.tenant, serial)
  let online = false
  let bytes = 0
  let tries = 0
  const open = (): void => {
    const line = openLine(
      {
        ...own,
        clientId: serial,
        username: serial,
        will: { topic: topics.on, payload: Uint8Array.of(0) },
        filter: topics.down('blk'),
      },
      {
        up() {
          online = true
          tries = 0
          line.publish(topics.on, Uint8Array.of(1), 1)
        },
        message(_, payload) {
          bytes += payload.length
          if (bytes >= options.bytes && bytes - payload.length < options.bytes) doneMs.push(Date.now())
        },
        down() {
          online = false
          counts.reconnects++
          later(own.random() * Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** tries++)).then(open)
        },
      },
    )
  }
  open()
  return { online: () => online, counts }
}

const sum = (name: 'reconnects' | 'doubleBytes' | 'wrong' | 'later' | 'timeouts'): number =>
  terminals.reduce((total, { counts }) => total + counts[name], 0)

process.on('message', () => {
  const state: GeneratorState = {
    ...{
      online: terminals.filter((terminal) => terminal.online()).length,
      lost: sum('reconnects'),
      toldMs,
      doneMs,
      slowDoneMs,
      wholeMs,
      payloadMs,
    },
    ...{
      doubleBytes: sum('doubleBytes'),
      wrong: sum('wrong'),
      later: sum('later'),
      timeouts: sum('timeouts'),
    },
  }
  process.send?.(state)
})
process.on('disconnect', () => process.exit(0))

/** Not all at once: a listener's queue is short. */
for (let number = options.from; number < options.until; number++) {
  start(number)
  if (number % 20 === 19) await later(10)
}
